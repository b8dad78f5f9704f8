"""One short handler per route."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime

from msgspec.json import encode
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chatwidget import bodies, wire
from chatwidget.access import Access, Caller
from chatwidget.config import Limits, WidgetConfig
from chatwidget.engine import Engine
from chatwidget.errors import InvalidMessage, NotFound
from chatwidget.file_routes import FileRoutes
from chatwidget.ids import new_id
from chatwidget.messages import user_message
from chatwidget.pages import Pages
from chatwidget.responses import json_response
from chatwidget.sse import EventStream
from chatwidget.stores.base import RunRecord
from chatwidget.uploads import Uploads
from chatwidget.version import __version__

MOST_MESSAGES = 200
"""How many messages one page of history holds at most."""


class Routes:
    """The handlers, and what they share."""

    def __init__(
        self,
        *,
        engine: Engine,
        access: Access,
        config: WidgetConfig,
        limits: Limits,
        heartbeat: float,
        pages: Pages,
    ) -> None:
        self._engine = engine
        self._access = access
        self._limits = limits
        self._heartbeat = heartbeat
        self._config = encode(
            config.public(version=__version__, limits=limits, heartbeat=heartbeat)
        )
        self._pages = pages
        uploads = Uploads(engine.store, config.attachments)
        self._files = FileRoutes(access=access, uploads=uploads, limits=limits)

    def table(self) -> list[Route]:
        """Return the routes, relative to where the app is mounted."""
        one = "/messages/{conversation}"
        return [
            Route("/messages", self.send, methods=["POST"]),
            Route(f"{one}/stream", self.resume, methods=["GET"]),
            Route(f"{one}/stop", self.stop, methods=["POST"]),
            Route(f"{one}/feedback", self.feedback, methods=["POST"]),
            *self._files.table(),
            Route(one, self.conversation, methods=["GET", "PATCH", "DELETE"]),
            Route("/conversations", self.conversations, methods=["GET"]),
            Route("/stream", self.stream, methods=["POST"]),
            Route("/stream/{provider}", self.stream, methods=["POST"]),
            Route("/session", self.session, methods=["POST"]),
            Route("/config", self.config, methods=["GET"]),
            Route("/health", self.health, methods=["GET"]),
            *self._pages.table(),
        ]

    async def send(self, request: Request) -> EventStream:
        """`POST /messages`: a question, or the wish for another answer, and the stream of it."""
        caller = self._access.admit(request)
        counted = await self._files.count_large(request, caller)
        body = await self._read(request, bodies.MessagesBody, more=self._files.inline_bytes)
        conversation_id = bodies.conversation_id(body.id)
        question = replaces = continues = None
        if body.trigger == "submit-message":
            question = bodies.question(
                body, longest=self._limits.message_characters, most_files=self._files.most
            )
        elif conversation_id is None:
            raise InvalidMessage(hint=f"{body.trigger} needs the conversation's id")
        elif body.trigger == "regenerate-message":
            replaces = bodies.conversation_id(body.message_id)
        else:
            continues = bodies.conversation_id(body.message_id)
            if continues is None:
                raise InvalidMessage(hint="continue-message needs the answer's messageId")
        await self._access.count_message(caller)
        if question is not None and question.files:
            conversation_id = conversation_id or new_id("c")
            question = await self._files.placed(question, conversation_id, caller, counted=counted)
        record = await self._engine.ask(
            question,
            visitor_id=caller.visitor.id,
            conversation_id=conversation_id,
            replaces=replaces,
            continues=continues,
            context=bodies.checked_context(body.context),
        )
        return self._ui_stream(record, -1, caller)

    async def resume(self, request: Request) -> Response | EventStream:
        """`GET /messages/{id}/stream`: the rest after `Last-Event-ID`, or all of a live run."""
        caller = self._access.admit(request)
        found = await self._engine.resume(
            bodies.conversation_in(request),
            visitor_id=caller.visitor.id,
            cursor=wire.read_cursor(request.headers.get("last-event-id")),
        )
        return self._ui_stream(*found, caller) if found else Response(status_code=204)

    async def stop(self, request: Request) -> Response:
        """`POST /messages/{id}/stop`: end the run; what there is of the answer is kept."""
        caller = self._access.admit(request)
        await self._read(request, dict)
        stopped = await self._engine.stop(
            bodies.conversation_in(request), visitor_id=caller.visitor.id
        )
        return json_response({"stopped": stopped})

    async def conversation(self, request: Request) -> Response:
        """`/messages/{id}`. One route, so that the answer to a wrong method names all."""
        handlers = {"DELETE": self.delete, "PATCH": self.rename}
        return await handlers.get(request.method, self.history)(request)

    async def conversations(self, request: Request) -> Response:
        """`GET /conversations`: the visitor's, the one last asked something first."""
        caller = self._access.admit(request)
        query = request.query_params
        limit = _page_size(query.get("limit", "50"))
        found = await self._engine.store.conversations(
            caller.visitor.id,
            matching=query.get("q", "").strip(),
            before=query.get("before"),
            limit=limit + 1,
        )
        listed = [
            {"id": each.id, "title": each.title, "updatedAt": _iso(each.updated_at)}
            for each in found[:limit]
        ]
        return json_response({"conversations": listed, "more": len(found) > limit}, caller.headers)

    async def rename(self, request: Request) -> Response:
        """`PATCH /messages/{id}`: another title."""
        caller = self._access.admit(request)
        body = await self._read(request, bodies.ConversationBody)
        title = bodies.title(body.title)
        await self._engine.rename(
            bodies.conversation_in(request), title, visitor_id=caller.visitor.id
        )
        return Response(status_code=204)

    async def history(self, request: Request) -> Response:
        """`GET /messages/{id}`: a page of finished messages, and whether an answer is running."""
        caller = self._access.admit(request)
        conversation_id = bodies.conversation_in(request)
        limit = _page_size(request.query_params.get("limit", "50"))
        await self._engine.check_owner(conversation_id, caller.visitor.id)
        # The run first: should it end in between, its answer is among the messages.
        live = await self._engine.live(conversation_id)
        messages = await self._engine.store.messages(
            conversation_id, before=request.query_params.get("before"), limit=limit + 1
        )
        if (
            live
            and not live.continues
            and any(message.id == live.message_id for message in messages)
        ):
            live = None
        return json_response(
            {
                "id": conversation_id,
                "messages": [message.to_ui() for message in messages[-limit:]],
                "running": {"messageId": live.message_id} if live else None,
                "more": len(messages) > limit,
            }
        )

    async def delete(self, request: Request) -> Response:
        """`DELETE /messages/{id}`: forget the conversation."""
        caller = self._access.admit(request)
        await self._engine.delete(bodies.conversation_in(request), visitor_id=caller.visitor.id)
        return Response(status_code=204)

    async def feedback(self, request: Request) -> Response:
        """`POST /messages/{id}/feedback`: thumbs up, thumbs down, or neither again."""
        caller = self._access.admit(request)
        conversation_id = bodies.conversation_in(request)
        body = await self._read(request, bodies.FeedbackBody)
        longest = self._limits.message_characters
        comment = body.comment and bodies.checked_text(body.comment, longest=longest)
        await self._engine.check_owner(conversation_id, caller.visitor.id)
        if not await self._engine.store.feedback(
            conversation_id, body.message_id, body.value, comment
        ):
            raise NotFound
        return Response(status_code=204)

    async def stream(self, request: Request) -> EventStream:
        """`POST /stream[/{provider}]`: one question in, its answer in the plain format."""
        caller = self._access.admit(request)
        body = await self._read(request, bodies.StreamBody)
        text = bodies.checked_text(body.message, longest=self._limits.message_characters)
        await self._access.count_message(caller)
        record = await self._engine.ask(
            user_message(new_id("m"), text),
            visitor_id=caller.visitor.id,
            conversation_id=bodies.conversation_id(body.conversation),
            provider=request.path_params.get("provider"),
        )
        return self._event_stream(self._plain(record), wire.HEADERS, record, caller)

    async def session(self, request: Request) -> Response:
        """`POST /session`: a visitor token; a fresh one for a visitor who is known."""
        await self._read(request, dict)
        caller = self._access.admit(request)
        await self._access.count_session(caller)
        token, expires_at = self._access.tokens.issue(caller.visitor)
        return json_response({"token": token, "expiresAt": expires_at}, caller.headers)

    async def config(self, request: Request) -> Response:
        """`GET /config`: what the widget shows."""
        self._access.origins.check(request.method, request.headers)
        return Response(
            self._config,
            media_type="application/json",
            headers={"cache-control": "no-cache"},
        )

    async def health(self, request: Request) -> Response:
        """`GET /health`: 200 while the store can be reached, else 503."""
        await self._engine.store.ping()
        return json_response({"status": "ok", "store": "ok"})

    async def _read(self, request: Request, kind: type[bodies.T], *, more: int = 0) -> bodies.T:
        return await bodies.read_json(request, kind, limit=self._limits.body_bytes + more)

    def _ui_stream(self, record: RunRecord, after: int, caller: Caller) -> EventStream:
        return self._event_stream(self._ui(record, after), wire.UI_HEADERS, record, caller)

    def _event_stream(
        self,
        batches: AsyncGenerator[bytes, None],
        headers: dict[str, str],
        record: RunRecord,
        caller: Caller,
    ) -> EventStream:
        told = {"x-conversation-id": record.conversation_id}
        return EventStream(
            batches, headers=headers | caller.headers | told, heartbeat=self._heartbeat
        )

    async def _ui(self, record: RunRecord, after: int) -> AsyncGenerator[bytes, None]:
        async with aclosing(self._engine.follow(record, after=after)) as batches:
            async for first, entries in batches:
                for piece in wire.ui_pieces(record.id, first, entries):
                    yield piece
        yield wire.DONE

    async def _plain(self, record: RunRecord) -> AsyncGenerator[bytes, None]:
        frames = wire.PlainFrames()
        async with aclosing(self._engine.chunks(record)) as chunks:
            async for chunk in chunks:
                for frame in frames.frames(chunk):
                    yield frame


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def _page_size(text: str) -> int:
    size = bodies.whole_number(text)
    if size is None or not 0 < size <= MOST_MESSAGES:
        raise InvalidMessage(hint=f"limit is a number from 1 to {MOST_MESSAGES}")
    return size
