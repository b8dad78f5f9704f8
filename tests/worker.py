"""A worker process of a chat: `python worker.py FILE [REDIS]`. Prints its address.

Its store is the SQLite file, or the Redis at the address given.

The answer is "One, two, " at once, the rest when a file `FILE.go` is there; "again" is answered at
once. It ends when its standard input is closed.
"""

import asyncio
import socket
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import uvicorn
from visiting import a_chat, mounted

from chatwidget.stores import Redis, SQLite, Store


def main() -> None:
    path = Path(sys.argv[1])
    calls = path.with_suffix(".calls")

    async def answer(message: str) -> AsyncIterator[str]:
        with calls.open("a") as log:
            log.write(f"{message}\n")
        yield "One, "
        yield "two, "
        # Another process makes the file, and there is no event for that.
        while message != "again" and not path.with_suffix(".go").exists():  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        yield "three."

    # The secret is the store's, so that tokens of one worker hold at the other.
    chat = a_chat(answer, store=a_store(path, *sys.argv[2:]), secret=None, grace=0.5)
    server = uvicorn.Server(uvicorn.Config(mounted(chat), log_level="error"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
        sys.stdin.read()
        server.should_exit = True
        thread.join(timeout=10)


def a_store(path: Path, redis: str | None = None) -> Store:
    return Redis(redis, lease=1.5) if redis else SQLite(path, lease=1.5)


if __name__ == "__main__":
    main()
