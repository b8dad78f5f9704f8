"""Light and dark, right to left, on a phone; a picture of each is kept."""

from collections.abc import Callable
from typing import Any

import pytest
from chat_page import ChatPage
from playwright.sync_api import Browser, Page, Playwright, expect
from stage import Stage

Shot = Callable[[Page, str], None]


def luminance(rgb: str) -> float:
    """Return the relative luminance (WCAG 2.2) of a computed `rgb(…)` colour."""
    parts = [float(part) for part in rgb[rgb.index("(") + 1 : -1].replace(",", " ").split()[:3]]
    linear = [
        part / 255 / 12.92 if part / 255 <= 0.03928 else ((part / 255 + 0.055) / 1.055) ** 2.4
        for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def background(chat: ChatPage) -> float:
    colour: str = chat.panel.evaluate("e => getComputedStyle(e).backgroundColor")
    return luminance(colour)


def test_a_suggestion_is_a_question(chat: ChatPage) -> None:
    chat.open()
    chat.page.get_by_role("button", name="Show me a table").click()
    expect(chat.questions.last).to_contain_text("Show me a table")
    chat.expect_ready()
    expect(chat.answer.locator("table")).to_be_visible()


def test_light_by_default(chat: ChatPage, shot: Shot) -> None:
    chat.open().ask("markdown")
    chat.expect_ready()
    assert background(chat) > 0.7
    shot(chat.page, "light")


@pytest.mark.needs("media")
def test_dark_where_the_visitor_likes_it_dark(chat: ChatPage, shot: Shot) -> None:
    chat.page.emulate_media(color_scheme="dark")
    chat.open().ask("markdown")
    chat.expect_ready()
    assert background(chat) < 0.1
    shot(chat.page, "dark")


def test_dark_where_the_page_says_so(chat: ChatPage) -> None:
    chat.open()
    chat.page.evaluate("document.querySelector('chat-widget').theme = 'dark'")
    chat.page.wait_for_function(
        "() => { const panel = document.querySelector('chat-widget').shadowRoot"
        ".querySelector('[part~=panel]');"
        " return parseInt(getComputedStyle(panel).backgroundColor.match(/\\d+/)[0]) < 60 }"
    )


def test_right_to_left(chat: ChatPage, stage: Stage, shot: Shot) -> None:
    stage.plays.write("مرحبا", "أهلاً وسهلاً! كيف يمكنني مساعدتك؟")
    chat.open("rtl").ask("مرحبا")
    chat.expect_answer("أهلاً وسهلاً! كيف يمكنني مساعدتك؟")
    launcher = chat.launcher.bounding_box()
    question = chat.questions.last.locator("[part~=bubble]").bounding_box()
    panel = chat.panel.bounding_box()
    assert launcher is not None
    assert question is not None
    assert panel is not None
    assert launcher["x"] < 200, "the end of a right-to-left page is its left"
    middle = panel["x"] + panel["width"] / 2
    assert question["x"] + question["width"] / 2 < middle
    shot(chat.page, "right-to-left")


@pytest.mark.needs("touch", "viewport", "second_page")
@pytest.mark.parametrize("device", ["Pixel 7", "iPhone 15"])
def test_on_a_phone_it_fills_the_screen(
    request: pytest.FixtureRequest, playwright: Playwright, stage: Stage, shot: Shot, device: str
) -> None:
    # Asked for here: where there is no such browser, the test is skipped before.
    browser: Browser = request.getfixturevalue("browser")
    described: dict[str, Any] = {**playwright.devices[device]}
    described.pop("default_browser_type")
    context = browser.new_context(**described)
    try:
        page = context.new_page()
        chat = ChatPage(page, stage.url).visit()
        shot(page, f"phone-closed-{device}")
        chat.launcher.tap()
        expect(chat.input).to_be_visible()
        expect(page.get_by_text("Hello! What would you like to know?")).to_be_visible()
        chat.input.tap()
        chat.input.fill("markdown")
        chat.send_button.tap()
        chat.expect_ready()
        panel = chat.panel.bounding_box()
        screen = page.viewport_size
        assert panel is not None
        assert screen is not None
        assert panel["width"] == pytest.approx(screen["width"], abs=1)
        assert panel["height"] == pytest.approx(screen["height"], abs=1)
        size = chat.input.evaluate("e => parseFloat(getComputedStyle(e).fontSize)")
        assert size >= 16, "or iOS zooms into the page"
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        shot(page, f"phone-{device}")
    finally:
        context.close()


def test_inline_it_fills_its_box(chat: ChatPage, shot: Shot) -> None:
    chat.visit("inline")
    expect(chat.input).to_be_visible()
    box = chat.page.locator("chat-widget").bounding_box()
    panel = chat.panel.bounding_box()
    assert box is not None
    assert panel is not None
    assert (box["width"], box["height"]) == (420, 320), "the page says how large it is"
    assert panel["width"] == pytest.approx(box["width"], abs=2)
    assert panel["height"] == pytest.approx(box["height"], abs=2)
    assert chat.page.evaluate("document.activeElement === document.body"), "focus is the page's"
    shot(chat.page, "inline")


def test_a_page_of_its_own(chat: ChatPage, stage: Stage, shot: Shot) -> None:
    stage.plays.write("page", "At home.")
    chat.page.goto(f"{stage.url}/chat/")
    expect(chat.input).to_be_visible()
    chat.ask("page")
    chat.expect_answer("At home.")
    shot(chat.page, "page")


@pytest.mark.needs("media")
def test_nothing_moves_for_those_who_want_it_still(chat: ChatPage, stage: Stage) -> None:
    from chatwidget.providers import Gate

    gate = Gate()
    stage.plays.write("still", "Quiet", gate, ".")
    chat.page.emulate_media(reduced_motion="reduce")
    chat.open().ask("still")
    expect(chat.answer).to_have_text("Quiet")
    moving = chat.page.evaluate(
        "() => document.querySelector('chat-widget').shadowRoot.getAnimations()"
        ".filter(a => a.playState === 'running'"
        " && a.effect.getComputedTiming().iterations === Infinity)"
        ".map(a => a.animationName + ' of ' + a.effect.target.className)"
    )
    assert moving == []
    gate.open()
    chat.expect_answer("Quiet.")
