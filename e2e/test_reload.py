"""A reload brings everything back: what was said, what is being said, what was being written."""

from chat_page import ChatPage
from everything import EVERYTHING, STEPS
from playwright.sync_api import expect
from stage import Stage

from chatwidget.providers import Gate


def test_a_reload_mid_answer_shows_the_history_and_the_rest(chat: ChatPage, stage: Stage) -> None:
    gate = Gate()
    stage.plays.write("first", "An old answer.")
    script = stage.plays.write("second", "A new ", gate, "answer.")
    chat.open().ask("first")
    chat.expect_answer("An old answer.")
    chat.ask("second")
    expect(chat.answer).to_have_text("A new")
    chat.page.reload()
    expect(chat.answer).to_have_text("A new")
    expect(chat.questions).to_have_count(2)
    gate.open()
    chat.expect_answer("A new answer.")
    expect(chat.answers).to_have_count(2)
    assert len(script.requests) == 1


def test_after_a_reload_an_answer_reads_as_it_did_when_it_came(
    chat: ChatPage, stage: Stage
) -> None:
    stage.plays.write("keep everything", *EVERYTHING)
    chat.open().ask("keep everything")
    chat.expect_ready()
    expect(chat.answer).to_contain_text("The end: Grüße")
    chat.unfold(STEPS)
    shape = "all => all.map(e => [e.tagName, e.textContent])"
    streamed = chat.answers.last.locator(".text *, .step, .source").evaluate_all(shape)
    chat.page.reload()
    expect(chat.answer).to_contain_text("The end: Grüße")
    chat.unfold(STEPS)
    restored = chat.answers.last.locator(".text *, .step, .source").evaluate_all(shape)
    assert restored == streamed
    assert len(streamed) > 40


def test_a_draft_survives_a_reload(chat: ChatPage) -> None:
    chat.open()
    chat.input.press_sequentially("Not yet sent")
    chat.page.reload()
    expect(chat.input).to_have_value("Not yet sent")


def test_a_new_conversation_begins_empty_and_stays_so(chat: ChatPage, stage: Stage) -> None:
    stage.plays.write("forget this", "Gladly.")
    chat.open().ask("forget this")
    chat.expect_answer("Gladly.")
    chat.page.get_by_role("button", name="New conversation").click()
    expect(chat.answers).to_have_count(0)
    chat.page.reload()
    expect(chat.input).to_be_visible()
    expect(chat.answers).to_have_count(0)
