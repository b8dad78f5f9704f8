"""Through a real server: at once, alive, resumed without a gap, and never twice."""

import asyncio
import socket
import struct
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest
from serving import until
from visiting import Visitor, a_chat, mounted, raw_request, text_of, types_of

from chatwidget import Status, bodies
from chatwidget.chunks import ReasoningDelta, ToolInputAvailable, ToolOutputAvailable
from chatwidget.providers import Gate, Scripted, fail
from chatwidget.wire import read_cursor

Visit = Callable[..., Visitor]


@pytest.fixture
def visit(serve: Callable[..., str]) -> Iterator[Visit]:
    """`visit(provider)` serves a chat with that provider and returns its first visitor."""
    with ExitStack() as visitors:

        def visit(provider: Any, **settings: Any) -> Visitor:
            url = serve(mounted(a_chat(provider, **settings))) + "/chat"
            return visitors.enter_context(Visitor(url))

        yield visit


# As it comes


def test_the_first_words_arrive_before_the_answer_is_complete(visit: Visit) -> None:
    gate = Gate()
    visitor = visit(Scripted("Hel", gate, "lo"))
    with visitor.ask() as answer:
        answer.until("Hel")
        gate.open()
        assert text_of(answer.rest()) == "lo"


def test_a_comment_opens_the_stream_before_the_provider_answers(visit: Visit) -> None:
    gate = Gate()
    visitor = visit(Scripted(gate, "Hello"))
    with visitor.ask() as answer:
        assert answer.block() == ": open"
        gate.open()
        assert text_of(answer.rest()) == "Hello"


def test_a_stream_tells_proxies_and_browsers_what_it_is(visit: Visit) -> None:
    visitor = visit(Scripted("Hello"))
    with visitor.ask() as answer:
        headers = answer.response.headers
        assert answer.response.status_code == 200
        assert headers["content-type"] == "text/event-stream; charset=utf-8"
        assert headers["cache-control"] == "no-store, no-transform"
        assert headers["x-accel-buffering"] == "no"
        assert headers["x-vercel-ai-ui-message-stream"] == "v1"
        assert headers["x-conversation-id"] == "c_1"
        assert headers["x-content-type-options"] == "nosniff"
        assert "content-length" not in headers


def test_a_silent_stream_says_that_it_is_alive(visit: Visit) -> None:
    gate = Gate()
    visitor = visit(Scripted("Hel", gate, "lo"), heartbeat=0.05)
    with visitor.ask() as answer:
        answer.until("Hel")
        assert [answer.block() for _ in range(3)] == [": keep-alive"] * 3
        gate.open()
        assert text_of(answer.rest()) == "lo"


def test_a_stream_that_waits_for_its_first_word_is_alive_too(visit: Visit) -> None:
    gate = Gate()
    visitor = visit(Scripted(gate, "Hello"), heartbeat=0.05)
    with visitor.ask() as answer:
        while answer.block() != ": keep-alive":
            pass
        gate.open()
        assert text_of(answer.rest()) == "Hello"


def test_every_frame_is_numbered_and_done_is_the_last_word(visit: Visit) -> None:
    visitor = visit(Scripted(ReasoningDelta("Hm."), "Hel", "lo"))
    with visitor.ask() as answer:
        frames = answer.rest()
    run = frames[0].run
    assert [read_cursor(frame.id) for frame in frames] == [(run, n) for n in range(len(frames))]


def test_an_error_is_the_last_frame(visit: Visit) -> None:
    visitor = visit(Scripted("Hel", fail("provider_overloaded", retry_after=3)))
    frames = visitor.say()
    assert text_of(frames) == "Hel"
    error = frames[-1].chunk
    assert error.pop("errorId")
    assert error == {
        "type": "error",
        "errorText": "The assistant is very busy right now. Please try again.",
        "code": "provider_overloaded",
        "retryable": True,
        "retryAfter": 3,
    }


# Coming back

EVENTFUL = (
    ReasoningDelta("Hm."),
    Status("Searching"),
    "Grüße",
    ToolInputAvailable("srv", "search", {"q": "\n\ndata: [DONE]\n\n"}, provider_executed=True),
    ToolOutputAvailable("srv", "found\r\n", provider_executed=True),
    " 😀",
)


def test_after_the_end_every_cursor_gets_exactly_the_rest(visit: Visit) -> None:
    visitor = visit(Scripted(*EVENTFUL))
    frames = visitor.say()
    assert len(frames) > 12
    for number, frame in enumerate(frames):
        with visitor.resume(frame.id) as answer:
            assert answer.response.status_code == 200
            assert answer.rest() == frames[number + 1 :]


def test_in_the_middle_every_cursor_gets_exactly_the_rest(visit: Visit) -> None:
    gate = Gate()
    provider = Scripted(*EVENTFUL[:3], gate, *EVENTFUL[3:])
    visitor = visit(provider)
    with ExitStack() as readers:
        first = readers.enter_context(visitor.ask())
        frames = first.until("Grüße")
        others = [readers.enter_context(visitor.resume(frame.id)) for frame in frames]
        gate.open()
        frames += first.rest()
        for number, other in enumerate(others):
            assert other.rest() == frames[number + 1 :]
    assert len(provider.requests) == 1


@pytest.mark.parametrize(
    "cursor", [None, "nonsense", "unknown1-3", "0", "-1", "{run}-999", "{run}--1", "{run}-01"]
)
def test_any_other_cursor_gets_a_live_answer_from_its_start(
    visit: Visit, cursor: str | None
) -> None:
    gate = Gate()
    visitor = visit(Scripted("Hel", gate, "lo"))
    with visitor.ask() as first:
        frames = first.until("Hel")
        cursor = cursor and cursor.format(run=frames[0].run)
        with visitor.resume(cursor) as second:
            assert second.until("Hel") == frames
            gate.open()
            rest = first.rest()
            assert second.rest() == rest


@pytest.mark.parametrize("cursor", [None, "nonsense", "unknown1-3"])
def test_there_is_nothing_to_come_back_to_when_nothing_runs(
    visit: Visit, cursor: str | None
) -> None:
    visitor = visit(Scripted("Hello"))
    visitor.say()
    with visitor.resume(cursor) as answer:
        assert answer.response.status_code == 204


def test_a_cursor_of_another_conversation_gets_nothing_of_it(visit: Visit) -> None:
    visitor = visit(Scripted("Hello"))
    frames = visitor.say(conversation="c_1")
    visitor.say(conversation="c_2")
    with visitor.resume(frames[3].id, conversation="c_2") as answer:
        assert answer.response.status_code == 204


def test_a_reader_that_vanishes_stops_nothing(visit: Visit) -> None:
    gate = Gate()
    provider = Scripted("Hel", gate, "lo")
    visitor = visit(provider)
    with visitor.ask() as answer:
        cursor = answer.until("Hel")[-1].id
    gate.open()
    with visitor.resume(cursor) as answer:
        assert text_of(answer.rest()) == "lo"
    assert (len(provider.requests), provider.cancelled) == (1, 0)
    assert visitor.history()["messages"][1]["metadata"]["finishReason"] == "stop"


def test_after_a_reload_history_and_stream_make_the_whole(visit: Visit) -> None:
    gate = Gate()
    visitor = visit(Scripted("one").then("tw", gate, "o"))
    visitor.say("first?", id="q1")
    with visitor.ask("second?", id="q2") as answer:
        message_id = answer.until("tw")[0].chunk["messageId"]
        history = visitor.history()
        assert [message["role"] for message in history["messages"]] == [
            "user",
            "assistant",
            "user",
        ]
        assert history["running"] == {"messageId": message_id}
        gate.open()
    with visitor.resume() as answer:
        if answer.response.status_code == 200:  # else it was over already
            assert answer.rest()[0].chunk["messageId"] == message_id
    until(lambda: visitor.history()["running"] is None)
    assert visitor.history()["messages"][-1]["id"] == message_id


# Stopping


def test_another_connection_stops_the_answer(visit: Visit) -> None:
    provider = Scripted("Hel", Gate(), "lo")
    visitor = visit(provider)
    with Visitor(visitor.url, token=visitor.token) as elsewhere, visitor.ask() as answer:
        answer.until("Hel")
        assert elsewhere.stop()
        frames = answer.rest()
        assert not elsewhere.stop()
    assert types_of(frames) == ["text-end", "finish-step", "abort", "finish"]
    assert frames[-1].chunk["messageMetadata"] == {"stopped": True}
    assert (provider.cancelled, provider.closed) == (1, 1)
    stopped = visitor.history()["messages"][-1]
    assert stopped["parts"][-1] == {"type": "text", "text": "Hel"}
    assert stopped["metadata"]["stopped"]


# Once


def test_a_question_sent_twice_is_answered_once(visit: Visit) -> None:
    gate = Gate()
    provider = Scripted("Hel", gate, "lo")
    visitor = visit(provider)
    with visitor.ask(id="q1") as first, visitor.ask(id="q1") as second:
        first.until("Hel")
        gate.open()
        first.rest()
        frames = second.rest()
    assert text_of(frames) == "Hello"
    assert visitor.say(id="q1") == frames
    assert len(provider.requests) == 1
    assert len(visitor.history()["messages"]) == 2


def test_ten_parallel_retries_are_answered_once(visit: Visit) -> None:
    provider = Scripted("Hel", "lo")
    visitor = visit(provider)
    with ThreadPoolExecutor(10) as tabs:
        answers = list(tabs.map(lambda _: visitor.say(id="q1"), range(10)))
    assert all(frames == answers[0] for frames in answers)
    assert len(provider.requests) == 1
    assert len(visitor.history()["messages"]) == 2


def test_an_answer_is_written_anew(visit: Visit) -> None:
    visitor = visit(Scripted("first").then("second"))
    visitor.say("Well?")
    with visitor.ask(None) as answer:
        assert text_of(answer.rest()) == "second"
    texts = [message["parts"][-1]["text"] for message in visitor.history()["messages"]]
    assert texts == ["Well?", "second"]


def test_a_second_question_has_to_wait(visit: Visit) -> None:
    gate = Gate()
    provider = Scripted(gate, "Hello")
    visitor = visit(provider)
    with visitor.ask("first?") as first:
        with visitor.ask("second?") as second:
            second.response.read()
            assert second.response.status_code == 409
            assert second.response.json()["code"] == "conversation_busy"
        gate.open()
        assert text_of(first.rest()) == "Hello"
    assert len(provider.requests) == 1


def test_of_fifty_questions_at_once_one_is_answered_at_a_time(visit: Visit) -> None:
    provider = Scripted("Hello")
    visitor = visit(provider)

    def send(number: int) -> int:
        with visitor.ask(f"question {number}") as answer:
            answer.response.read()
            return answer.response.status_code

    with ThreadPoolExecutor(10) as tabs:
        statuses = list(tabs.map(send, range(50)))
    answered = statuses.count(200)
    assert answered + statuses.count(409) == 50
    assert len(provider.requests) == answered >= 1
    roles = [message["role"] for message in visitor.history(limit=200)["messages"]]
    assert roles == ["user", "assistant"] * answered


# Clients that do not behave


def test_a_reader_that_takes_nothing_slows_nobody(visit: Visit) -> None:
    gate = Gate()
    megabyte = ["x" * 1024] * 1024
    provider = Scripted("go", gate, *megabyte * 8)
    visitor = visit(provider)
    address, request = raw_request(visitor, {"id": "c_1", "message": {"id": "q1", "text": "?"}})
    with socket.socket() as stuck:
        stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stuck.connect(address)
        stuck.sendall(request)
        assert gate.reached.wait(10)
        with visitor.resume() as answer:
            gate.open()
            assert len(text_of(answer.rest())) == 2 + 8 * 1024 * 1024
        assert visitor.history()["running"] is None
        received = b""
        while data := stuck.recv(1 << 20):
            received += data
    assert b"data: [DONE]\n\n" in received[-100:]
    assert received.count(b"x") >= 8 * 1024 * 1024


def test_half_a_question_is_not_waited_for_for_ever(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "PATIENCE", 0.3)
    provider = Scripted("Hello")
    address, request = raw_request(visit(provider), {"id": "c_1", "message": "Well?"})
    with socket.create_connection(address) as client:
        client.settimeout(10)
        client.sendall(request[:-10])
        received = b""
        while data := client.recv(65536):  # until the server closes the connection
            received += data
    assert received.startswith(b"HTTP/1.1 400 ")
    assert b'"code":"bad_request"' in received
    assert provider.requests == []


def test_a_question_that_comes_slowly_is_answered(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "PATIENCE", 0.5)
    address, request = raw_request(visit(Scripted("Hello")), {"id": "c_1", "message": "Well?"})
    with socket.create_connection(address) as client:
        client.settimeout(10)
        client.sendall(request[:-10])
        for at in range(10, 0, -1):
            time.sleep(0.1)  # together longer than the patience with each of them
            client.sendall(request[-at : len(request) - at + 1])
        received = b""
        while data := client.recv(65536):
            received += data
    assert b'"delta":"Hello"' in received


def test_clients_that_vanish_before_they_are_answered_leave_nothing(
    serve: Callable[..., str],
) -> None:
    gate = Gate()
    provider = Scripted(gate, "Hello")
    chat = a_chat(provider, linger=0.1)
    with Visitor(serve(mounted(chat)) + "/chat") as visitor:
        for number in range(100):
            address, request = raw_request(visitor, {"id": f"c_{number}", "message": "Well?"})
            with socket.create_connection(address) as client:
                # Closed with a reset; every third one in the middle of its request.
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                client.sendall(request if number % 3 else request[:-10])
        conversations = [f"c_{number}" for number in range(100)]
        store = chat.engine.store
        until(lambda: not any(asyncio.run(store.live(name)) for name in conversations))
        until(lambda: provider.closed == len(provider.requests))
        assert len(provider.requests) <= 66
        gate.open()
        assert text_of(visitor.say(conversation="c_after")) == "Hello"
