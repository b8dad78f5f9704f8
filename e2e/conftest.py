"""The browsers, the server, and what a test asks of an engine."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from chat_page import ChatPage
from cutting_proxy import CuttingProxy
from engines import has_own_build, launch_options, reason_against
from playwright.sync_api import (
    BrowserContext,
    BrowserType,
    ConsoleMessage,
    Page,
    Playwright,
    expect,
)
from shop import Slowness, shop_app
from stage import Plays, Stage, free_port, host_app, serving
from states import Scene
from stock_webkit import Display, StockWebKit
from talk import ENGLISH

# The other tests' servers serve here as well.
sys.path.append(str(Path(__file__).parents[1] / "tests"))

SCREENS = Path(__file__).parent.parent / "test-results" / "screens"


def pytest_configure(config: pytest.Config) -> None:
    # Longer than the widget takes to notice a connection that has silently died.
    expect.set_options(timeout=15_000)
    config.addinivalue_line(
        "markers", "needs(*abilities): skip where the engine, as it is here, can't do that"
    )


@pytest.fixture(autouse=True)
def _skip_what_the_engine_cannot(request: pytest.FixtureRequest) -> None:
    marker = request.node.get_closest_marker("needs")
    if marker is not None:
        browser_type: BrowserType = request.getfixturevalue("browser_type")
        for need in marker.args:
            if reason := reason_against(browser_type, need):
                pytest.skip(reason)


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, Any], browser_type: BrowserType
) -> dict[str, Any]:
    return {**browser_type_launch_args, **launch_options(browser_type)}


@pytest.fixture(scope="session")
def display() -> Iterator[str]:
    with Display() as name:
        yield name


@pytest.fixture
def context(request: pytest.FixtureRequest, browser_name: str, playwright: Playwright) -> Any:
    if browser_name != "webkit" or has_own_build(playwright.webkit):
        yield request.getfixturevalue("new_context")()
        return
    browser = StockWebKit(request.getfixturevalue("display"))
    try:
        yield playwright.webkit.connect_over_cdp(browser.endpoint).contexts[0]
    finally:
        browser.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    page = context.pages[0] if context.pages else context.new_page()
    page.set_default_timeout(10_000)
    return page


@pytest.fixture(scope="session")
def plays() -> Plays:
    return Plays()


@pytest.fixture(scope="session")
def other_port() -> int:
    return free_port()


@pytest.fixture(scope="session")
def stage(plays: Plays, other_port: int) -> Iterator[Stage]:
    origins = [f"http://127.0.0.1:{other_port}"]
    with serving(host_app(plays, origins=origins), free_port()) as url:
        yield Stage(url, plays)


@pytest.fixture
def proxy(stage: Stage) -> Iterator[CuttingProxy]:
    with CuttingProxy(int(stage.url.rpartition(":")[2])) as proxy:
        yield proxy


@pytest.fixture(scope="session")
def slowness() -> Slowness:
    return Slowness()


@pytest.fixture(scope="session")
def shop(plays: Plays, slowness: Slowness) -> Iterator[str]:
    with serving(shop_app(plays, slowness), free_port()) as url:
        yield url


@pytest.fixture
def scene(page: Page, plays: Plays, shop: str, slowness: Slowness) -> Iterator[Scene]:
    with CuttingProxy(int(shop.rpartition(":")[2])) as proxy:
        scene = Scene(page, ENGLISH, plays, proxy, slowness)
        yield scene
        scene.calm()


@pytest.fixture
def chat(page: Page, stage: Stage) -> ChatPage:
    return ChatPage(page, stage.url)


@pytest.fixture
def shot(browser_name: str) -> Callable[[Page, str], None]:
    """Keep a screenshot as an artefact: `shot(page, "dark")`."""

    def take(page: Page, name: str) -> None:
        folder = SCREENS / browser_name
        folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=folder / f"{name}.png")

    return take


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """What the browser's console complains of."""
    heard: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and "favicon" not in message.location["url"]:
            heard.append(message.text)

    page.on("console", listen)
    page.on("pageerror", lambda error: heard.append(str(error)))
    return heard


@pytest.fixture
def breaches(page: Page) -> Callable[[], list[str]]:
    """Returns what broke the page's policy so far. Not every engine tells the console of it."""
    page.add_init_script(
        "window.breaches = []; addEventListener('securitypolicyviolation', event =>"
        " breaches.push(`${event.violatedDirective} ${event.sourceFile} ${event.sample}`))"
    )

    def so_far() -> list[str]:
        # Violations are told of by a task of their own: after two more, all of them have been.
        found: list[str] = page.evaluate(
            "new Promise(done => setTimeout(() => setTimeout(() => done(breaches))))"
        )
        return found

    return so_far
