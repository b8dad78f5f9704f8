"""Whatever goes wrong upstream is an error with a code, and without the vendor's own words."""

import json
import socket
from typing import Any

import anthropic
import httpx2
import openai
import pytest
from asking import ask, transcript
from connecting import Connect
from upstream import Answer, Upstream

from chatwidget.providers import Anthropic, OpenAI
from chatwidget.providers.upstream_errors import reported

pytestmark = pytest.mark.anyio

APIS = ("chat", "responses", "messages")
every_api = pytest.mark.parametrize("api", APIS)

TEXT = {
    "chat": transcript("chat_text"),
    "responses": transcript("responses_text"),
    "messages": transcript("anthropic_text"),
}
FIRST_WORD = {"chat": b"Gr", "responses": b"Sch", "messages": b"Viele"}

WORDS = "key sk-live-1234 of org-secret is wrong, see https://example.com/account"


def failure(status: int, headers: dict[str, str] | None = None, **error: Any) -> Answer:
    body = json.dumps({"type": "error", "error": {"message": WORDS, **error}}).encode()
    return Answer(body=body, status=status, headers=headers or {}, content_type="application/json")


@every_api
@pytest.mark.parametrize(
    ("answer", "code", "retryable"),
    [
        (failure(400, type="invalid_request_error"), "provider_error", False),
        (failure(401, code="invalid_api_key"), "provider_auth", False),
        (failure(402, type="billing_error"), "provider_auth", False),
        (failure(403, type="permission_error"), "provider_auth", False),
        (failure(404, code="model_not_found"), "provider_error", False),
        (failure(413, type="request_too_large"), "context_too_long", False),
        (failure(400, code="context_length_exceeded"), "context_too_long", False),
        (failure(429, type="rate_limit_error"), "provider_rate_limited", True),
        (failure(429, code="insufficient_quota"), "provider_auth", False),
        (failure(500, type="api_error"), "provider_error", True),
        (failure(503), "provider_overloaded", True),
        (failure(504), "provider_timeout", True),
        (failure(529, type="overloaded_error"), "provider_overloaded", True),
        (Answer(status=502, body=b"<h1>Bad Gateway</h1>"), "provider_unreachable", True),
        (Answer(status=401, body=b"sk-live-1234"), "provider_auth", False),
        (Answer(body=b"<h1>Log in</h1>", content_type="text/html"), "empty_answer", True),
        (Answer(body=b'{"choices": []}', content_type="application/json"), "empty_answer", True),
        (Answer(body=b"data: {oops\n\n"), "provider_error", True),
        (Answer(body=b""), "empty_answer", True),
    ],
)
async def test_a_refused_request_has_a_code(
    upstream: Upstream, connect: Connect, api: str, answer: Answer, code: str, retryable: bool
) -> None:
    upstream.answers(answer)
    heard = await ask(connect(api))
    assert heard.chunks == []
    assert heard.error is not None
    assert (heard.error.code, heard.error.retryable) == (code, retryable)
    said = f"{heard.error.message} {heard.error.hint} {heard.error}"
    assert not any(secret in said for secret in ("sk-", "org-", "://", "<"))


@every_api
@pytest.mark.parametrize(
    ("value", "seconds"), [("7", 7.0), ("1.5", 1.5), ("-3", 0.0), ("soon", None), ("nan", None)]
)
async def test_a_rate_limit_tells_when_to_come_back(
    upstream: Upstream, connect: Connect, api: str, value: str, seconds: float | None
) -> None:
    upstream.answers(failure(429, {"retry-after": value}))
    heard = await ask(connect(api))
    assert heard.error is not None
    assert heard.error.retry_after == seconds


def test_when_to_come_back_may_be_a_date() -> None:
    error = reported(None, status=429, headers={"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"})
    assert error.retry_after == 0
    error = reported(None, status=429, headers={"retry-after": "Fri, 21 Oct 2150 07:28:00 GMT"})
    assert error.retry_after is not None
    assert error.retry_after > 1e9


def test_what_looks_like_no_code_is_not_repeated() -> None:
    error = reported({"code": "sk live 1234", "type": "a_type"})
    assert error.hint == "the provider answered with an error in its stream: a_type"


def test_a_conversation_that_is_too_long_is_known_by_what_servers_say() -> None:
    for message in (
        "This model's maximum context length is 8192 tokens.",
        "prompt is too long: 210000 tokens > 200000 maximum",
        "Input is too long for requested model.",
        "the request exceeds the available context size: context window full",
    ):
        error = reported({"type": "invalid_request_error", "message": message}, status=400)
        assert (error.code, error.retryable) == ("context_too_long", False)


@every_api
async def test_an_error_before_the_first_byte_is_tried_again(
    upstream: Upstream, connect: Connect, api: str
) -> None:
    upstream.answers(failure(503, {"retry-after-ms": "1"}), Answer(body=TEXT[api]))
    heard = await ask(connect(api, max_retries=1))
    assert heard.complete
    assert len(upstream.requests) == 2


@every_api
async def test_after_the_first_word_nothing_is_tried_again(
    upstream: Upstream, connect: Connect, api: str
) -> None:
    body = TEXT[api]
    end_of_text = body.index(b"\n\n", body.index(FIRST_WORD[api])) + 2
    upstream.answers(Answer(body=body, cut=end_of_text))
    heard = await ask(connect(api, max_retries=2))
    assert heard.text
    assert heard.error is not None
    assert heard.error.code == "interrupted"
    assert len(upstream.requests) == 1


@every_api
async def test_a_connection_that_drops_before_the_first_word_is_unreachable(
    upstream: Upstream, connect: Connect, api: str
) -> None:
    upstream.answers(Answer(body=TEXT[api], cut=1))
    heard = await ask(connect(api))
    assert heard.error is not None
    assert heard.error.code == "provider_unreachable"


async def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    for provider in (
        OpenAI("demo", base_url=url, max_retries=0),
        Anthropic("demo", base_url=url, max_retries=0),
    ):
        heard = await ask(provider)
        await provider.aclose()
        assert heard.error is not None
        assert heard.error.code == "provider_unreachable"


@pytest.mark.parametrize("begun", [False, True])
async def test_silence_beyond_the_clients_patience_is_a_timeout(
    upstream: Upstream, begun: bool
) -> None:
    patience = httpx2.Timeout(5, read=0.1)
    options: dict[str, Any] = {"api_key": "k", "base_url": upstream.url, "max_retries": 0}
    async with (
        openai.AsyncOpenAI(timeout=patience, **options) as chat,
        anthropic.AsyncAnthropic(timeout=patience, **options) as messages,
    ):
        for body, provider in (
            (TEXT["chat"], OpenAI("demo", client=chat)),
            (TEXT["messages"], Anthropic("demo", client=messages)),
        ):
            end_of_text = body.index(b"\n\n", body.index(b"Gr")) + 2
            upstream.answers(Answer(body=body, stall=end_of_text if begun else 0))
            heard = await ask(provider)
            assert bool(heard.text) == begun
            assert heard.error is not None
            assert heard.error.code == "provider_timeout"
