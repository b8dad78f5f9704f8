"""Serves the demo assistant, at full speed and without limits, until its standard input closes.

Prints its address. Started by `real-server.ts`, for the tests of both ends together.
"""

import socket
import sys
import threading

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from chatwidget import Attachments, ChatWidget, Limits
from chatwidget.providers import Demo
from chatwidget.stores import Memory


def main() -> None:
    unlimited = Limits(
        messages_per_minute=None,
        messages_per_minute_per_ip=None,
        sessions_per_minute_per_ip=None,
        files_per_minute=None,
        files_per_minute_per_ip=None,
    )
    chat = ChatWidget(
        Demo(pace=0.001),
        store=Memory(),
        limits=unlimited,
        attachments=Attachments(),
        secret="only for tests: thirty-two bytes",
    )
    app = Starlette(routes=[Mount("/chat", chat)], lifespan=chat.lifespan)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        print(f"http://127.0.0.1:{listening.getsockname()[1]}/chat", flush=True)
        sys.stdin.read()
        server.should_exit = True
        thread.join()


if __name__ == "__main__":
    main()
