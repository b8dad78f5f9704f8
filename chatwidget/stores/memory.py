"""The store that forgets everything when the process ends: for tests, demos and trying out."""

import math
import secrets
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection
from itertools import islice

from msgspec import Struct, field
from msgspec.structs import replace

from chatwidget.errors import ConversationBusy, InvalidMessage, NotFound
from chatwidget.files import FileRecord
from chatwidget.messages import Message, title_of
from chatwidget.stores.base import (
    FORGOTTEN_AT_ONCE,
    SECRET_BYTES,
    Batch,
    Conversation,
    Lease,
    Orphan,
    RunRecord,
)
from chatwidget.stores.log import Log
from chatwidget.stores.memory_files import MemoryFiles


class _Entry(Struct):
    conversation: Conversation
    asked_at: float = 0.0
    messages: list[Message] = field(default_factory=list)
    live: RunRecord | None = None
    by_question: dict[str, RunRecord] = field(default_factory=dict)
    by_replaced: dict[str, RunRecord] = field(default_factory=dict)

    def index(self, message_id: str) -> int | None:
        return next((i for i, m in enumerate(self.messages) if m.id == message_id), None)

    def holds(self, run: RunRecord) -> bool:
        return run == self.live or self.index(run.message_id) is not None

    def earlier(self, run: RunRecord, question: Message | None) -> RunRecord | None:
        """Return the run that the same request began before, if its answer is still there."""
        if run.continues:
            same = self.live and self.live.continues and self.live.message_id == run.message_id
            return self.live if same else None
        if question is not None:
            at = self.index(question.id)
            same = at is not None and self.messages[at].asks_the_same(question)
            found = self.by_question.get(question.id) if same else None
        elif run.replaces in (None, self.live and self.live.question_id):
            found = self.live if self.live and self.live.replaces else None
        else:
            found = self.by_replaced.get(run.replaces or "")
        return found if found and self.holds(found) else None

    def go_on(self, run: RunRecord) -> RunRecord:
        at = self.index(run.message_id)
        if at is None:
            raise NotFound
        if at != len(self.messages) - 1 or self.messages[at].role != "assistant":
            raise InvalidMessage(hint="only the last answer can be gone on with")
        run = replace(run, question_id=self.messages[at - 1].id if at else "")
        self.live = self.by_question[run.question_id] = run
        return run

    def ask(self, run: RunRecord, question: Message) -> RunRecord:
        at = self.index(question.id)
        if at is not None:
            if self.messages[at].role != "user":
                raise InvalidMessage(hint="this id is an answer's")
            del self.messages[at:]
        self.messages.append(question)
        self.live = self.by_question[question.id] = run
        return run

    def ask_again(self, run: RunRecord) -> RunRecord:
        at = len(self.messages) - 1 if run.replaces is None else self.index(run.replaces)
        if at is None or at < 0:
            raise NotFound
        if self.messages[at].role == "user":
            at += 1
        dropped = self.messages[at].id if at < len(self.messages) else None
        question = self.messages[at - 1] if at else None
        if question is None or question.role != "user":
            raise NotFound
        del self.messages[at:]
        run = replace(run, question_id=question.id, replaces=dropped)
        self.live = self.by_question[question.id] = run
        if dropped:
            self.by_replaced[dropped] = run
        return run


class _KeptLog(Struct):
    run: RunRecord
    log: Log
    stop: bool = False


class Memory:
    """Keeps everything in this process.

    `retention`: seconds that a log is kept after its run is over, for readers who come back.
    `forget_after`: seconds after its last question that a conversation is forgotten, at the next
    question that anybody asks; never, by default.
    `conversations`: how many are kept; the one longest unused makes room for a new one.
    `file_bytes`: how many all files may have together; beyond it the oldest go.
    """

    def __init__(
        self,
        *,
        retention: float = 300.0,
        forget_after: float | None = None,
        conversations: int = 10_000,
        file_bytes: int = 256_000_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._secret = secrets.token_bytes(SECRET_BYTES)
        self._retention = retention
        self._forget_after = math.inf if forget_after is None else forget_after
        self._most = conversations
        self._clock = clock
        self._entries: dict[str, _Entry] = {}
        self._logs: dict[str, _KeptLog] = {}
        self._closed_logs: deque[tuple[float, str]] = deque()
        self._files = MemoryFiles(most=file_bytes, clock=clock)

    async def open(self) -> None:
        pass

    async def close(self) -> None:
        for kept in self._logs.values():
            kept.log.close()

    async def ping(self) -> None:
        pass

    async def conversation(self, conversation_id: str) -> Conversation | None:
        entry = self._entries.get(conversation_id)
        return entry.conversation if entry else None

    async def conversations(
        self, owner: str, *, matching: str = "", before: str | None = None, limit: int = 50
    ) -> list[Conversation]:
        wanted = matching.casefold()
        newest = [
            entry.conversation
            for entry in reversed(self._entries.values())
            if entry.conversation.owner == owner and wanted in entry.conversation.title.casefold()
        ]
        if before is not None:
            at = next((i for i, found in enumerate(newest) if found.id == before), len(newest))
            newest = newest[at + 1 :]
        return newest[:limit]

    async def rename(self, conversation_id: str, title: str) -> None:
        if entry := self._entries.get(conversation_id):
            entry.conversation = replace(entry.conversation, title=title)

    async def secret(self) -> bytes:
        return self._secret

    async def messages(
        self, conversation_id: str, *, before: str | None = None, limit: int | None = None
    ) -> list[Message]:
        entry = self._entries.get(conversation_id)
        if entry is None:
            return []
        end = len(entry.messages) if before is None else entry.index(before) or 0
        return entry.messages[0 if limit is None else max(0, end - limit) : end]

    async def message(self, conversation_id: str, message_id: str) -> Message | None:
        entry = self._entries.get(conversation_id)
        at = entry.index(message_id) if entry else None
        return entry.messages[at] if entry and at is not None else None

    async def begin(self, run: RunRecord, question: Message | None) -> RunRecord:
        self._forget_old_logs()
        entry = self._entries.get(run.conversation_id)
        if entry is None:
            if question is None:
                raise NotFound
            entry = _Entry(Conversation(run.conversation_id, run.owner, title_of(question)))
        elif entry.conversation.owner != run.owner:
            raise NotFound
        if earlier := entry.earlier(run, question):
            return earlier
        if entry.live:
            raise ConversationBusy
        if question is not None:
            self._files.check(run, question)
        if run.continues:
            run = entry.go_on(run)
        else:
            run = entry.ask_again(run) if question is None else entry.ask(run, question)
        self._files.settle(run.conversation_id, {m.id for m in entry.messages}, question)
        entry.conversation = replace(entry.conversation, updated_at=time.time())
        self._logs[run.id] = _KeptLog(run, Log())
        self._entries.pop(run.conversation_id, None)
        self._entries[run.conversation_id] = entry
        entry.asked_at = self._clock()
        self._make_room()
        return run

    async def live(self, conversation_id: str) -> RunRecord | None:
        entry = self._entries.get(conversation_id)
        return entry.live if entry else None

    async def run(self, conversation_id: str, run_id: str) -> RunRecord | None:
        kept = self._logs.get(run_id)
        return kept.run if kept and kept.run.conversation_id == conversation_id else None

    def append(self, run_id: str, entry: bytes) -> None:
        if kept := self._logs.get(run_id):
            kept.log.append(entry)

    def follow(self, run_id: str, after: int = -1) -> AsyncIterator[Batch] | None:
        kept = self._logs.get(run_id)
        return kept.log.follow(after) if kept and after < len(kept.log) else None

    async def finish(self, run: RunRecord, message: Message, *, end: bytes | None = None) -> None:
        entry = self._entries.get(run.conversation_id)
        if entry and entry.live and entry.live.id == run.id:
            entry.live = None
            at = entry.index(message.id)
            if at is None:
                entry.messages.append(message)
            else:
                entry.messages[at] = message
        self._close_log(run.id, end)

    def close_log(self, run_id: str, *, end: bytes) -> None:
        self._close_log(run_id, end)

    async def renew(self, run_ids: Collection[str]) -> dict[str, Lease]:
        kept = {run_id: self._logs[run_id] for run_id in run_ids if run_id in self._logs}
        return {i: Lease(stop=k.stop) for i, k in kept.items() if not k.log.closed}

    async def request_stop(self, run: RunRecord) -> None:
        if kept := self._logs.get(run.id):
            kept.stop = True

    async def orphans(self) -> list[Orphan]:
        return []  # a worker that is gone has taken all this with it

    async def feedback(
        self, conversation_id: str, message_id: str, value: str | None, comment: str | None
    ) -> bool:
        entry = self._entries.get(conversation_id)
        at = entry.index(message_id) if entry else None
        if entry is None or at is None or entry.messages[at].role != "assistant":
            return False
        message = entry.messages[at]
        judged = replace(message.metadata, feedback=value, comment=comment)
        entry.messages[at] = replace(message, metadata=judged)
        return True

    async def put_file(self, file: FileRecord, data: bytes, *, room: int) -> None:
        entry = self._entries.get(file.conversation_id)
        if entry and entry.conversation.owner != file.owner:
            raise NotFound
        self._files.put(file, data, room=room)

    async def file(self, conversation_id: str, file_id: str) -> FileRecord | None:
        file = self._files.get(conversation_id, file_id)
        return file.record if file else None

    async def file_data(self, conversation_id: str, file_id: str) -> bytes | None:
        file = self._files.get(conversation_id, file_id)
        return file.data if file else None

    async def delete(self, conversation_id: str) -> None:
        self._entries.pop(conversation_id, None)
        self._files.delete(conversation_id)
        for run_id in [
            i for i, k in self._logs.items() if k.run.conversation_id == conversation_id
        ]:
            self._logs.pop(run_id).log.close()

    def _close_log(self, run_id: str, end: bytes | None) -> None:
        kept = self._logs.get(run_id)
        if kept is None or kept.log.closed:
            return
        if end is not None:
            kept.log.append(end)
        kept.log.close()
        self._closed_logs.append((self._clock(), run_id))

    def _make_room(self) -> None:
        excess = len(self._entries) - self._most
        until = self._clock() - self._forget_after
        idle = (i for i, entry in self._entries.items() if entry.live is None)
        forgotten = [
            conversation_id
            for at, conversation_id in enumerate(islice(idle, max(excess, FORGOTTEN_AT_ONCE)))
            if at < excess or self._entries[conversation_id].asked_at <= until
        ]
        for conversation_id in forgotten:
            del self._entries[conversation_id]
            self._files.delete(conversation_id)

    def _forget_old_logs(self) -> None:
        limit = self._clock() - self._retention
        while self._closed_logs and self._closed_logs[0][0] <= limit:
            self._logs.pop(self._closed_logs.popleft()[1], None)
