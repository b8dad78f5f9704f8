"""What is wrong with a request is said as JSON, with a code; nothing that is sent is a 500."""

import json
import socket
from collections.abc import Callable
from typing import Any

import pytest
from calling import JSON, PRIVATE, ROUTES, Caller, Host, is_error, new_token
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient
from visiting import a_chat, mounted

from chatwidget import Limits
from chatwidget.errors import StoreUnavailable
from chatwidget.providers import Scripted
from chatwidget.stores.memory import Memory


@pytest.mark.parametrize(
    ("method", "path", "details", "status", "code"),
    [
        ("POST", "/messages", {"content": b"{", "headers": JSON}, 400, "bad_request"),
        (
            "POST",
            "/messages",
            {"content": b'{"message":"\xff"}', "headers": JSON},
            400,
            "bad_request",
        ),
        ("POST", "/messages", {"content": b"[" * 100_000, "headers": JSON}, 422, None),
        ("POST", "/session", {"content": b"[]", "headers": JSON}, 422, "invalid_message"),
        (
            "POST",
            "/messages",
            {"json": {"message": "x"}, "headers": {"authorization": "Bearer x.y.z"}},
            401,
            "bad_token",
        ),
        (
            "POST",
            "/messages",
            {"json": {"message": "x"}, "headers": {"origin": "https://evil.example"}},
            403,
            "origin_not_allowed",
        ),
        (
            "POST",
            "/messages",
            {"json": {"message": "x"}, "headers": {"origin": "null"}},
            403,
            "origin_not_allowed",
        ),
        ("GET", "/config", {"headers": {"origin": "null"}}, 403, "origin_not_allowed"),
        ("GET", "/nothing", {}, 404, "not_found"),
        ("GET", "/messages/c_1/", {}, 404, "not_found"),
        ("POST", "/stream/other", {"json": {"message": "x"}}, 404, "unknown_provider"),
        ("POST", "/stream", {"json": {"message": "x" * 300_000}}, 413, "too_large"),
        ("POST", "/messages", {"content": b"message=x"}, 415, "json_only"),
        (
            "POST",
            "/stream",
            {"content": b'{"message":"x"}', "headers": {"content-type": "text/plain"}},
            415,
            "json_only",
        ),
        ("POST", "/messages", {"json": {}}, 422, "invalid_message"),
        ("POST", "/messages", {"json": {"id": "a/b", "message": "x"}}, 422, "invalid_message"),
        (
            "POST",
            "/messages",
            {"json": {"trigger": "regenerate-message"}},
            422,
            "invalid_message",
        ),
        (
            "POST",
            "/messages",
            {"json": {"id": "c", "trigger": "regenerate-message"}},
            404,
            "not_found",
        ),
        ("POST", "/messages", {"json": {"message": "x" * 8001}}, 422, "message_too_long"),
        ("POST", "/stream", {"json": {"message": "x" * 8001}}, 422, "message_too_long"),
        ("POST", "/stream", {"json": {"message": " "}}, 422, "invalid_message"),
        ("POST", "/stream", {"json": {"message": 1}}, 422, "invalid_message"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_wrong_with_a_request_is_said_as_json(
    client: TestClient, method: str, path: str, details: Any, status: int, code: str | None
) -> None:
    response = Caller(client)(method, path, **details)
    assert is_error(response, status, code or "invalid_message")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/messages", {"POST"}),
        ("PUT", "/messages/c_1", {"GET", "HEAD", "PATCH", "DELETE"}),
        ("DELETE", "/messages/c_1/stream", {"GET", "HEAD"}),
        ("GET", "/session", {"POST"}),
        ("POST", "/config", {"GET", "HEAD"}),
        ("GET", "/stream/x", {"POST"}),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(
    client: TestClient, method: str, path: str, allowed: set[str]
) -> None:
    response = Caller(client)(method, path)
    assert is_error(response, 405, "method_not_allowed")
    assert set(response.headers["allow"].split(", ")) == allowed


def test_too_many_messages_have_to_wait(host: Host) -> None:
    client = host(a_chat(Scripted("Hello"), limits=Limits(messages_per_minute=1)))
    caller = Caller(client, new_token(client))
    # Two, if the clock's minute turned between them: the limit counts by it.
    answered = 0
    while (response := caller.ask()).status_code == 200:
        answered += 1
    assert answered in (1, 2)
    assert is_error(response, 429, "rate_limited")
    assert response.json()["retryAfter"] == int(response.headers["retry-after"]) > 0
    assert len(caller.history()["messages"]) == 2 * answered


def test_a_chat_that_is_shutting_down_takes_no_questions(host: Host) -> None:
    chat = a_chat(Scripted("Hello"))
    client = host(chat)
    caller = Caller(client, new_token(client))
    caller.ask()
    assert client.portal
    client.portal.call(chat.aclose)
    assert is_error(caller.ask("And now?"), 503, "shutting_down")


class Broken(Memory):
    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    async def conversation(self, conversation_id: str) -> Any:
        raise self._error

    async def ping(self) -> None:
        raise self._error


@pytest.mark.parametrize("path", ["/messages/c_1", "/health"])
@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (StoreUnavailable(), 503, "store_unavailable"),
        (RuntimeError("sk-SENTINEL"), 500, "internal"),
    ],
)
def test_a_store_that_fails_tells_visitors_nothing(
    host: Host,
    caplog: pytest.LogCaptureFixture,
    path: str,
    error: Exception,
    status: int,
    code: str,
) -> None:
    client = host(a_chat(Scripted("Hello"), store=Broken(error)))
    response = Caller(client)("GET", path)
    assert is_error(response, status, code)
    assert "SENTINEL" not in response.text
    assert response.json()["errorId"] in caplog.text
    assert ("SENTINEL" in caplog.text) == ("SENTINEL" in str(error))


def test_a_store_that_can_not_be_opened_is_tried_again(host: Host) -> None:
    class Late(Memory):
        tries = 0

        async def open(self) -> None:
            self.tries += 1
            if self.tries == 1:
                raise StoreUnavailable

    client = host(a_chat(Scripted("Hello"), store=Late()))
    assert is_error(Caller(client).ask(), 503, "store_unavailable")
    assert Caller(client).ask().status_code == 200


def test_a_body_that_never_ends_is_refused_before_it_does(serve: Callable[..., str]) -> None:
    url = serve(mounted(a_chat(Scripted("Hello"), limits=Limits(body_bytes=1000))))
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as client:
        client.sendall(
            b"POST /chat/messages HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
            b"transfer-encoding: chunked\r\n\r\n" + b"3e9\r\n" + b"x" * 1001 + b"\r\n"
        )
        answer = client.recv(65536)
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert b'"too_large"' in answer or b'"too_large"' in client.recv(65536)


_any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "role", "parts", "text", "type"]), inner)
    ),
    max_leaves=8,
)
_names = ["id", "messages", "message", "trigger", "messageId", "context", "value", "conversation"]
_any_body = st.dictionaries(st.sampled_from(_names), _any_json) | _any_json


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(sorted(path for method, path in ROUTES if method == "POST")),
    _any_body.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=30),
)
def test_nothing_that_is_sent_is_a_500(
    client: TestClient, owner: Caller, path: str, body: bytes
) -> None:
    path = path.format(conversation="c_1", provider="scripted")
    assert owner("POST", path, content=body, headers=JSON).status_code < 500


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(PRIVATE),
    st.sampled_from(["last-event-id", "authorization", "cookie", "origin", "content-length"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f")),
    st.text(max_size=10),
)
def test_nothing_in_a_header_or_a_query_is_a_500(
    client: TestClient,
    owner: Caller,
    route: tuple[str, str],
    header: str,
    value: str,
    query: str,
) -> None:
    method, path = route
    response = owner(
        method,
        path.format(conversation="c_1", file="f_1"),
        headers={header: value.strip().encode("latin-1")},
        params={"before": query, "limit": query},
    )
    assert response.status_code < 500


@pytest.mark.parametrize("limit", ["0", "-1", "201", "1e2", "x", "", "9" * 5000, "²", "٣"])
def test_a_page_has_a_size_that_makes_sense(owner: Caller, limit: str) -> None:
    response = owner("GET", "/messages/c_1", params={"limit": limit})
    assert is_error(response, 422, "invalid_message")


def test_no_path_can_forge_a_line_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="chatwidget")
    # As the whole app: a host's Mount takes no such path.
    with TestClient(a_chat(Scripted("Hello"))) as client:
        assert is_error(client.get("/no%0athing"), 404, "not_found")
    messages = [record.getMessage() for record in caplog.records if record.name == "chatwidget"]
    assert any("thing" in message for message in messages)
    assert not any("\n" in message for message in messages)
