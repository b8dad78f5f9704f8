"""What the tests play on: the real server in a thread, with answers that tests write."""

import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from chatwidget import Attachments, ChatRequest, ChatWidget, Limits
from chatwidget.chunks import Chunk
from chatwidget.providers import Demo, Scripted
from chatwidget.providers.scripted import Line
from chatwidget.stores import Memory

PAGES = Path(__file__).parent / "pages"
SECRET = "a secret for the tests, of thirty-two bytes"
IMAGES = "https://images.example"
"""Where images in answers may come from; nobody is there unless a test is."""
UNLIMITED = Limits(
    messages_per_minute=None,
    messages_per_minute_per_ip=None,
    sessions_per_minute_per_ip=None,
    files_per_minute=None,
    files_per_minute_per_ip=None,
)
STRICT_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; base-uri 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


class Plays:
    """A provider that answers each question with the script a test wrote for it.

    A question that no script is written for goes to the demo provider, without its pauses.
    """

    name = "plays"

    def __init__(self) -> None:
        self._scripts: dict[str, Scripted] = {}
        self._demo = Demo(pace=0.002)

    def write(self, question: str, *lines: Line) -> Scripted:
        """Answer `question` with `lines` from now on; the script counts its calls."""
        self._scripts[question] = Scripted(*lines)
        return self._scripts[question]

    def stream(self, request: ChatRequest) -> AsyncIterator[Chunk]:
        asked = request.message
        if request.continues is not None:
            # The last user's turn is the wish for the rest.
            asked = [message.text for message in request.messages if message.role == "user"][-2]
        return self._scripts.get(asked, self._demo).stream(request)

    async def aclose(self) -> None:
        await self._demo.aclose()


class Stage:
    """A running server. `url` is its address, `plays` writes its answers."""

    def __init__(self, url: str, plays: Plays) -> None:
        self.url = url
        self.plays = plays


async def page(request: Request) -> Response:
    name = request.path_params["name"]
    headers = {"content-security-policy": STRICT_CSP} if name == "strict" else {}
    return FileResponse(PAGES / f"{name}.html", headers=headers)


async def own(request: Request) -> Response:
    """The chat's own page without its policy, which would keep axe-core out."""
    html = (files("chatwidget") / "templates" / "page.html").read_text()
    html = html.replace("{{ config.title }}", "Ask Ada")
    return HTMLResponse(html.replace("<head>", '<head><base href="/chat/">'))


async def axe(request: Request) -> Response:
    source = files("axe_playwright_python") / "axe.min.js"
    return Response(source.read_bytes(), media_type="text/javascript")


async def file(request: Request) -> Response:
    return FileResponse(PAGES / request.path_params["name"])


def host_app(plays: Plays, *, origins: list[str]) -> Starlette:
    """Return a site with test pages and a chat at /chat, and one that allows little at /limited."""
    chat = ChatWidget(
        plays,
        store=Memory(),
        title="Ask Ada",
        subtitle="Answers at once",
        greeting="Hello! What would you like to know?",
        suggestions=["Show me markdown", "Show me a table"],
        attachments=Attachments(),
        image_origins=[IMAGES],
        origins=origins,
        secret=SECRET,
        limits=UNLIMITED,
        heartbeat=2.0,
        grace=0.5,
    )
    limited = ChatWidget(
        plays, store=Memory(), secret=SECRET, limits=Limits(messages_per_minute=1), grace=0.5
    )
    return Starlette(
        routes=[
            Route("/pages/own.html", own),
            Route("/pages/{name}.html", page),
            Route("/pages/{name}", file),
            Route("/axe.js", axe),
            Mount("/chat", chat),
            Mount("/limited", limited),
        ]
    )


@contextmanager
def serving(app: ASGIApp, port: int) -> Iterator[str]:
    """Serve `app` on `port` until the block is left."""
    config = uvicorn.Config(app, port=port, log_level="error", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started:
        if time.monotonic() > deadline or not thread.is_alive():
            raise RuntimeError("the server did not start")
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def early_in_a_minute() -> None:
    """Wait until the clock's minute is not about to end.

    A limit of so many a minute counts by the clock, and lets one more through at a minute's turn.
    """
    while time.time() % 60 > 40:
        time.sleep(0.1)
