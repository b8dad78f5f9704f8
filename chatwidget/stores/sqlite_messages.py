"""Messages in SQLite: plain functions of a connection."""

import sqlite3
from typing import NamedTuple

from msgspec.json import Decoder, encode
from msgspec.structs import replace

from chatwidget.messages import Message
from chatwidget.stores.sqlite_schema import transaction

_decoder = Decoder(Message)
_NO_END = 1 << 62


class Row(NamedTuple):
    """A message and its place: a later one has a greater `n`."""

    n: int
    message: Message


def message(db: sqlite3.Connection, conversation_id: str, message_id: str) -> Message | None:
    """See `Store.message`."""
    found = row(db, conversation_id, message_id)
    return found.message if found else None


def row(db: sqlite3.Connection, conversation_id: str, message_id: str) -> Row | None:
    """Return a message by its id."""
    return _row(
        db,
        "SELECT n, message FROM messages WHERE conversation_id = ? AND id = ?",
        (conversation_id, message_id),
    )


def row_before(db: sqlite3.Connection, conversation_id: str, n: int | None = None) -> Row | None:
    """Return the message before place `n`; the last one without it."""
    return _row(
        db,
        "SELECT n, message FROM messages"
        " WHERE conversation_id = ? AND n < ? ORDER BY n DESC LIMIT 1",
        (conversation_id, _NO_END if n is None else n),
    )


def row_after(db: sqlite3.Connection, conversation_id: str, n: int) -> Row | None:
    """Return the message after place `n`."""
    return _row(
        db,
        "SELECT n, message FROM messages WHERE conversation_id = ? AND n > ? ORDER BY n LIMIT 1",
        (conversation_id, n),
    )


def page(
    db: sqlite3.Connection, conversation_id: str, before: str | None, limit: int | None
) -> list[Message]:
    """See `Store.messages`."""
    end = _NO_END
    if before is not None:
        found = row(db, conversation_id, before)
        if found is None:
            return []
        end = found.n
    rows = db.execute(
        "SELECT message FROM messages WHERE conversation_id = ? AND n < ? ORDER BY n DESC LIMIT ?",
        (conversation_id, end, -1 if limit is None else limit),
    ).fetchall()
    return [_decoder.decode(text) for (text,) in reversed(rows)]


def add(db: sqlite3.Connection, conversation_id: str, message_id: str, text: str) -> None:
    """Add a message, given as JSON, at the end; or in the place of the one with its id."""
    db.execute(
        "INSERT INTO messages (conversation_id, id, message) VALUES (?, ?, ?)"
        " ON CONFLICT (conversation_id, id) DO UPDATE SET message = excluded.message",
        (conversation_id, message_id, text),
    )


def drop_after(db: sqlite3.Connection, conversation_id: str, n: int) -> None:
    """Drop what comes after place `n`."""
    db.execute("DELETE FROM messages WHERE conversation_id = ? AND n > ?", (conversation_id, n))


def judge(
    db: sqlite3.Connection,
    conversation_id: str,
    message_id: str,
    value: str | None,
    comment: str | None,
) -> bool:
    """See `Store.feedback`."""
    with transaction(db):
        found = row(db, conversation_id, message_id)
        if found is None or found.message.role != "assistant":
            return False
        judged = replace(found.message.metadata, feedback=value, comment=comment)
        text = to_text(replace(found.message, metadata=judged))
        db.execute("UPDATE messages SET message = ? WHERE n = ?", (text, found.n))
    return True


def to_text(message: Message) -> str:
    """Return the message as JSON."""
    return encode(message).decode()


def _row(db: sqlite3.Connection, sql: str, values: tuple[object, ...]) -> Row | None:
    found = db.execute(sql, values).fetchone()
    return Row(found[0], _decoder.decode(found[1])) if found else None
