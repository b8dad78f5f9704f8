"""What goes wrong is said in place, with a way on, and without a word too much."""

from collections.abc import Callable

from chat_page import ChatPage
from playwright.sync_api import Page, expect
from stage import Stage, early_in_a_minute

from chatwidget.chunks import StepEnd
from chatwidget.providers import Gate, fail

Shot = Callable[[Page, str], None]


def test_a_failure_half_way_keeps_the_text_and_offers_a_retry(
    chat: ChatPage, stage: Stage, shot: Shot
) -> None:
    script = stage.plays.write("break", "So far, so good", fail("provider_overloaded"))
    chat.open().ask("break")
    expect(chat.error.get_by_role("alert")).to_have_text(
        "The assistant is very busy right now. Please try again."
    )
    expect(chat.answer).to_have_text("So far, so good")
    shot(chat.page, "error")
    script.then("All of it, this time.")
    chat.retry.click()
    chat.expect_answer("All of it, this time.")
    expect(chat.error).to_have_count(0)
    expect(chat.answers).to_have_count(1)
    expect(chat.questions).to_have_count(1)
    assert len(script.requests) == 2


def test_an_error_is_still_there_after_a_reload(chat: ChatPage, stage: Stage) -> None:
    script = stage.plays.write("break again", "Half", fail("provider_timeout")).then("Whole.")
    chat.open().ask("break again")
    expect(chat.error).to_contain_text("took too long")
    chat.page.reload()
    expect(chat.error).to_contain_text("took too long")
    chat.retry.click()
    chat.expect_answer("Whole.")
    assert len(script.requests) == 2


def test_too_many_messages_are_counted_down(chat: ChatPage, stage: Stage, shot: Shot) -> None:
    stage.plays.write("one", "Yes.")
    script = stage.plays.write("two", "No.")
    chat.open("limited")
    early_in_a_minute()
    chat.ask("one")
    chat.expect_answer("Yes.")
    chat.ask("two")
    expect(chat.error.get_by_role("alert")).to_contain_text("Too many messages")
    expect(chat.retry).to_be_disabled()
    before = chat.retry.inner_text()
    assert any(character.isdigit() for character in before)
    expect(chat.retry).not_to_have_text(before)
    expect(chat.questions.last).to_contain_text("two")
    assert script.requests == []
    shot(chat.page, "rate-limited")


def test_an_interrupted_answer_says_so_and_is_gone_on_with(
    chat: ChatPage, stage: Stage, shot: Shot
) -> None:
    script = stage.plays.write("cut", "Half an **ans", StepEnd("interrupted"))
    script.then("wer**, whole.")
    chat.open().ask("cut")
    expect(chat.page.get_by_text("The answer was interrupted.").first).to_be_visible()
    shot(chat.page, "interrupted")
    chat.page.get_by_role("button", name="Continue").click()
    chat.expect_answer("Half an answer, whole.")
    expect(chat.answer.locator("strong")).to_have_text("answer")
    expect(chat.answers).to_have_count(1)


def test_an_interrupted_answer_can_be_asked_for_again(chat: ChatPage, stage: Stage) -> None:
    stage.plays.write("cut it", "Half an", StepEnd("interrupted")).then("Half an answer, whole.")
    chat.open().ask("cut it")
    chat.page.get_by_role("button", name="Answer again").click()
    chat.expect_answer("Half an answer, whole.")


def test_a_page_that_is_left_alone_shows_no_error(chat: ChatPage, stage: Stage) -> None:
    gate = Gate()
    stage.plays.write("patience", gate, "Here you are.")
    chat.open().ask("patience")
    # Longer than the heartbeat: silence alone is no failure.
    chat.page.wait_for_timeout(3000)
    expect(chat.error).to_have_count(0)
    expect(chat.pill).to_have_text("")
    gate.open()
    chat.expect_answer("Here you are.")
