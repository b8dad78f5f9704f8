"""Stop ends the answer, keeps what there is, and closes the upstream call."""

from chat_page import ChatPage
from playwright.sync_api import expect
from stage import Stage

from chatwidget.providers import Gate


def test_stop_keeps_the_text_and_ends_the_call(chat: ChatPage, stage: Stage) -> None:
    never = Gate()
    script = stage.plays.write("stop me", "As far as this", never, " and no further.")
    chat.open().ask("stop me")
    expect(chat.answer).to_have_text("As far as this")
    chat.stop_button.click()
    expect(chat.page.get_by_text("Stopped", exact=True).first).to_be_visible()
    chat.expect_answer("As far as this")
    assert script.cancelled == 1
    chat.page.reload()
    chat.expect_answer("As far as this")


def test_the_next_question_can_be_asked_after_a_stop(chat: ChatPage, stage: Stage) -> None:
    stage.plays.write("stop me too", "Once", Gate())
    stage.plays.write("and now", "All is well.")
    chat.open().ask("stop me too")
    expect(chat.answer).to_have_text("Once")
    chat.stop_button.click()
    chat.expect_ready()
    chat.ask("and now")
    chat.expect_answer("All is well.")
    expect(chat.answers).to_have_count(2)
