"""An answer appears as it is written."""

from collections.abc import Callable

from chat_page import ChatPage
from playwright.sync_api import Page, expect
from stage import Stage

from chatwidget.chunks import ReasoningDelta, Status, ToolInputAvailable, ToolInputStart
from chatwidget.providers import Gate


def test_words_are_seen_before_the_answer_is_complete(
    chat: ChatPage, stage: Stage, shot: Callable[[Page, str], None]
) -> None:
    first, second = Gate(), Gate()
    stage.plays.write("grow", "The first words, ", first, "then more, ", second, "and the end.")
    chat.open().ask("grow")
    expect(chat.answer).to_have_text("The first words,")
    first.open()
    expect(chat.answer).to_have_text("The first words, then more,")
    shot(chat.page, "mid-stream")
    second.open()
    chat.expect_answer("The first words, then more, and the end.")


def test_the_cursor_is_there_only_while_the_answer_is_written(chat: ChatPage, stage: Stage) -> None:
    gate = Gate()
    stage.plays.write("cursor", "Some words", gate, ".")
    chat.open().ask("cursor")
    expect(chat.answer).to_have_text("Some words")
    expect(chat.cursor).to_have_count(1)
    gate.open()
    chat.expect_answer("Some words.")
    expect(chat.cursor).to_have_count(0)


def test_a_sign_of_life_is_shown_before_the_first_word(chat: ChatPage, stage: Stage) -> None:
    gate = Gate()
    stage.plays.write("wait", gate, "Here.")
    chat.open().ask("wait")
    expect(chat.page.locator(".dots")).to_be_visible()
    expect(chat.stop_button).to_be_visible()
    gate.open()
    chat.expect_answer("Here.")
    expect(chat.page.locator(".dots")).not_to_be_visible()


def test_a_status_line_says_what_is_being_done(chat: ChatPage, stage: Stage) -> None:
    gate = Gate()
    stage.plays.write("search", Status("Searching the handbook…"), gate, "Found it.")
    chat.open().ask("search")
    expect(chat.page.get_by_text("Searching the handbook…")).to_be_visible()
    gate.open()
    chat.expect_answer("Found it.")
    expect(chat.page.get_by_text("Searching the handbook…")).not_to_be_visible()


def test_thinking_and_tools_are_lines_that_open(
    chat: ChatPage, stage: Stage, shot: Callable[[Page, str], None]
) -> None:
    stage.plays.write(
        "steps",
        ReasoningDelta("Let me see what there is."),
        ToolInputStart("call_1", "look_up", title="Look up an order"),
        ToolInputAvailable("call_1", "look_up", {"order": "A-1042"}, provider_executed=True),
        "It is on its way.",
    )
    chat.open().ask("steps")
    chat.expect_answer("It is on its way.")
    thought = chat.page.get_by_role("button", name="Thought")
    expect(thought).to_have_attribute("aria-expanded", "false")
    thought.click()
    expect(chat.page.get_by_text("Let me see what there is.")).to_be_visible()
    chat.page.get_by_role("button", name="Look up an order").click()
    expect(chat.page.get_by_text("A-1042")).to_be_visible()
    shot(chat.page, "steps")


def test_every_script_arrives_whole(chat: ChatPage, stage: Stage) -> None:
    text = "Grüße, 日本語, مرحبا, 👩‍👩‍👧‍👦 and 🇩🇪."
    stage.plays.write("scripts", *text)
    chat.open().ask("scripts")
    chat.expect_answer(text)
