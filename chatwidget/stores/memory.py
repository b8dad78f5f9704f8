"""The store that forgets everything when the process ends: for tests, demos and trying out."""

import time
from collections.abc import AsyncIterator, Callable

from msgspec import Struct, field

from chatwidget.errors import ConversationBusy, NotFound
from chatwidget.messages import Message
from chatwidget.stores.base import Batch, Conversation, RunRecord
from chatwidget.stores.log import Log


class _Entry(Struct):
    conversation: Conversation
    messages: list[Message] = field(default_factory=list)
    live: RunRecord | None = None
    by_question: dict[str, RunRecord] = field(default_factory=dict)
    by_replaced: dict[str, RunRecord] = field(default_factory=dict)

    def index(self, message_id: str | None) -> int | None:
        return next((i for i, m in enumerate(self.messages) if m.id == message_id), None)


class _KeptLog(Struct):
    run: RunRecord
    log: Log
    finished_at: float | None = None


class Memory:
    """Keeps everything in this process.

    `retention`: seconds that a log is kept after its run is over, for readers who come back.
    `conversations`: how many are kept; the one longest unused makes room for a new one.
    """

    def __init__(
        self,
        *,
        retention: float = 300.0,
        conversations: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._retention = retention
        self._most = conversations
        self._clock = clock
        self._entries: dict[str, _Entry] = {}
        self._logs: dict[str, _KeptLog] = {}

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

    async def messages(
        self, conversation_id: str, *, before: str | None = None, limit: int | None = None
    ) -> list[Message]:
        entry = self._entries.get(conversation_id)
        if entry is None:
            return []
        messages = entry.messages[: entry.index(before)]
        return messages[-limit:] if limit else messages

    async def begin(self, run: RunRecord, question: Message | None) -> RunRecord:
        self._forget_old_logs()
        entry = self._entries.get(run.conversation_id)
        if entry is None:
            if question is None:
                raise NotFound
            entry = _Entry(Conversation(run.conversation_id, run.owner))
        elif entry.conversation.owner != run.owner:
            raise NotFound
        if earlier := self._earlier(entry, run, question):
            return earlier
        if entry.live:
            raise ConversationBusy
        run = self._replace(entry, run) if question is None else self._ask(entry, run, question)
        self._entries.pop(run.conversation_id, None)
        self._entries[run.conversation_id] = entry
        self._make_room()
        self._logs[run.id] = _KeptLog(run, Log())
        return run

    @staticmethod
    def _earlier(entry: _Entry, run: RunRecord, question: Message | None) -> RunRecord | None:
        if question is None:
            return entry.by_replaced.get(run.replaces or "")
        at = entry.index(question.id)
        if at is None or entry.messages[at].text != question.text:
            return None
        return entry.by_question.get(question.id)

    @staticmethod
    def _ask(entry: _Entry, run: RunRecord, question: Message) -> RunRecord:
        at = entry.index(question.id)
        if at is not None:
            del entry.messages[at:]
        entry.messages.append(question)
        entry.live = entry.by_question[question.id] = run
        return run

    @staticmethod
    def _replace(entry: _Entry, run: RunRecord) -> RunRecord:
        last = entry.messages[-1] if entry.messages else None
        target = run.replaces or (last.id if last and last.role == "assistant" else None)
        at = len(entry.messages) if target is None else entry.index(target)
        if not at or entry.messages[at - 1].role != "user":
            raise NotFound
        del entry.messages[at:]
        run = RunRecord(
            id=run.id,
            conversation_id=run.conversation_id,
            owner=run.owner,
            message_id=run.message_id,
            question_id=entry.messages[-1].id,
            replaces=target,
        )
        entry.live = entry.by_question[run.question_id] = run
        if target:
            entry.by_replaced[target] = run
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

    async def finish(self, run: RunRecord, message: Message) -> None:
        entry = self._entries.get(run.conversation_id)
        if entry and entry.live and entry.live.id == run.id:
            entry.live = None
            entry.messages.append(message)
        if kept := self._logs.get(run.id):
            kept.log.close()
            kept.finished_at = self._clock()

    async def feedback(
        self, conversation_id: str, message_id: str, value: str | None, comment: str | None
    ) -> bool:
        entry = self._entries.get(conversation_id)
        at = entry.index(message_id) if entry else None
        if entry is None or at is None or entry.messages[at].role != "assistant":
            return False
        metadata = entry.messages[at].metadata
        metadata.feedback, metadata.comment = value, comment  # type: ignore[assignment]
        return True

    async def delete(self, conversation_id: str) -> None:
        self._entries.pop(conversation_id, None)
        for run_id in [
            i for i, k in self._logs.items() if k.run.conversation_id == conversation_id
        ]:
            self._logs.pop(run_id).log.close()

    def _make_room(self) -> None:
        for conversation_id, entry in list(self._entries.items()):
            if len(self._entries) <= self._most:
                return
            if entry.live is None:
                del self._entries[conversation_id]

    def _forget_old_logs(self) -> None:
        limit = self._clock() - self._retention
        for run_id, kept in list(self._logs.items()):
            if kept.finished_at is not None and kept.finished_at <= limit:
                del self._logs[run_id]
