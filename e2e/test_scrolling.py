"""The log follows the answer, and never fights the reader."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from chat_page import ChatPage
from playwright.sync_api import Route, expect
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


TOP = """() => {
  const { shadowRoot } = document.querySelector('chat-widget');
  const log = shadowRoot.querySelector('[part~=log]').getBoundingClientRect();
  const question = [...shadowRoot.querySelectorAll('[part~=user-message]')].at(-1);
  return question.getBoundingClientRect().top - log.top;
}"""


def test_with_the_question_as_anchor_nothing_moves_while_one_reads(
    chat: ChatPage, stage: Stage, gates: tuple[Gate, Gate]
) -> None:
    stage.plays.write("before", *PARAGRAPHS)
    chat.visit().page.locator("chat-widget").evaluate("e => { e.anchor = 'question' }")
    chat.launcher.click()
    chat.ask("before")
    chat.expect_ready()
    chat.ask("long story")
    expect(chat.answer).to_contain_text("Paragraph 29")
    assert gates[0].reached.wait(10)
    there = chat.page.evaluate(TOP)
    assert 0 <= there < 2 * NEAR, "the question is at the top"
    let_the_rest_come(chat, gates)
    expect(chat.to_end).to_be_visible()
    gates[1].open()
    chat.expect_ready()
    assert chat.page.evaluate(TOP) == pytest.approx(there, abs=1)

    stage.plays.write("short", "Yes.")
    chat.ask("short")
    chat.expect_answer("Yes.")
    assert chat.page.evaluate(TOP) == pytest.approx(there, abs=1)
    expect(chat.to_end).to_be_hidden()
    chat.page.get_by_role("button", name="Answer again").click()
    chat.expect_ready()
    assert chat.page.evaluate(TOP) == pytest.approx(there, abs=1)

    chat.page.get_by_role("button", name="New conversation").click()
    expect(chat.questions).to_have_count(0)
    assert chat.log.evaluate("e => e.scrollHeight <= e.clientHeight"), "no room is left over"


def test_a_queued_question_goes_to_the_top_too(chat: ChatPage, stage: Stage) -> None:
    gate = Gate()
    stage.plays.write("first", *PARAGRAPHS, gate)
    stage.plays.write("second", "Yes.")
    chat.visit().page.locator("chat-widget").evaluate("e => { e.anchor = 'question' }")
    chat.launcher.click()
    chat.ask("first")
    expect(chat.answer).to_contain_text("Paragraph 59")
    chat.ask("second")
    expect(chat.page.locator("[part~=queued]")).to_be_visible()
    gate.open()
    chat.expect_answer("Yes.")
    assert 0 <= chat.page.evaluate(TOP) < 2 * NEAR


def test_a_log_held_at_its_top_goes_on_to_the_first_message(chat: ChatPage, stage: Stage) -> None:
    """As by somebody who keeps the scrollbar's thumb there."""
    told = [
        {
            "id": f"m{number}",
            "role": "assistant" if number % 2 else "user",
            "parts": [{"type": "text", "text": f"Line {number}"}],
            "metadata": {"finishReason": "stop"} if number % 2 else {},
        }
        for number in range(160)
    ]

    def history(route: Route) -> None:
        before = parse_qs(urlsplit(route.request.url).query).get("before", ["m160"])[0]
        end = int(before.removeprefix("m"))
        start = max(0, end - 50)
        body = {"id": "c", "messages": told[start:end], "running": None, "more": start > 0}
        route.fulfill(body=json.dumps(body), content_type="application/json")

    chat.open().ask("hello")
    chat.expect_ready()
    chat.page.route("**/chat/messages/*?limit=*", history)
    chat.page.reload()
    expect(chat.questions.last).to_have_text("Line 158")
    chat.log.evaluate("e => { e.onscroll = () => { e.scrollTop = 0 }; e.scrollTop = 0 }")
    expect(chat.questions).to_have_count(80)
    expect(chat.questions.first).to_have_text("Line 0")
