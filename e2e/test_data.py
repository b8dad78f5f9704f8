"""A site's own data in an answer, drawn by the site's own page."""

from chat_page import ChatPage
from playwright.sync_api import expect
from stage import Stage

from chatwidget import Data
from chatwidget.providers import Gate

PARTS = """() => {
  document.querySelector('chat-widget').parts = {
    order: ({ state }, before) => {
      const order = before ?? document.createElement('p');
      order.className = 'order';
      order.textContent = `On its way: ${state}`;
      order.onclick = () => document.querySelector('chat-widget').send('Where is it?');
      return order;
    },
  };
  document.head.append(Object.assign(document.createElement('style'), {
    textContent: '.order { border: 3px solid rgb(1, 2, 3); }',
  }));
}"""


def test_the_page_draws_it_and_styles_it(chat: ChatPage, stage: Stage) -> None:
    gate = Gate()
    stage.plays.write(
        "order", "Look: ", Data("order", {"state": "packed"}, "o1"), gate,
        Data("order", {"state": "sent"}, "o1"), "That is all.",
    )  # fmt: skip
    stage.plays.write("Where is it?", "In Graz.")
    chat.open().page.evaluate(PARTS)
    chat.ask("order")
    order = chat.page.locator("chat-widget .order")
    expect(order).to_have_text("On its way: packed")
    expect(order).to_have_css("border-top-color", "rgb(1, 2, 3)")
    gate.open()
    expect(order).to_have_text("On its way: sent")
    chat.expect_ready()

    chat.page.reload()
    expect(chat.answer).to_have_text("That is all.")
    expect(order).to_have_count(0)
    chat.page.evaluate(PARTS)
    expect(order).to_have_text("On its way: sent")
    order.click()
    chat.expect_answer("In Graz.")

    chat.page.get_by_role("button", name="New conversation").click()
    expect(order).to_have_count(0)
