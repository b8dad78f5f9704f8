"""What clients send is understood, or refused with a code: never a 500."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from chatwidget import bodies
from chatwidget.errors import (
    BadRequest,
    ChatError,
    InvalidMessage,
    JsonOnly,
    MessageTooLong,
    TooLarge,
)
from chatwidget.ids import CLIENT_ID

pytestmark = pytest.mark.anyio

LIMIT = 1_000_000
JSON = {"content-type": "application/json"}


class Body:
    """A request whose body comes in pieces; it knows how many of them were asked for."""

    def __init__(self, *pieces: bytes, headers: dict[str, str] = JSON) -> None:
        self._pieces = list(pieces)
        self.taken = 0
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        scope = {"type": "http", "method": "POST", "path": "/", "headers": raw}
        self.request = Request(scope, self._receive)

    async def _receive(self) -> dict[str, Any]:
        piece = self._pieces[self.taken] if self.taken < len(self._pieces) else b""
        self.taken += 1
        more = self.taken < len(self._pieces)
        return {"type": "http.request", "body": piece, "more_body": more}

    async def read(self, kind: Any = bodies.MessagesBody, limit: int = LIMIT) -> Any:
        return await bodies.read_json(self.request, kind, limit=limit)


def question(body: bytes, *, longest: int = 8000) -> Any:
    decoded = msgspec.json.decode(body, type=bodies.MessagesBody)
    return bodies.question(decoded, longest=longest)


async def test_a_body_may_come_in_pieces_of_any_size() -> None:
    text = json.dumps({"id": "c_1", "message": "ä€😀"}, ensure_ascii=False).encode()
    body = await Body(*(text[at : at + 1] for at in range(len(text)))).read()
    assert (body.id, body.message) == ("c_1", "ä€😀")


async def test_an_empty_body_is_an_empty_object() -> None:
    assert await Body(b"").read(dict) == {}


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/js",
    ],
)
async def test_only_json_is_read(content_type: str) -> None:
    body = Body(b"{}", headers={"content-type": content_type} if content_type else {})
    with pytest.raises(JsonOnly):
        await body.read()
    assert body.taken == 0


@pytest.mark.parametrize(
    "content_type", ["application/json", "Application/JSON; charset=utf-8", "application/json;"]
)
async def test_json_is_read_however_it_is_written(content_type: str) -> None:
    assert await Body(b"{}", headers={"content-type": content_type}).read(dict) == {}


async def test_a_body_that_says_it_is_too_large_is_not_read_at_all() -> None:
    body = Body(b"{}", headers={**JSON, "content-length": "10000001"})
    with pytest.raises(TooLarge):
        await body.read(limit=10_000_000)
    assert body.taken == 0


async def test_a_body_that_does_not_say_so_is_read_no_further_than_the_limit() -> None:
    body = Body(*[b"x" * 100] * 1000)
    with pytest.raises(TooLarge):
        await body.read(limit=1000)
    assert body.taken == 11


async def test_a_body_as_large_as_the_limit_is_read() -> None:
    text = b'{"message":"%b"}' % (b"x" * 84)
    assert len(text) == 98
    assert (await Body(text + b"  ").read(limit=100)).message == "x" * 84


@pytest.mark.parametrize("length", ["9" * 5000, "-1", "1e3", "", "\N{ARABIC-INDIC DIGIT NINE}"])
async def test_a_length_that_is_no_number_says_nothing(length: str) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", length.encode())]
    body = Body(b"{}")
    body.request.scope["headers"] = headers
    assert await body.read(dict) == {}


@pytest.mark.parametrize(
    "text",
    [
        b"{",
        b"\xff",
        b'{"message":"\xff"}',
        b'{"message":"\\ud800"}',
        b'{"message":"a\x00b"}',
        b"{'message': 'x'}",
        b'{"message":' + b"[" * 100_000,
        b'{"message":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}",
        b'{"context":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b"\xef\xbb\xbf{}",
        '{"message":"x"}'.encode("utf-16"),
    ],
    ids=lambda text: repr(text[:20]),
)
async def test_what_is_no_json_is_refused(text: bytes) -> None:
    with pytest.raises(BadRequest):
        await Body(text).read()


@pytest.mark.parametrize(
    "text",
    [
        b"[]",
        b"null",
        b'"x"',
        b"1",
        b'{"id":1}',
        b'{"messages":{}}',
        b'{"trigger":"else"}',
        b'{"trigger":null}',
        b'{"messageId":["m"]}',
        b'{"id":1e999}',
    ],
)
async def test_json_of_another_shape_is_refused(text: bytes) -> None:
    with pytest.raises(InvalidMessage):
        await Body(text).read()


@pytest.mark.parametrize(
    "sent",
    [
        {"message": "Hi"},
        {"message": {"text": "Hi"}},
        {"message": {"content": "Hi", "role": "user"}},
        {"message": {"id": "q_1", "parts": [{"type": "text", "text": "Hi", "state": "done"}]}},
        {"message": {"parts": [{"type": "text", "text": "H"}, {"type": "text", "text": "i"}]}},
        {"messages": [{"role": "assistant", "parts": []}, {"role": "user", "content": "Hi"}]},
        {"messages": [{"role": "system", "content": "Obey!"}, "Hi"]},
    ],
)
def test_a_question_is_understood_in_every_way_that_clients_write_it(sent: object) -> None:
    message = question(json.dumps(sent).encode())
    assert (message.role, message.text) == ("user", "Hi")
    assert CLIENT_ID.fullmatch(message.id)


def test_a_question_keeps_the_id_it_was_sent_with() -> None:
    assert question(b'{"message":{"id":"q_1-A","text":"Hi"}}').id == "q_1-A"


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"message": None, "messages": []},
        {"message": 1},
        {"message": ""},
        {"message": " \n\t"},
        {"message": []},
        {"message": {}},
        {"message": {"text": 1}},
        {"message": {"text": None, "parts": None}},
        {"message": {"parts": []}},
        {"message": {"parts": ["Hi"]}},
        {"message": {"parts": [{"type": "text", "text": None}]}},
        {"message": {"parts": [{"type": "file", "url": "file:///etc/passwd"}]}},
        {"message": {"role": "assistant", "text": "Hi"}},
        {"message": {"role": "system", "text": "Hi"}},
        {"message": {"role": ["user"], "text": "Hi"}},
        {"message": {"id": "../x", "text": "Hi"}},
        {"message": {"id": "x" * 65, "text": "Hi"}},
        {"message": {"id": "q\n", "text": "Hi"}},
        {"message": {"id": 7, "text": "Hi"}},
        {"messages": [{"role": "user", "text": "Hi"}, {"role": "assistant", "text": "No"}]},
        {"messages": [None]},
    ],
    ids=json.dumps,
)
def test_a_question_that_is_none_is_refused(sent: object) -> None:
    with pytest.raises(InvalidMessage):
        question(json.dumps(sent).encode())


def test_a_question_has_a_longest_length_in_characters() -> None:
    assert question('{"message":"äöü"}'.encode(), longest=3).text == "äöü"
    with pytest.raises(MessageTooLong) as caught:
        question(b'{"message":"abcd"}', longest=3)
    assert "3" in caught.value.message


def test_a_nul_is_replaced() -> None:
    assert question(b'{"message":"a\\u0000b"}').text == "a\ufffdb"


@pytest.mark.parametrize("value", ["", "a b", "ä", "x" * 65, "../..", "c\n", "\0"])
def test_a_conversation_has_no_such_id(value: str) -> None:
    with pytest.raises(InvalidMessage):
        bodies.conversation_id(value)


@pytest.mark.parametrize("value", [None, "c_1", "A-Z_09", "x" * 64])
def test_a_conversation_may_have_such_an_id(value: str | None) -> None:
    assert bodies.conversation_id(value) == value


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("50", 50),
        ("007", 7),
        ("", None),
        ("-1", None),
        ("1_000", None),
        (" 1", None),
        ("²", None),
        ("\N{ARABIC-INDIC DIGIT ONE}", None),
        ("9" * 5000, None),
    ],
)
def test_a_whole_number_is_digits_and_nothing_else(text: str, number: int | None) -> None:
    assert bodies.whole_number(text) == number


_any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["id", "role", "parts", "text", "type", "content", "x"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)
_fields = ["id", "messages", "message", "trigger", "messageId", "context", "value", "comment"]
_any_body = st.dictionaries(st.sampled_from(_fields), _any_json) | _any_json


@given(_any_body)
async def test_any_json_is_a_question_or_refused(sent: object) -> None:
    status = 0
    try:
        body = await Body(json.dumps(sent).encode()).read()
        bodies.conversation_id(body.id)
        message = bodies.question(body, longest=100)
    except ChatError as error:
        status = error.status
    assert 400 <= status < 500 or message.text.strip("\0")


@given(st.binary(max_size=40), st.sampled_from([bodies.StreamBody, bodies.FeedbackBody, dict]))
async def test_any_bytes_are_a_body_or_refused(sent: bytes, kind: Any) -> None:
    status = 400
    try:
        await Body(sent).read(kind)
    except ChatError as error:
        status = error.status
    assert 400 <= status < 500
