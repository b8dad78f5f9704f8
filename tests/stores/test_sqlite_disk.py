"""What `SQLite` does on a full disk."""

import asyncio
import sqlite3
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from opening import opened
from suite import answer_of, ask, ask_and_answer, following, ids, log
from waiting import eventually

from chatwidget.errors import StoreUnavailable
from chatwidget.stores.base import RunRecord
from chatwidget.stores.sqlite import SQLite

pytestmark = pytest.mark.anyio

LARGE = "x" * 50_000
"""No room is left for it on a disk that is full to the last block."""


class Disk(NamedTuple):
    """Where a store may be, and what takes and gives back the room around it."""

    path: Path
    fill: Callable[[SQLite], Awaitable[None]]
    free: Callable[[SQLite], Awaitable[None]]


@contextmanager
def small_disk(folder: Path) -> Iterator[Disk]:
    """A real disk of one megabyte."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "chatwidget", str(folder)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only root may mount a small disk")
    ballast = folder / "ballast"

    async def fill(store: SQLite) -> None:
        with pytest.raises(OSError, match="No space"):
            ballast.write_bytes(bytes(1 << 21))

    async def free(store: SQLite) -> None:
        ballast.unlink()

    try:
        yield Disk(folder / "chat.db", fill, free)
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@contextmanager
def limited_file(folder: Path) -> Iterator[Disk]:
    """A file that may not grow: for SQLite the same (https://www.sqlite.org/limits.html, 9)."""

    async def limit(store: SQLite, pages: str) -> None:
        await store._write.call(lambda db: db.execute(f"PRAGMA max_page_count = {pages}").close())

    yield Disk(
        folder / "chat.db", lambda store: limit(store, "1"), lambda store: limit(store, "1000000")
    )


@pytest.fixture(params=[limited_file, small_disk])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    make: Callable[[Path], AbstractContextManager[Disk]] = request.param
    with make(tmp_path) as disk:
        yield disk


async def test_on_a_full_disk_nothing_begins(disk: Disk) -> None:
    async with opened(disk.path) as store:
        first = await ask_and_answer(store, "q1")
        await disk.fill(store)
        with pytest.raises(StoreUnavailable) as raised:
            await ask(store, "q2", LARGE)
        assert "full" in str(raised.value.hint)
        assert await ids(store) == ["q1", first.message_id]
        assert await store.live("c_1") is None
        assert_intact(disk.path)
        await disk.free(store)
        assert await ask(store, "q2", LARGE) == await store.live("c_1")
    assert_intact(disk.path)


async def test_an_answer_that_a_full_disk_keeps_from_being_stored_is_stored_once_there_is_room(
    disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    # A lease of no time: but for what is still to be stored, any run is an orphan at once.
    async with opened(disk.path, lease=0) as store:
        run = await ask(store, "q1")
        reading = asyncio.create_task(log(store, run))
        await disk.fill(store)
        store.append(run.id, LARGE.encode())
        with pytest.raises(StoreUnavailable):
            await store.finish(run, answer_of(run, LARGE), end=b"end")
        store.close_log(run.id, end=b"failed")
        assert await reading == [LARGE.encode(), b"failed"]
        assert await store.live("c_1") == run
        assert await store.orphans() == []
        await eventually(lambda: says_so(store))
        assert_intact(disk.path)
        await disk.free(store)

        async def is_stored() -> bool:
            return await store.live("c_1") is None

        await eventually(is_stored)
        assert await ids(store) == ["q1", run.message_id]
        await store.orphans()
        assert await log(store, run) == [LARGE.encode(), b"end"]
    assert_intact(disk.path)
    assert "full" in caplog.text


async def test_readers_of_an_answer_that_is_stored_late_end_then(disk: Disk) -> None:
    async with opened(disk.path) as store:
        run = await ask(store, "q1")
        reading = asyncio.create_task(log(store, run))
        store.append(run.id, LARGE.encode())
        await disk.fill(store)
        with pytest.raises(StoreUnavailable):
            await store.finish(run, answer_of(run, LARGE), end=b"end")
        await disk.free(store)

        async def is_stored() -> bool:
            assert await store.orphans() == []
            return await store.live("c_1") is None

        await eventually(is_stored)
        await store.orphans()
        assert await reading == [LARGE.encode()]
        assert await log(store, run) == [LARGE.encode(), b"end"]


async def test_what_was_stored_before_the_disk_was_full_is_there_when_the_process_starts_again(
    disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(disk.path) as store:
        run = await ask(store, "q1")
        store.append(run.id, b"zero")

        async def is_stored() -> bool:
            return bool(await stored_entries(disk.path, run))

        await eventually(is_stored)
        await disk.fill(store)
        store.append(run.id, LARGE.encode())
        with pytest.raises(StoreUnavailable):
            await store.finish(run, answer_of(run, LARGE), end=b"end")
    assert_intact(disk.path)
    async with opened(disk.path) as store:
        assert await store.live("c_1") == run
        assert await ids(store) == ["q1"]
        assert await stored_entries(disk.path, run) == [b"zero"]


async def test_a_full_disk_is_no_place_to_open_a_store(tmp_path: Path) -> None:
    with small_disk(tmp_path) as disk:
        store = SQLite(disk.path)
        await disk.fill(store)
        with pytest.raises(StoreUnavailable):
            await store.open()
        await disk.free(store)
        await store.open()
        await ask_and_answer(store, "q1")
        await store.close()
        assert_intact(disk.path)


async def says_so(store: SQLite) -> bool:
    try:
        await store.ping()
    except StoreUnavailable as error:
        return "full" in str(error.hint)
    return False


async def stored_entries(path: Path, run: RunRecord) -> list[bytes]:
    """Return what another process finds of a live run."""
    async with opened(path) as other:
        await other.run("c_1", run.id)
        return (await anext(following(other, run)))[1]


def assert_intact(path: Path) -> None:
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    db.close()
