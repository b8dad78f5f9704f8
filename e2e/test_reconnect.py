"""A lost network costs nothing: the text is whole, nothing twice, the model asked once."""

import random
import re
from collections.abc import Callable

import pytest
from chat_page import ChatPage
from cutting_proxy import CuttingProxy
from playwright.sync_api import Page, expect
from stage import Stage

from chatwidget.providers import Gate

IN_TROUBLE = re.compile("Reconnecting|The connection was lost")


@pytest.fixture
def far(page: Page, proxy: CuttingProxy) -> ChatPage:
    """The chat, behind a network that can fail."""
    return ChatPage(page, proxy.url)


def test_an_answer_goes_on_where_it_was_cut(
    far: ChatPage, proxy: CuttingProxy, stage: Stage
) -> None:
    gate, end = Gate(), Gate()
    script = stage.plays.write("cut me", "One, ", "two, ", gate, "three, ", end, "four.")
    far.open().ask("cut me")
    expect(far.answer).to_have_text("One, two,")
    proxy.cut()
    gate.open()
    expect(far.answer).to_have_text("One, two, three,")
    end.open()
    far.expect_answer("One, two, three, four.")
    assert len(script.requests) == 1
    expect(far.error).to_have_count(0)


@pytest.mark.parametrize("seed", range(4))
def test_cuts_at_any_byte_lose_nothing(
    far: ChatPage, proxy: CuttingProxy, stage: Stage, seed: int
) -> None:
    chance = random.Random(seed)
    words = [f"wörd{number} 😀 " for number in range(40)]
    gate = Gate()
    question = f"cut at random {seed}"
    script = stage.plays.write(question, *words[:1], gate, *words[1:])
    far.open()
    far.ask(question)
    expect(far.answer).to_contain_text("wörd0")
    proxy.cut_after(chance.randrange(1, 400))
    gate.open()
    far.expect_answer("".join(words).strip())
    assert len(script.requests) == 1


def test_a_network_that_is_gone_for_a_while_is_waited_for(
    far: ChatPage, proxy: CuttingProxy, stage: Stage
) -> None:
    gate = Gate()
    script = stage.plays.write("away", "Before, ", gate, "and after.")
    far.open().ask("away")
    expect(far.answer).to_have_text("Before,")
    proxy.refuse()
    gate.open()
    expect(far.pill).to_have_text("Reconnecting…", timeout=15_000)
    proxy.resume()
    far.expect_answer("Before, and after.")
    expect(far.pill).to_have_text("")
    assert len(script.requests) == 1


def test_a_message_sent_into_a_dead_network_is_sent_once_it_is_back(
    far: ChatPage, proxy: CuttingProxy, stage: Stage
) -> None:
    script = stage.plays.write("anyone there?", "Yes.")
    far.open()
    expect(far.page.get_by_text("Hello! What would you like to know?")).to_be_visible()
    proxy.refuse()
    far.ask("anyone there?")
    expect(far.questions).to_have_count(1)
    expect(far.panel).to_contain_text(IN_TROUBLE, timeout=15_000)
    proxy.resume()
    # It may have given up by then, and leave the next try to the visitor.
    expect(far.answers.or_(far.retry).first).to_be_visible(timeout=15_000)
    if far.retry.is_visible():
        far.retry.click()
    far.expect_answer("Yes.")
    expect(far.questions).to_have_count(1)
    assert len(script.requests) == 1


@pytest.mark.needs("offline")
def test_offline_and_back(far: ChatPage, proxy: CuttingProxy, stage: Stage) -> None:
    gate = Gate()
    script = stage.plays.write("tunnel", "In, ", gate, "and out.")
    far.open().ask("tunnel")
    expect(far.answer).to_have_text("In,")
    far.page.context.set_offline(True)
    proxy.cut()
    gate.open()
    expect(far.pill).to_have_text("You are offline", timeout=15_000)
    far.page.context.set_offline(False)
    far.expect_answer("In, and out.")
    assert len(script.requests) == 1


@pytest.mark.parametrize(
    "trouble",
    [lambda p: p.delay(0.05), lambda p: p.drip(37), lambda p: p.hoard(600)],
    ids=["late", "in drips", "held back"],
)
def test_a_slow_network_only_costs_time(
    far: ChatPage, proxy: CuttingProxy, stage: Stage, trouble: Callable[[CuttingProxy], None]
) -> None:
    words = [f"wörd{number} 😀 " for number in range(30)]
    script = stage.plays.write("take your time", *words)
    far.open()
    expect(far.page.get_by_text("Hello! What would you like to know?")).to_be_visible()
    trouble(proxy)
    far.ask("take your time")
    far.expect_answer("".join(words).strip())
    assert len(script.requests) == 1
    expect(far.error).to_have_count(0)


def test_a_connection_that_fell_silent_is_given_up(
    far: ChatPage, proxy: CuttingProxy, stage: Stage
) -> None:
    gate = Gate()
    script = stage.plays.write("silence", "Before, ", gate, "and after.")
    far.open().ask("silence")
    expect(far.answer).to_have_text("Before,")
    proxy.fall_silent()
    gate.open()
    # Nothing is closed: only the missing heartbeats tell.
    far.expect_answer("Before, and after.")
    assert len(script.requests) == 1


@pytest.mark.needs("history")
def test_who_comes_back_to_the_page_finds_the_answer_whole(far: ChatPage, stage: Stage) -> None:
    gate = Gate()
    script = stage.plays.write("be back", "Before, ", gate, "and after.")
    far.open().ask("be back")
    expect(far.answer).to_have_text("Before,")
    far.page.goto(f"{stage.url}/pages/inline.html")
    gate.open()
    far.page.go_back()
    far.expect_answer("Before, and after.")
    assert len(script.requests) == 1
