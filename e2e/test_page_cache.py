"""A page that the browser has kept as it was, and thaws when the visitor goes back to it."""

from collections.abc import Iterator
from typing import Any

import pytest
from chat_page import ChatPage
from cutting_proxy import CuttingProxy
from playwright.sync_api import BrowserType, Page, expect
from stage import Stage

from chatwidget.providers import Gate

pytestmark = pytest.mark.needs("page_cache")


@pytest.fixture
def far(
    browser_type: BrowserType, browser_type_launch_args: dict[str, Any], proxy: CuttingProxy
) -> Iterator[ChatPage]:
    """The chat, behind a network that can fail, in a browser that keeps pages."""
    # Playwright turns that off, because a page that is thawed does not load.
    kept = {"ignore_default_args": ["--disable-back-forward-cache"]}
    browser = browser_type.launch(**browser_type_launch_args | kept)
    page = browser.new_context().new_page()
    page.set_default_timeout(10_000)
    yield ChatPage(page, proxy.url)
    browser.close()


def leave(page: Page, stage: Stage) -> None:
    page.evaluate(
        "document.kept = 'yes';"
        "addEventListener('pageshow', event => (document.persisted = event.persisted))"
    )
    page.goto(f"{stage.url}/pages/plain.html")


def come_back(page: Page) -> None:
    page.go_back(wait_until="commit")
    page.wait_for_function("document.kept === 'yes' && document.persisted === true")


@pytest.mark.parametrize("network", ["whole", "cut", "silent"])
def test_who_comes_back_mid_answer_gets_exactly_the_rest(
    far: ChatPage, proxy: CuttingProxy, stage: Stage, network: str
) -> None:
    gate, end = Gate(), Gate()
    question = f"keep me, network {network}"
    script = stage.plays.write(question, "One, ", "two, ", gate, "three, ", end, "four.")
    far.open().ask(question)
    expect(far.answer).to_have_text("One, two,")
    leave(far.page, stage)
    # The visitor sees another page, while the answer goes on and the connection may not.
    if network == "cut":
        proxy.cut()
    elif network == "silent":
        proxy.fall_silent()
    gate.open()
    come_back(far.page)
    expect(far.answer).to_have_text("One, two, three,")
    end.open()
    far.expect_answer("One, two, three, four.")
    expect(far.answers).to_have_count(1)
    expect(far.error).to_have_count(0)
    assert len(script.requests) == 1


def test_who_comes_back_sees_what_was_said_in_another_tab_meanwhile(
    far: ChatPage, stage: Stage
) -> None:
    stage.plays.write("before I leave", "Gladly.")
    stage.plays.write("from elsewhere", "Here as well.")
    far.open().ask("before I leave")
    far.expect_answer("Gladly.")
    leave(far.page, stage)
    other = ChatPage(far.page.context.new_page(), far.url)
    other.open()
    expect(other.answers).to_have_count(1)
    other.ask("from elsewhere")
    other.expect_answer("Here as well.")
    other.page.close()
    come_back(far.page)
    expect(far.answers).to_have_count(2)
    far.expect_answer("Here as well.")
