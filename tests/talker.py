"""A chat that says numbered words: `python talker.py SETTINGS`, see `talking.py`.

The question says how it is answered; each word is its number and when it was said (monotonic, the
same in all processes):

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
import sqlite3
import sys
import time
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn
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


def _open_runs(path: str) -> int:
    with closing(sqlite3.connect(path)) as db:
        row = db.execute("SELECT count(*) FROM runs WHERE finished_at IS NULL").fetchone()
        return int(row[0])


def application() -> Starlette:
    """Return the app that the environment's `TALKER` describes."""
    settings = json.loads(os.environ["TALKER"])
    path, lease = settings.pop("path"), settings.pop("lease", 10.0)
    if settings.pop("memory", False):
        store: Any = Memory()
    else:
        store = SQLite(path, lease=lease, clock=lambda: time.time())
    send_timeout = settings.pop("send_timeout", 30.0)
    vars(routes)["EventStream"] = partial(EventStream, send_timeout=send_timeout)
    lifespan = settings.pop("lifespan", True)
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
                "process": os.getpid(),
                "runs": len(engine._live),
                "readers": engine._readers,
                "beginning": len(engine._beginning),
                "answers": tongue.talking,
                "asked": tongue.asked,
                "open": _open_runs(path) if isinstance(store, SQLite) else None,
                "tasks": len(asyncio.all_tasks()),
            }
        )

    return Starlette(
        routes=[Mount("/chat", chat), Route("/state", state)],
        lifespan=chat.lifespan if lifespan else None,
    )


def _serve_with_hypercorn(port: int) -> None:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    app: Any = application()
    with suppress(asyncio.CancelledError):
        asyncio.run(serve(app, config))


def main() -> None:
    settings = json.loads(sys.argv[1])
    port, server = settings.pop("port"), settings.pop("server", "uvicorn")
    workers = settings.pop("workers", None)
    os.environ["TALKER"] = json.dumps(settings)
    if server == "hypercorn":
        _serve_with_hypercorn(port)
    else:
        app = "talker:application"
        uvicorn.run(app, factory=True, port=port, workers=workers, log_level="critical")


if __name__ == "__main__":
    main()
