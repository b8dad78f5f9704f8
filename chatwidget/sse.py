"""The ASGI response that streams events.

Written for this and not taken from a library because it is the hot path: a comment at once, a
heartbeat from a timer, a send that can't hang for ever, the reader let go as soon as its client
is gone. It knows nothing of runs; it sends the batches it is given.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress

from starlette.types import Message, Receive, Scope, Send

from chatwidget.wire import KEEP_ALIVE, OPEN


class EventStream:
    """Sends `OPEN`, then every batch of bytes as it comes, with heartbeats in between.

    `heartbeat` and `send_timeout` in seconds: a client that takes nothing for `send_timeout` is
    dropped, alone.
    """

    def __init__(
        self,
        batches: AsyncGenerator[bytes, None],
        *,
        headers: Mapping[str, str],
        heartbeat: float = 15.0,
        send_timeout: float = 30.0,
    ) -> None:
        self._batches = batches
        self._headers = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in headers.items()]
        self._heartbeat = heartbeat
        self._send_timeout = send_timeout
        self._sending = asyncio.Lock()
        self._ended = False
        self._last_sent = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._send = send
        start = {"type": "http.response.start", "status": 200, "headers": self._headers}
        with suppress(_ClientLost):
            await self._put(start)
            if scope["method"] == "HEAD":
                await self._put({"type": "http.response.body", "more_body": False})
            else:
                await self._write(OPEN)
                await self._stream(receive)

    async def _stream(self, receive: Receive) -> None:
        works = (self._body(), self._beat(), _disconnected(receive))
        tasks = [asyncio.create_task(work) for work in works]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def _body(self) -> None:
        async with aclosing(self._batches) as batches:
            async for batch in batches:
                await self._write(batch)
        await self._put({"type": "http.response.body", "body": b"", "more_body": False})

    async def _beat(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            await asyncio.sleep(self._last_sent + self._heartbeat - clock())
            if clock() >= self._last_sent + self._heartbeat:
                await self._write(KEEP_ALIVE)

    async def _write(self, data: bytes) -> None:
        await self._put({"type": "http.response.body", "body": data, "more_body": True})
        self._last_sent = asyncio.get_running_loop().time()

    async def _put(self, message: Message) -> None:
        # Not every server takes a second send while the first one waits, and none a heartbeat
        # after the end.
        async with self._sending:
            if self._ended:
                return
            self._ended = not message.get("more_body", True)
            try:
                async with asyncio.timeout(self._send_timeout):
                    await self._send(message)
            except (TimeoutError, OSError) as error:
                raise _ClientLost from error


class _ClientLost(Exception):
    """The client takes nothing any more."""


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
