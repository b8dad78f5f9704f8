"""Conversations in SQLite, and the secret of all: plain functions of a connection."""

import secrets
import sqlite3

from chatwidget.stores.base import FORGOTTEN_AT_ONCE, SECRET_BYTES, Conversation
from chatwidget.stores.sqlite_schema import transaction

_FIELDS = "SELECT id, owner, title, updated_at FROM conversations "


def owner(db: sqlite3.Connection, conversation_id: str) -> str | None:
    """Return whose the conversation is; None if it is not there."""
    found = find(db, conversation_id)
    return found.owner if found else None


def find(db: sqlite3.Connection, conversation_id: str) -> Conversation | None:
    """See `Store.conversation`."""
    found = db.execute(_FIELDS + "WHERE id = ?", (conversation_id,)).fetchone()
    return Conversation(*found) if found else None


def page(
    db: sqlite3.Connection, owner: str, matching: str, before: str | None, limit: int
) -> list[Conversation]:
    """See `Store.conversations`."""
    where, values = "owner = ?", [owner]
    if before is not None:
        where += " AND (asked, id) < (SELECT asked, id FROM conversations WHERE id = ?)"
        values.append(before)
    if matching:
        # LIKE knows the two cases of ASCII letters only.
        db.create_function("folded", 1, str.casefold, deterministic=True)
        where += " AND instr(folded(title), ?)"
        values.append(matching.casefold())
    rows = db.execute(
        f"{_FIELDS} WHERE {where} ORDER BY asked DESC, id DESC LIMIT ?", (*values, limit)
    )
    return [Conversation(*row) for row in rows]


def rename(db: sqlite3.Connection, conversation_id: str, title: str) -> None:
    """See `Store.rename`."""
    with transaction(db):
        db.execute("UPDATE conversations SET title = ? WHERE id = ?", (title, conversation_id))


def delete(db: sqlite3.Connection, conversation_id: str) -> None:
    """Forget the conversation; its messages, runs, logs and files go with it."""
    with transaction(db):
        db.execute("DELETE FROM conversations WHERE id = ?", (conversation_id,))


def forget(db: sqlite3.Connection, *, until: float) -> None:
    """Forget some that were last asked something `until` then (epoch seconds), but for those where
    an answer is being written. To be called in a transaction."""
    db.execute(
        "DELETE FROM conversations WHERE id IN ("
        " SELECT id FROM conversations AS old WHERE updated_at <= ? AND NOT EXISTS ("
        "  SELECT 1 FROM runs WHERE conversation_id = old.id AND finished_at IS NULL)"
        " ORDER BY updated_at LIMIT ?)",
        (until, FORGOTTEN_AT_ONCE),
    )


def secret(db: sqlite3.Connection) -> bytes:
    """See `Store.secret`."""
    with transaction(db):
        db.execute(
            "INSERT OR IGNORE INTO secrets (name, value) VALUES ('tokens', ?)",
            (secrets.token_bytes(SECRET_BYTES),),
        )
        (value,) = db.execute("SELECT value FROM secrets WHERE name = 'tokens'").fetchone()
    assert isinstance(value, bytes)
    return value
