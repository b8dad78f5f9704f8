"""What the tag costs a page until somebody chats: the same page with and without it, in Chromium.

    python e2e/page_cost.py [rounds]

CPU time is that of the page's main thread in the trace, so what else the machine does is not in
it. Each round is a browser context of its own, with nothing cached; medians are printed.
"""

import sys
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from engines import launch_options
from main_thread import watching
from playwright.sync_api import Browser, expect, sync_playwright
from stage import Plays, free_port, host_app, serving

TAG = '<script type="module" src="/chat/widget.js"></script>'

_VITALS = """async () => {
  const seen = { shift: 0, blocked: 0 };
  const add = type => new Promise(done => {
    const count = list => { for (const entry of list.getEntries()) {
      if (type === 'layout-shift') seen.shift += entry.value;
      else seen.blocked += Math.max(0, entry.duration - 50);
    } };
    const observer = new PerformanceObserver(count);
    observer.observe({ type, buffered: true });
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)));
  });
  await Promise.all(['layout-shift', 'longtask'].map(add));
  return [seen.shift, seen.blocked];
}"""


class Cost(NamedTuple):
    """Times in milliseconds, CPU unless it says so; `bytes` as they go over the wire."""

    longest_task: float
    longest_with_widget: float
    all_tasks: float
    blocking_wall: float
    layout_shift: float
    requests: float
    bytes: float


def measure(browser: Browser, url: str, *, tag: bool) -> Cost:
    """Load the plain page once and return what it cost."""
    context = browser.new_context()
    try:
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        sizes: list[float] = []

        def finished(event: dict[str, Any]) -> None:
            sizes.append(event["encodedDataLength"])

        session.on("Network.loadingFinished", finished)
        if not tag:
            html = (Path(__file__).parent / "pages" / "plain.html").read_text()
            assert TAG in html
            page.route(
                "**/pages/plain.html",
                lambda route: route.fulfill(body=html.replace(TAG, ""), content_type="text/html"),
            )
        # What a new page does by itself is not the page's cost.
        page.goto("about:blank")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        with watching(browser, page) as thread:
            # Asking the page for anything before the trace ends would be in it.
            page.goto(f"{url}/pages/plain.html", wait_until="networkidle")
        if tag:
            expect(page.locator("[part~=launcher]")).to_be_visible()
        shift, blocked = page.evaluate(_VITALS)
        own = [address for address in asked if "favicon" not in address]
        total = sum(float(task["tdur"]) for task in thread.tasks) / 1000
        ours = thread.longest_task_with("/chat/widget.js")
        return Cost(thread.longest_task, ours, total, blocked, shift, len(own), sum(sizes))
    finally:
        context.close()


def main(rounds: int) -> None:
    with (
        serving(host_app(Plays(), origins=[]), free_port()) as url,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(**launch_options(playwright.chromium))
        try:
            measure(browser, url, tag=True)
            pairs = [
                [measure(browser, url, tag=tag) for tag in (False, True)] for _ in range(rounds)
            ]
        finally:
            browser.close()
    print(f"{'':20}{'without':>10}{'with':>10}   medians of {rounds}")
    for field in Cost._fields:
        without, with_tag = (median(getattr(pair[i], field) for pair in pairs) for i in (0, 1))
        print(f"{field:20}{without:10.2f}{with_tag:10.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 9)
