"""The files of a store that lives in memory: no more of them than there is room for."""

import time
from collections.abc import Callable, Container

from msgspec import Struct

from chatwidget.errors import FileGone
from chatwidget.files import FileRecord
from chatwidget.messages import Message
from chatwidget.stores.base import UNUSED, RunRecord, no_room


class _File(Struct):
    """A file, when it came, and the message that uses it."""

    record: FileRecord
    data: bytes
    at: float
    message_id: str | None = None


class MemoryFiles:
    """`most`: bytes of all files together; beyond it the oldest go, used or not."""

    def __init__(self, *, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._bytes = 0
        self._files: dict[str, _File] = {}
        self._unused: dict[str, _File] = {}
        self._by_conversation: dict[str, dict[str, _File]] = {}

    def put(self, record: FileRecord, data: bytes, *, room: int) -> None:
        """See `Store.put_file`."""
        now = self._clock()
        for file in [*self._unused.values()]:
            if file.at <= now - UNUSED:
                self._drop(file)
        if known := self.get(record.conversation_id, record.id):
            known.at = now
            return
        here = self._by_conversation.get(record.conversation_id, {})
        taken = max(_size(record.owner, here), _size(record.owner, self._unused))
        if taken + record.size > room or record.size > self._most:
            raise no_room()
        self._files[record.id] = self._unused[record.id] = file = _File(record, data, now)
        self._by_conversation.setdefault(record.conversation_id, {})[record.id] = file
        self._bytes += record.size
        while self._bytes > self._most:
            self._drop(next(iter(self._files.values())))

    def get(self, conversation_id: str, file_id: str) -> _File | None:
        """Return a file of the conversation, or None."""
        return self._by_conversation.get(conversation_id, {}).get(file_id)

    def check(self, run: RunRecord, question: Message) -> None:
        """Raise `FileGone` unless all files of the question are the owner's, and here."""
        for part in question.files:
            file = self.get(run.conversation_id, part.url)
            if file is None or file.record.owner != run.owner:
                raise FileGone

    def settle(self, conversation_id: str, messages: Container[str], last: Message | None) -> None:
        """Let go of the files of messages that are there no more, and use those of the last."""
        files = self._by_conversation.get(conversation_id, {})
        for file in files.values():
            if file.message_id not in messages or (last and file.message_id == last.id):
                file.message_id = None
                self._unused[file.record.id] = file
        for part in last.files if last else ():
            file = files[part.url]
            file.message_id = file.message_id or (last.id if last else None)
            self._unused.pop(part.url, None)

    def delete(self, conversation_id: str) -> None:
        """Drop all files of the conversation."""
        for file in [*self._by_conversation.get(conversation_id, {}).values()]:
            self._drop(file)

    def _drop(self, file: _File) -> None:
        record = file.record
        del self._files[record.id]
        self._unused.pop(record.id, None)
        here = self._by_conversation[record.conversation_id]
        del here[record.id]
        if not here:
            del self._by_conversation[record.conversation_id]
        self._bytes -= record.size


def _size(owner: str, files: dict[str, _File]) -> int:
    return sum(file.record.size for file in files.values() if file.record.owner == owner)
