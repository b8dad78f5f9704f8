"""Several worker processes on one file: real ones, that are really killed and really stopped."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing
from pathlib import Path

import pytest
from other_process import OtherProcess, another_process
from suite import a_run, answer_of, ask, following, log
from waiting import eventually

from chatwidget.errors import ConversationBusy
from chatwidget.messages import user_message
from chatwidget.stores.base import Orphan, RunRecord
from chatwidget.stores.sqlite import SQLite

pytestmark = pytest.mark.anyio

LEASE = 1.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chat.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SQLite]:
    store = SQLite(path, lease=LEASE)
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def other(path: Path, store: SQLite) -> AsyncIterator[OtherProcess]:
    async with another_process(path, lease=LEASE) as other:
        assert await other.call("open")
        yield other


async def its_run(store: SQLite, other: OtherProcess) -> RunRecord:
    """Let the other process begin a run."""
    await other.call("ask", "c_1", "q1")
    run = await store.live("c_1")
    assert run is not None
    return run


async def durable(store: SQLite, run: RunRecord) -> list[bytes]:
    """Return what of a run of another process is stored right now."""
    assert await store.run("c_1", run.id) == run
    batches = following(store, run)
    async with aclosing(batches) as entries:  # type: ignore[type-var]
        async with asyncio.timeout(5):
            return (await anext(entries))[1]


# Reading and stopping from elsewhere


async def test_a_run_is_followed_from_another_process_while_it_is_written(
    store: SQLite, other: OtherProcess
) -> None:
    run = await its_run(store, other)
    assert run.conversation_id == "c_1"
    batches = following(store, run)
    await other.call("say", run.id, "zero", "one")
    assert await anext(batches) == (0, [b"zero", b"one"])
    await other.call("say", run.id, "two")
    assert await anext(batches) == (2, [b"two"])
    await other.call("finish", run.id, "Three.")
    assert await anext(batches) == (3, [b"end"])
    with pytest.raises(StopAsyncIteration):
        await anext(batches)
    assert [message.text for message in await store.messages("c_1")] == ["Well?", "Three."]
    assert await store.live("c_1") is None


async def test_what_is_said_is_seen_elsewhere_within_half_a_second(
    store: SQLite, other: OtherProcess
) -> None:
    run = await its_run(store, other)
    await other.call("talk", run.id, 0.01)
    lateness: list[float] = []
    async for _, batch in following(store, run):
        lateness.append(time.monotonic() - float(batch[0]))
        if len(lateness) == 10:
            break
    assert sorted(lateness)[5] < 0.5


async def test_a_reader_who_comes_from_the_writers_process_may_be_ahead(
    store: SQLite, other: OtherProcess
) -> None:
    run = await its_run(store, other)
    await other.call("say", run.id, *"0123456789")
    # They are not stored yet; who read them there goes on here behind the last of them.
    reading = asyncio.create_task(log(store, run, after=9))
    await other.call("finish", run.id, "Well.")
    assert await reading == [b"end"]


async def test_many_readers_of_many_runs_elsewhere(store: SQLite, other: OtherProcess) -> None:
    runs = [(await other.call("ask", f"c_{n}", "q1"))[0] for n in range(20)]
    records = [await store.live(f"c_{n}") for n in range(20)]
    reading = [
        asyncio.create_task(log(store, record)) for record in records if record for _ in range(5)
    ]
    for n, run_id in enumerate(runs):
        await other.call("say", run_id, f"run {n}")
        await other.call("finish", run_id, "Well.")
    read = await asyncio.gather(*reading)
    assert read == [[b"run %d" % n, b"end"] for n in range(20) for _ in range(5)]


async def test_a_finished_run_is_read_from_another_process(
    store: SQLite, other: OtherProcess
) -> None:
    run = await its_run(store, other)
    await other.call("say", run.id, "zero", "one")
    await other.call("finish", run.id, "Well.")
    assert await store.run("c_1", run.id) == run
    assert await log(store, run) == [b"zero", b"one", b"end"]
    assert await log(store, run, after=1) == [b"end"]
    assert await log(store, run, after=2) == []
    assert store.follow(run.id, 3) is None


async def test_readers_elsewhere_end_when_the_conversation_is_deleted(
    store: SQLite, other: OtherProcess
) -> None:
    run = await ask(store, "q1")
    reading = asyncio.create_task(other.call("read", "c_1", run.id, -1))
    await store.renew([run.id])
    store.append(run.id, b"zero")
    await eventually(lambda: is_read(store, run))
    await store.delete("c_1")
    assert await reading in ([], ["zero"])
    assert await store.renew([run.id]) == {}


async def is_read(store: SQLite, run: RunRecord) -> bool:
    return (await store.renew([run.id]))[run.id].read


async def test_a_stop_reaches_the_writer_within_a_second(
    store: SQLite, other: OtherProcess
) -> None:
    run = await its_run(store, other)
    assert await other.call("renew", run.id) == {run.id: [False, False]}
    asked_at = time.monotonic()
    await store.request_stop(run)
    assert (await other.call("renew", run.id))[run.id] == [True, False]
    assert time.monotonic() - asked_at < 1


async def test_the_writer_hears_of_readers_elsewhere_and_that_they_are_gone(
    path: Path, store: SQLite
) -> None:
    run = await ask(store, "q1")
    assert not await is_read(store, run)
    async with another_process(path, lease=LEASE) as reader:
        reading = asyncio.create_task(reader.call("read", "c_1", run.id, -1))
        await eventually(lambda: is_read(store, run))
        await reader.kill()
        with pytest.raises(AssertionError, match="has ended"):
            await reading

    async def is_unread() -> bool:
        return not await is_read(store, run)

    await eventually(is_unread)


# Beginning at once


async def test_a_conversation_is_busy_for_all_processes(store: SQLite, other: OtherProcess) -> None:
    run = await its_run(store, other)
    with pytest.raises(ConversationBusy):
        await ask(store, "q2")
    assert await store.begin(a_run(question="q1"), user_message("q1", "Well?")) == run
    await other.call("finish", run.id, "Well.")
    assert await ask(store, "q2") == await store.live("c_1")
    assert await other.call("ask", "c_1", "q3") == "conversation_busy"


async def test_of_many_processes_that_open_a_new_file_and_ask_the_same_one_begins(
    path: Path,
) -> None:
    async with AsyncExitStack() as stack:
        others = [await stack.enter_async_context(another_process(path)) for _ in range(5)]
        asked = [other.call("ask", "c_1", "q1", 2) for other in others]
        begun = [run_id for ids in await asyncio.gather(*asked) for run_id in ids]
    assert len(begun) == 10
    assert len({*begun}) == 1
    store = SQLite(path)
    assert [message.id for message in await store.messages("c_1")] == ["q1"]
    await store.close()


async def test_of_many_processes_that_ask_differently_one_begins(path: Path) -> None:
    async with AsyncExitStack() as stack:
        others = [await stack.enter_async_context(another_process(path)) for _ in range(4)]
        asked = [other.call("ask", "c_1", f"q{n}") for n, other in enumerate(others)]
        begun = await asyncio.gather(*asked)
    assert begun.count("conversation_busy") == 3


# Processes that are gone


@pytest.mark.parametrize("_", range(3))
async def test_a_killed_process_loses_less_than_a_second(
    store: SQLite, other: OtherProcess, _: int
) -> None:
    run = await its_run(store, other)
    await other.call("talk", run.id, 0.005)
    await has_said(store, run, 100)
    await other.kill()
    killed_at = time.monotonic()
    times = [float(entry) for entry in await durable(store, run)]
    assert times == sorted(times)
    assert killed_at - times[-1] < 1


async def test_the_run_of_a_killed_process_is_taken_over_by_one_and_read_to_its_end(
    path: Path, store: SQLite, other: OtherProcess
) -> None:
    async with (
        another_process(path, lease=LEASE) as rival,
        another_process(path, lease=LEASE) as reader,
    ):
        run = await its_run(store, other)
        reading = asyncio.create_task(reader.call("read", "c_1", run.id, -1))
        await other.call("talk", run.id, 0.01)
        await has_said(store, run, 50)
        await other.kill()
        said = await durable(store, run)
        theirs, ours = await asyncio.gather(
            rival.call("orphans", 3 * LEASE), take_orphans(store, 3 * LEASE)
        )
        if ours:
            assert (theirs, ours) == ([], [run])
            await store.finish(run, answer_of(run, "Interrupted."), end=b"end")
        else:
            assert theirs == [run.id]
            await rival.call("finish", run.id, "Interrupted.")
        assert await reading == [entry.decode() for entry in said] + ["end"]
    assert [message.text for message in await store.messages("c_1")] == ["Well?", "Interrupted."]
    assert await store.live("c_1") is None


async def test_a_taken_run_is_read_and_written_on_where_it_was_left(
    store: SQLite, other: OtherProcess
) -> None:
    run = await its_run(store, other)
    await other.call("say", run.id, "zero", "one")
    await has_said(store, run, 2)
    await other.kill()

    assert await eventually(store.orphans) == [Orphan(run, [b"zero", b"one"])]
    reading = asyncio.create_task(log(store, run))
    store.append(run.id, b"two")
    await store.finish(run, answer_of(run), end=b"end")
    assert await reading == await log(store, run) == [b"zero", b"one", b"two", b"end"]


async def test_who_may_have_read_what_was_lost_reads_all_of_a_taken_run_again(
    path: Path, store: SQLite, other: OtherProcess
) -> None:
    run = await its_run(store, other)
    await other.call("say", run.id, "zero", "one")
    await has_said(store, run, 2)
    async with another_process(path, lease=LEASE) as rival:
        await other.kill()
        waiting = asyncio.create_task(read_numbered(store, run, after=7))
        assert await rival.call("orphans", 2 * LEASE) == [run.id]
        await rival.call("say", run.id, "two")
        await rival.call("finish", run.id, "Interrupted.")
        whole = {0: b"zero", 1: b"one", 2: b"two", 3: b"end"}
        assert await waiting == whole
        # Another "two" was perhaps said and read before.
        assert await store.run("c_1", run.id) == run
        assert store.follow(run.id, 2) is None
        assert await read_numbered(store, run, after=1) == {2: b"two", 3: b"end"}
        assert await read_numbered(store, run, after=-1) == whole


async def test_a_process_that_was_stopped_for_long_writes_nothing_into_a_run_it_lost(
    store: SQLite, other: OtherProcess
) -> None:
    run = await its_run(store, other)
    await other.call("say", run.id, "zero")
    await has_said(store, run, 1)
    other.pause()
    await eventually(store.orphans)
    other.go_on()
    await other.call("say", run.id, "late")
    await other.call("close")  # not without having stored all it can
    await store.finish(run, answer_of(run, "Interrupted."), end=b"interrupted")
    assert await log(store, run) == [b"zero", b"interrupted"]


async def test_a_process_that_was_stopped_for_long_ends_nothing_that_it_lost(
    store: SQLite, other: OtherProcess
) -> None:
    run = await its_run(store, other)
    await other.call("say", run.id, "zero")
    await has_said(store, run, 1)
    other.pause()
    await eventually(store.orphans)
    other.go_on()
    await other.call("finish", run.id, "Late.")
    assert await store.live("c_1") == run
    await store.finish(run, answer_of(run, "Interrupted."), end=b"interrupted")
    assert await other.call("renew", run.id) == {}
    assert [message.text for message in await store.messages("c_1")] == ["Well?", "Interrupted."]
    assert await other.call("read", "c_1", run.id, -1) == ["zero", "interrupted"]


async def test_a_run_that_is_renewed_is_not_taken(store: SQLite, other: OtherProcess) -> None:
    run = await its_run(store, other)
    await other.call("talk", run.id, 0.01)
    assert await take_orphans(store, 3 * LEASE) == []


async def test_a_store_that_is_closed_leaves_its_runs_to_others_at_once(
    path: Path, other: OtherProcess
) -> None:
    patient = SQLite(path, lease=1000)
    run = await its_run(patient, other)
    await other.call("say", run.id, "zero")
    await other.call("close")
    assert await patient.orphans() == [Orphan(run, [b"zero"])]
    await patient.close()


async def test_readers_end_when_the_writer_is_gone_and_nobody_closes_its_run(
    store: SQLite, other: OtherProcess
) -> None:
    run = await its_run(store, other)
    await other.call("say", run.id, "zero")
    await has_said(store, run, 1)
    reading = [read_numbered(store, run, after=after) for after in (-1, 0, 7)]
    await other.kill()
    async with asyncio.timeout(10 * LEASE):
        assert await asyncio.gather(*reading) == [{0: b"zero"}, {}, {0: b"zero"}]


async def has_said(store: SQLite, run: RunRecord, count: int) -> None:
    """Wait until so many entries are stored."""
    await store.run("c_1", run.id)
    async for first, batch in following(store, run):
        if first + len(batch) >= count:
            return


async def take_orphans(store: SQLite, seconds: float) -> list[RunRecord]:
    """Look for orphans for so long, as an engine does."""
    deadline = time.monotonic() + seconds
    taken: list[RunRecord] = []
    while time.monotonic() < deadline:
        taken += [orphan.run for orphan in await store.orphans()]
        await store.renew([run.id for run in taken])
        await asyncio.sleep(0.02)
    return taken


async def read_numbered(store: SQLite, run: RunRecord, *, after: int) -> dict[int, bytes]:
    entries: dict[int, bytes] = {}
    async for first, batch in following(store, run, after):
        entries |= dict(enumerate(batch, first))
    return entries
