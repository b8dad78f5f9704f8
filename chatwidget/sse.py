"""The ASGI response that streams events.

Written for this and not taken from a library because it is the hot path: a comment at once, a
heartbeat from a timer, a send that can't hang for ever, the reader let go as soon as its client
is gone. It knows nothing of runs; it sends the batches it is given.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from starlette.types import Receive, Scope, Send

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
        self._last_sent = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": self._headers}
        self._send = send
        body = asyncio.create_task(self._stream(start))
        gone = asyncio.create_task(_disconnected(receive))
        beat = asyncio.create_task(self._beat())
        try:
            await asyncio.wait({body, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (body, gone, beat):
                task.cancel()
            results = await asyncio.gather(body, gone, beat, return_exceptions=True)
        failure = results[0]
        if isinstance(failure, Exception) and not isinstance(failure, TimeoutError | OSError):
            raise failure

    async def _stream(self, start: dict[str, object]) -> None:
        async with aclosing(self._batches) as batches:
            await self._send(start)
            await self._write(OPEN)
            async for batch in batches:
                await self._write(batch)
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _write(self, data: bytes) -> None:
        async with asyncio.timeout(self._send_timeout):
            await self._send({"type": "http.response.body", "body": data, "more_body": True})
        self._last_sent = asyncio.get_running_loop().time()

    async def _beat(self) -> None:
        clock = asyncio.get_running_loop().time
        self._last_sent = clock()
        while True:
            await asyncio.sleep(self._last_sent + self._heartbeat - clock())
            if clock() >= self._last_sent + self._heartbeat:
                await self._write(KEEP_ALIVE)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
