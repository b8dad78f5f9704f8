"""What `SQLite` does with files that are not there, not ours or not to be written."""

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from opening import opened
from suite import ask, ask_and_answer

from chatwidget.errors import StoreUnavailable
from chatwidget.stores.sqlite import SQLite
from chatwidget.stores.sqlite_schema import connect

pytestmark = pytest.mark.anyio


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chat.db"


async def refusal(path: Path) -> str:
    """Return the hint with which a store there can't be opened; it is the same each time."""
    store = SQLite(path)
    with pytest.raises(StoreUnavailable) as first:
        await store.open()
    with pytest.raises(StoreUnavailable) as second:
        await ask(store, "q1")
    await store.close()
    assert first.value.hint == second.value.hint
    return str(first.value.hint)


async def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "chat.db"
    assert f"no folder {path.parent}" in await refusal(path)
    assert not path.parent.exists()


async def test_a_store_opens_once_its_folder_is_there(tmp_path: Path) -> None:
    store = SQLite(tmp_path / "later" / "chat.db")
    with pytest.raises(StoreUnavailable):
        await store.open()
    (tmp_path / "later").mkdir()
    await ask_and_answer(store, "q1")
    await store.close()


async def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert str(tmp_path) in await refusal(tmp_path)


async def test_what_is_no_database_is_left_alone(path: Path) -> None:
    diary = b"Dear diary, " * 1000
    write(path, diary)
    assert "not a database" in await refusal(path)
    assert read(path) == diary


async def test_the_database_of_something_else_is_left_alone(path: Path) -> None:
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE orders (id)")
    db.close()
    before = read(path)
    assert "something else" in await refusal(path)
    assert read(path) == before


async def test_a_file_that_can_not_be_written_is_told_of_before_anything_is_answered() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "chat.db")
        async with opened(path) as store:
            await ask_and_answer(store, "q1")
        os.chmod(path, 0o444)
        os.chmod(folder, 0o555)
        with as_nobody():
            assert str(path) in await refusal(path)
        os.chmod(folder, 0o755)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Be somebody for whom permissions count."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_connection_more_in_this_process_takes_no_lock_from_the_others(path: Path) -> None:
    # Closing any handle of a file drops all locks that the process has on it. Whoever comes next
    # would think that nobody uses the file, and clear away what others have not finished writing.
    first = connect(str(path), patience=5)
    connect(str(path), patience=5).close()
    elsewhere = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('SELECT * FROM runs')"
    subprocess.run([sys.executable, "-c", elsewhere, str(path)], check=True)
    assert path.with_name("chat.db-wal").exists()
    first.close()
    assert not path.with_name("chat.db-wal").exists()


@pytest.mark.parametrize("path", ["", ":memory:"])
def test_without_a_file_it_is_not_this_store(path: str) -> None:
    with pytest.raises(ValueError, match="Memory"):
        SQLite(path)


@pytest.mark.parametrize("name", ["retention", "lease", "timeout"])
@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf")])
def test_times_that_make_no_sense_are_refused(name: str, seconds: float) -> None:
    with pytest.raises(ValueError, match=name):
        SQLite("chat.db", **{name: seconds})  # type: ignore[arg-type]


async def test_a_closed_store_says_so(path: Path) -> None:
    async with opened(path) as store:
        run = await ask(store, "q1")
    with pytest.raises(StoreUnavailable) as raised:
        await store.live("c_1")
    assert "closed" in str(raised.value.hint)
    store.append(run.id, b"late")
    await store.open()
    assert await store.live("c_1") == run
    await store.close()


def read(path: Path) -> bytes:
    return path.read_bytes()


def write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
