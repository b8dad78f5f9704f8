"""Real servers on free ports, for tests in which time matters."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn


def free_port() -> int:
    """Return a port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serve(app: Any, **options: Any) -> Iterator[str]:
    """Serve an ASGI app with uvicorn, in a thread, and give its address. `options` are uvicorn's.

    The socket listens before this returns, so nobody has to wait for the server.
    """
    with socket.create_server(("127.0.0.1", 0)) as listening:
        defaults: dict[str, Any] = {"log_level": "warning", "timeout_graceful_shutdown": 1}
        server = uvicorn.Server(uvicorn.Config(app, **(defaults | options)))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def until(condition: Callable[[], Any], *, seconds: float = 10.0) -> None:
    """Return as soon as `condition` holds. Raises TimeoutError when it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds} s")
        time.sleep(0.005)
