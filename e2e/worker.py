"""A worker process of a site: `python worker.py FILE [REDIS]`. Prints its port.

Its store is the SQLite file, or the Redis at the address given. "count N" is answered with N words,
some forty a second; beside the file, `FILE.calls` has a line for each call with the process's id.
It ends when its standard input is closed.
"""

import asyncio
import os
import socket
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import uvicorn
from stage import UNLIMITED, page
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from chatwidget import ChatWidget
from chatwidget.stores import Redis, SQLite, Store


def main() -> None:
    path = Path(sys.argv[1])
    store: Store = Redis(sys.argv[2], lease=1.5) if sys.argv[2:] else SQLite(path, lease=1.5)

    async def answer(message: str) -> AsyncIterator[str]:
        with path.with_suffix(".calls").open("a") as log:
            log.write(f"{os.getpid()} {message}\n")
        for number in range(int(message.split()[-1])):
            yield f"word{number} "
            await asyncio.sleep(0.025)

    chat = ChatWidget(answer, store=store, limits=UNLIMITED, heartbeat=1.0, grace=0.5)
    app = Starlette(routes=[Route("/pages/{name}.html", page), Mount("/chat", chat)])
    # No connection is used twice, so that each request reaches the next worker.
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_keep_alive=0))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        print(listening.getsockname()[1], flush=True)
        sys.stdin.read()
        server.should_exit = True
        thread.join(timeout=10)


if __name__ == "__main__":
    main()
