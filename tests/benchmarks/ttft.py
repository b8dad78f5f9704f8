"""What a server adds to the time to the first text, beside raw ASGI and a plain StreamingResponse.

    .venv/bin/python tests/benchmarks/ttft.py [requests]

One uvicorn process serves all three; the client takes them in turn, so that whatever else the
machine does hits all alike. The "model" stamps the clock when it is called and, 20 ms later, when
it yields its first text; the clock (CLOCK_MONOTONIC) is the same in both processes.
"""

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from chatwidget import ChatWidget, Limits
from chatwidget.stores import Memory

PORT = 8765
HEADERS = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]


async def model() -> AsyncIterator[str]:
    called = time.monotonic_ns()
    await asyncio.sleep(0.02)
    yield f"@{called} {time.monotonic_ns()}@"
    await asyncio.sleep(0.005)
    yield "the end"


def frame(text: str) -> bytes:
    return b"data: " + json.dumps({"content": text}).encode() + b"\n\n"


async def raw(scope: Scope, receive: Receive, send: Send) -> None:
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    async for text in model():
        await send({"type": "http.response.body", "body": frame(text), "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def plain(request: Request) -> StreamingResponse:
    await request.json()

    async def frames() -> AsyncIterator[bytes]:
        async for text in model():
            yield frame(text)

    return StreamingResponse(frames(), media_type="text/event-stream")


async def answer(message: str) -> AsyncIterator[str]:
    async for text in model():
        yield text


def serve() -> None:
    unlimited = Limits(messages_per_minute=None, messages_per_minute_per_ip=None)
    chat = ChatWidget(answer, store=Memory(), limits=unlimited)
    app = Starlette(
        routes=[
            Mount("/raw", raw),
            Route("/starlette", plain, methods=["POST"]),
            Mount("/chat", chat),
        ]
    )
    uvicorn.run(app, port=PORT, log_level="error", access_log=False)


async def ask(path: str) -> tuple[float, float]:
    """Return milliseconds from request to model, and from first text to client."""
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
    body = b'{"message": "hi"}'
    head = (
        f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1:{PORT}\r\nconnection: close\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    sent = time.monotonic_ns()
    writer.write(head.encode() + body)
    seen = b""
    while seen.count(b"@") < 2:
        piece = await reader.read(65536)
        if not piece:
            raise RuntimeError(seen.decode())
        seen += piece
    arrived = time.monotonic_ns()
    called, yielded = (int(stamp) for stamp in seen.split(b"@")[1].split())
    await reader.read()
    writer.close()
    return (called - sent) / 1e6, (arrived - yielded) / 1e6


async def measure(requests: int) -> None:
    paths = {
        "raw ASGI": "/raw/",
        "Starlette StreamingResponse": "/starlette",
        "chatwidget, plain format": "/chat/stream",
        "chatwidget, UI message stream": "/chat/messages",
    }
    for _ in range(20):
        for path in paths.values():
            await ask(path)
    took: dict[str, list[tuple[float, float]]] = {name: [] for name in paths}
    for _ in range(requests):
        for name, path in paths.items():
            took[name].append(await ask(path))
    title = f"median ms (p95), {requests} requests each"
    print(f"{title:34} request → model   text → client")
    base = [statistics.median(column) for column in zip(*took["raw ASGI"], strict=True)]
    for name, pairs in took.items():
        cells = []
        for column, first in zip(zip(*pairs, strict=True), base, strict=True):
            p95 = statistics.quantiles(column, n=20)[-1]
            middle = statistics.median(column)
            cells.append(f"{middle:5.2f} ({p95:5.2f}) {middle / first:4.1f}x")
        print(f"{name:34} {cells[0]}   {cells[1]}")


def main() -> None:
    server = subprocess.Popen([sys.executable, __file__, "serve"])
    try:
        for _ in range(200):
            try:
                asyncio.run(ask("/raw/"))
                break
            except OSError:
                time.sleep(0.05)
        asyncio.run(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 300))
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    serve() if sys.argv[1:] == ["serve"] else main()
