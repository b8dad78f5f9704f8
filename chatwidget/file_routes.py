"""The routes of visitors' files, and what files ask of the other routes."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chatwidget import bodies
from chatwidget.access import Access, Caller
from chatwidget.config import Limits
from chatwidget.errors import NotFound
from chatwidget.files import FileRecord, is_image
from chatwidget.ids import CLIENT_ID
from chatwidget.messages import Message
from chatwidget.responses import json_response
from chatwidget.uploads import Uploads, inline


class FileRoutes:
    """Files come in, by themselves or inside a message, and go out, each under the same limits."""

    def __init__(self, *, access: Access, uploads: Uploads, limits: Limits) -> None:
        self._access = access
        self._uploads = uploads
        self._limits = limits
        self.most = uploads.most
        self.inline_bytes = uploads.inline_bytes

    def table(self) -> list[Route]:
        """Return the routes, relative to where the app is mounted."""
        files = "/messages/{conversation}/files"
        return [
            Route(files, self.attach, methods=["POST"]),
            Route(f"{files}/{{file}}", self.file, methods=["GET"]),
        ]

    async def attach(self, request: Request) -> Response:
        """`POST /messages/{id}/files`: a file for the next question, which may be the first."""
        caller = self._access.admit(request)
        conversation_id, most = bodies.conversation_in(request), self._uploads.body_bytes
        await self._uploads.check_owner(conversation_id, caller.visitor.id)
        await self._access.count_file(caller)
        too_large = self._uploads.too_large()
        body = await bodies.read_json(request, bodies.FileBody, limit=most, too_large=too_large)
        file = await self._uploads.put(
            conversation_id,
            caller.visitor.id,
            name=body.name,
            media_type=body.media_type,
            data=body.data,
        )
        told = {"id": file.id, "name": file.name, "mediaType": file.media_type, "size": file.size}
        return json_response(told, caller.headers)

    async def file(self, request: Request) -> Response:
        """`GET /messages/{id}/files/{file}`: a file, to whoever attached it."""
        caller = self._access.admit(request)
        conversation_id, file_id = bodies.conversation_in(request), request.path_params["file"]
        if not CLIENT_ID.fullmatch(file_id):
            raise NotFound
        file, data = await self._uploads.get(conversation_id, caller.visitor.id, file_id)
        return Response(data, headers=_file_headers(file))

    async def count_large(self, request: Request, caller: Caller) -> int:
        """Count a message that may be larger than one without files as a file, before it is read;
        return how many were counted."""
        length = bodies.declared_length(request)
        if not self._uploads.most or (length is not None and length <= self._limits.body_bytes):
            return 0
        await self._access.count_file(caller)
        return 1

    async def placed(
        self, question: Message, conversation_id: str, caller: Caller, *, counted: int
    ) -> Message:
        """Return the question with its files as the store has them (see `Uploads.placed`); those
        that came inside it are counted, but for `counted`."""
        await self._uploads.check_owner(conversation_id, caller.visitor.id)
        for _ in range(inline(question) - counted):
            await self._access.count_file(caller)
        return await self._uploads.placed(question, conversation_id, caller.visitor.id)


def _file_headers(file: FileRecord) -> dict[str, str]:
    shown = is_image(file.media_type)
    name = quote(file.name, safe="")
    return {
        "content-type": file.media_type if shown else f"{file.media_type}; charset=utf-8",
        "content-disposition": f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{name}",
        "cache-control": "private, max-age=31536000, immutable",
    }
