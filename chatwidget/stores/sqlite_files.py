"""Visitors' files in SQLite: plain functions of a connection.

A file is used by the first message that names it. That it is used no more when that message goes,
and gone when its conversation goes, is the schema's doing: see the triggers there.
"""

import sqlite3

from chatwidget.errors import FileGone, NotFound
from chatwidget.files import FileRecord
from chatwidget.messages import Message
from chatwidget.stores.base import UNUSED, RunRecord, no_room
from chatwidget.stores.sqlite_schema import transaction

_DROPPED_AT_ONCE = 100


def put(db: sqlite3.Connection, file: FileRecord, data: bytes, *, room: int, now: float) -> None:
    """See `Store.put_file`. `now` in epoch seconds."""
    with transaction(db):
        owner = db.execute(
            "SELECT owner FROM conversations WHERE id = ?", (file.conversation_id,)
        ).fetchone()
        if owner and owner[0] != file.owner:
            raise NotFound
        db.execute(
            "DELETE FROM files WHERE n IN (SELECT n FROM files"
            " WHERE message_id IS NULL AND at <= ? LIMIT ?)",
            (now - UNUSED, _DROPPED_AT_ONCE),
        )
        known = db.execute("UPDATE files SET at = ? WHERE id = ?", (now, file.id))
        if known.rowcount:
            return
        here, unsent = db.execute(
            "SELECT coalesce(sum(size) FILTER (WHERE conversation_id = ?), 0),"
            " coalesce(sum(size) FILTER (WHERE message_id IS NULL), 0)"
            " FROM files WHERE owner = ?",
            (file.conversation_id, file.owner),
        ).fetchone()
        if max(here, unsent) + file.size > room:
            raise no_room()
        db.execute(
            "INSERT INTO files (id, conversation_id, owner, name, media_type, size, at, data)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                file.id,
                file.conversation_id,
                file.owner,
                file.name,
                file.media_type,
                file.size,
                now,
                data,
            ),
        )


def record(db: sqlite3.Connection, conversation_id: str, file_id: str) -> FileRecord | None:
    """See `Store.file`."""
    found = db.execute(
        "SELECT owner, name, media_type, size FROM files WHERE id = ? AND conversation_id = ?",
        (file_id, conversation_id),
    ).fetchone()
    if found is None:
        return None
    owner, name, media_type, size = found
    return FileRecord(
        id=file_id,
        conversation_id=conversation_id,
        owner=owner,
        name=name,
        media_type=media_type,
        size=size,
    )


def data(db: sqlite3.Connection, conversation_id: str, file_id: str) -> bytes | None:
    """See `Store.file_data`."""
    found = db.execute(
        "SELECT data FROM files WHERE id = ? AND conversation_id = ?", (file_id, conversation_id)
    ).fetchone()
    return found[0] if found else None


def use(db: sqlite3.Connection, run: RunRecord, question: Message) -> None:
    """Use the files of the question, in the transaction that adds it. Raises `FileGone`."""
    for part in question.files:
        used = db.execute(
            "UPDATE files SET message_id = coalesce(message_id, ?)"
            " WHERE id = ? AND conversation_id = ? AND owner = ?",
            (question.id, part.url, run.conversation_id, run.owner),
        )
        if not used.rowcount:
            raise FileGone
