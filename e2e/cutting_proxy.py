"""A TCP proxy that a test tells to break, delay and hold up connections: the honest way to have a
bad network."""

import asyncio
import threading
from asyncio import StreamReader, StreamWriter
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import cycle
from types import TracebackType

HELD = 0.5
"""Seconds that `hoard` waits for more: who buffers like that lets go of the rest at the end of an
answer, which a proxy that knows nothing of HTTP does not see."""


class CuttingProxy:
    """Passes bytes between clients and `ports` on this machine, each connection to the next one of
    them in turn, until it is told otherwise.

    Runs on an event loop and a thread of its own; every method may be called from any thread.
    `connections` counts those accepted so far, `cuts` how often it cut, `passed` the bytes that
    came from the servers, `reached` the connections by port.
    """

    def __init__(self, *ports: int) -> None:
        self._targets = cycle(ports)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._writers: set[StreamWriter] = set()
        self._refusing = False
        self._cuts: list[int] = []
        self._delay = 0.0
        self._drip = 0
        self._hoard = 0
        self._silent: set[StreamWriter] = set()
        self.connections = 0
        self.passed = 0
        self.cuts = 0
        self.reached: Counter[int] = Counter()

    def __enter__(self) -> "CuttingProxy":
        self._thread.start()
        opening = asyncio.run_coroutine_threadsafe(self._open(), self._loop)
        self.port = opening.result(timeout=5)
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._do(self._close)
        # Two turns of the loop: what was cancelled ends, and then whoever waited for it.
        self._do(lambda: None)
        self._do(lambda: None)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
        self._loop.close()

    def cut(self) -> None:
        """Drop every connection, at once and without a word."""
        self._do(self._cut)

    def refuse(self) -> None:
        """Drop every connection and all that come: nobody is there."""
        self._refusing = True
        self.cut()

    def resume(self) -> None:
        """Let everything through again, as it comes."""
        self._refusing = False
        self._delay = self._drip = self._hoard = 0

    def cut_after(self, *counts: int) -> None:
        """Drop every connection once so many more bytes have come from the servers; with several
        counts again and again."""
        self._cuts = [*counts]

    def delay(self, seconds: float) -> None:
        """Let what the servers say arrive so much later."""
        self._delay = seconds

    def drip(self, count: int) -> None:
        """Let `count` bytes through at a time, each by itself."""
        self._drip = count

    def hoard(self, count: int) -> None:
        """Hold back what the servers say until there are `count` bytes of it, or no more comes."""
        self._hoard = count

    def fall_silent(self) -> None:
        """Let nothing more through on the connections there are, and close none of them: a link
        that is gone without either side having heard of it."""
        self._do(lambda: self._silent.update(self._writers))

    def _do(self, action: Callable[[], None]) -> None:
        done = threading.Event()

        def run() -> None:
            action()
            done.set()

        self._loop.call_soon_threadsafe(run)
        done.wait(timeout=5)

    async def _open(self) -> int:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def _accept(self, reader: StreamReader, writer: StreamWriter) -> None:
        self.connections += 1
        if self._refusing:
            writer.transport.abort()
            return
        port = next(self._targets)
        try:
            server_in, server_out = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            writer.transport.abort()
            return
        self.reached[port] += 1
        self._writers |= {writer, server_out}
        ways = [
            asyncio.ensure_future(self._pass(reader, server_out, counted=False)),
            asyncio.ensure_future(self._pass(server_in, writer, counted=True)),
        ]
        # Cancelled with the proxy, it ends like all others: asyncio would tell of it as an error.
        with suppress(asyncio.CancelledError):
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        for each in (writer, server_out):
            self._writers.discard(each)
            self._silent.discard(each)
            each.close()

    async def _pass(self, reader: StreamReader, writer: StreamWriter, *, counted: bool) -> None:
        held = b""
        while True:
            try:
                async with asyncio.timeout(HELD if held else None):
                    data = await reader.read(65536)
            except TimeoutError:
                pass
            else:
                if not data:
                    break
                if writer in self._silent:
                    continue
                if not counted:
                    await self._send(writer, data)
                    continue
                held += data
                if len(held) < self._hoard:
                    continue
            pieces, held = self._pieces(held), b""
            for piece in pieces:
                if self._delay:
                    await asyncio.sleep(self._delay)
                if not await self._count(writer, piece):
                    return
        if writer in self._silent:
            await asyncio.Event().wait()  # nobody hears of the end either
        if held:
            await self._send(writer, held)

    def _pieces(self, data: bytes) -> Sequence[bytes]:
        step = self._drip or len(data)
        return [data[at : at + step] for at in range(0, len(data), step)]

    async def _count(self, writer: StreamWriter, data: bytes) -> bool:
        """Send what came from a server, up to where it is to be cut; False if that was reached."""
        if self._cuts and len(data) >= self._cuts[0]:
            await self._send(writer, data[: self._cuts.pop(0)])
            self.cuts += 1
            self._cut()
            return False
        if self._cuts:
            self._cuts[0] -= len(data)
        self.passed += len(data)
        await self._send(writer, data)
        return True

    async def _send(self, writer: StreamWriter, data: bytes) -> None:
        writer.write(data)
        await writer.drain()

    def _cut(self) -> None:
        for writer in list(self._writers):
            # A close, not an abort: an abort could still throw away bytes that were let through.
            writer.close()

    def _close(self) -> None:
        self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
