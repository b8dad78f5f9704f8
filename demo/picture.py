"""Makes demo/chatwidget.gif, the README's moving picture: `make picture`.

A real browser on the real server; only the answer is scripted, at the pace of a model.
"""

import io
import shutil
import sys
import time
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parent.parent / "e2e"))

from stage import free_port, serving

from chatwidget.chunks import Status
from chatwidget.demo_app import demo_app
from chatwidget.providers import Scripted, pause
from chatwidget.providers.scripted import Line

TARGET = Path(__file__).parent / "chatwidget.gif"
SIZE = {"width": 960, "height": 620}
FRAMES_PER_SECOND = 8
COLOURS = 64
LARGEST = 1_000_000

QUESTION = "Which hob does the kettle work on?"
ANSWER = """It works on **all three** that people cook on:

| hob | boils in |
|---|---|
| gas | 4 min |
| electric | 6 min |
| induction | 3 min |

1. Fill it at least a third
2. Put the lid *on*
3. Wait for the whistle 🎶
"""


def script() -> list[Line]:
    lines: list[Line] = [Status("Looking in the handbook…"), pause(0.9)]
    for at in range(0, len(ANSWER), 4):
        lines += [ANSWER[at : at + 4], pause(0.05)]
    return lines


def record(page: Page, frames: list[Image.Image], seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.monotonic()
        frames.append(Image.open(io.BytesIO(page.screenshot())).convert("RGB"))
        page.wait_for_timeout(max(0.0, 1 / FRAMES_PER_SECOND - (time.monotonic() - began)) * 1000)


def main() -> None:
    app = demo_app({"script": Scripted(*script())})
    frames: list[Image.Image] = []
    with sync_playwright() as playwright, serving(app, free_port()) as url:
        own = Path(playwright.chromium.executable_path).exists()
        browser = playwright.chromium.launch(
            executable_path=None if own else shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page(viewport=SIZE)  # type: ignore[arg-type]
        page.goto(url)
        record(page, frames, 0.8)
        page.locator("[part~=launcher]").click()
        record(page, frames, 1.0)
        field = page.locator("[part~=input]")
        for character in QUESTION:
            field.press_sequentially(character)
            if len(frames) % 2 or character == " ":
                record(page, frames, 0.1)
        field.press("Enter")
        record(page, frames, 6.5)
        browser.close()
    small = [frame.quantize(COLOURS, dither=Image.Dither.NONE) for frame in frames]
    small[0].save(
        TARGET,
        save_all=True,
        append_images=small[1:],
        duration=1000 // FRAMES_PER_SECOND,
        loop=0,
        optimize=True,
    )
    size = TARGET.stat().st_size
    print(f"{TARGET.name}: {len(frames)} frames, {size:,} bytes")
    if size > LARGEST:
        sys.exit(f"larger than {LARGEST:,} bytes")


if __name__ == "__main__":
    main()
