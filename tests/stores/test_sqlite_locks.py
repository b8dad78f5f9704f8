"""What `SQLite` does while another process holds the write lock."""

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from opening import opened
from suite import ask, ask_and_answer, following, ids, log
from waiting import eventually

from chatwidget.errors import StoreUnavailable

pytestmark = pytest.mark.anyio


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chat.db"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock, as a process does that is in the middle of a long transaction."""
    stranger = sqlite3.connect(path, isolation_level=None)
    stranger.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        stranger.execute("ROLLBACK")
        stranger.close()


async def test_a_lock_is_waited_for(path: Path) -> None:
    async with opened(path) as store:
        with locked(path):
            asking = asyncio.create_task(ask(store, "q1"))
            done, _ = await asyncio.wait([asking], timeout=0.5)
            assert not done
        assert await asking == await store.live("c_1")


async def test_what_was_asked_for_is_done_although_nobody_waits_for_it(path: Path) -> None:
    async with opened(path) as store:
        with locked(path):
            asking = [
                asyncio.create_task(ask(store, "q1", conversation=f"c_{number}"))
                for number in range(3)
            ]
            await asyncio.wait(asking, timeout=0.1)
            for task in asking:
                task.cancel()
            await asyncio.wait(asking)
        await eventually(lambda: store.conversation("c_2"))


async def test_a_lock_that_lasts_too_long_is_told_to_all_who_wait_at_the_same_time(
    path: Path,
) -> None:
    async with opened(path, timeout=0.5) as store:
        with locked(path):
            began = time.monotonic()
            asking = [ask(store, "q1", conversation=f"c_{number}") for number in range(20)]
            outcomes = await asyncio.gather(*asking, return_exceptions=True)
            assert time.monotonic() - began < 5
        hints = [str(o.hint) for o in outcomes if isinstance(o, StoreUnavailable)]
        assert len(hints) == 20
        assert "database is locked" in hints[0]
        assert await store.conversation("c_0") is None
        await ask(store, "q1", conversation="c_0")


async def test_reading_waits_for_no_lock(path: Path) -> None:
    async with opened(path) as store:
        run = await ask_and_answer(store, "q1")
        with locked(path):
            waiting = asyncio.create_task(ask(store, "q2"))
            await asyncio.wait([waiting], timeout=0.1)
            async with asyncio.timeout(1):
                assert await ids(store) == ["q1", run.message_id]
                assert await store.live("c_1") is None
                assert await log(store, run) == [b"end"]
            assert not waiting.done()
        await waiting


async def test_a_lock_holds_up_neither_the_event_loop_nor_who_reads_here(path: Path) -> None:
    async with opened(path) as store:
        run = await ask(store, "q1")
        batches = following(store, run)
        slowest = 0.0
        with locked(path):
            waiting = asyncio.create_task(ask(store, "q1", conversation="c_2"))
            until = time.monotonic() + 1.5
            while (now := time.monotonic()) < until:
                store.append(run.id, b"entry")
                await anext(batches)
                await asyncio.sleep(0.005)
                slowest = max(slowest, time.monotonic() - now)
            assert not waiting.done()
        await waiting
        assert slowest < 0.5


async def test_what_is_said_while_it_is_locked_is_stored_later(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def levels(*names: str) -> bool:
        return [record.levelname for record in caplog.records] == [*names]

    async with opened(path) as store:
        run = await ask(store, "q1")
        with locked(path):
            store.append(run.id, b"zero")
            await eventually(lambda: levels("ERROR"))
            store.append(run.id, b"one")
            with pytest.raises(StoreUnavailable):
                await store.ping()
        await eventually(lambda: levels("ERROR", "WARNING"))
        await store.ping()
        async with opened(path) as other:
            await other.run("c_1", run.id)
            assert await anext(following(other, run)) == (0, [b"zero", b"one"])
    assert await levels("ERROR", "WARNING")
