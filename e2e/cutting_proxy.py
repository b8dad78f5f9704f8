"""A TCP proxy that a test tells to break connections: the honest way to lose a network."""

import asyncio
import threading
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable
from types import TracebackType


class CuttingProxy:
    """Passes bytes between clients and `port` on this machine, until it is told otherwise.

    Runs on an event loop and a thread of its own; every method may be called from any thread.
    `connections` counts those accepted so far.
    """

    def __init__(self, port: int) -> None:
        self._target = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._writers: set[StreamWriter] = set()
        self._refusing = False
        self._left: int | None = None
        self.connections = 0

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
        """Let everything through again."""
        self._refusing = False

    def cut_after(self, count: int) -> None:
        """Drop every connection once `count` more bytes have come from the server."""
        self._left = count

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
        try:
            server_in, server_out = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, server_out}
        ways = [
            asyncio.ensure_future(self._pass(reader, server_out, counted=False)),
            asyncio.ensure_future(self._pass(server_in, writer, counted=True)),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        for each in (writer, server_out):
            self._writers.discard(each)
            each.close()

    async def _pass(self, reader: StreamReader, writer: StreamWriter, *, counted: bool) -> None:
        while data := await reader.read(65536):
            if counted and self._left is not None:
                if len(data) >= self._left:
                    writer.write(data[: self._left])
                    await writer.drain()
                    self._left = None
                    self._cut()
                    return
                self._left -= len(data)
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
