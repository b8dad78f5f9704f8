"""A chat in a process of its own that says numbered words, to be stopped, killed and held up.

The test's end is `Talker`. Run as a script, this is the other end. The question says how it is
answered; each word is its number and when it was said (monotonic, the same in all processes):

- `count`: a word every `pace` seconds, for ever
- `wait`: a word, and the last one when there is a file `FILE.go`
- `flood N`: N megabytes at once
- `block N`: two words, between which the event loop is held up for N seconds
- `step N`: two words, between which the clock of the wall is set N seconds ahead
- anything else: two words
"""

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Literal

import httpx2
from serving import free_port, until
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route
from visiting import a_chat

from chatwidget import History, routes
from chatwidget.providers import OpenAI
from chatwidget.sse import EventStream
from chatwidget.stores import SQLite
from chatwidget.stores.memory import Memory


class Talker:
    """The process. `url` is its chat's."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int) -> None:
        self.process = process
        self.url = f"http://127.0.0.1:{port}/chat"
        # One connection, so that looking changes nothing.
        self.client = httpx2.Client(base_url=f"http://127.0.0.1:{port}")

    def tell(self, number: int = signal.SIGTERM) -> None:
        self.process.send_signal(number)

    def state(self) -> dict[str, Any]:
        """Return how many there are of each thing that a request may leave behind."""
        counted: dict[str, Any] = self.client.get("/state").json()
        return counted

    @property
    def descriptors(self) -> int:
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def memory(self, name: Literal["VmRSS", "VmHWM"]) -> int:
        """Bytes of memory in use, now or at most so far."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition(f"{name}:")[2].split()[0]) * 1024

    def is_up(self) -> bool:
        assert self.process.poll() is None, "it ended by itself"
        try:
            return self.client.get("/chat/health").status_code == 200
        except httpx2.TransportError:
            return False


@contextmanager
def talking(path: Path, **settings: Any) -> Iterator[Talker]:
    """Start a process on the file `path`.

    `settings`: `memory` (keeps nothing in the file), `server` ("uvicorn", "hypercorn"), `pace`,
    `openai` (an upstream's address, which then answers), `send_timeout`, `lease` and `history`;
    all others are `ChatWidget`'s.
    """
    port = free_port()
    settings |= {"path": str(path), "port": port}
    process = subprocess.Popen([sys.executable, __file__, json.dumps(settings)])
    talker = Talker(process, port)
    try:
        until(talker.is_up, seconds=30)
        yield talker
    finally:
        talker.client.close()
        process.kill()
        process.wait()


class Tongue:
    """Answers, and knows how many answers it is just giving."""

    def __init__(self, path: str, pace: float) -> None:
        self.path = Path(path)
        self.pace = pace
        self.talking = self.asked = 0

    async def answer(self, message: str, history: list[dict[str, Any]]) -> AsyncIterator[str]:
        self.talking += 1
        self.asked += 1
        try:
            async for word in self._words(*message.split()[:2]):
                yield word
            if message.startswith("shown"):
                yield f"{len(history)}"
        finally:
            self.talking -= 1

    async def _words(self, kind: str, count: str = "1") -> AsyncIterator[str]:
        number = 0
        yield _word(number)
        match kind:
            case "count":
                while True:
                    await asyncio.sleep(self.pace)
                    number += 1
                    yield _word(number)
            case "wait":
                # Another process makes the file, and there is no event for that.
                while not self.path.with_suffix(".go").exists():  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
            case "flood":
                for _ in range(int(count) * 256):
                    yield "x" * 4096
            case "block":
                await asyncio.sleep(0.5)  # so that the first word is stored and read
                time.sleep(float(count))  # noqa: ASYNC251
            case "step":
                ahead, now = float(count), time.time
                vars(time)["time"] = lambda: now() + ahead
        yield _word(number + 1)


def _word(number: int) -> str:
    return f"{number}@{time.monotonic():.3f} "


def said_at(text: str) -> float:
    """Return when the last whole word of `text` was said; its words must have no gap."""
    words = [word.partition("@") for word in text.split(" ")[:-1]]
    assert [int(number) for number, _, _ in words] == list(range(len(words)))
    return float(words[-1][2])


def _open_runs(path: str) -> int:
    with closing(sqlite3.connect(path)) as db:
        row = db.execute("SELECT count(*) FROM runs WHERE finished_at IS NULL").fetchone()
        return int(row[0])


def main() -> None:
    settings = json.loads(sys.argv[1])
    port, server = settings.pop("port"), settings.pop("server", "uvicorn")
    path, lease = settings.pop("path"), settings.pop("lease", 10.0)
    store = (
        Memory()
        if settings.pop("memory", False)
        else SQLite(path, lease=lease, clock=lambda: time.time())
    )
    send_timeout = settings.pop("send_timeout", 30.0)
    vars(routes)["EventStream"] = partial(EventStream, send_timeout=send_timeout)
    tongue = Tongue(path, settings.pop("pace", 0.02))
    provider: Any = tongue.answer
    if upstream := settings.pop("openai", None):
        provider = OpenAI("demo", base_url=upstream, api_key="secret-key")
    if "history" in settings:
        settings["history"] = History(messages=settings["history"])
    chat = a_chat(provider, store=store, **settings)

    async def state(request: Request) -> JSONResponse:
        engine = chat.engine
        return JSONResponse(
            {
                "runs": len(engine._live),
                "readers": engine._readers,
                "beginning": len(engine._beginning),
                "answers": tongue.talking,
                "asked": tongue.asked,
                "open": _open_runs(path) if isinstance(store, SQLite) else None,
                "tasks": len(asyncio.all_tasks()),
            }
        )

    app = Starlette(routes=[Mount("/chat", chat), Route("/state", state)], lifespan=chat.lifespan)
    if server == "hypercorn":
        _serve_with_hypercorn(app, port)
    else:
        import uvicorn

        uvicorn.run(app, port=port, log_level="critical")


def _serve_with_hypercorn(app: Any, port: int) -> None:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    with suppress(asyncio.CancelledError):
        asyncio.run(serve(app, config))


if __name__ == "__main__":
    main()
