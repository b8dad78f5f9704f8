"""The tables of the SQLite store, and how a file comes to have them."""

import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from chatwidget.errors import StoreUnavailable

APPLICATION = 0x63686174
"""Marks a file as ours (https://www.sqlite.org/pragma.html#pragma_application_id): "chat"."""

_OTHERWISE = (
    'Give another path (store=SQLite("…"), or CHATWIDGET_DB in the environment), or keep nothing '
    "(store=Memory())."
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE conversations (
            id TEXT PRIMARY KEY,
            owner TEXT NOT NULL
        ) WITHOUT ROWID
        """,
        # `message` is JSON, the whole of it; `n` is the order.
        """
        CREATE TABLE messages (
            n INTEGER PRIMARY KEY,
            conversation_id TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE,
            id TEXT NOT NULL,
            message TEXT NOT NULL
        )
        """,
        "CREATE UNIQUE INDEX message_by_id ON messages (conversation_id, id)",
        "CREATE INDEX message_by_age ON messages (conversation_id, n)",
        # A run is live while `finished_at` (epoch seconds) is null; then `writer` is the process
        # that holds it, or nobody (''). `beat` and `reads` are counters that only have to move,
        # so that no two processes need to agree on the time. `cut` is how many entries there were
        # when the run was first taken over, `entries` how many there are in the end, `kept`
        # whether its log is still there.
        """
        CREATE TABLE runs (
            n INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            conversation_id TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE,
            message_id TEXT NOT NULL,
            question_id TEXT NOT NULL,
            replaces TEXT,
            writer TEXT NOT NULL,
            beat INTEGER NOT NULL DEFAULT 0,
            reads INTEGER NOT NULL DEFAULT 0,
            stop INTEGER NOT NULL DEFAULT 0,
            cut INTEGER,
            entries INTEGER,
            finished_at REAL,
            kept INTEGER NOT NULL DEFAULT 1
        )
        """,
        "CREATE UNIQUE INDEX live_run ON runs (conversation_id) WHERE finished_at IS NULL",
        "CREATE INDEX run_by_question ON runs (conversation_id, question_id)",
        "CREATE INDEX run_by_replaced ON runs (conversation_id, replaces)",
        "CREATE INDEX run_by_end ON runs (finished_at) WHERE kept = 1",
        # One row holds all entries of one flush, from number `first` on: a MessagePack array.
        """
        CREATE TABLE log (
            n INTEGER PRIMARY KEY,
            run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
            first INTEGER NOT NULL,
            entries BLOB NOT NULL
        )
        """,
        "CREATE UNIQUE INDEX log_by_number ON log (run, first)",
    ),
    (
        # A file may come before its conversation; `message_id` is null until a message uses it.
        # `at` in epoch seconds. The content is the last column: all before it is read without it.
        """
        CREATE TABLE files (
            n INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            conversation_id TEXT NOT NULL,
            owner TEXT NOT NULL,
            name TEXT NOT NULL,
            media_type TEXT NOT NULL,
            size INTEGER NOT NULL,
            message_id TEXT,
            at REAL NOT NULL,
            data BLOB NOT NULL
        )
        """,
        "CREATE INDEX file_by_conversation ON files (conversation_id)",
        "CREATE INDEX file_by_owner ON files (owner)",
        "CREATE INDEX file_unused ON files (at) WHERE message_id IS NULL",
        """
        CREATE TRIGGER files_of_a_conversation AFTER DELETE ON conversations BEGIN
            DELETE FROM files WHERE conversation_id = OLD.id;
        END
        """,
        """
        CREATE TRIGGER files_of_a_message AFTER DELETE ON messages BEGIN
            UPDATE files SET message_id = NULL
            WHERE conversation_id = OLD.conversation_id AND message_id = OLD.id;
        END
        """,
    ),
    (
        # `asked` is the `n` of its last run: what was asked last comes first, whatever the clock
        # says. `updated_at` in epoch seconds.
        "ALTER TABLE conversations ADD COLUMN title TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE conversations ADD COLUMN updated_at REAL NOT NULL DEFAULT 0",
        "ALTER TABLE conversations ADD COLUMN asked INTEGER NOT NULL DEFAULT 0",
        "CREATE INDEX conversation_by_age ON conversations (owner, asked, id)",
        """
        UPDATE conversations SET
            title = coalesce((
                SELECT substr(replace(json_extract(message, '$.parts[0].text'), char(10), ' '),
                              1, 80)
                FROM messages WHERE conversation_id = conversations.id ORDER BY n LIMIT 1
            ), ''),
            updated_at = unixepoch(),
            asked = coalesce((SELECT max(n) FROM runs WHERE conversation_id = conversations.id), 0)
        """,
        "CREATE TABLE secrets (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID",
    ),
    ("ALTER TABLE runs ADD COLUMN continues INTEGER NOT NULL DEFAULT 0",),
    ("CREATE INDEX conversation_by_time ON conversations (updated_at)",),
)
"""Each step brings a file from the schema version that is its index to the next one."""


def connect(path: str, *, patience: float) -> sqlite3.Connection:
    """Open the database, made and brought up to date where needed. In autocommit mode.

    `patience`: seconds to wait while another process holds a lock. Raises sqlite3.Error, OSError,
    and `StoreUnavailable` for a file that isn't ours or is from a newer version.
    """
    _create(path)
    db = sqlite3.connect(path, timeout=patience, isolation_level=None)
    try:
        _version(db, path, len(MIGRATIONS))
        _use_wal(db, patience)
        # A killed process loses nothing that was committed. A power cut may take the newest
        # transactions, never a part of one: https://www.sqlite.org/wal.html
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA foreign_keys = ON")
        migrate(db, path, MIGRATIONS)
    except BaseException:
        db.close()
        raise
    return db


def migrate(db: sqlite3.Connection, path: str, steps: Sequence[Sequence[str]]) -> None:
    """Bring the file to schema version `len(steps)`, each step wholly or not at all."""
    while _version(db, path, len(steps)) < len(steps):
        with transaction(db):
            version = _check(db, path, len(steps))  # another process may have been faster
            for statement in steps[version] if version < len(steps) else ():
                db.execute(statement)
            db.execute(f"PRAGMA application_id = {APPLICATION}")
            db.execute(f"PRAGMA user_version = {min(version + 1, len(steps))}")


@contextmanager
def transaction(db: sqlite3.Connection, kind: str = "IMMEDIATE") -> Iterator[None]:
    """Hold the write lock from the beginning: a transaction that reads first and then writes would
    fail at once, without waiting, if another process wrote in between. `kind` DEFERRED is for
    reading only: all of one moment."""
    db.execute(f"BEGIN {kind}")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _create(path: str) -> None:
    # Chats are nobody else's to read. SQLite gives the files beside it the same permissions.
    # Never open a file that is there: closing it would drop the locks that this process has on it
    # (https://www.sqlite.org/howtocorrupt.html, 2.2).
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        return
    except FileNotFoundError as error:
        folder, name = os.path.split(path)
        raise StoreUnavailable(
            hint=f"there is no folder {folder} to make {name} in. {_OTHERWISE}"
        ) from error
    except OSError as error:
        raise StoreUnavailable(
            hint=f"{path} can't be made: {error.strerror}. {_OTHERWISE}"
        ) from error


def _version(db: sqlite3.Connection, path: str, newest: int) -> int:
    with transaction(db, "DEFERRED"):
        return _check(db, path, newest)


def _check(db: sqlite3.Connection, path: str, newest: int) -> int:
    """Return the file's schema version. To be called in a transaction: another process may just be
    making the tables."""
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    (application,) = db.execute("PRAGMA application_id").fetchone()
    (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if tables and application != APPLICATION:
        raise StoreUnavailable(hint=f"{path} is the database of something else")
    if version > newest:
        raise StoreUnavailable(
            hint=f"{path} was written by a newer version of chatwidget: its schema is {version}, "
            f"this version knows {newest}. Update chatwidget, or give another path."
        )
    return version


def _use_wal(db: sqlite3.Connection, patience: float) -> None:
    # The switch does not wait for locks, and workers that start together are in each other's way.
    deadline = time.monotonic() + patience
    while True:
        try:
            (mode,) = db.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            break
    if mode != "wal":
        raise sqlite3.OperationalError("this file system can't share a database between processes")
