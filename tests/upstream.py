"""A provider's server for tests: says what it is told to, as slowly and as badly as it is told to.

Raw sockets on a thread of its own, since no framework lets an answer break off in the middle.
"""

import asyncio
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One response. `piece` is the size of its chunks in bytes (all at once: None); after `cut`
    bytes the connection is dropped; after `stall` bytes nothing comes any more."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "text/event-stream"
    piece: int | None = None
    cut: int | None = None
    stall: int | None = None


@dataclass(frozen=True)
class Received:
    """A request as it came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Upstream:
    """Answers any path with the next of its answers; the last one is repeated.

    `stalled` is set when an answer has come to its stall, `left` counts clients that went away
    before their answer was complete, and `connections` is the number of open ones.
    """

    def __init__(self) -> None:
        self.requests: list[Received] = []
        self.stalled = threading.Event()
        self.left = threading.Semaphore(0)
        self._answers: list[Answer] = [Answer()]
        self._changed = threading.Condition()
        self._connections = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="upstream")
        self._server: asyncio.Server | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = self._run(asyncio.start_server(self._serve, "127.0.0.1", 0))
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def url(self) -> str:
        assert self._server is not None
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"http://{host}:{port}"

    def answers(self, *answers: Answer) -> None:
        """Say these, one after the other."""
        self._answers = list(answers)

    def reset(self) -> None:
        """Forget all that was."""
        self.answers(Answer())
        self.requests.clear()
        self.stalled.clear()
        self.left = threading.Semaphore(0)

    def wait_for_connections(self, count: int, *, timeout: float = 5) -> bool:
        """Wait until exactly so many connections are open."""
        with self._changed:
            return self._changed.wait_for(lambda: self._connections == count, timeout)

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _close(self) -> None:
        assert self._server is not None
        self._server.close()
        tasks = asyncio.all_tasks(self._loop) - {asyncio.current_task(self._loop)}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _count(self, change: int) -> None:
        with self._changed:
            self._connections += change
            self._changed.notify_all()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._count(+1)
        try:
            while request := await _request(reader):
                self.requests.append(request)
                answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
                if not await self._send(answer, reader, writer):
                    break
        except ConnectionError:
            self.left.release()
        except asyncio.CancelledError:
            pass  # the test is over
        finally:
            writer.close()
            self._count(-1)

    async def _send(
        self, answer: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Send the answer; False if the connection can't be used again."""
        headers = {
            "content-type": answer.content_type,
            "transfer-encoding": "chunked",
            **answer.headers,
        }
        lines = [f"HTTP/1.1 {answer.status} Said", *(f"{k}: {v}" for k, v in headers.items())]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        end = min(each for each in (answer.cut, answer.stall, len(answer.body)) if each is not None)
        size = answer.piece or end or 1
        for at in range(0, end, size):
            piece = answer.body[at : min(at + size, end)]
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        await writer.drain()
        if answer.stall is not None:
            self.stalled.set()
            await reader.read(1)
            self.left.release()
            return False
        if answer.cut is None:
            writer.write(b"0\r\n\r\n")
            await writer.drain()
        return answer.cut is None


async def _request(reader: asyncio.StreamReader) -> Received | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.rstrip("\r\n").split("\r\n")
    method, path, _ = first.split(" ")
    fields = [line.partition(":") for line in lines]
    headers = {name.lower(): value.strip() for name, _, value in fields}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Received(method, path, headers, body)
