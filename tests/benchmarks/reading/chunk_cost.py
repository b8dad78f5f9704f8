"""What a chunk of an answer costs the page when 200, 2,000 and 20,000 words are before it.

    make chunk-cost    # PYTHONPATH=e2e python tests/benchmarks/reading/chunk_cost.py [rounds]

Four drawers take the same text, one chunk of four words in each frame, in one Chromium; each run
has a page of its own. Counted is the CPU time of the page's main thread in the browser's trace:
script, style, layout and paint together, and nothing of what else the machine does.
"""

import subprocess
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Thread
from typing import NamedTuple

from engines import launch_options
from main_thread import watching
from playwright.sync_api import Browser, sync_playwright

HERE = Path(__file__).parent
WIDGET = HERE.parents[2] / "widget_js"
CONTENDERS = ("chatwidget", "streaming-markdown", "marked, innerHTML", "deep-chat")
WORDS = (200, 2_000, 20_000)
CHUNKS = 60

PAGE = '<!doctype html><meta charset="utf-8"><body><script src="contenders.js"></script>'


class Cost(NamedTuple):
    """Milliseconds of CPU time."""

    chunk: float
    longest_task: float


class Quiet(SimpleHTTPRequestHandler):
    """Files of one folder, without a word."""

    def log_message(self, format: str, *args: object) -> None:
        pass


def build(folder: Path) -> None:
    """Write the page and its script; what it compares is installed when it is not there yet."""
    if not (HERE / "node_modules").exists():
        subprocess.run(["npm", "ci", "--silent", "--ignore-scripts"], cwd=HERE, check=True)
    esbuild = WIDGET / "node_modules" / ".bin" / "esbuild"
    options = ["--bundle", "--minify", "--format=iife", "--target=es2022", "--log-level=error"]
    bundle = [str(esbuild), "contenders.js", *options, f"--outfile={folder / 'contenders.js'}"]
    subprocess.run(bundle, cwd=HERE, check=True)
    (folder / "index.html").write_text(PAGE)


def measure(browser: Browser, url: str, contender: str, words: int) -> Cost:
    """Return what a chunk costs `contender` when it shows an answer of `words` words."""
    page = browser.new_page()
    page.set_default_timeout(120_000)
    try:
        page.goto(url)
        shown = page.evaluate("([name, words]) => begin(name, words)", [contender, words])
        assert shown > 4 * words, f"{contender} shows {shown} characters of {words} words"
        with watching(browser, page) as thread:
            page.evaluate("count => stream(count)", CHUNKS)
        return Cost(sum(task["tdur"] for task in thread.tasks) / 1000 / CHUNKS, thread.longest_task)
    finally:
        page.close()


def main(rounds: int) -> None:
    with TemporaryDirectory() as name, sync_playwright() as playwright:
        build(Path(name))
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=name))
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}/"
        browser = playwright.chromium.launch(**launch_options(playwright.chromium))
        costs: dict[tuple[str, int], list[Cost]] = {}
        try:
            # In turn, so that whatever else the machine does hits all alike.
            for _ in range(rounds):
                for contender in CONTENDERS:
                    for words in WORDS:
                        cost = measure(browser, url, contender, words)
                        costs.setdefault((contender, words), []).append(cost)
        finally:
            browser.close()
            server.shutdown()
    print(f"main-thread ms for a chunk when so many words are shown, medians of {rounds}")
    heads = "".join(f"{words:>9,}" for words in WORDS)
    print(f"{'':20}{heads}   growth   to ours   longest task")
    ours = median(cost.chunk for cost in costs[CONTENDERS[0], WORDS[-1]])
    for contender in CONTENDERS:
        prices = [median(cost.chunk for cost in costs[contender, words]) for words in WORDS]
        longest = median(cost.longest_task for cost in costs[contender, WORDS[-1]])
        cells = "".join(f"{each:9.2f}" for each in prices)
        ratios = f"{prices[-1] / prices[1]:8.1f}x{prices[-1] / ours:9.1f}x"
        print(f"{contender:20}{cells}{ratios}{longest:12.0f} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
