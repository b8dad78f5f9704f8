"""The default store: one file, shared by all worker processes of one machine.

What is said in SQL is in `sqlite_messages`, `sqlite_runs` and `sqlite_leases`. Here it is put to
work in two threads, one that writes and one that reads, so that a page of history never waits for
a lock (https://www.sqlite.org/wal.html), and joined with the logs that live in memory.
"""

import os
import secrets
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Collection

from msgspec import Struct

from chatwidget.errors import StoreUnavailable
from chatwidget.files import FileRecord
from chatwidget.messages import Message
from chatwidget.stores import sqlite_conversations as conversations
from chatwidget.stores import sqlite_files as files
from chatwidget.stores import sqlite_leases as leases
from chatwidget.stores import sqlite_messages as messages
from chatwidget.stores import sqlite_runs as runs
from chatwidget.stores.base import (
    Batch,
    Conversation,
    Lease,
    Orphan,
    RunRecord,
    check_seconds,
)
from chatwidget.stores.log import Log
from chatwidget.stores.mirrors import LogState, Mirrors
from chatwidget.stores.sqlite_mirrors import look
from chatwidget.stores.sqlite_schema import connect, transaction
from chatwidget.stores.sqlite_thread import SqliteThread
from chatwidget.stores.sqlite_writer import Answer, WriteBehind

_MOST_TOLD = 10_000


class _Local(Struct):
    """The log of a run that this process writes."""

    run: RunRecord
    log: Log
    cut: int | None = None


class _Told(Struct):
    """What the caller was last told of a run that this process does not write (any more)."""

    conversation_id: str
    state: LogState


class SQLite:
    """Keeps everything in one file, which any number of processes of one machine may share.

    `path`: the file; it is made (for its owner's eyes only) if its folder is there. Not on a
    network file system: SQLite's write-ahead log needs shared memory.
    `retention`: seconds that a log is kept after its run is over, for readers who come back.
    `forget_after`: seconds after its last question that a conversation is forgotten, at one of the
    next questions that anybody asks; never, by default.
    `lease`: seconds without a sign of life after which a run's worker is taken for gone.
    `timeout`: seconds to wait for other processes before `StoreUnavailable`.

    A process that is killed loses at most the last 250 ms of what was said (see `WriteBehind`); a
    power cut may lose a few seconds, and leaves the file whole. Opens itself on first use (after
    a fork, `open` does) and need not be closed.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] = "chatwidget.db",
        *,
        retention: float = 300.0,
        forget_after: float | None = None,
        lease: float = 10.0,
        timeout: float = 5.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if os.fspath(path) in ("", ":memory:"):
            raise ValueError(f"path={path!r} is no file: Memory() is the store for that")
        check_seconds(
            retention=retention, forget_after=forget_after or 0, lease=lease, timeout=timeout
        )
        self._path = os.path.abspath(path)
        self._retention = retention
        self._forget_after = forget_after
        self._lease = lease
        self._timeout = timeout
        self._clock = clock
        self._build()

    def _build(self) -> None:
        self._process = os.getpid()
        self._closed = False
        self._local: dict[str, _Local] = {}
        self._told: dict[str, _Told] = {}
        self._writer = secrets.token_hex(8)
        self._behind = WriteBehind(self._writer, retention=self._retention)
        self._leases = leases.Leases(self._writer, lease=self._lease)
        self._mirrors = Mirrors(
            lambda wanted, version: self._read.call(lambda db: look(db, wanted, version)),
            show_reading=self._show_reading,
            patience=2 * self._lease,
        )
        self._write = self._thread(tick=self._behind.tick)
        self._read = self._thread()

    def _thread(self, **tick: Callable[[sqlite3.Connection], bool]) -> SqliteThread:
        return SqliteThread(
            lambda: connect(self._path, patience=self._timeout),
            path=self._path,
            patience=self._timeout,
            **tick,
        )

    async def open(self) -> None:
        if self._closed or self._process != os.getpid():  # a fork takes no threads along
            self._build()
        await self._write.call(lambda db: None)

    async def close(self) -> None:
        self._closed = True
        self._mirrors.close()
        for local in self._local.values():
            local.log.close()
        await self._write.close(self._say_goodbye)
        await self._read.close()

    def _say_goodbye(self, db: sqlite3.Connection) -> None:
        self._behind.tick(db)
        self._leases.release(db)

    async def ping(self) -> None:
        if failure := self._write.failure:
            raise StoreUnavailable(hint=failure.hint) from failure

        def lock(db: sqlite3.Connection) -> None:
            with transaction(db):
                pass

        await self._write.call(lock)

    async def conversation(self, conversation_id: str) -> Conversation | None:
        return await self._read.call(lambda db: conversations.find(db, conversation_id))

    async def conversations(
        self, owner: str, *, matching: str = "", before: str | None = None, limit: int = 50
    ) -> list[Conversation]:
        return await self._read.call(
            lambda db: conversations.page(db, owner, matching, before, limit)
        )

    async def rename(self, conversation_id: str, title: str) -> None:
        await self._write.call(lambda db: conversations.rename(db, conversation_id, title))

    async def secret(self) -> bytes:
        return await self._write.call(conversations.secret)

    async def messages(
        self, conversation_id: str, *, before: str | None = None, limit: int | None = None
    ) -> list[Message]:
        return await self._read.call(lambda db: messages.page(db, conversation_id, before, limit))

    async def message(self, conversation_id: str, message_id: str) -> Message | None:
        return await self._read.call(lambda db: messages.message(db, conversation_id, message_id))

    async def begin(self, run: RunRecord, question: Message | None) -> RunRecord:
        asked = (question, messages.to_text(question)) if question else None

        def begin(db: sqlite3.Connection) -> runs.Found:
            found = runs.begin(
                db,
                run,
                asked,
                writer=self._writer,
                now=self._clock(),
                forget_after=self._forget_after,
            )
            if found.new:
                self._behind.hold(run.id, 0)
            return found

        found = await self._write.call(begin)
        if found.new:
            self._local[run.id] = _Local(found.record, Log())
        else:
            self._tell(found)
        return found.record

    async def live(self, conversation_id: str) -> RunRecord | None:
        found = await self._read.call(lambda db: runs.live(db, conversation_id))
        return self._tell(found) if found else None

    async def run(self, conversation_id: str, run_id: str) -> RunRecord | None:
        found = await self._read.call(lambda db: runs.find(db, conversation_id, run_id))
        return self._tell(found) if found and found.log and self._keeps(found.log) else None

    def append(self, run_id: str, entry: bytes) -> None:
        if (local := self._local.get(run_id)) and not local.log.closed:
            local.log.append(entry)
            self._behind.put(run_id, entry)

    def follow(self, run_id: str, after: int = -1) -> AsyncIterator[Batch] | None:
        if local := self._local.get(run_id):
            state = LogState(entries=len(local.log), cut=local.cut)
            return local.log.follow(after) if state.holds(after) else None
        told = self._told.get(run_id)
        if told is None or not self._keeps(told.state) or not told.state.holds(after):
            return None
        return self._mirrors.follow(run_id, after)

    async def finish(self, run: RunRecord, message: Message, *, end: bytes | None = None) -> None:
        answer = Answer(
            message_id=message.id, text=messages.to_text(message), end=end, at=self._clock()
        )
        stored = await self._write.call(lambda db: self._behind.finish(db, run.id, answer))
        local = self._local.pop(run.id, None)
        if local is None:
            return
        if stored and end is not None and not local.log.closed:
            local.log.append(end)
        local.log.close()
        state = LogState(answer.at, len(local.log), local.cut) if stored else LogState()
        self._tell(runs.Found(run, state))

    def close_log(self, run_id: str, *, end: bytes) -> None:
        # It stays what a reader is given here until `orphans` finds out what became of the run.
        if (local := self._local.get(run_id)) and not local.log.closed:
            local.log.append(end)
            local.log.close()

    async def renew(self, run_ids: Collection[str]) -> dict[str, Lease]:
        if not run_ids:
            return {}

        held = await self._write.call(lambda db: self._leases.renew(db, run_ids))
        for run_id in run_ids:
            if run_id not in held:
                self._lose(run_id)
        return held

    async def request_stop(self, run: RunRecord) -> None:
        await self._write.call(lambda db: leases.request_stop(db, run.id))

    async def orphans(self) -> list[Orphan]:
        def take(db: sqlite3.Connection) -> tuple[list[leases.Taken], set[str]]:
            taken = self._leases.take_orphans(db, but=self._behind.ending)
            held = self._leases.held(db)
            self._behind.keep_only(held)
            for orphan in taken:
                self._behind.hold(orphan.record.id, len(orphan.entries))
            return taken, held

        taken, held = await self._write.call(take)
        for run_id in self._local.keys() - held:
            self._lose(run_id)
        for orphan in taken:
            self._lose(orphan.record.id)
            log = Log()
            for entry in orphan.entries:
                log.append(entry)
            self._local[orphan.record.id] = _Local(orphan.record, log, orphan.cut)
        return [Orphan(orphan.record, orphan.entries) for orphan in taken]

    async def feedback(
        self, conversation_id: str, message_id: str, value: str | None, comment: str | None
    ) -> bool:
        return await self._write.call(
            lambda db: messages.judge(db, conversation_id, message_id, value, comment)
        )

    async def put_file(self, file: FileRecord, data: bytes, *, room: int) -> None:
        now = self._clock()
        await self._write.call(lambda db: files.put(db, file, data, room=room, now=now))

    async def file(self, conversation_id: str, file_id: str) -> FileRecord | None:
        return await self._read.call(lambda db: files.record(db, conversation_id, file_id))

    async def file_data(self, conversation_id: str, file_id: str) -> bytes | None:
        return await self._read.call(lambda db: files.data(db, conversation_id, file_id))

    async def delete(self, conversation_id: str) -> None:
        await self._write.call(lambda db: conversations.delete(db, conversation_id))
        for run_id, local in [*self._local.items()]:
            if local.run.conversation_id == conversation_id:
                self._local.pop(run_id).log.close()
        self._told = {
            i: told for i, told in self._told.items() if told.conversation_id != conversation_id
        }

    def _keeps(self, state: LogState) -> bool:
        return state.finished_at is None or self._clock() < state.finished_at + self._retention

    def _tell(self, found: runs.Found) -> RunRecord:
        """Remember what `follow`, which can't ask the database, may be asked for next."""
        if found.log is not None:
            self._told.pop(found.record.id, None)
            self._told[found.record.id] = _Told(found.record.conversation_id, found.log)
            if len(self._told) > _MOST_TOLD:
                del self._told[next(iter(self._told))]
        return found.record

    def _lose(self, run_id: str) -> None:
        if local := self._local.pop(run_id, None):
            local.log.close()
            self._tell(runs.Found(local.run, LogState()))

    def _show_reading(self, run_ids: list[str]) -> None:
        self._write.post(lambda db: leases.show_reading(db, run_ids))
