"""Makes a picture of every state in every look, and one page of them all: `make screenshots`.

With words as arguments, only of the states whose names have one of them.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from cutting_proxy import CuttingProxy
from engines import launch_options
from playwright.sync_api import Browser, expect, sync_playwright
from shop import Slowness, shop_app
from stage import Plays, free_port, serving
from states import GROUPS, STATES, Scene, State, settle
from talk import TALKS

TARGET = Path(__file__).parent.parent / "test-results" / "screenshots"
DESKTOP = {"viewport": {"width": 760, "height": 800}}
PHONE = {
    "viewport": {"width": 390, "height": 780},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
}
PANEL = 440
"""Pixels of a desktop picture that are seen: the chat, and what of the page belongs to it."""


@dataclass(frozen=True)
class Look:
    """A way to look at a state; `darkened` is a second look at what was caused for this one."""

    name: str
    lang: str
    context: dict[str, Any]
    darkened: str | None = None


Bed = tuple[Plays, CuttingProxy, Slowness]

LOOKS = [
    Look("desktop", "en", DESKTOP, darkened="dark"),
    Look("phone", "en", PHONE),
    Look("right to left", "ar", DESKTOP),
]
COLUMNS = ["desktop", "dark", "phone", "right to left"]


def picture(state: State, look: str) -> str:
    return f"{state.name} {look}.png".replace(" ", "-")


def shoot(scene: Scene, state: State, look: str, phone: bool) -> None:
    settle(scene.page)
    size = scene.page.viewport_size
    assert size is not None
    clip: Any = {"x": 0, "y": 0, **size}
    if not (phone or state.wide):
        clip["width"] = PANEL
        clip["x"] = 0 if scene.talk.dir == "rtl" else size["width"] - PANEL
    scene.page.screenshot(path=TARGET / picture(state, look), clip=clip)


@contextmanager
def visitor(browser: Browser, look: Look, bed: Bed) -> Iterator[Scene]:
    """Give a scene whose visitor nobody has seen before."""
    context = browser.new_context(**look.context, locale=look.lang)
    try:
        page = context.new_page()
        page.set_default_timeout(10_000)
        yield Scene(page, TALKS[look.lang], *bed)
    finally:
        context.close()


def table() -> str:
    """Return the page: a row a state, a column a look."""
    head = "".join(f"<th>{escape(name)}</th>" for name in COLUMNS)
    rows = ""
    for group, states in GROUPS.items():
        rows += f'<tr class="group"><th colspan="{len(COLUMNS) + 1}">{escape(group)}</th></tr>'
        for state in states:
            rows += f"<tr><th>{escape(state.name)}</th>"
            for look in COLUMNS:
                file, told = picture(state, look), escape(f"{state.name}, {look}")
                rows += f'<td><a href="{file}"><img alt="{told}" src="{file}"></a></td>'
            rows += "</tr>"
    return f"""\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Every state of the chat</title>
<style>
body {{ margin: 24px; background: #e9e7e2; color: #222; font: 15px/1.4 system-ui, sans-serif; }}
table {{ border-spacing: 14px; }}
thead th {{ position: sticky; top: 0; padding: 8px; background: #e9e7e2; text-align: start; }}
tbody th {{ width: 9em; vertical-align: top; text-align: start; font-weight: 600; }}
.group th {{ padding-block-start: 24px; font-size: 22px; text-transform: capitalize; }}
td {{ vertical-align: top; }}
.small {{ border-spacing: 8px; }}
.small thead {{ display: none; }}
.small tbody {{ display: grid; grid-template-columns: repeat(3, max-content); gap: 8px 28px; }}
.small .group {{ grid-column: 1 / -1; }}
img {{ display: block; max-width: 560px; height: 640px; border-radius: 8px; }}
.small img {{ height: 300px; }}
img {{ object-fit: cover; object-position: bottom; }}
</style>
<h1>Every state of the chat</h1>
<table>
<thead><tr><th></th>{head}</tr></thead>
<tbody>{rows}</tbody>
</table>
</html>
"""


def contact_sheet(browser: Browser) -> None:
    """One small picture of the whole page, to be looked at in one go."""
    page = browser.new_page(viewport={"width": 2900, "height": 1200}, device_scale_factor=0.5)
    page.goto((TARGET / "index.html").as_uri())
    page.wait_for_function("[...document.images].every(image => image.complete)")
    page.evaluate("document.querySelector('table').className = 'small'")
    page.screenshot(path=TARGET / "contact.png", full_page=True)
    page.close()


def main() -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    wanted = [
        state
        for state in STATES
        if not sys.argv[1:] or any(word in state.name for word in sys.argv[1:])
    ]
    expect.set_options(timeout=15_000)
    # That scripts which wait for ever are ended with the server is no news.
    logging.disable()
    plays, slowness = Plays(), Slowness()
    failures: list[str] = []
    with (
        sync_playwright() as playwright,
        serving(shop_app(plays, slowness), free_port()) as url,
        CuttingProxy(int(url.rpartition(":")[2])) as proxy,
    ):
        bed = (plays, proxy, slowness)
        browser = playwright.chromium.launch(**launch_options(playwright.chromium))
        for look in LOOKS:
            for state in wanted:
                try:
                    with visitor(browser, look, bed) as scene:
                        state.cause(scene)
                        state.expect(scene)
                        shoot(scene, state, look.name, look.name == "phone")
                        if look.darkened:
                            scene.page.emulate_media(color_scheme="dark")
                            shoot(scene, state, look.darkened, False)
                except Exception as error:
                    failures.append(f"{state.name}, {look.name}: {error}")
        (TARGET / "index.html").write_text(table())
        contact_sheet(browser)
        browser.close()
    print(f"{TARGET / 'index.html'}: {len(STATES)} states, {len(COLUMNS)} looks")
    if failures:
        sys.exit("\n".join(failures))


if __name__ == "__main__":
    main()
