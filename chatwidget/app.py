"""`ChatWidget`: the ASGI app that people mount. It puts the parts together."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Router
from starlette.types import Message, Receive, Scope, Send

from chatwidget.access import Access
from chatwidget.config import (
    Anchor,
    Attachments,
    History,
    Limits,
    Position,
    Preset,
    Theme,
    Timeouts,
    WidgetConfig,
)
from chatwidget.engine import Engine
from chatwidget.pages import Pages
from chatwidget.providers.base import Provider
from chatwidget.providers.function import as_provider
from chatwidget.refusals import refusal
from chatwidget.routes import Routes
from chatwidget.shutdown import ShutdownSignal
from chatwidget.stores.base import Store
from chatwidget.stores.sqlite import SQLite
from chatwidget.tools import Tool

logger = logging.getLogger("chatwidget")

GRACE = 2.5
"""Seconds that live answers have to finish in once the server is told to stop. Hypercorn cuts
connections off 3 seconds after that, unless it is told otherwise (`graceful_timeout`)."""

ProviderLike = Provider | Callable[..., Any]


class ChatWidget:
    """A chat: mount it, and it serves the widget and the answers.

        app = Starlette(routes=[Mount("/chat", ChatWidget(OpenAI(model="gpt-5-mini")))])
        fastapi_app.mount("/chat", ChatWidget(answer))      # any function that yields text

    `provider`: a provider, a function, or a mapping of names to either; its first entry answers
    `POST /messages`, and `POST /stream/{name}` chooses. `store`: where conversations are kept; by
    default SQLite in the file that the environment's `CHATWIDGET_DB` names, else `chatwidget.db` in
    the working directory. `secret` signs visitor tokens; without it and `CHATWIDGET_SECRET`, one
    that the store made and keeps. `system`, `params` (model parameters) and `history` are the
    server's alone. `attachments`: which files visitors may send, none by default.
    `speech`: visitors may dictate, if their browser can. `image_origins`: where images in answers
    may be loaded from, as exact origins; others are shown as links. `linger`: seconds that an
    answer goes on with nobody reading it. `heartbeat`: seconds of silence after which a stream says
    that it is alive. `grace`: seconds that live answers may go on once the server is told to stop.

    Raises ValueError for settings that make no sense, at once.
    """

    def __init__(
        self,
        provider: ProviderLike | Mapping[str, ProviderLike],
        *,
        store: Store | None = None,
        tools: Iterable[Tool] = (),
        system: str | None = None,
        params: Mapping[str, Any] | None = None,
        title: str = "Chat",
        subtitle: str | None = None,
        greeting: str | None = None,
        placeholder: str | None = None,
        suggestions: Sequence[str] = (),
        disclaimer: str | None = None,
        avatar: str | None = None,
        theme: Theme = "auto",
        accent: str | None = None,
        position: Position = "end",
        anchor: Anchor = "end",
        preset: Preset | None = None,
        radius: float | None = None,
        font: str | None = None,
        density: float | None = None,
        attachments: Attachments | None = None,
        speech: bool = False,
        image_origins: Sequence[str] = (),
        origins: Sequence[str] = (),
        secret: str | None = None,
        limits: Limits | None = None,
        timeouts: Timeouts | None = None,
        history: History | None = None,
        linger: float = 60.0,
        heartbeat: float = 15.0,
        grace: float = GRACE,
    ) -> None:
        for name, seconds in (("linger", linger), ("heartbeat", heartbeat), ("grace", grace)):
            if not seconds > 0:
                raise ValueError(f"{name}={seconds!r} must be a number of seconds above 0")
        limits = limits or Limits()
        self.config = WidgetConfig(
            title=title,
            subtitle=subtitle,
            greeting=greeting,
            placeholder=placeholder,
            suggestions=suggestions,
            disclaimer=disclaimer,
            avatar=avatar,
            theme=theme,
            accent=accent,
            position=position,
            anchor=anchor,
            preset=preset,
            radius=radius,
            font=font,
            density=density,
            attachments=attachments,
            speech=speech,
            image_origins=image_origins,
        )
        self.access = Access(secret=secret, origins=origins, limits=limits)
        self.engine = Engine(
            _providers(provider),
            store=store or SQLite(os.environ.get("CHATWIDGET_DB") or "chatwidget.db"),
            tools=[*tools],
            system=system,
            params=params or {},
            timeouts=timeouts or Timeouts(),
            history=history or History(),
            max_tool_rounds=limits.max_tool_rounds,
            linger=linger,
        )
        routes = Routes(
            engine=self.engine,
            access=self.access,
            config=self.config,
            limits=limits,
            heartbeat=heartbeat,
            pages=Pages(self.config, origins=origins),
        )
        self._router = Router(routes.table(), default=_not_found, redirect_slashes=False)
        self._grace = grace
        self._cross_origin = bool(origins)
        self._signal = ShutdownSignal(self._on_signal)
        self._opening: asyncio.Task[None] | None = None
        self._draining: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _serve_lifespan(self, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
            return
        request = Request(scope, receive)
        sending = _Sending(send, self.access.origins.cors_headers(request.headers))
        # The host's own handlers must not answer in our name.
        inner = {"app": self, **scope, "starlette.exception_handlers": ({}, {})}
        try:
            if request.method == "OPTIONS":
                await self._preflight(request)(inner, receive, sending)
            else:
                await self._open(scope.get("app"))
                await self._router(inner, receive, sending)
        except Exception as error:
            if sending.started:
                raise
            await refusal(request, error)(inner, receive, sending)

    @asynccontextmanager
    async def lifespan(self, app: object = None) -> AsyncIterator[None]:
        """Open before the first request and close at shutdown: `Starlette(lifespan=chat.lifespan)`.

        Not needed: a chat that is only mounted opens itself on first use.
        """
        self._opening = self._draining = None
        await self._open(app)
        try:
            yield
        finally:
            await self.aclose()

    async def aclose(self) -> None:
        """End live answers in order (see `Engine.close`) and close providers and store."""
        self._signal.forget()
        if self._draining is not None:
            await asyncio.wait([self._draining])
        await self.engine.close(grace=0 if self._draining else self._grace)

    async def _open(self, host: object) -> None:
        if self._opening is None:
            self._opening = asyncio.create_task(self._open_once(host))
        await asyncio.shield(self._opening)

    async def _open_once(self, host: object) -> None:
        try:
            await self.engine.open()
            if not self.access.tokens.has_key:
                self.access.tokens.use(await self.engine.store.secret())
        except BaseException:
            self._opening = None  # the next request tries again
            raise
        self._signal.listen()
        self._warn_of_shadowed_cors(host)

    def _on_signal(self) -> None:
        if self._draining is None:
            self._draining = asyncio.create_task(self.engine.drain(grace=self._grace))

    def _preflight(self, request: Request) -> Response:
        return Response(
            status_code=204, headers=self.access.origins.preflight_headers(request.headers)
        )

    def _warn_of_shadowed_cors(self, host: object) -> None:
        outer = [m.cls for m in getattr(host, "user_middleware", ())]
        if self._cross_origin and CORSMiddleware in outer:
            logger.warning(
                "The host app's CORSMiddleware answers preflights before they reach this chat, so "
                "origins=[…] given here has no effect on them: allow the same origins there, with "
                "the methods GET, POST, PATCH and DELETE and the headers authorization, "
                "content-type and last-event-id."
            )


class _Sending:
    """Adds to every answer the headers that all have, and knows whether one has begun."""

    def __init__(self, send: Send, cors: Mapping[str, str]) -> None:
        self._send = send
        self._cors = cors
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = MutableHeaders(scope=message)
            headers.setdefault("x-content-type-options", "nosniff")
            headers.setdefault("content-security-policy", "default-src 'none'")
            if "access-control-allow-origin" not in headers:
                headers.update(self._cors)
        await self._send(message)


def _providers(given: ProviderLike | Mapping[str, ProviderLike]) -> dict[str, Provider]:
    if not isinstance(given, Mapping):
        provider = as_provider(given)
        return {provider.name: provider}
    if not given:
        raise ValueError("provider={} names no provider")
    return {name: as_provider(provider) for name, provider in given.items()}


async def _not_found(scope: Scope, receive: Receive, send: Send) -> None:
    raise HTTPException(404)


async def _serve_lifespan(chat: ChatWidget, receive: Receive, send: Send) -> None:
    """Serve the lifespan protocol, for a chat that is the whole app."""
    await receive()
    phase = "startup"
    try:
        async with chat.lifespan():
            await send({"type": "lifespan.startup.complete"})
            phase = "shutdown"
            await receive()
    except Exception as error:
        await send({"type": f"lifespan.{phase}.failed", "message": str(error)})
        raise
    await send({"type": "lifespan.shutdown.complete"})
