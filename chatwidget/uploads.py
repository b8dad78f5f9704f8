"""Takes files from visitors, and puts those that a question names in their place.

What a client says of a file counts for nothing: its type and name are what was found when it came.
"""

import asyncio
import base64
import binascii
import re

from msgspec.structs import replace

from chatwidget.config import Attachments
from chatwidget.errors import (
    BadRequest,
    FileGone,
    FileNotAllowed,
    InvalidMessage,
    NotFound,
    TooLarge,
)
from chatwidget.files import FileRecord, check_content, clean_name, file_id, plain_type
from chatwidget.messages import FilePart, Message
from chatwidget.stores.base import Store

OVERHEAD = 128 * 1024
"""Bytes of a request for what is said of a file beside its content."""

_DATA_URL = re.compile(r"data:([^,;]*)((?:;[^,;]*)*);base64,", re.IGNORECASE)


class Uploads:
    """The files of a store, under the rules of `allowed`; None allows none."""

    def __init__(self, store: Store, allowed: Attachments | None) -> None:
        self._store = store
        self._allowed = allowed

    @property
    def allowed(self) -> Attachments:
        """The rules. Raises `NotFound` where there are no files."""
        if self._allowed is None:
            raise NotFound(hint="files are not allowed here: ChatWidget(attachments=Attachments())")
        return self._allowed

    @property
    def most(self) -> int:
        """How many files a message may have."""
        return self._allowed.files if self._allowed else 0

    @property
    def body_bytes(self) -> int:
        """How many bytes a request may have that brings one file in base64."""
        return _base64_size(self.allowed.bytes) + OVERHEAD

    @property
    def inline_bytes(self) -> int:
        """How many bytes a message's files may have that come with it, as data URLs."""
        return _base64_size(self._allowed.bytes) * self.most if self._allowed else 0

    async def check_owner(self, conversation_id: str, visitor_id: str) -> None:
        """Raise `NotFound` if the conversation is somebody else's. It need not be there yet."""
        conversation = await self._store.conversation(conversation_id)
        if conversation is not None and conversation.owner != visitor_id:
            raise NotFound

    async def put(
        self, conversation_id: str, visitor_id: str, *, name: str, media_type: str, data: bytes
    ) -> FileRecord:
        """Keep a file for a question to come.

        Raises `FileNotAllowed`, `TooLarge`, and `NotFound` if the conversation is another's.
        """
        allowed, media_type = self.allowed, plain_type(media_type)
        if media_type not in allowed.media_types:
            raise FileNotAllowed(hint=f"allowed are: {', '.join(allowed.media_types)}")
        if len(data) > allowed.bytes:
            raise self.too_large()
        name = clean_name(name)

        def looked_at() -> str:
            check_content(media_type, data)
            return file_id(conversation_id, visitor_id, name, media_type, data)

        record = FileRecord(
            id=await asyncio.to_thread(looked_at),
            conversation_id=conversation_id,
            owner=visitor_id,
            name=name,
            media_type=media_type,
            size=len(data),
        )
        await self._store.put_file(record, data, room=allowed.total_bytes)
        return record

    async def get(
        self, conversation_id: str, visitor_id: str, file_id: str
    ) -> tuple[FileRecord, bytes]:
        """Return a file. Raises `NotFound` to anyone but its owner."""
        record = await self._store.file(conversation_id, file_id)
        if record is None or record.owner != visitor_id:
            raise NotFound
        data = await self._store.file_data(conversation_id, file_id)
        if data is None:
            raise NotFound
        return record, data

    async def placed(self, question: Message, conversation_id: str, visitor_id: str) -> Message:
        """Return the question with its files as we know them, each of them once; those that came
        as data URLs are kept like any other.

        Raises what `put` raises, and `FileGone` for a file that is not the visitor's own in
        this very conversation.
        """
        files: dict[str, FilePart] = {}
        for part in question.files:
            record = await self._placed(part, conversation_id, visitor_id)
            files[record.id] = FilePart(record.id, record.media_type, record.name)
        text = [part for part in question.parts if not isinstance(part, FilePart)]
        return replace(question, parts=[*files.values(), *text])

    def too_large(self) -> TooLarge:
        """Return the error for a file that is larger than is allowed."""
        most = self.allowed.bytes
        return TooLarge(
            f"This file is too large: at most {_for_reading(most)}.", hint=f"bytes={most}"
        )

    async def _placed(self, part: FilePart, conversation_id: str, visitor_id: str) -> FileRecord:
        if _is_inline(part):
            media_type, data = _decoded(part.url)
            name = part.filename or media_type.replace("/", ".")
            return await self.put(
                conversation_id, visitor_id, name=name, media_type=media_type, data=data
            )
        record = await self._store.file(conversation_id, part.url)
        if record is None or record.owner != visitor_id:
            raise FileGone(
                hint="a file part's url is the id that POST /messages/{id}/files of this "
                "conversation gave"
            )
        return record


def inline(question: Message) -> int:
    """Return how many files come with the question itself."""
    return sum(map(_is_inline, question.files))


def _is_inline(part: FilePart) -> bool:
    return part.url[:5].lower() == "data:"


def _decoded(url: str) -> tuple[str, bytes]:
    head = _DATA_URL.match(url)
    if head is None:
        raise InvalidMessage(hint="a data: URL has to be base64: data:image/png;base64,…")
    try:
        return plain_type(head[1]), base64.b64decode(url[head.end() :], validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadRequest(hint=f"a data: URL is not base64: {error}") from error


def _base64_size(size: int) -> int:
    return (size + 2) // 3 * 4


def _for_reading(size: int) -> str:
    for unit, factor in (("MB", 1_000_000), ("kB", 1_000)):
        if size >= factor:
            return f"{size / factor:.1f}".removesuffix(".0") + f" {unit}"
    return f"{size} bytes"
