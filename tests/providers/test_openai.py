"""What goes to OpenAI and its like, and what is made of what goes wrong there."""

import json
from typing import Any

import openai
import pytest
from asking import ask, conversation, question, transcript
from connecting import Connect
from history import WEATHER, with_tools
from upstream import Answer, Upstream

from chatwidget.chunks import (
    ProviderData,
    SourceUrl,
    ToolInputAvailable,
    ToolInputStart,
    ToolOutputAvailable,
)
from chatwidget.messages import Message, ProviderPart, ReasoningPart, StepPart, TextPart, ToolPart
from chatwidget.providers import OpenAI

pytestmark = pytest.mark.anyio

CHAT = Answer(body=transcript("chat_text"))
RESPONSES = Answer(body=transcript("responses_text"))
THOUGHTS = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "sealed"}


def refusal(status: int, **error: Any) -> Answer:
    body = json.dumps({"error": error}).encode()
    return Answer(body=body, status=status, content_type="application/json")


async def test_chat_completions_get_the_conversation_step_by_step(
    upstream: Upstream, connect: Connect
) -> None:
    upstream.answers(CHAT)
    request = conversation(*with_tools(), system="Be kind.", tools=[WEATHER])
    heard = await ask(connect("chat"), request)
    assert heard.complete
    assert upstream.requests[0].path == "/chat/completions"
    assert upstream.requests[0].json == {
        "model": "demo",
        "stream": True,
        "stream_options": {"include_usage": True},
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": "get_weather",
                    "description": "The weather of a city",
                    "parameters": WEATHER.parameters,
                },
            }
        ],
        "messages": [
            {"role": "system", "content": "Be kind."},
            {"role": "user", "content": "Oslo and Rome?"},
            {
                "role": "assistant",
                "content": "Let me look.",
                "tool_calls": [
                    {
                        "id": "call.1",
                        "type": "function",
                        "function": {"name": "get_weather", "arguments": '{"city": "Oslo"}'},
                    },
                    {
                        "id": "call_2",
                        "type": "function",
                        "function": {
                            "name": "get_weather",
                            "arguments": '{"invalid": "{\\"ci"}',
                        },
                    },
                ],
            },
            {"role": "tool", "tool_call_id": "call.1", "content": '{"sun": true}'},
            {"role": "tool", "tool_call_id": "call_2", "content": "No arguments."},
            {"role": "assistant", "content": "Sunny in Oslo."},
            {"role": "user", "content": "Thanks \ufffd"},
        ],
    }


async def test_responses_get_the_conversation_and_their_own_reasoning(
    upstream: Upstream, connect: Connect
) -> None:
    upstream.answers(RESPONSES)
    own = [
        ProviderPart("openai", {"model": "demo", "item": THOUGHTS}),
        ProviderPart("openai", {"model": "another", "item": {"of": "another model"}}),
        ProviderPart("openai", {"model": "demo", "phase": "commentary"}),
    ]
    request = conversation(*with_tools(*own), system="Be kind.", tools=[WEATHER])
    heard = await ask(connect("responses"), request)
    assert heard.complete
    assert upstream.requests[0].path == "/responses"
    assert upstream.requests[0].json == {
        "model": "demo",
        "stream": True,
        "store": False,
        "include": ["reasoning.encrypted_content"],
        "instructions": "Be kind.",
        "tools": [
            {
                "type": "function",
                "name": "get_weather",
                "description": "The weather of a city",
                "parameters": WEATHER.parameters,
                "strict": False,
            }
        ],
        "input": [
            {"role": "user", "content": "Oslo and Rome?"},
            THOUGHTS,
            {"role": "assistant", "content": "Let me look.", "phase": "commentary"},
            {
                "type": "function_call",
                "call_id": "call_1",
                "name": "get_weather",
                "arguments": '{"city": "Oslo"}',
            },
            {
                "type": "function_call",
                "call_id": "call_2",
                "name": "get_weather",
                "arguments": '{"invalid": "{\\"ci"}',
            },
            {"type": "function_call_output", "call_id": "call_1", "output": '{"sun": true}'},
            {"type": "function_call_output", "call_id": "call_2", "output": "No arguments."},
            {"role": "assistant", "content": "Sunny in "},
            {"role": "assistant", "content": "Oslo."},
            {"role": "user", "content": "Thanks \ufffd"},
        ],
    }


async def test_reasoning_that_nothing_came_of_is_not_sent_back(
    upstream: Upstream, connect: Connect
) -> None:
    upstream.answers(RESPONSES)
    stopped = Message(
        "a1",
        "assistant",
        [
            StepPart(),
            TextPart("Hm."),
            StepPart(),
            ProviderPart("openai", {"model": "demo", "item": THOUGHTS}),
        ],
    )
    await ask(connect("responses"), conversation(*question().messages, stopped))
    assert upstream.requests[0].json["input"] == [
        {"role": "user", "content": "Hello?"},
        {"role": "assistant", "content": "Hm."},
    ]


@pytest.mark.parametrize(("api", "answer"), [("chat", CHAT), ("responses", RESPONSES)])
async def test_parameters_and_hosted_tools_reach_the_call(
    upstream: Upstream, connect: Connect, api: str, answer: Answer
) -> None:
    upstream.answers(answer)
    provider = connect(api, params={"temperature": 0.1, "top_p": 0.5})
    params = {"temperature": 0.9, "tools": [{"type": "web_search"}]}
    await ask(provider, question(params=params, tools=[WEATHER], tool_choice="none"))
    sent = upstream.requests[0].json
    assert (sent["temperature"], sent["top_p"]) == (0.9, 0.5)
    assert [tool["type"] for tool in sent["tools"]] == ["function", "web_search"]
    assert sent["tool_choice"] == "none"


async def test_an_unknown_parameter_is_an_error_and_not_a_crash(connect: Connect) -> None:
    heard = await ask(connect("chat"), question(params={"no_such_thing": 1}))
    assert heard.error is not None
    assert heard.error.code == "provider_error"
    assert heard.error.hint == "the call of the provider raised TypeError"


async def test_usage_is_given_up_where_a_server_refuses_to_tell_it(
    upstream: Upstream, connect: Connect
) -> None:
    refused = refusal(422, message="extra fields not permitted: stream_options")
    upstream.answers(refused, CHAT, CHAT)
    provider = connect("chat")
    assert (await ask(provider)).complete
    assert (await ask(provider)).complete
    asked = ["stream_options" in request.json for request in upstream.requests]
    assert asked == [True, False, False]


async def test_encrypted_reasoning_is_given_up_for_models_without_it(
    upstream: Upstream, connect: Connect
) -> None:
    message = "Encrypted content is not supported with this model."
    refused = refusal(400, message=message, type="invalid_request_error", param="include")
    upstream.answers(refused, RESPONSES, RESPONSES)
    provider = connect("responses")
    assert (await ask(provider)).complete
    assert (await ask(provider)).complete
    asked = ["include" in request.json for request in upstream.requests]
    assert asked == [True, False, False]


async def test_reasoning_that_can_not_be_read_any_more_is_left_out_once(
    upstream: Upstream, connect: Connect
) -> None:
    message = "The encrypted content for item rs_1 could not be verified."
    upstream.answers(refusal(400, message=message), RESPONSES, RESPONSES)
    provider = connect("responses")
    history = with_tools(ProviderPart("openai", {"model": "demo", "item": THOUGHTS}))
    assert (await ask(provider, conversation(*history))).complete
    assert (await ask(provider)).complete
    assert THOUGHTS in upstream.requests[0].json["input"]
    assert THOUGHTS not in upstream.requests[1].json["input"]
    assert "include" in upstream.requests[2].json


@pytest.mark.parametrize(
    ("options", "environment", "path"),
    [
        ({}, "", "/chat/completions"),
        ({"api": "responses"}, "", "/responses"),
        ({"base_url": None}, "yes", "/chat/completions"),
    ],
)
async def test_an_address_of_ones_own_means_chat_completions(
    upstream: Upstream,
    monkeypatch: pytest.MonkeyPatch,
    options: dict[str, Any],
    environment: str,
    path: str,
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    if environment:
        monkeypatch.setenv("OPENAI_BASE_URL", upstream.url)
    provider = OpenAI("demo", **{"base_url": upstream.url, **options})
    upstream.answers(CHAT)
    await ask(provider)
    await provider.aclose()
    assert upstream.requests[0].path == path
    assert upstream.requests[0].headers["authorization"] == "Bearer none"


async def test_openai_itself_means_responses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    async with openai.AsyncOpenAI(api_key="k") as client:
        assert OpenAI("demo", client=client)._api == "responses"
    assert OpenAI("demo")._api == "responses"


async def test_one_client_serves_all_answers_and_is_made_again_after_closing(
    upstream: Upstream,
) -> None:
    upstream.answers(CHAT)
    provider = OpenAI("demo", base_url=upstream.url, api_key="k")
    for _ in range(3):
        assert (await ask(provider)).complete
    assert upstream.accepted == 1
    await provider.aclose()
    assert upstream.wait_for_connections(0)
    assert (await ask(provider)).complete
    await provider.aclose()


async def test_a_client_that_was_given_is_not_closed(upstream: Upstream) -> None:
    upstream.answers(CHAT)
    async with openai.AsyncOpenAI(api_key="k", base_url=upstream.url) as client:
        provider = OpenAI("demo", client=client)
        await provider.aclose()
        assert not client.is_closed()
        assert (await ask(provider)).complete


def test_settings_that_make_no_sense_are_refused_at_once() -> None:
    with pytest.raises(ValueError, match='must be "responses" or "chat"'):
        OpenAI("demo", api="completions")  # type: ignore[arg-type]
    with openai.OpenAI(api_key="k") as blocking, pytest.raises(TypeError, match="AsyncOpenAI"):
        OpenAI("demo", client=blocking)  # type: ignore[arg-type]


async def test_a_missing_key_is_said_to_the_developer(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    heard = await ask(OpenAI("demo"))
    assert heard.error is not None
    assert heard.error.code == "provider_auth"
    assert heard.error.hint == "no API key: set OPENAI_API_KEY, or pass api_key"


async def test_a_hosted_tool_is_shown_and_sources_come_last(
    upstream: Upstream, connect: Connect
) -> None:
    upstream.answers(Answer(body=transcript("responses_phases")), RESPONSES)
    provider = connect("responses")
    heard = await ask(provider)
    assert heard.of(ToolInputStart, ToolInputAvailable, ToolOutputAvailable) == [
        ToolInputStart("ws_7", "web_search"),
        ToolInputAvailable(
            "ws_7",
            "web_search",
            {"action": {"type": "search", "query": "tea"}},
            provider_executed=True,
        ),
        ToolOutputAvailable("ws_7", {"status": "completed"}, provider_executed=True),
    ]
    assert [data.data["phase"] for data in heard.of(ProviderData)] == ["commentary", "final_answer"]
    cited = await ask(provider)
    url = "https://example.com/a"
    assert cited.chunks[-2] == SourceUrl(url, url, "A page")


async def test_what_a_server_hangs_on_a_call_comes_back_with_it(
    upstream: Upstream, connect: Connect
) -> None:
    signature = {"google": {"thought_signature": "c2lnbmVk"}}
    call = {
        "index": 0,
        "id": "call_1",
        "type": "function",
        "function": {"name": "now", "arguments": "{}"},
        "extra_content": signature,
    }
    delta = {"reasoning_content": "What time?", "tool_calls": [call]}
    event = {"choices": [{"index": 0, "delta": delta, "finish_reason": "tool_calls"}]}
    upstream.answers(Answer(body=f"data: {json.dumps(event)}\n\ndata: [DONE]\n\n".encode()), CHAT)
    provider = connect("chat")
    heard = await ask(provider)
    kept = heard.of(ProviderData)[0]
    answer = Message(
        "a1",
        "assistant",
        [
            StepPart(),
            ReasoningPart("What time?"),
            ToolPart("call_1", "now", "output-available", {}, "noon"),
            ProviderPart(kept.provider, kept.data),
        ],
    )
    asked = question().messages[0]
    await ask(provider, conversation(asked, answer))
    sent = upstream.requests[1].json["messages"][1]
    assert sent["tool_calls"][0]["extra_content"] == signature
    assert sent["reasoning_content"] == "What time?"

    await ask(provider, conversation(asked, answer, asked))
    sent = upstream.requests[2].json["messages"][1]
    assert sent["tool_calls"][0]["extra_content"] == signature
    assert "reasoning_content" not in sent


async def test_what_breaks_after_the_end_breaks_nothing(
    upstream: Upstream, connect: Connect
) -> None:
    body = transcript("chat_text")
    upstream.answers(Answer(body=body, cut=body.index(b'"usage":{')))
    heard = await ask(connect("chat"))
    assert heard.error is None
    assert heard.end is not None
    assert (heard.end.reason, heard.end.usage) == ("stop", None)


@pytest.mark.parametrize(
    "event",
    [
        None,
        7,
        "text",
        [],
        {},
        {"choices": None, "usage": None},
        {"choices": [{}], "usage": {}},
        {"choices": [{"index": 0, "delta": None}], "usage": {"prompt_tokens": None}},
        {"choices": [{"index": None, "delta": {"content": None, "tool_calls": None}}]},
        {"choices": [{"index": 0, "delta": {"content": 5, "reasoning": {}}}], "object": 1},
        {"choices": [{"index": 0, "delta": {"content": [7, {}, {"type": "thinking"}]}}]},
    ],
)
async def test_an_odd_event_does_no_harm(upstream: Upstream, connect: Connect, event: Any) -> None:
    frame = f"data: {json.dumps(event)}\n\n".encode()
    upstream.answers(Answer(body=frame + CHAT.body))
    heard = await ask(connect("chat"))
    assert heard.error is None
    assert heard.text == "Grüße aus Köln 🚀,\nzweite Zeile."


async def test_responses_do_not_mind_fields_that_are_missing(
    upstream: Upstream, connect: Connect
) -> None:
    events = (
        {"type": "response.created"},
        {"type": "response.reasoning_summary_part.added"},
        {"type": "response.function_call_arguments.delta", "output_index": 9, "delta": "{}"},
        {"type": "response.output_text.delta", "delta": "Hi"},
        {"type": "response.output_text.annotation.added", "annotation": {"type": "new"}},
        {"type": "response.completed", "response": {"usage": {}}},
    )
    body = "".join(f"data: {json.dumps(event)}\n\n" for event in events).encode()
    upstream.answers(Answer(body=body))
    heard = await ask(connect("responses"))
    assert heard.error is None
    assert (heard.text, heard.complete) == ("Hi", True)
