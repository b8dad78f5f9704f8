"""The log follows the answer, and never fights the reader."""

import pytest
from chat_page import ChatPage
from playwright.sync_api import expect
from stage import Stage

from chatwidget.providers import Gate

NEAR = 8
"""Pixels."""

PARAGRAPHS = [f"Paragraph {number} of many.\n\n" for number in range(60)]


@pytest.fixture
def gates(stage: Stage) -> tuple[Gate, Gate]:
    middle, end = Gate(), Gate()
    stage.plays.write("long story", *PARAGRAPHS[:30], middle, *PARAGRAPHS[30:], end, "The end.")
    return middle, end


def at_middle(chat: ChatPage, gates: tuple[Gate, Gate]) -> None:
    chat.open().ask("long story")
    expect(chat.answer).to_contain_text("Paragraph 29")
    assert gates[0].reached.wait(10)


def near_end(chat: ChatPage) -> None:
    chat.page.wait_for_function(
        """near => {
          const log = document.querySelector('chat-widget').shadowRoot.querySelector('[part~=log]');
          return log.scrollHeight - log.scrollTop - log.clientHeight < near;
        }""",
        arg=NEAR,
    )


def let_the_rest_come(chat: ChatPage, gates: tuple[Gate, Gate]) -> None:
    gates[0].open()
    expect(chat.answer).to_contain_text("Paragraph 59")


def test_the_log_follows_the_answer(chat: ChatPage, gates: tuple[Gate, Gate]) -> None:
    at_middle(chat, gates)
    near_end(chat)
    let_the_rest_come(chat, gates)
    near_end(chat)
    gates[1].open()
    expect(chat.answer).to_contain_text("The end.")
    near_end(chat)


def test_a_wheel_upwards_lets_go_and_the_button_comes_back(
    chat: ChatPage, gates: tuple[Gate, Gate]
) -> None:
    at_middle(chat, gates)
    near_end(chat)
    chat.log.hover()
    chat.page.mouse.wheel(0, -250)
    expect(chat.to_end).to_be_visible()
    top = chat.log.evaluate("e => e.scrollTop")
    let_the_rest_come(chat, gates)
    assert chat.log.evaluate("e => e.scrollTop") == pytest.approx(top, abs=2)
    chat.to_end.click()
    near_end(chat)
    expect(chat.to_end).not_to_be_visible()
    gates[1].open()
    expect(chat.answer).to_contain_text("The end.")
    near_end(chat)


def test_a_key_upwards_lets_go(chat: ChatPage, gates: tuple[Gate, Gate]) -> None:
    at_middle(chat, gates)
    near_end(chat)
    chat.log.focus()
    chat.page.keyboard.press("PageUp")
    expect(chat.to_end).to_be_visible()
    let_the_rest_come(chat, gates)
    assert chat.distance_from_end() > 300
    gates[1].open()


@pytest.mark.needs("touch", "cdp")
def test_a_finger_that_pulls_down_lets_go(chat: ChatPage, gates: tuple[Gate, Gate]) -> None:
    at_middle(chat, gates)
    near_end(chat)
    box = chat.log.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    session = chat.page.context.new_cdp_session(chat.page)

    def touch(kind: str, *points: dict[str, float]) -> None:
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    touch("touchStart", {"x": x, "y": y})
    for step in range(1, 8):
        touch("touchMove", {"x": x, "y": y + 20 * step})
    touch("touchEnd")
    expect(chat.to_end).to_be_visible()
    let_the_rest_come(chat, gates)
    assert chat.distance_from_end() > 300
    gates[1].open()


@pytest.mark.needs("real_input")
def test_scrolling_back_to_the_end_follows_again(chat: ChatPage, gates: tuple[Gate, Gate]) -> None:
    at_middle(chat, gates)
    near_end(chat)
    chat.log.hover()
    chat.page.mouse.wheel(0, -200)
    expect(chat.to_end).to_be_visible()
    chat.page.mouse.wheel(0, 4000)
    expect(chat.to_end).not_to_be_visible()
    let_the_rest_come(chat, gates)
    near_end(chat)
    gates[1].open()
