"""After an answer that went wrong, anywhere and in any way, the next turn's request is valid."""

import asyncio
import json
from typing import Any

import pytest
from asking import transcript
from connecting import Connect
from upstream import Answer, Upstream

from chatwidget import ChatWidget, tool
from chatwidget.chunks import Chunk, Finish
from chatwidget.providers import Provider
from chatwidget.stores.base import RunRecord

pytestmark = pytest.mark.anyio

APIS = ["chat", "responses", "messages"]
TALK = {"chat": "chat_text", "responses": "responses_text", "messages": "anthropic_text"}
CALLS = {
    "chat": "chat_parallel_tools",
    "responses": "responses_reasoning_tools",
    "messages": "anthropic_thinking_tools",
}
FAILURES = {
    "chat": ["chat_error_in_stream", "chat_truncated", "chat_refusal", "chat_tool_cut_off"],
    "responses": [
        "responses_error",
        "responses_failed",
        "responses_incomplete",
        "responses_refusal",
        "responses_truncated",
    ],
    "messages": [
        "anthropic_max_tokens",
        "anthropic_overloaded",
        "anthropic_refusal",
        "anthropic_truncated",
    ],
}
PLACES = 12
"""How many places an answer is broken at."""


@tool
async def get_weather(city: str) -> str:
    """The weather of a city."""
    return "sunny"


@tool
async def get_time(zone: str) -> str:
    """The time in a zone: nobody will ever know."""
    await asyncio.Event().wait()
    return ""


@tool
def now() -> str:
    """The time here, which is out of order."""
    raise RuntimeError("out of order")


def a_chat(provider: Provider) -> ChatWidget:
    return ChatWidget(provider, tools=[get_weather, get_time, now], system="Be brief.")


async def ask(chat: ChatWidget, text: str) -> RunRecord:
    return await chat.engine.ask(text, visitor_id="v", conversation_id="c_1")


async def read(chat: ChatWidget, record: RunRecord) -> list[Chunk]:
    return [chunk async for chunk in chat.engine.chunks(record)]


async def goes_on(chat: ChatWidget, upstream: Upstream, api: str) -> None:
    """Ask once more, and see that this and all that was sent before is valid."""
    upstream.answers(Answer(body=transcript(TALK[api])))
    end = (await read(chat, await ask(chat, "And now?")))[-1]
    assert isinstance(end, Finish)
    assert end.finish_reason == "stop"
    for request in upstream.requests:
        VALID[api](request.json)
    await chat.aclose()


def broken(name: str, place: int) -> int:
    """Return the place as a number of bytes."""
    return len(transcript(name)) * place // PLACES


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("place", range(PLACES))
async def test_it_was_cut_off(upstream: Upstream, connect: Connect, api: str, place: int) -> None:
    for name in (TALK[api], CALLS[api]):
        body = transcript(name)
        upstream.answers(
            Answer(body=body, cut=broken(name, place)), Answer(body=transcript(TALK[api]))
        )
        chat = a_chat(connect(api))
        run = await ask(chat, "Well?")
        reading = asyncio.create_task(read(chat, run))
        # A tool that never comes back is stopped.
        await asyncio.wait([reading], timeout=1)
        await chat.engine.stop("c_1", visitor_id="v")
        await reading
        await goes_on(chat, upstream, api)


@pytest.mark.parametrize("how", ["stopped", "shut down"])
@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("place", range(PLACES + 1))
async def test_it_was_stopped(
    upstream: Upstream, connect: Connect, api: str, place: int, how: str
) -> None:
    for name in (TALK[api], CALLS[api]):
        upstream.stalled.clear()
        upstream.answers(Answer(body=transcript(name), stall=broken(name, place)))
        chat = a_chat(connect(api))
        run = await ask(chat, "Well?")
        reading = asyncio.create_task(read(chat, run))
        assert await asyncio.to_thread(upstream.stalled.wait, 5)
        if how == "stopped":
            await chat.engine.stop("c_1", visitor_id="v")
        else:
            await chat.engine.drain(grace=0)
            await chat.engine.open()
        await reading
        await goes_on(chat, upstream, api)


@pytest.mark.parametrize("name", [name for names in FAILURES.values() for name in names])
async def test_it_failed(upstream: Upstream, connect: Connect, name: str) -> None:
    api = next(api for api in APIS if name in FAILURES[api])
    upstream.answers(Answer(body=transcript(name)), Answer(body=transcript(TALK[api])))
    chat = a_chat(connect(api))
    await read(chat, await ask(chat, "Well?"))
    await goes_on(chat, upstream, api)


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("status", [401, 429, 500, 529])
async def test_it_was_refused(upstream: Upstream, connect: Connect, api: str, status: int) -> None:
    upstream.answers(Answer(status=status, body=b"{}", content_type="application/json"))
    chat = a_chat(connect(api))
    await read(chat, await ask(chat, "Well?"))
    await goes_on(chat, upstream, api)


# What the vendors demand

NOTHING = ("", "null", None)
"""What tells a model nothing of how a call ended."""


def valid_chat(body: dict[str, Any]) -> None:
    """https://platform.openai.com/docs/api-reference/chat/create"""
    messages = body["messages"]
    assert messages[0]["role"] == "system"
    assert messages[-1]["role"] in ("user", "tool")
    open_calls: list[str] = []
    for message in messages:
        if message["role"] == "tool":
            assert message["content"] not in NOTHING
            open_calls.remove(message["tool_call_id"])
            continue
        assert open_calls == [], "a call without a result"
        assert message.get("content") or message.get("tool_calls"), "a turn that says nothing"
        for call in message.get("tool_calls", ()):
            json.loads(call["function"]["arguments"])
            assert call["function"]["name"]
            open_calls.append(call["id"])
    assert open_calls == []


def valid_responses(body: dict[str, Any]) -> None:
    """https://platform.openai.com/docs/api-reference/responses/create"""
    items = body["input"]
    assert items[-1].get("role") == "user" or items[-1]["type"] == "function_call_output"
    open_calls: list[str] = []
    for item, after in zip(items, [*items[1:], {}], strict=True):
        match item.get("type", "message"):
            case "function_call":
                json.loads(item["arguments"])
                open_calls.append(item["call_id"])
            case "function_call_output":
                assert item["output"] not in NOTHING
                open_calls.remove(item["call_id"])
            case "reasoning":
                assert after.get("role") != "user", "thoughts that nothing came of"
            case "message":
                assert item["content"], "a turn that says nothing"
                assert item["role"] == "assistant" or open_calls == [], "a call without a result"
    assert open_calls == []


def valid_messages(body: dict[str, Any]) -> None:
    """https://platform.claude.com/docs/en/api/messages"""
    messages = body["messages"]
    roles = [message["role"] for message in messages]
    assert roles == ["user", "assistant"] * (len(roles) // 2) + ["user"]
    called: list[str] = []
    for message in messages:
        blocks = message["content"]
        assert blocks, "a turn that says nothing"
        given = [block for block in blocks if block["type"] == "tool_result"]
        assert all(block["content"] not in NOTHING for block in given)
        results = [block["tool_use_id"] for block in given]
        assert sorted(results) == sorted(called), "not each call has one result"
        assert [block["type"] for block in blocks[: len(results)]] == ["tool_result"] * len(results)
        assert all(block["text"].strip() for block in blocks if block["type"] == "text")
        if message["role"] == "assistant":
            assert blocks[-1]["type"] not in ("thinking", "redacted_thinking")
        called = [block["id"] for block in blocks if block["type"] == "tool_use"]
        assert all(isinstance(b["input"], dict) for b in blocks if b["type"] == "tool_use")
    assert called == []


VALID = {"chat": valid_chat, "responses": valid_responses, "messages": valid_messages}
