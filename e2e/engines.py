"""Which of the three engines runs how, and what it can't do that way."""

import os
import shutil
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserType

HERE = Path(__file__).parent

CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# Headless Firefox takes itself for a device without a mouse; values as in its own source.
FINE, HOVER = 2, 4

CANNOT: dict[str, dict[str, str]] = {
    "chromium": {},
    "firefox": {
        "touch": "stock Firefox over WebDriver BiDi has no touch",
        "media": "stock Firefox takes colour scheme and motion from its start only",
        "cdp": "CDP is Chromium's",
        "page_cache": "Firefox keeps no page that has a request open: it is loaded anew",
    },
    "webkit": {
        "touch": "stock WebKitGTK has no touch",
        "viewport": "MiniBrowser's window has one size",
        "offline": "MiniBrowser can't be taken offline",
        "second_page": "one MiniBrowser process is one page",
        "cdp": "CDP is Chromium's",
        "history": "going back does not return in MiniBrowser",
        "page_cache": "going back does not return in MiniBrowser",
        "route": "MiniBrowser does not let requests be intercepted",
        "real_input": "events made by script: a wheel does not scroll, Tab does not move the focus",
    },
}
"""By engine: what Debian's build can't do under Playwright, and why."""


def has_own_build(browser_type: BrowserType) -> bool:
    """Whether Playwright's own build of the engine is installed."""
    return os.path.exists(browser_type.executable_path)


def reason_against(browser_type: BrowserType, need: str) -> str | None:
    """Return why the engine can't do what a test needs; None if it can."""
    own = has_own_build(browser_type)
    if own and need not in ("cdp", "page_cache"):
        return "Firefox has no touch" if (browser_type.name, need) == ("firefox", "touch") else None
    return CANNOT[browser_type.name].get(need)


def launch_options(browser_type: BrowserType) -> dict[str, Any]:
    """Return what `launch` needs for Debian's build; nothing for Playwright's own."""
    if has_own_build(browser_type):
        return {"args": ["--no-sandbox"]} if browser_type.name == "chromium" else {}
    if browser_type.name == "chromium":
        return {"executable_path": shutil.which("chromium"), "args": CHROMIUM_ARGS}
    if browser_type.name == "firefox":
        relay = str(HERE / "firefox_bidi_relay.py")
        return {
            "channel": "moz-firefox",
            "executable_path": relay,
            "firefox_user_prefs": {"ui.primaryPointerCapabilities": FINE | HOVER},
        }
    return {}
