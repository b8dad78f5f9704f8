"""Files of older versions are brought up to date, files of newer ones left alone."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from opening import opened
from suite import answer_of, ask, ids, log

from chatwidget.errors import StoreUnavailable
from chatwidget.stores.base import Orphan
from chatwidget.stores.sqlite import SQLite
from chatwidget.stores.sqlite_schema import MIGRATIONS, connect, migrate

pytestmark = pytest.mark.anyio

NEXT = (
    *MIGRATIONS,
    (
        "ALTER TABLE messages ADD COLUMN words INTEGER NOT NULL DEFAULT 0",
        "UPDATE messages SET words = length(message)",
    ),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chat.db"


@pytest.fixture
def first(path: Path) -> Path:
    """A file of schema version 1."""
    db = sqlite3.connect(path)
    db.executescript(Path(__file__).with_name("schema_1.sql").read_text())
    db.close()
    return path


@pytest.fixture
def db(first: Path) -> Iterator[sqlite3.Connection]:
    db = sqlite3.connect(first, isolation_level=None)
    yield db
    db.close()


def version(db: sqlite3.Connection) -> int:
    number: int = db.execute("PRAGMA user_version").fetchone()[0]
    return number


def tables(db: sqlite3.Connection) -> set[str]:
    rows = db.execute("SELECT sql FROM sqlite_master WHERE sql NOT NULL").fetchall()
    return {" ".join(row[0].split()) for row in rows}


async def test_a_file_of_the_first_version_is_read_and_written_on(first: Path) -> None:
    async with opened(first) as store:
        assert [m.text for m in await store.messages("c_1")] == [
            "How are you?",
            "Fine.",
            "And now?",
        ]
        finished = await store.run("c_1", "run00001")
        assert finished is not None
        assert await log(store, finished) == [b"zero", b"end"]
        live = await store.live("c_1")
        assert live is not None
        assert await store.orphans() == [Orphan(live, [b"zero", b"one"])]
        await store.finish(live, answer_of(live), end=b"end")
        (conversation,) = await store.conversations("v_1")
        assert conversation.title == "How are you?"
        assert len(await store.secret()) == 32
        run = await ask(store, "q_3")
        assert await ids(store) == ["q_1", "m_1", "q_2", "m_2", "q_3"]
        await store.finish(run, answer_of(run))


def test_an_old_file_gets_the_tables_of_a_new_one(first: Path, tmp_path: Path) -> None:
    old = connect(str(first), patience=5)
    new = connect(str(tmp_path / "new.db"), patience=5)
    assert tables(old) == tables(new)
    assert version(old) == version(new) == len(MIGRATIONS)
    old.close()
    new.close()


def test_a_step_keeps_what_is_there(db: sqlite3.Connection) -> None:
    migrate(db, "chat.db", NEXT)
    assert version(db) == len(NEXT)
    assert db.execute("SELECT count(*) FROM messages WHERE words > 0").fetchone() == (3,)


def test_a_step_that_fails_changes_nothing(db: sqlite3.Connection) -> None:
    migrate(db, "chat.db", MIGRATIONS)
    before = tables(db)
    failing = (*MIGRATIONS, (*NEXT[-1], "DROP TABLE runs", "UPDATE nonsense SET a = 1"))
    with pytest.raises(sqlite3.OperationalError, match="nonsense"):
        migrate(db, "chat.db", failing)
    assert version(db) == len(MIGRATIONS)
    assert tables(db) == before
    assert not db.in_transaction
    migrate(db, "chat.db", NEXT)
    assert version(db) == len(NEXT)


def test_workers_that_start_together_migrate_once(first: Path) -> None:
    def start(_: int) -> int:
        db = sqlite3.connect(first, isolation_level=None, timeout=10)
        migrate(db, str(first), NEXT)
        reached = version(db)
        db.close()
        return reached

    with ThreadPoolExecutor(8) as workers:
        assert {*workers.map(start, range(8))} == {len(NEXT)}


def test_processes_that_start_together_make_the_file_together(tmp_path: Path) -> None:
    context = get_context("spawn")
    together, failed = context.Barrier(4), context.SimpleQueue()
    arguments = ([str(tmp_path / f"{number}.db") for number in range(100)], together, failed)
    workers = [context.Process(target=make_files, args=arguments) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * 4
    assert failed.empty(), failed.get()


def make_files(paths: list[str], together: Barrier, failed: "SimpleQueue[str]") -> None:
    for path in paths:
        together.wait(30)
        try:
            connect(path, patience=10).close()
        except Exception as error:
            failed.put(repr(getattr(error, "hint", error)))


async def test_a_file_of_a_newer_version_is_refused_and_left_as_it_is(
    first: Path, db: sqlite3.Connection
) -> None:
    migrate(db, str(first), NEXT)
    db.close()
    before = content(first)
    store = SQLite(first)
    with pytest.raises(StoreUnavailable) as raised:
        await store.open()
    await store.close()
    hint = str(raised.value.hint)
    assert str(first) in hint
    assert f"schema is {len(NEXT)}, this version knows {len(MIGRATIONS)}" in hint
    assert "Update chatwidget" in hint
    assert content(first) == before


def content(path: Path) -> bytes:
    return path.read_bytes()
