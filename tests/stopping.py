"""A chat in a process of its own, to be told to stop: `python stopping.py PORT SERVER APP GRACE`.

It answers at once with a first word and then waits: for ever, or a moment if it is asked `slow`, or
for a tool that nothing can end if it is asked `tool`.
"""

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator
from typing import Any

from starlette.applications import Starlette
from starlette.routing import Mount
from visiting import a_chat

from chatwidget import ChatWidget, tool
from chatwidget.chunks import ToolInputAvailable
from chatwidget.messages import Message
from chatwidget.stores.base import RunRecord
from chatwidget.stores.memory import Memory


def say(text: str) -> None:
    print(text, flush=True)


class Telling(Memory):
    """Prints what is stored, and when it is closed."""

    async def finish(self, run: RunRecord, message: Message, *, end: bytes | None = None) -> None:
        await super().finish(run, message, end=end)
        error = message.metadata.error
        say(f"stored {message.text} {error.code if error else message.metadata.finish_reason}")

    async def close(self) -> None:
        await super().close()
        say("store closed")


@tool
def block() -> None:
    """Hold a thread for longer than anybody waits."""
    say("tool called")
    time.sleep(60)


async def answer(message: str) -> AsyncIterator[str | ToolInputAvailable]:
    yield "Hel"
    if message == "tool":
        yield ToolInputAvailable("c1", "block", {})
        return
    try:
        # `slow` needs a moment longer than the signal takes, and is then complete.
        await asyncio.sleep(0.5 if message == "slow" else 3600)
    finally:
        say(f"upstream of {message} closed")
    yield "lo"


def application(kind: str, grace: float) -> Any:
    chat: ChatWidget = a_chat(answer, store=Telling(), grace=grace, tools=[block])
    if kind == "whole":
        return chat
    if kind == "lifespan":
        return Starlette(routes=[Mount("/chat", chat)], lifespan=chat.lifespan)
    return Starlette(routes=[Mount("/chat", chat)])


def serve_with_uvicorn(app: Any, port: int) -> None:
    import uvicorn

    class Server(uvicorn.Server):
        def handle_exit(self, sig: int, frame: Any) -> None:
            super().handle_exit(sig, frame)
            say(f"host heard {signal.Signals(sig).name}")

    Server(uvicorn.Config(app, port=port, log_level="error")).run()


def serve_with_hypercorn(app: Any, port: int) -> None:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    asyncio.run(serve(app, config))


if __name__ == "__main__":
    port, server, kind, grace = sys.argv[1:]
    {"uvicorn": serve_with_uvicorn, "hypercorn": serve_with_hypercorn}[server](
        application(kind, float(grace)), int(port)
    )
