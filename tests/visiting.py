"""A chat behind a real server, and a visitor who reads its streams as they come."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx2
import jwt
from starlette.applications import Starlette
from starlette.routing import Mount

from chatwidget import ChatWidget, Limits
from chatwidget.stores import Memory

SECRET = "0123456789abcdef0123456789abcdef"
UNLIMITED = Limits(
    messages_per_minute=None,
    messages_per_minute_per_ip=None,
    sessions_per_minute_per_ip=None,
    files_per_minute=None,
    files_per_minute_per_ip=None,
)


def a_chat(provider: Any, **settings: Any) -> ChatWidget:
    """Return a chat that limits nobody, unless `settings` say so."""
    defaults: dict[str, Any] = {"secret": SECRET, "limits": UNLIMITED, "store": Memory()}
    return ChatWidget(provider, **(defaults | settings))


def mounted(chat: ChatWidget, prefix: str = "/chat") -> Starlette:
    return Starlette(routes=[Mount(prefix, chat)])


@dataclass(frozen=True)
class Frame:
    """A frame's id and its chunk."""

    id: str
    chunk: dict[str, Any]

    @property
    def run(self) -> str:
        return self.id.partition("-")[0]


class Answer:
    """A stream that is being read."""

    def __init__(self, response: httpx2.Response) -> None:
        self.response = response
        self._blocks = _blocks(response)

    def block(self) -> str:
        """Return the next frame or comment, as text."""
        return next(self._blocks)

    def frames(self) -> Iterator[Frame]:
        """Yield frames as they come, without comments and without the last one, `[DONE]`."""
        for block in self._blocks:
            if block == "data: [DONE]":
                assert next(self._blocks, None) is None, "something follows [DONE]"
                return
            if not block.startswith(":"):
                head, data = block.split("\n")
                chunk = json.loads(data.removeprefix("data: "))
                yield Frame(head.removeprefix("id: "), chunk)

    def until(self, text: str) -> list[Frame]:
        """Read until the answer's text so far is `text`."""
        frames: list[Frame] = []
        for frame in self.frames():
            frames.append(frame)
            if text_of(frames) == text:
                return frames
        raise AssertionError(f"the stream ended with {text_of(frames)!r}")

    def rest(self) -> list[Frame]:
        return list(self.frames())


def _blocks(response: httpx2.Response) -> Iterator[str]:
    buffer = b""
    for data in response.iter_raw():
        *whole, buffer = (buffer + data).split(b"\n\n")
        for block in whole:
            yield block.decode()
    assert buffer == b"", "the stream was cut off inside a frame"


def text_of(frames: list[Frame]) -> str:
    return "".join(frame.chunk["delta"] for frame in frames if frame.chunk["type"] == "text-delta")


def types_of(frames: list[Frame]) -> list[str]:
    return [frame.chunk["type"] for frame in frames]


class Visitor:
    """Talks to the chat at `url` as one visitor, and may have any number of streams open."""

    def __init__(self, url: str, *, token: str | None = None) -> None:
        self.url = url
        self.client = httpx2.Client(base_url=url, timeout=20)
        if token is None:
            token = self.client.post("/session", json={}).json()["token"]
        self.token = token
        self.client.headers["authorization"] = f"Bearer {token}"

    def __enter__(self) -> "Visitor":
        return self

    def __exit__(self, *error: object) -> None:
        self.client.close()

    @property
    def id(self) -> str:
        """What the server knows this visitor by."""
        id: str = jwt.decode(self.token, options={"verify_signature": False})["sub"]
        return id

    @contextmanager
    def ask(
        self, text: str | None = "Well?", *, id: str | None = None, conversation: str = "c_1"
    ) -> Iterator[Answer]:
        """Send a question; without a text, ask for the last answer anew."""
        body: dict[str, Any] = {"id": conversation, "trigger": "regenerate-message"}
        if text is not None:
            body = {"id": conversation, "message": {"text": text, "id": id}}
        with self.client.stream("POST", "/messages", json=body) as response:
            yield Answer(response)

    @contextmanager
    def go_on(self, message_id: str, *, conversation: str = "c_1") -> Iterator[Answer]:
        """Ask for the rest of an answer that was cut off."""
        wish = {"id": conversation, "trigger": "continue-message", "messageId": message_id}
        with self.client.stream("POST", "/messages", json=wish) as response:
            yield Answer(response)

    @contextmanager
    def resume(self, cursor: str | None = None, *, conversation: str = "c_1") -> Iterator[Answer]:
        headers = {} if cursor is None else {"last-event-id": cursor}
        path = f"/messages/{conversation}/stream"
        with self.client.stream("GET", path, headers=headers) as response:
            yield Answer(response)

    def say(self, text: str = "Well?", **details: Any) -> list[Frame]:
        """Send a question and return its whole answer."""
        with self.ask(text, **details) as answer:
            assert answer.response.status_code == 200, answer.response.read()
            return answer.rest()

    def stop(self, *, conversation: str = "c_1") -> bool:
        response = self.client.post(f"/messages/{conversation}/stop", json={})
        stopped: bool = response.json()["stopped"]
        return stopped

    def history(self, *, conversation: str = "c_1", **query: Any) -> dict[str, Any]:
        response = self.client.get(f"/messages/{conversation}", params=query)
        assert response.status_code == 200, response.text
        history: dict[str, Any] = response.json()
        return history


def raw_request(visitor: Visitor, body: dict[str, Any]) -> tuple[tuple[str, int], bytes]:
    """Return where to send a question to by hand, and the request."""
    url = urlsplit(visitor.url)
    assert url.hostname
    assert url.port
    text = json.dumps(body)
    head = (
        f"POST /chat/messages HTTP/1.1\r\nhost: {url.netloc}\r\nconnection: close\r\n"
        f"authorization: Bearer {visitor.token}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(text)}\r\n\r\n"
    )
    return (url.hostname, url.port), (head + text).encode()
