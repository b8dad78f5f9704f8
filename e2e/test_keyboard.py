"""Everything can be done without a mouse."""

from collections.abc import Callable

import pytest
from chat_page import ChatPage
from playwright.sync_api import Page, expect
from stage import Stage

from chatwidget.providers import Gate, fail

Shot = Callable[[Page, str], None]


def focus_is_on(chat: ChatPage, part: str) -> None:
    chat.page.wait_for_function(
        "part => document.querySelector('chat-widget').shadowRoot.activeElement"
        "?.part.contains(part)",
        arg=part,
    )


def test_open_ask_and_close_by_keyboard_alone(chat: ChatPage, stage: Stage) -> None:
    stage.plays.write("keys", "Some words.")
    chat.visit()
    chat.launcher.focus()
    chat.page.keyboard.press("Enter")
    focus_is_on(chat, "input")
    chat.page.keyboard.type("keys")
    chat.page.keyboard.press("Enter")
    chat.expect_answer("Some words.")
    focus_is_on(chat, "input")
    chat.page.keyboard.press("Escape")
    expect(chat.panel).not_to_be_visible()
    focus_is_on(chat, "launcher")


@pytest.mark.needs("real_input")
def test_stop_is_the_next_stop_of_the_tab_key(chat: ChatPage, stage: Stage) -> None:
    stage.plays.write("keys only", "Some words", Gate())
    chat.visit()
    chat.launcher.focus()
    chat.page.keyboard.press("Enter")
    focus_is_on(chat, "input")
    chat.page.keyboard.type("keys only")
    chat.page.keyboard.press("Enter")
    expect(chat.answer).to_have_text("Some words")
    chat.page.keyboard.press("Tab")
    expect(chat.stop_button).to_be_focused()
    chat.page.keyboard.press("Enter")
    chat.expect_answer("Some words")
    # Not lost with the button that is gone.
    focus_is_on(chat, "input")
    chat.page.keyboard.press("Escape")
    expect(chat.panel).not_to_be_visible()
    focus_is_on(chat, "launcher")


@pytest.mark.needs("real_input")
def test_a_retry_is_reached_by_the_tab_key(chat: ChatPage, stage: Stage) -> None:
    script = stage.plays.write("fail by keys", "Half", fail("provider_overloaded")).then("Whole.")
    chat.open().ask("fail by keys")
    expect(chat.retry).to_be_visible()
    for _ in range(6):
        chat.page.keyboard.press("Shift+Tab")
        if chat.retry.evaluate("e => e.matches(':focus')"):
            break
    chat.page.keyboard.press("Enter")
    chat.expect_answer("Whole.")
    assert len(script.requests) == 2
    focus_is_on(chat, "input")


def test_shift_enter_breaks_the_line(chat: ChatPage, stage: Stage) -> None:
    stage.plays.write("two\nlines", "Both read.")
    chat.open()
    chat.input.press_sequentially("two")
    chat.input.press("Shift+Enter")
    chat.input.press_sequentially("lines")
    expect(chat.input).to_have_value("two\nlines")
    chat.input.press("Enter")
    chat.expect_answer("Both read.")


def test_an_enter_that_ends_a_composition_sends_nothing(chat: ChatPage) -> None:
    chat.open()
    chat.input.fill("にほん")
    chat.input.evaluate(
        """field => {
          const enter = { key: 'Enter', bubbles: true, cancelable: true };
          const key = more =>
            field.dispatchEvent(new KeyboardEvent('keydown', { ...enter, ...more }));
          field.dispatchEvent(new CompositionEvent('compositionstart', { bubbles: true }));
          key({ isComposing: true });
          key({ keyCode: 229 });
          field.dispatchEvent(new CompositionEvent('compositionend', { bubbles: true }));
          key({});
        }"""
    )
    expect(chat.input).to_have_value("にほん")
    expect(chat.questions).to_have_count(0)


def test_enter_while_an_answer_is_written_sends_the_text_after_it(
    chat: ChatPage, stage: Stage, shot: Shot
) -> None:
    gate = Gate()
    stage.plays.write("slowly", "Wait", gate, ".")
    chat.open().ask("slowly")
    expect(chat.answer).to_have_text("Wait")
    chat.input.fill("my next question")
    chat.input.press("Enter")
    expect(chat.page.locator("[part~=queued]")).to_contain_text("my next question")
    expect(chat.input).to_have_value("")
    shot(chat.page, "queued")
    gate.open()
    expect(chat.questions).to_have_count(2)
    expect(chat.questions.last).to_contain_text("my next question")
    expect(chat.page.locator("[part~=queued]")).to_have_count(0)
    chat.expect_ready()
    expect(chat.answers.first.locator(".text")).to_have_text("Wait.")


def test_a_queued_message_can_be_taken_back(chat: ChatPage, stage: Stage) -> None:
    gate = Gate()
    stage.plays.write("slowly again", "Wait", gate, ".")
    chat.open().ask("slowly again")
    expect(chat.answer).to_have_text("Wait")
    chat.ask("never mind")
    chat.page.get_by_role("button", name="Take back").click()
    expect(chat.input).to_have_value("never mind")
    gate.open()
    chat.expect_answer("Wait.")
    expect(chat.questions).to_have_count(1)


def test_the_field_grows_with_its_text(chat: ChatPage) -> None:
    chat.open()
    small = chat.input.bounding_box()
    chat.input.fill("one\ntwo\nthree\nfour")
    large = chat.input.bounding_box()
    assert small is not None
    assert large is not None
    assert large["height"] > small["height"] * 2


def test_earlier_questions_are_an_arrow_away(chat: ChatPage, stage: Stage) -> None:
    chat.open()
    for question in ("one", "two\nlines"):
        stage.plays.write(question, f"Answer to {question[:3]}")
        chat.ask(question)
        chat.expect_ready()
        expect(chat.answer).to_have_text(f"Answer to {question[:3]}")
    chat.input.press("ArrowUp")
    expect(chat.input).to_have_value("two\nlines")
    chat.input.press("ArrowUp")
    expect(chat.input).to_have_value("one")
    chat.input.press("ArrowUp")
    expect(chat.input).to_have_value("one")
    chat.input.press("ArrowDown")
    expect(chat.input).to_have_value("two\nlines")
    chat.input.press("ArrowDown")
    expect(chat.input).to_have_value("")

    chat.input.press("ArrowUp")
    expect(chat.input).to_have_value("two\nlines")
    chat.input.press_sequentially("!")
    chat.input.press("ArrowUp")
    expect(chat.input).to_have_value("two\nlines!")
