"""What was said, in Redis: conversations, messages and files. None of it is the process's own."""

import asyncio
from collections.abc import Callable
from typing import Any

from msgspec.json import Decoder, encode
from msgspec.structs import replace

from chatwidget.errors import NotFound, StoreUnavailable
from chatwidget.files import FileRecord
from chatwidget.messages import Message
from chatwidget.stores import redis_scripts as scripts
from chatwidget.stores.base import UNUSED, Conversation, no_room
from chatwidget.stores.redis_connection import Connection

_decoder = Decoder(Message)

Client = Any
"""A `redis.asyncio.Redis`; its types allow for its synchronous twin in every answer."""


class RedisConversations:
    """The part of `Redis` that any process can answer for."""

    _closed: bool
    _connection: Connection
    _prefix: str
    _clock: Callable[[], float]

    async def conversation(self, conversation_id: str) -> Conversation | None:
        fields = ("owner", "title", "updated_at")
        key = self._key("c", conversation_id)
        owner, title, updated = await self._run(lambda redis: redis.hmget(key, fields))
        if owner is None:
            return None
        return Conversation(conversation_id, owner.decode(), title.decode(), float(updated))

    async def conversations(
        self, owner: str, *, matching: str = "", before: str | None = None, limit: int = 50
    ) -> list[Conversation]:
        key = self._key("o", owner)
        names = [n.decode() for n in await self._run(lambda redis: redis.zrevrange(key, 0, -1))]
        if before is not None:
            names = names[names.index(before) + 1 :] if before in names else []
        wanted = matching.casefold()
        found: list[Conversation] = []
        while names and len(found) < limit:
            # By their titles only, a page is a page; else it takes as many as it takes.
            page, names = names[:limit], names[limit:]
            each = await asyncio.gather(*(self.conversation(name) for name in page))
            found += [c for c in each if c is not None and wanted in c.title.casefold()]
        return found[:limit]

    async def rename(self, conversation_id: str, title: str) -> None:
        await self._script(scripts.SET_IF_THERE, f"c:{conversation_id}", "title", title)

    async def messages(
        self, conversation_id: str, *, before: str | None = None, limit: int | None = None
    ) -> list[Message]:
        order = self._key("c", conversation_id, "order")

        async def page(redis: Client) -> list[bytes]:
            end: Any = "+inf"
            if before is not None:
                end = await redis.zscore(order, before)
                if end is None:
                    return []
                end = f"({end}"
            some = {} if limit is None else {"start": 0, "num": limit}
            names = await redis.zrevrangebyscore(order, end, "-inf", **some)
            if not names:
                return []
            said: list[bytes] = await redis.hmget(
                self._key("c", conversation_id, "said"), names[::-1]
            )
            return said

        return [_decoder.decode(text) for text in await self._run(page) if text is not None]

    async def message(self, conversation_id: str, message_id: str) -> Message | None:
        text = await self._said(conversation_id, message_id)
        return None if text is None else _decoder.decode(text)

    async def feedback(
        self, conversation_id: str, message_id: str, value: str | None, comment: str | None
    ) -> bool:
        while True:
            before = await self._said(conversation_id, message_id)
            message = None if before is None else _decoder.decode(before)
            if before is None or message is None or message.role != "assistant":
                return False
            judged = replace(message.metadata, feedback=value, comment=comment)
            after = encode(replace(message, metadata=judged))
            if await self._script(scripts.JUDGE, conversation_id, message_id, before, after):
                return True

    async def put_file(self, file: FileRecord, data: bytes, *, room: int) -> None:
        now = self._clock()
        outcome = await self._script(
            scripts.PUT_FILE,
            file.conversation_id,
            file.id,
            file.owner,
            file.name,
            file.media_type,
            file.size,
            room,
            now,
            now - UNUSED,
            data,
        )
        if outcome == b"not_found":
            raise NotFound
        if outcome == b"no_room":
            raise no_room()

    async def file(self, conversation_id: str, file_id: str) -> FileRecord | None:
        key = self._key("f", conversation_id, file_id)
        fields = ("owner", "name", "media_type", "size")
        owner, name, media_type, size = await self._run(lambda redis: redis.hmget(key, fields))
        if owner is None:
            return None
        return FileRecord(
            id=file_id,
            conversation_id=conversation_id,
            owner=owner.decode(),
            name=name.decode(),
            media_type=media_type.decode(),
            size=int(size),
        )

    async def file_data(self, conversation_id: str, file_id: str) -> bytes | None:
        key = self._key("f", conversation_id, file_id)
        data: bytes | None = await self._run(lambda redis: redis.hget(key, "data"))
        return data

    def _key(self, *names: str) -> str:
        return self._prefix + ":".join(names)

    async def _run(self, command: Callable[[Client], Any]) -> Any:
        if self._closed:
            raise StoreUnavailable(hint="Redis: the store is closed")
        return await self._connection.run(command)

    async def _script(self, script: str, *values: Any) -> Any:
        return await self._run(
            lambda redis: redis.register_script(script)(args=(self._prefix, *values))
        )

    async def _said(self, conversation_id: str, message_id: str) -> bytes | None:
        key = self._key("c", conversation_id, "said")
        text: bytes | None = await self._run(lambda redis: redis.hget(key, message_id))
        return text
