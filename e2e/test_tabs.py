"""Two tabs are two readers of one conversation."""

import pytest
from chat_page import ChatPage
from playwright.sync_api import BrowserContext, expect
from stage import Stage

from chatwidget.providers import Gate


@pytest.mark.needs("second_page")
def test_what_is_asked_in_one_tab_is_answered_in_both(
    chat: ChatPage, context: BrowserContext, stage: Stage
) -> None:
    gate = Gate()
    stage.plays.write("in one tab", "Both ", gate, "see this.")
    stage.plays.write("first of all", "Gladly.")
    chat.open().ask("first of all")
    chat.expect_answer("Gladly.")
    other = ChatPage(context.new_page(), stage.url)
    other.open()
    expect(other.answers).to_have_count(1)
    chat.ask("in one tab")
    # Nobody touches the other tab.
    expect(other.questions).to_have_count(2)
    expect(other.answer).to_have_text("Both")
    gate.open()
    other.expect_answer("Both see this.")
    chat.expect_answer("Both see this.")
    other.page.close()
