"""Runs and their logs in SQLite: plain functions of a connection."""

import sqlite3
from typing import NamedTuple

from msgspec import msgpack
from msgspec.structs import replace

from chatwidget.errors import ConversationBusy, InvalidMessage, NotFound
from chatwidget.messages import Message, title_of
from chatwidget.stores import sqlite_conversations as conversations
from chatwidget.stores import sqlite_files as files
from chatwidget.stores import sqlite_messages as messages
from chatwidget.stores.base import RunRecord
from chatwidget.stores.mirrors import LogState
from chatwidget.stores.sqlite_schema import transaction

_TRIMMED_AT_ONCE = 20
"""More than one, so that logs don't pile up; few, so that the lock is held only for a moment."""

_FIND = """
    SELECT run.id, conversation_id, owner, message_id, question_id, replaces, continues,
           finished_at, entries, cut, kept
    FROM runs AS run JOIN conversations ON conversations.id = conversation_id
"""


class Found(NamedTuple):
    """A run, its log unless that is trimmed, and whether it was made just now."""

    record: RunRecord
    log: LogState | None
    new: bool = False


def begin(
    db: sqlite3.Connection,
    run: RunRecord,
    question: tuple[Message, str] | None,
    *,
    writer: str,
    now: float,
    forget_after: float | None = None,
) -> Found:
    """See `Store.begin`; `question` is the message and its JSON, `now` in epoch seconds. What was
    last asked something `forget_after` seconds ago is forgotten."""
    with transaction(db):
        owner = conversations.owner(db, run.conversation_id)
        if owner is None and question is not None:
            db.execute(
                "INSERT INTO conversations (id, owner, title) VALUES (?, ?, ?)",
                (run.conversation_id, run.owner, title_of(question[0])),
            )
        elif owner != run.owner:
            raise NotFound
        earlier = _earlier(db, run, question[0] if question else None)
        if earlier is not None:
            return earlier
        if live(db, run.conversation_id):
            raise ConversationBusy
        if run.continues:
            run = _go_on(db, run)
        else:
            run = _ask_again(db, run) if question is None else _ask(db, run, *question)
        made = db.execute(
            "INSERT INTO runs"
            " (id, conversation_id, message_id, question_id, replaces, continues, writer)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                run.id,
                run.conversation_id,
                run.message_id,
                run.question_id,
                run.replaces,
                run.continues,
                writer,
            ),
        )
        db.execute(
            "UPDATE conversations SET asked = ?, updated_at = ? WHERE id = ?",
            (made.lastrowid, now, run.conversation_id),
        )
        if forget_after is not None:
            conversations.forget(db, until=now - forget_after)
    return Found(run, LogState(), new=True)


def _earlier(db: sqlite3.Connection, run: RunRecord, question: Message | None) -> Found | None:
    """Return the run that the same request began before, if its answer is still there."""
    conversation_id = run.conversation_id
    if run.continues:
        current = live(db, conversation_id)
        same = current and current.record.continues and current.record.message_id == run.message_id
        return current if same else None
    if question is not None:
        asked = messages.row(db, conversation_id, question.id)
        if asked is None or not asked.message.asks_the_same(question):
            return None
        found = _last(db, "question_id", conversation_id, question.id)
    else:
        current = live(db, conversation_id)
        if run.replaces is None or (current and current.record.question_id == run.replaces):
            return current if current and current.record.replaces else None
        found = _last(db, "replaces", conversation_id, run.replaces)
    if found is None or (found.log is not None and found.log.finished_at is None):
        return found
    return found if messages.row(db, conversation_id, found.record.message_id) else None


def _ask(db: sqlite3.Connection, run: RunRecord, question: Message, text: str) -> RunRecord:
    known = messages.row(db, run.conversation_id, question.id)
    if known is not None:
        if known.message.role != "user":
            raise InvalidMessage(hint="this id is an answer's")
        messages.drop_after(db, run.conversation_id, known.n - 1)
    messages.add(db, run.conversation_id, question.id, text)
    files.use(db, run, question)
    return run


def _ask_again(db: sqlite3.Connection, run: RunRecord) -> RunRecord:
    conversation_id = run.conversation_id
    if run.replaces is None:
        named = messages.row_before(db, conversation_id)
    else:
        named = messages.row(db, conversation_id, run.replaces)
    if named is None:
        raise NotFound
    if named.message.role == "user":
        question, dropped = named, messages.row_after(db, conversation_id, named.n)
    else:
        before = messages.row_before(db, conversation_id, named.n)
        if before is None or before.message.role != "user":
            raise NotFound
        question, dropped = before, named
    messages.drop_after(db, conversation_id, question.n)
    replaced = dropped.message.id if dropped else None
    return replace(run, question_id=question.message.id, replaces=replaced)


def _go_on(db: sqlite3.Connection, run: RunRecord) -> RunRecord:
    answer = messages.row(db, run.conversation_id, run.message_id)
    if answer is None:
        raise NotFound
    question = messages.row_before(db, run.conversation_id, answer.n)
    if answer.message.role != "assistant" or messages.row_after(db, run.conversation_id, answer.n):
        raise InvalidMessage(hint="only the last answer can be gone on with")
    return replace(run, question_id=question.message.id if question else "")


def live(db: sqlite3.Connection, conversation_id: str) -> Found | None:
    """See `Store.live`."""
    return _found(
        db, _FIND + "WHERE conversation_id = ? AND finished_at IS NULL", (conversation_id,)
    )


def find(db: sqlite3.Connection, conversation_id: str, run_id: str) -> Found | None:
    """Return a run of the conversation."""
    return _found(db, _FIND + "WHERE run.id = ? AND conversation_id = ?", (run_id, conversation_id))


def finish(
    db: sqlite3.Connection,
    run_id: str,
    *,
    writer: str,
    answer: tuple[str, str],
    entries: tuple[int, list[bytes]],
    now: float,
    retention: float,
) -> bool:
    """Store the answer (its id and JSON) and the last entries (and the first one's number).

    False if `writer` is not (any more) who writes the run. Old logs go at the same time, so that
    nothing needs to look after them.
    """
    with transaction(db):
        held = db.execute(
            "SELECT conversation_id FROM runs WHERE id = ? AND writer = ? AND finished_at IS NULL",
            (run_id, writer),
        ).fetchone()
        if held is None:
            return False
        add_entries(db, run_id, writer, *entries)
        messages.add(db, held[0], *answer)
        db.execute(
            "UPDATE runs SET finished_at = ?, entries = ? WHERE id = ?",
            (now, entries[0] + len(entries[1]), run_id),
        )
        _trim(db, now - retention)
    return True


def add_entries(
    db: sqlite3.Connection, run_id: str, writer: str, first: int, entries: list[bytes]
) -> None:
    """Add `entries`, numbered from `first`, if `writer` is (still) who writes the run."""
    if entries:
        db.execute(
            "INSERT INTO log (run, first, entries)"
            " SELECT n, ?, ? FROM runs WHERE id = ? AND writer = ? AND finished_at IS NULL",
            (first, msgpack.encode(entries), run_id, writer),
        )


def entries_from(db: sqlite3.Connection, n: int, first: int) -> list[bytes]:
    """Return the entries of run number `n` from number `first` on, which begins a flush."""
    rows = db.execute(
        "SELECT entries FROM log WHERE run = ? AND first >= ? ORDER BY first", (n, first)
    )
    return [entry for (data,) in rows for entry in msgpack.decode(data, type=list[bytes])]


def _trim(db: sqlite3.Connection, until: float) -> None:
    old = db.execute(
        "SELECT n FROM runs WHERE kept = 1 AND finished_at <= ? LIMIT ?", (until, _TRIMMED_AT_ONCE)
    ).fetchall()
    db.executemany("DELETE FROM log WHERE run = ?", old)
    db.executemany("UPDATE runs SET kept = 0 WHERE n = ?", old)


def _last(
    db: sqlite3.Connection, column: str, conversation_id: str, message_id: str
) -> Found | None:
    where = f"WHERE conversation_id = ? AND {column} = ? ORDER BY run.n DESC LIMIT 1"
    return _found(db, _FIND + where, (conversation_id, message_id))


def _found(db: sqlite3.Connection, sql: str, values: tuple[object, ...]) -> Found | None:
    found = db.execute(sql, values).fetchone()
    if found is None:
        return None
    run_id, conversation_id, owner, message_id, question_id, replaces, continues, *rest = found
    *state, kept = rest
    record = RunRecord(
        id=run_id,
        conversation_id=conversation_id,
        owner=owner,
        message_id=message_id,
        question_id=question_id,
        replaces=replaces,
        continues=bool(continues),
    )
    return Found(record, LogState(*state) if kept else None)
