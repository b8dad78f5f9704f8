"""Tools over all three APIs, in a whole conversation: called, answered, and gone on from."""

from typing import Any

import pytest
from asking import transcript
from connecting import Connect
from upstream import Answer, Upstream

from chatwidget import ChatWidget, tool
from chatwidget.chunks import Chunk, Finish, ToolOutputAvailable
from chatwidget.fold import fold

pytestmark = pytest.mark.anyio

ROUNDS = {
    "chat": ("chat_parallel_tools", "chat_text"),
    "responses": ("responses_reasoning_tools", "responses_text"),
    "messages": ("anthropic_thinking_tools", "anthropic_text"),
}


@tool
async def get_weather(city: str) -> dict[str, str]:
    """The weather of a city."""
    return {"city": city, "sky": "blue"}


@tool
def get_time(zone: str) -> str:
    """The time in a zone."""
    return f"noon in {zone}"


@tool
def now() -> str:
    """The time here."""
    return "noon"


async def answer(chat: ChatWidget, conversation_id: str, text: str) -> list[Chunk]:
    record = await chat.engine.ask(text, visitor_id="v", conversation_id=conversation_id)
    return [chunk async for chunk in chat.engine.chunks(record)]


def results(body: Any, api: str) -> dict[str, str]:
    """The tools' results in a request, by call id."""
    match api:
        case "chat":
            return {
                m["tool_call_id"]: m["content"] for m in body["messages"] if m["role"] == "tool"
            }
        case "responses":
            items = [i for i in body["input"] if i.get("type") == "function_call_output"]
            return {item["call_id"]: item["output"] for item in items}
    blocks = [block for message in body["messages"] for block in message["content"]]
    return {b["tool_use_id"]: b["content"] for b in blocks if b["type"] == "tool_result"}


EXPECTED = {
    "chat": {
        "call_weather": '{"city": "Zürich", "sky": "blue"}',
        "call_time": "noon in CET",
    },
    "responses": {
        "call_oslo": '{"city": "Oslo", "sky": "blue"}',
        "call_rome": '{"city": "Rome", "sky": "blue"}',
    },
    "messages": {"toolu_oslo": '{"city": "Oslo", "sky": "blue"}', "toolu_now": "noon"},
}


@pytest.mark.parametrize("api", ["chat", "responses", "messages"])
async def test_parallel_calls_are_run_and_their_results_given_back(
    upstream: Upstream, connect: Connect, api: str
) -> None:
    calls, text = (Answer(body=transcript(name)) for name in ROUNDS[api])
    upstream.answers(calls, text)
    chat = ChatWidget(connect(api), tools=[get_weather, get_time, now])
    chunks = await answer(chat, "c1", "How is the weather?")
    assert isinstance(chunks[-1], Finish)
    assert chunks[-1].finish_reason == "stop"
    outputs = [chunk for chunk in chunks if isinstance(chunk, ToolOutputAvailable)]
    assert {chunk.tool_call_id for chunk in outputs} == EXPECTED[api].keys()
    assert results(upstream.requests[1].json, api) == EXPECTED[api]
    assert "Grüße" in fold(chunks).text

    await answer(chat, "c1", "And tomorrow?")
    assert results(upstream.requests[2].json, api) == EXPECTED[api]
    await chat.aclose()


async def test_sealed_thoughts_go_back_before_the_calls_that_came_of_them(
    upstream: Upstream, connect: Connect
) -> None:
    calls, text = (Answer(body=transcript(name)) for name in ROUNDS["responses"])
    upstream.answers(calls, text)
    chat = ChatWidget(connect("responses"), tools=[get_weather])
    await answer(chat, "c1", "How is the weather?")
    sent = [item.get("type", item.get("role")) for item in upstream.requests[1].json["input"]]
    assert sent == ["user", "reasoning", *["function_call"] * 2, *["function_call_output"] * 2]
    thoughts = upstream.requests[1].json["input"][1]
    assert thoughts["encrypted_content"] == "gAAA-sealed-thoughts"
    assert "status" not in thoughts
    await chat.aclose()

    calls, text = (Answer(body=transcript(name)) for name in ROUNDS["messages"])
    upstream.answers(calls, text)
    chat = ChatWidget(connect("messages"), tools=[get_weather, now])
    await answer(chat, "c2", "How is the weather?")
    said = upstream.requests[-1].json["messages"][1]["content"]
    kinds = [block["type"] for block in said]
    assert kinds == ["thinking", "redacted_thinking", "text", "tool_use", "tool_use"]
    await chat.aclose()
