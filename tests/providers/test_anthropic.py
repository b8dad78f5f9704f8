"""What goes to Anthropic, and what comes back that is more than text."""

import json
from typing import Any

import anthropic
import pytest
from asking import ask, conversation, question, transcript
from connecting import Connect
from history import WEATHER, with_tools
from upstream import Answer, Upstream

from chatwidget.chunks import (
    ProviderData,
    SourceUrl,
    StepEnd,
    TextDelta,
    ToolInputAvailable,
    ToolInputDelta,
    ToolInputStart,
    ToolOutputAvailable,
    ToolOutputError,
    Usage,
)
from chatwidget.messages import Message, ProviderPart, StepPart, TextPart, user_message
from chatwidget.providers import Anthropic

pytestmark = pytest.mark.anyio

TEXT = Answer(body=transcript("anthropic_text"))
SIGNED = {"type": "thinking", "thinking": "Two cities, so two calls.", "signature": "c2lnbmVk"}
SEALED = {"type": "redacted_thinking", "data": "c2VhbGVk"}


def stream(*events: dict[str, Any]) -> Answer:
    """A stream of events, in a frame each."""
    return Answer(
        body="".join(f"event: {e['type']}\ndata: {json.dumps(e)}\n\n" for e in events).encode()
    )


def block(index: int, start: dict[str, Any], *deltas: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"type": "content_block_start", "index": index, "content_block": start},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    ]


def begin(tokens: int = 1) -> dict[str, Any]:
    return {"type": "message_start", "message": {"id": "m", "usage": {"input_tokens": tokens}}}


def end(reason: str, tokens: int = 1) -> dict[str, Any]:
    delta = {"stop_reason": reason}
    return {"type": "message_delta", "delta": delta, "usage": {"output_tokens": tokens}}


async def test_messages_get_the_conversation_and_their_own_thinking(
    upstream: Upstream, connect: Connect
) -> None:
    upstream.answers(TEXT)
    own = [
        ProviderPart("anthropic", {"model": "demo", "blocks": [SIGNED]}),
        ProviderPart("anthropic", {"model": "demo", "blocks": [SEALED]}),
        ProviderPart("anthropic", {"model": "another", "blocks": [{"of": "another model"}]}),
    ]
    request = conversation(*with_tools(*own), system="Be kind.", tools=[WEATHER])
    heard = await ask(connect("messages"), request)
    assert heard.complete
    assert upstream.requests[0].path == "/v1/messages"
    assert upstream.requests[0].json == {
        "model": "demo",
        "max_tokens": 4096,
        "stream": True,
        "system": "Be kind.",
        "tools": [
            {
                "name": "get_weather",
                "description": "The weather of a city",
                "input_schema": WEATHER.parameters,
            }
        ],
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "Oslo and Rome?"}]},
            {
                "role": "assistant",
                "content": [
                    SIGNED,
                    SEALED,
                    {"type": "text", "text": "Let me look."},
                    {
                        "type": "tool_use",
                        "id": "call_1",
                        "name": "get_weather",
                        "input": {"city": "Oslo"},
                    },
                    {
                        "type": "tool_use",
                        "id": "call_2",
                        "name": "get_weather",
                        "input": {"invalid": '{"ci'},
                    },
                ],
            },
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "call_1", "content": '{"sun": true}'},
                    {
                        "type": "tool_result",
                        "tool_use_id": "call_2",
                        "content": "No arguments.",
                        "is_error": True,
                    },
                ],
            },
            {
                "role": "assistant",
                "content": [
                    {"type": "text", "text": "Sunny in "},
                    {"type": "text", "text": "Oslo."},
                ],
            },
            {"role": "user", "content": [{"type": "text", "text": "Thanks \ufffd"}]},
        ],
    }


async def test_settings_and_parameters_reach_the_call(upstream: Upstream, connect: Connect) -> None:
    upstream.answers(TEXT)
    thinking = {"type": "enabled", "budget_tokens": 1024}
    provider = connect(
        "messages", max_tokens=9000, thinking=thinking, params={"stop_sequences": ["."]}
    )
    search = {"type": "web_search_20250305", "name": "web_search"}
    params = {"max_tokens": 8000, "tools": [search]}
    await ask(provider, question(params=params, tools=[WEATHER], tool_choice="none"))
    sent = upstream.requests[0].json
    assert (sent["max_tokens"], sent["thinking"]) == (8000, thinking)
    assert sent["stop_sequences"] == ["."]
    assert [tool["name"] for tool in sent["tools"]] == ["get_weather", "web_search"]
    assert sent["tool_choice"] == {"type": "none"}


async def test_a_partial_answer_does_not_break_the_next_turn(
    upstream: Upstream, connect: Connect
) -> None:
    upstream.answers(TEXT)
    stopped = Message(
        "a1",
        "assistant",
        [
            StepPart(),
            TextPart("\n"),
            StepPart(),
            ProviderPart("anthropic", {"model": "demo", "blocks": [SIGNED]}),
        ],
    )
    request = conversation(user_message("u1", "One?"), stopped, user_message("u2", "Two?"))
    await ask(connect("messages"), request)
    texts = [{"type": "text", "text": "One?"}, {"type": "text", "text": "Two?"}]
    assert upstream.requests[0].json["messages"] == [{"role": "user", "content": texts}]


async def test_thinking_is_kept_to_be_sent_back(upstream: Upstream, connect: Connect) -> None:
    upstream.answers(Answer(body=transcript("anthropic_thinking_tools")))
    heard = await ask(connect("messages"))
    assert heard.of(ProviderData) == [
        ProviderData("anthropic", {"model": "demo", "blocks": [SIGNED]}),
        ProviderData("anthropic", {"model": "demo", "blocks": [SEALED]}),
    ]
    kinds = [type(chunk) for chunk in heard.chunks]
    assert kinds.index(ProviderData) < kinds.index(TextDelta)


async def test_thinking_without_its_signature_is_not_kept(
    upstream: Upstream, connect: Connect
) -> None:
    thought = {"type": "thinking_delta", "thinking": "Hm."}
    upstream.answers(stream(begin(), *block(0, {"type": "thinking"}, thought), end("end_turn")))
    heard = await ask(connect("messages"))
    assert heard.reasoning == "Hm."
    assert heard.of(ProviderData) == []


async def test_a_hosted_tool_is_shown_and_kept_with_its_result(
    upstream: Upstream, connect: Connect
) -> None:
    upstream.answers(Answer(body=transcript("anthropic_web_search")))
    heard = await ask(connect("messages"))
    page = {"type": "web_search_result", "title": "All about tea", "url": "https://example.com/tea"}
    aged = {**page, "page_age": "2 days"}
    use = {
        "type": "server_tool_use",
        "id": "srvtoolu_1",
        "name": "web_search",
        "input": {"query": "tea"},
    }
    result = {
        "type": "web_search_tool_result",
        "tool_use_id": "srvtoolu_1",
        "content": [{**page, "encrypted_content": "c2VhbGVk", "page_age": "2 days"}],
    }
    assert heard.chunks == [
        ToolInputStart("srvtoolu_1", "web_search"),
        ToolInputDelta("srvtoolu_1", '{"query": "tea"}'),
        ToolInputAvailable("srvtoolu_1", "web_search", {"query": "tea"}, provider_executed=True),
        ToolOutputAvailable("srvtoolu_1", [aged], provider_executed=True),
        ProviderData("anthropic", {"model": "demo", "blocks": [use, result]}),
        TextDelta("Tea is a drink."),
        SourceUrl("https://example.com/tea", "https://example.com/tea", "All about tea"),
        StepEnd("stop", Usage(900, 40)),
    ]


async def test_a_hosted_tool_that_failed_is_shown_as_failed(
    upstream: Upstream, connect: Connect
) -> None:
    use = {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {}}
    error = {"type": "web_search_tool_result_error", "error_code": "max_uses_exceeded"}
    result = {"type": "web_search_tool_result", "tool_use_id": "s1", "content": error}
    upstream.answers(stream(begin(), *block(0, use), *block(1, result), end("end_turn")))
    heard = await ask(connect("messages"))
    failed = ToolOutputError("s1", "max_uses_exceeded", provider_executed=True)
    assert heard.of(ToolOutputError) == [failed]


async def test_a_result_that_nobody_asked_for_is_left_out(
    upstream: Upstream, connect: Connect
) -> None:
    result = {"type": "web_search_tool_result", "tool_use_id": "nobody's", "content": []}
    upstream.answers(stream(begin(), *block(0, result), end("end_turn")))
    heard = await ask(connect("messages"))
    assert [type(chunk) for chunk in heard.chunks] == [StepEnd]


async def test_a_pause_is_gone_on_from_as_one_answer(upstream: Upstream, connect: Connect) -> None:
    use = {"type": "server_tool_use", "id": "s1", "name": "code_execution", "input": {}}
    code = {"type": "input_json_delta", "partial_json": '{"code": "1+1"}'}
    said = {"type": "text_delta", "text": "Let me see. "}
    result = {"type": "code_execution_tool_result", "tool_use_id": "s1", "content": {"stdout": "2"}}
    upstream.answers(
        stream(
            begin(10),
            *block(0, {"type": "text", "text": ""}, said),
            *block(1, use, code),
            end("pause_turn", 5),
        ),
        stream(
            begin(20),
            *block(0, result),
            *block(1, {"type": "text", "text": ""}, {"type": "text_delta", "text": "Two."}),
            end("end_turn", 7),
        ),
    )
    heard = await ask(connect("messages"))
    assert heard.text == "Let me see. Two."
    assert heard.end == StepEnd("stop", Usage(30, 12))
    whole = {**use, "input": {"code": "1+1"}}
    assert upstream.requests[1].json["messages"] == [
        {"role": "user", "content": [{"type": "text", "text": "Hello?"}]},
        {"role": "assistant", "content": [{"type": "text", "text": "Let me see. "}, whole]},
    ]
    assert heard.of(ProviderData)[0].data["blocks"] == [whole, result]


async def test_a_model_that_pauses_for_ever_is_given_up(
    upstream: Upstream, connect: Connect
) -> None:
    said = {"type": "text_delta", "text": "Hm. "}
    upstream.answers(stream(begin(), *block(0, {"type": "text"}, said), end("pause_turn")))
    heard = await ask(connect("messages"))
    assert heard.end is not None
    assert heard.end.reason == "other"
    assert 1 < len(upstream.requests) < 20


async def test_the_rest_of_a_pause_that_breaks_off_is_no_complete_answer(
    upstream: Upstream, connect: Connect
) -> None:
    said = {"type": "text_delta", "text": "Hm. "}
    first = stream(begin(), *block(0, {"type": "text"}, said), end("pause_turn"))
    upstream.answers(first, Answer(body=transcript("anthropic_truncated")))
    heard = await ask(connect("messages"))
    assert heard.text == "Hm. The answer begins, but"
    assert heard.end is not None
    assert heard.end.reason == "interrupted"


@pytest.mark.parametrize(
    ("stop_reason", "reason"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("refusal", "content-filter"),
        ("something_new", "other"),
    ],
)
async def test_every_stop_reason_has_its_meaning(
    upstream: Upstream, connect: Connect, stop_reason: str, reason: str
) -> None:
    said = {"type": "text_delta", "text": "Hm."}
    upstream.answers(stream(begin(), *block(0, {"type": "text"}, said), end(stop_reason)))
    heard = await ask(connect("messages"))
    assert heard.end is not None
    assert heard.end.reason == reason
    assert heard.end.refused == (stop_reason == "refusal")


@pytest.mark.parametrize(
    "event",
    [
        {"type": "content_block_delta", "index": 3, "delta": {"type": "text_delta", "text": "Hm."}},
        {"type": "content_block_stop", "index": 9},
        {"type": "content_block_start", "index": 0, "content_block": {}},
        {"type": "nothing we know"},
        {},
    ],
)
async def test_events_out_of_order_do_no_harm(
    upstream: Upstream, connect: Connect, event: dict[str, Any]
) -> None:
    frame = f"data: {json.dumps(event)}\n\n".encode()
    upstream.answers(Answer(body=frame + TEXT.body + frame))
    heard = await ask(connect("messages"))
    assert heard.complete
    assert "Viele Grüße aus Zürich 🚀" in heard.text


async def test_an_error_event_that_is_no_json_is_an_error(
    upstream: Upstream, connect: Connect
) -> None:
    upstream.answers(Answer(body=b"event: error\ndata: upstream sk-live-1 failed\n\n"))
    heard = await ask(connect("messages"))
    assert heard.error is not None
    assert heard.error.code == "provider_error"
    assert "sk-live" not in str(heard.error.hint)


async def test_one_client_serves_all_answers(
    upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    upstream.answers(TEXT)
    provider = Anthropic("demo", base_url=upstream.url)
    for _ in range(3):
        assert (await ask(provider)).complete
    assert upstream.accepted == 1
    await provider.aclose()


async def test_a_missing_key_is_said_to_the_developer(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    provider = Anthropic("demo")
    heard = await ask(provider)
    await provider.aclose()
    assert heard.error is not None
    assert heard.error.code == "provider_auth"
    assert heard.error.hint == "no API key: set ANTHROPIC_API_KEY, or pass api_key"


def test_a_blocking_client_is_refused_at_once() -> None:
    with anthropic.Anthropic(api_key="k") as blocking, pytest.raises(TypeError, match="Async"):
        Anthropic("demo", client=blocking)  # type: ignore[arg-type]
