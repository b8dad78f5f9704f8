"""How many answers one worker streams at a time before they come late, beside raw ASGI.

    .venv/bin/python tests/benchmarks/capacity.py [--rate 20] [--seconds 8] [raw memory sqlite]

The "model" says a word every 1/rate seconds, by the clock (CLOCK_MONOTONIC, the same in all
processes), and each word holds the time at which it was due; the client takes the difference. So
lateness is all there is between a model and its reader: a loop that has no time, the store, the
socket. One uvicorn process on one core, the client on another; more and more streams, until the
99th percentile of all words of all streams is more than 250 ms late.
"""

import argparse
import asyncio
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from chatwidget import ChatWidget, Limits
from chatwidget.stores import SQLite
from chatwidget.stores.memory import Memory

PORT = 8766
LATE = 250.0
"""Milliseconds."""
RAMP = 0.004
"""Seconds between two visitors who ask."""
STEP = 1.25
TRIES = 3
"""Whatever else the machine does can only make it worse."""
HEADERS = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
DUE = re.compile(rb"@(\d+)@")


def now() -> int:
    return time.monotonic_ns() // 1000


async def model(rate: float, seconds: float) -> AsyncIterator[str]:
    begun = now()
    for number in range(round(rate * seconds)):
        due = begun + round(number / rate * 1e6)
        if (wait := due - now()) > 0:
            await asyncio.sleep(wait / 1e6)
        yield f"word@{due}@ "


# The server


def serve(kind: str, rate: float, seconds: float, folder: str) -> None:
    os.sched_setaffinity(0, {0})
    uvicorn.run(application(kind, rate, seconds, folder), port=PORT, log_level="error")


def application(kind: str, rate: float, seconds: float, folder: str) -> ASGIApp:
    async def answer(message: str) -> AsyncIterator[str]:
        async for text in model(rate, seconds):
            yield text

    async def raw(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        async for text in model(rate, seconds):
            frame = b"data: " + json.dumps({"content": text}).encode() + b"\n\n"
            await send({"type": "http.response.body", "body": frame, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    if kind == "raw":
        return Starlette(routes=[Mount("/chat", raw)])
    unlimited = Limits(messages_per_minute=None, messages_per_minute_per_ip=None)
    chat = ChatWidget(answer, store=store(kind, folder), limits=unlimited, secret="x" * 32)
    return Starlette(routes=[Mount("/chat", chat)], lifespan=chat.lifespan)


def store(kind: str, folder: str) -> Any:
    if kind == "memory":
        return Memory()
    if kind == "sqlite":
        return SQLite(Path(folder) / "chat.db")
    from chatwidget.stores import Redis

    # Other visitors own the conversations of the runs before.
    return Redis(kind, prefix=f"capacity-{os.getpid()}")


class Server:
    def __init__(self, kind: str, rate: float, seconds: float, folder: str) -> None:
        command = [sys.executable, __file__, "--serve", kind, str(rate), str(seconds), folder]
        self.process = subprocess.Popen(command)

    def cpu(self) -> float:
        """Seconds of processor time so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident(self) -> float:
        """Kilobytes of memory in use."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return float(status.partition("VmRSS:")[2].split()[0])

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


# The client


class Reader(asyncio.Protocol):
    """One visitor: notes how late each word is, in milliseconds, and when it was due."""

    def __init__(self, number: int) -> None:
        body = json.dumps({"id": f"c_{number}", "message": {"text": "hi", "id": "q"}})
        self._request = (
            f"POST /chat/messages HTTP/1.1\r\nhost: 127.0.0.1:{PORT}\r\nconnection: close\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n{body}"
        ).encode()
        self._rest = b""
        self.words: list[tuple[int, int]] = []
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self.asked = now()
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        at = now()
        data = self._rest + data
        end = 0
        for word in DUE.finditer(data):
            self.words.append((int(word[1]), at))
            end = word.end()
        self._rest = data[max(end, len(data) - 32) :]

    def connection_lost(self, error: Exception | None) -> None:
        self.over.set_result(None)


class Result(NamedTuple):
    streams: int
    words: float
    late: list[float]
    first: list[float]
    cpu: float
    memory: float
    client: float

    def __str__(self) -> str:
        cells = [f"{self.streams:8}"]
        cells += [f"{value:9.1f}" for value in middle_and_99th(self.late)]
        cells += [f"{value:9.1f}" for value in middle_and_99th(self.first)]
        cells += [f"{self.cpu:8.2f}", f"{self.cpu / self.words * 1e6:8.0f}"]
        return " ".join([*cells, f"{self.memory:9.1f}", f"{self.client:8.2f}"])

    @property
    def in_time(self) -> bool:
        return middle_and_99th(self.late)[1] <= LATE


TITLE = " streams  late p50  late p99 first p50 first p99  CPU s/s  us/word KB/stream client/s"


def middle_and_99th(values: list[float]) -> tuple[float, float]:
    return statistics.median(values), statistics.quantiles(values, n=100)[-1]


async def load(server: Server, streams: int, rate: float, seconds: float) -> Result:
    loop = asyncio.get_running_loop()
    idle = server.resident()
    readers: list[Reader] = []
    begun = loop.time()
    for number in range(streams):
        await asyncio.sleep(begun + number * RAMP - loop.time())
        _, reader = await loop.create_connection(
            lambda number=number: Reader(number),  # type: ignore[misc]
            "127.0.0.1",
            PORT,
        )
        readers.append(reader)
    all_ask, cpu, client = now(), server.cpu(), time.process_time()
    first_ends = begun + seconds
    # From when the last has asked to when the first is done all of them are streamed.
    await asyncio.sleep(max(first_ends - loop.time() - 0.2, 1))
    took = (now() - all_ask) / 1e6
    cpu, client = (server.cpu() - cpu) / took, (time.process_time() - client) / took
    memory = (server.resident() - idle) / streams
    measured = now()
    await asyncio.gather(*(reader.over for reader in readers))
    for reader in readers:
        assert len(reader.words) == round(rate * seconds), f"{len(reader.words)} words"
    late = [
        (at - due) / 1000
        for reader in readers
        for due, at in reader.words
        if all_ask <= due <= measured
    ]
    first = [(reader.words[0][1] - reader.asked) / 1000 for reader in readers]
    return Result(streams, streams * rate, late, first, cpu, memory, client)


async def is_up() -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", PORT)
    except OSError:
        return False
    writer.close()
    return True


async def measure(kind: str, streams: int, rate: float, seconds: float) -> Result:
    # Long enough for all to be streamed together for a while.
    seconds += streams * RAMP
    with tempfile.TemporaryDirectory() as folder:
        server = Server(kind, rate, seconds, folder)
        try:
            while not await is_up():  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            return await load(server, streams, rate, seconds)
        finally:
            server.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("kinds", nargs="*", default=["raw", "memory", "sqlite"])
    parser.add_argument("--rate", type=float, default=20, help="words a second")
    parser.add_argument("--seconds", type=float, default=8, help="that all stream together")
    parser.add_argument("--streams", type=int, default=200, help="to begin with")
    given = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    for kind in given.kinds:
        print(f"\n{kind}, {given.rate:g} words/s each\n{TITLE}")
        streams, carried, failed = given.streams, 0, 0
        while failed < TRIES:
            result = asyncio.run(measure(kind, streams, given.rate, given.seconds))
            print(result, flush=True)
            if result.in_time:
                carried, streams, failed = streams, round(streams * STEP), 0
            else:
                failed += 1
        print(f"carries {carried} streams, {carried * given.rate:g} words/s")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        kind, rate, seconds, folder = sys.argv[2:]
        serve(kind, float(rate), float(seconds), folder)
    else:
        main()
