"""The response that streams: in order, alive, and rid of clients that are gone or stuck."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest
from serving import until
from starlette.types import Message

from chatwidget.sse import EventStream
from chatwidget.wire import KEEP_ALIVE, OPEN

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("nothing_is_left_behind")]

SCOPE = {"type": "http", "method": "GET"}


class Client:
    """The other end of an ASGI response: takes messages, and leaves when it is told to."""

    def __init__(self, *, takes: int = 1000) -> None:
        self.messages: list[Message] = []
        self.left = asyncio.Event()
        self.stuck = asyncio.Event()
        self._takes = takes
        self._sending = False

    async def receive(self) -> Message:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        assert not self._sending, "a second send while the first one waits"
        self._sending = True
        if len(self.messages) >= self._takes:
            self.stuck.set()
            await asyncio.Event().wait()
        await asyncio.sleep(0)
        self.messages.append(message)
        self._sending = False

    @property
    def bodies(self) -> list[bytes]:
        return [message["body"] for message in self.messages if "body" in message]

    async def reads(self, stream: EventStream) -> None:
        await stream(SCOPE, self.receive, self.send)


class Batches:
    """What is streamed; `closed` once nobody reads it any more."""

    def __init__(self, *batches: bytes | asyncio.Event | Exception) -> None:
        self._batches = batches
        self.closed = asyncio.Event()

    async def __call__(self) -> AsyncGenerator[bytes, None]:
        try:
            for batch in self._batches:
                if isinstance(batch, Exception):
                    raise batch
                if isinstance(batch, asyncio.Event):
                    await batch.wait()
                else:
                    yield batch
        finally:
            self.closed.set()


def stream(batches: Batches, **settings: Any) -> EventStream:
    return EventStream(batches(), headers={"x-a": "b"}, **settings)


async def test_a_stream_is_a_start_an_opening_the_batches_and_an_end() -> None:
    client = Client()
    await client.reads(stream(Batches(b"one", b"two")))
    start, *rest = client.messages
    assert start == {"type": "http.response.start", "status": 200, "headers": [(b"x-a", b"b")]}
    assert client.bodies == [OPEN, b"one", b"two", b""]
    assert [message["more_body"] for message in rest] == [True, True, True, False]


async def test_a_head_request_is_answered_without_a_body() -> None:
    client, batches = Client(), Batches(b"one")
    head = {"type": "http", "method": "HEAD"}
    await stream(batches)(head, client.receive, client.send)
    assert [message["type"] for message in client.messages] == [
        "http.response.start",
        "http.response.body",
    ]


async def test_silence_is_broken_by_heartbeats() -> None:
    client, speak = Client(), asyncio.Event()
    reading = asyncio.create_task(client.reads(stream(Batches(speak, b"one"), heartbeat=0.01)))
    while client.bodies.count(KEEP_ALIVE) < 3:  # noqa: ASYNC110
        await asyncio.sleep(0.005)
    speak.set()
    await reading
    assert client.bodies[0] == OPEN
    assert client.bodies[-2:] == [b"one", b""]
    assert set(client.bodies[1:-2]) == {KEEP_ALIVE}


async def test_heartbeats_and_batches_never_meet_in_a_send() -> None:
    async def chatter() -> AsyncGenerator[bytes, None]:
        for _ in range(200):
            await asyncio.sleep(0)
            yield b"x"

    client = Client()
    await client.reads(EventStream(chatter(), headers={}, heartbeat=0.000001))
    assert client.bodies.count(b"x") == 200
    assert KEEP_ALIVE in client.bodies
    assert client.bodies[-1] == b""


async def test_who_talks_needs_no_heartbeat() -> None:
    loop = asyncio.get_running_loop()

    async def chatter() -> AsyncGenerator[bytes, None]:
        end = loop.time() + 0.3
        while loop.time() < end:
            await asyncio.sleep(0.001)
            yield b"x"

    client = Client()
    await client.reads(EventStream(chatter(), headers={}, heartbeat=0.2))
    assert KEEP_ALIVE not in client.bodies


async def test_a_client_that_leaves_is_let_go_at_once() -> None:
    client, batches = Client(), Batches(b"one", asyncio.Event())
    reading = asyncio.create_task(client.reads(stream(batches)))
    while client.bodies != [OPEN, b"one"]:  # noqa: ASYNC110
        await asyncio.sleep(0)
    client.left.set()
    await reading
    assert batches.closed.is_set()
    assert client.bodies == [OPEN, b"one"]


async def test_a_client_that_leaves_in_the_middle_of_a_send_is_let_go_at_once() -> None:
    client, batches = Client(takes=2), Batches(b"one", b"two")
    reading = asyncio.create_task(client.reads(stream(batches)))
    await client.stuck.wait()
    client.left.set()
    await reading
    assert batches.closed.is_set()


@pytest.mark.parametrize("takes", [0, 1, 2, 3])
async def test_a_client_that_takes_nothing_more_is_dropped(takes: int) -> None:
    client, batches = Client(takes=takes), Batches(b"one", b"two")
    await client.reads(stream(batches, send_timeout=0.05))
    assert len(client.messages) == takes
    assert batches.closed.is_set() or takes < 2  # else it was never begun


async def test_a_client_that_takes_nothing_more_is_dropped_in_silence_too() -> None:
    client, batches = Client(takes=3), Batches(b"one", asyncio.Event())
    await client.reads(stream(batches, heartbeat=0.01, send_timeout=0.05))
    assert client.bodies == [OPEN, b"one"]
    assert batches.closed.is_set()


async def test_a_connection_that_breaks_ends_the_stream_quietly() -> None:
    async def broken(message: Message) -> None:
        if message.get("body") == b"one":
            raise ConnectionResetError

    client, batches = Client(), Batches(b"one", b"two")
    await stream(batches)(SCOPE, client.receive, broken)
    assert batches.closed.is_set()


async def test_what_fails_behind_it_is_heard_of() -> None:
    for error in (RuntimeError("broken"), TimeoutError("too late"), OSError("disk")):
        client, batches = Client(), Batches(b"one", error)
        with pytest.raises(type(error)):
            await client.reads(stream(batches))
        assert client.bodies == [OPEN, b"one"]


async def test_a_server_that_gives_up_leaves_nothing() -> None:
    client, batches = Client(), Batches(b"one", asyncio.Event())
    reading = asyncio.create_task(client.reads(stream(batches)))
    while client.bodies != [OPEN, b"one"]:  # noqa: ASYNC110
        await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert batches.closed.is_set()


def test_a_real_client_that_takes_nothing_is_dropped_while_it_is_connected(
    serve: Callable[..., str],
) -> None:
    closed: list[str] = []

    async def flood() -> AsyncGenerator[bytes, None]:
        try:
            while True:
                yield b"x" * 65536
        finally:
            closed.append("closed")

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await EventStream(flood(), headers={}, send_timeout=0.1)(scope, receive, send)

    host, _, port = serve(app, lifespan="off").removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as stuck:
        stuck.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        until(lambda: closed)
