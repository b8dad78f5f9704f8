"""`Redis` is a store; and loses, mixes up and forgets nothing, whatever befalls it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from itertools import count
from pathlib import Path
from uuid import uuid4

import pytest
from msgspec.json import encode
from redis.asyncio import Redis as Client
from redis_server import RedisServer
from suite import (
    FORGET_AFTER,
    ForgettingSuite,
    StoreSuite,
    UnusedFilesSuite,
    a_continuation,
    a_run,
    answer_of,
    ask,
    ask_and_answer,
    following,
    ids,
    log,
)
from waiting import eventually

from chatwidget.errors import StoreUnavailable
from chatwidget.stores import redis_scripts as scripts
from chatwidget.stores.base import Orphan
from chatwidget.stores.redis import Redis
from chatwidget.stores.redis_writer import Answer, Piece

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"), durable=False)
    yield server
    server.stop()


@pytest.fixture
def prefix() -> str:
    """Of this test's keys."""
    return f"{uuid4().hex}:"


@pytest.fixture
async def store(redis_server: RedisServer, prefix: str) -> AsyncIterator[Redis]:
    store = Redis(redis_server.url, prefix=prefix)
    yield store
    await store.close()


@pytest.fixture
async def other(redis_server: RedisServer, prefix: str) -> AsyncIterator[Redis]:
    """The store of another process."""
    other = Redis(redis_server.url, prefix=prefix)
    yield other
    await other.close()


class TestRedis(StoreSuite):
    @pytest.fixture
    async def forgetful(self, redis_server: RedisServer, prefix: str) -> AsyncIterator[Redis]:
        store = Redis(redis_server.url, prefix=prefix, retention=0)
        yield store
        await store.close()


class TestUnusedFiles(UnusedFilesSuite):
    @pytest.fixture
    async def timed(
        self, redis_server: RedisServer, prefix: str
    ) -> AsyncIterator[tuple[Redis, list[float]]]:
        now = [1000.0]
        store = Redis(redis_server.url, prefix=prefix, clock=lambda: now[0])
        yield store, now
        await store.close()


class TestForgetting(ForgettingSuite):
    @pytest.fixture
    async def mortal(
        self, redis_server: RedisServer, prefix: str
    ) -> AsyncIterator[tuple[Redis, list[float]]]:
        now = [1000.0]
        store = Redis(
            redis_server.url, prefix=prefix, forget_after=FORGET_AFTER, clock=lambda: now[0]
        )
        yield store, now
        await store.close()


async def is_stored(server: RedisServer, key: str) -> None:
    """Wait until a key is there."""
    async with Client.from_url(server.url) as redis:
        await eventually(lambda: redis.exists(key))


async def waits_at(redis: Client) -> bool:
    """Whether the one reader of some process waits there for something to come."""
    return bool((await redis.info("clients"))["blocked_clients"])


async def test_another_process_follows_what_this_one_writes(store: Redis, other: Redis) -> None:
    run = await ask(store, "q1")
    assert await other.live("c_1") == run
    batches = other.follow(run.id)
    assert batches is not None
    store.append(run.id, b"zero")
    assert await anext(batches) == (0, [b"zero"])
    store.append(run.id, b"one")
    store.append(run.id, b"two")
    assert await anext(batches) == (1, [b"one", b"two"])
    await store.finish(run, answer_of(run), end=b"end")
    assert await anext(batches) == (3, [b"end"])
    with pytest.raises(StopAsyncIteration):
        await anext(batches)
    assert await ids(other) == ["q1", run.message_id]


async def test_a_reader_that_joins_does_not_wait_for_the_others(
    store: Redis, other: Redis, redis_server: RedisServer
) -> None:
    quiet, busy = await ask(store, "q1"), await ask(store, "q2", conversation="c_2")
    store.append(busy.id, b"zero")
    await other.live("c_1")
    await other.live("c_2")
    silent = other.follow(quiet.id)
    assert silent is not None
    waiting = asyncio.ensure_future(anext(silent))
    async with Client.from_url(redis_server.url) as redis:
        for _ in range(10):
            await eventually(lambda: waits_at(redis))
            joined = other.follow(busy.id)
            assert joined is not None
            async with asyncio.timeout(0.5):  # less than the one reader waits for something to come
                assert await anext(joined) == (0, [b"zero"])
            await joined.aclose()  # type: ignore[attr-defined]
    waiting.cancel()


async def test_one_reader_for_all_that_are_followed(
    store: Redis, other: Redis, redis_server: RedisServer
) -> None:
    runs = [await ask(store, "q", conversation=f"c_{number}") for number in range(50)]
    for run in runs:
        await other.live(run.conversation_id)
    reading = [asyncio.create_task(log(other, run)) for run in runs for _ in range(4)]
    for run in runs:
        store.append(run.id, b"zero")
    async with Client.from_url(redis_server.url) as redis:

        async def blocked() -> int:
            clients = await redis.info("clients")
            return int(clients["blocked_clients"])

        assert await eventually(blocked) == 1
    for run in runs:
        await store.finish(run, answer_of(run), end=b"end")
    assert await asyncio.gather(*reading) == [[b"zero", b"end"]] * 200


async def test_who_reads_elsewhere_is_let_go_when_the_conversation_is_deleted(
    store: Redis, other: Redis
) -> None:
    run = await ask(store, "q1")
    await other.live("c_1")
    reading = asyncio.create_task(log(other, run))
    store.append(run.id, b"zero")
    await other.delete("c_1")
    assert await store.renew([run.id]) == {}
    async with asyncio.timeout(5):
        assert await reading in ([], [b"zero"])
    assert await store.conversation("c_1") is None


async def test_a_stop_reaches_who_writes_and_a_reader_is_heard_of(
    store: Redis, other: Redis
) -> None:
    run = await ask(store, "q1")
    assert not (await store.renew([run.id]))[run.id].read
    found = await other.live("c_1")
    assert found is not None
    reading = asyncio.create_task(log(other, found))

    async def is_read() -> bool:
        return (await store.renew([run.id]))[run.id].read

    await eventually(is_read)
    await other.request_stop(found)
    assert (await store.renew([run.id]))[run.id].stop
    await store.finish(run, answer_of(run), end=b"end")
    assert await reading == [b"end"]


@pytest.fixture
async def short(redis_server: RedisServer, prefix: str) -> AsyncIterator[Redis]:
    """Holds its runs for a moment only."""
    short = Redis(redis_server.url, prefix=prefix, lease=0.2)
    yield short
    await short.close()


@pytest.fixture
async def heir(redis_server: RedisServer, prefix: str) -> AsyncIterator[Redis]:
    """Another such one."""
    heir = Redis(redis_server.url, prefix=prefix, lease=0.2)
    yield heir
    await heir.close()


async def orphans_of(store: Redis) -> list[Orphan]:
    return await eventually(store.orphans)


async def test_what_a_process_left_is_taken_over_by_one_other(
    short: Redis, heir: Redis, redis_server: RedisServer, prefix: str
) -> None:
    run = await ask(short, "q1")
    short.append(run.id, b"zero")
    await is_stored(redis_server, f"{prefix}l:{run.id}")
    (orphan,) = await orphans_of(heir)
    assert orphan == Orphan(run, [b"zero"])
    assert await heir.orphans() == []
    heir.append(run.id, b"one")
    await heir.finish(run, answer_of(run), end=b"end")
    assert await log(heir, run) == [b"zero", b"one", b"end"]


async def test_who_was_taken_for_dead_writes_nothing_more(short: Redis, heir: Redis) -> None:
    run = await ask(short, "q1")
    await orphans_of(heir)
    short.append(run.id, b"too late")
    await short.finish(run, answer_of(run, "Too late."), end=b"end")
    assert await short.renew([run.id]) == {}
    await heir.finish(run, answer_of(run, "Interrupted."), end=b"interrupted")
    assert (await heir.messages("c_1"))[-1].text == "Interrupted."
    assert await log(heir, run) == [b"interrupted"]


async def test_not_a_word_of_who_was_taken_for_dead_gets_into_the_log(
    short: Redis, heir: Redis
) -> None:
    run = await ask(short, "q1")
    await orphans_of(heir)
    short.append(run.id, b"too late")

    async def has_let_go() -> bool:
        return run.id not in short._behind.runs

    await eventually(has_let_go)
    heir.append(run.id, b"zero")
    await heir.finish(run, answer_of(run), end=b"end")
    reader = Redis(short._url, prefix=short._prefix)
    assert await reader.run("c_1", run.id) == run
    assert await log(reader, run) == [b"zero", b"end"]
    await reader.close()


async def test_who_reads_here_what_is_anothers_by_now_is_let_go_and_reads_on_there(
    short: Redis, heir: Redis
) -> None:
    run = await ask(short, "q1")
    batches = following(short, run)
    short.append(run.id, b"zero")
    assert await anext(batches) == (0, [b"zero"])
    rest = asyncio.ensure_future(anext(batches, None))
    await orphans_of(heir)
    assert await short.renew([run.id]) == {}
    async with asyncio.timeout(5):
        assert await rest is None
    reading = asyncio.create_task(log(short, run))
    await heir.finish(run, answer_of(run), end=b"end")
    assert (await reading)[-1] == b"end"


async def test_who_read_what_the_dead_one_said_reads_the_whole_answer_anew(
    short: Redis, heir: Redis, store: Redis
) -> None:
    run = await ask(short, "q1")
    short.append(run.id, b"said to a reader, and never stored")
    short.append(run.id, b"neither")
    short._behind.let_go(run.id)
    await orphans_of(heir)
    heir.append(run.id, b"zero")
    heir.append(run.id, b"one")
    await heir.finish(run, answer_of(run), end=b"end")
    # Number 0 was another text here.
    for reader in (heir, store):
        assert await reader.run("c_1", run.id) == run
        assert reader.follow(run.id, 0) is None
        assert await log(reader, run) == [b"zero", b"one", b"end"]


async def set_clock(server: RedisServer, prefix: str, *, ahead: float) -> None:
    """Make of every time that Redis has for the runs that are live what setting its clock would."""
    async with Client.from_url(server.url) as redis:
        for run_id, _ in await redis.zrange(f"{prefix}live", 0, -1, withscores=True):
            await redis.zincrby(f"{prefix}live", -1000 * ahead, run_id)


async def test_a_clock_that_is_set_ahead_makes_nobody_dead(
    store: Redis, heir: Redis, redis_server: RedisServer, prefix: str
) -> None:
    run = await ask(store, "q1")
    assert await heir.orphans() == []
    for _ in range(20):
        await set_clock(redis_server, prefix, ahead=3600)
        assert await heir.orphans() == []
        assert run.id in await store.renew([run.id])


async def test_who_gives_a_sign_at_the_last_moment_keeps_its_run(short: Redis, heir: Redis) -> None:
    run = await ask(short, "q1")
    lapsed = await eventually(lambda: heir._script(scripts.LAPSED, 100))
    assert [(run_id.decode(), is_left) for run_id, _, is_left in lapsed] == [(run.id, 0)]
    assert run.id in await short.renew([run.id])
    assert await heir._script(scripts.TAKE, "heir", 100, run.id, lapsed[0][1]) == []
    assert run.id in await short.renew([run.id])


async def test_a_clock_that_is_set_back_keeps_nobody_alive(
    short: Redis, heir: Redis, redis_server: RedisServer, prefix: str
) -> None:
    run = await ask(short, "q1")
    await set_clock(redis_server, prefix, ahead=-3600)
    assert await orphans_of(heir) == [Orphan(run, [])]


async def test_who_was_held_up_looks_again_before_it_takes_anything(
    short: Redis, heir: Redis
) -> None:
    await ask(short, "q1")
    assert await heir.orphans() == []

    async def could_be_taken() -> bool:
        lapsed = await heir._script(scripts.LAPSED, heir._hold)
        still = heir._beats.still({run_id: int(beat) for run_id, beat, _ in lapsed})
        return any(seconds > 0.2 for seconds in still.values())

    await eventually(could_be_taken)
    assert await heir.orphans() == []
    await orphans_of(heir)


async def test_who_closes_leaves_its_runs_at_once(store: Redis, other: Redis) -> None:
    run = await ask(store, "q1")
    store.append(run.id, b"zero")
    await store.close()
    assert await other.orphans() == [Orphan(run, [b"zero"])]


async def test_a_log_is_forgotten_by_redis_itself(redis_server: RedisServer, prefix: str) -> None:
    store = Redis(redis_server.url, prefix=prefix, retention=0.05)
    run = await ask_and_answer(store, "q1")
    async with Client.from_url(redis_server.url) as redis:

        async def is_gone() -> bool:
            return not await redis.exists(f"{prefix}l:{run.id}")

        await eventually(is_gone)
    assert await store.run("c_1", run.id) is None
    assert await ask(store, "q1") == run
    assert await ids(store) == ["q1", run.message_id]
    await store.close()


async def test_a_deleted_conversation_leaves_no_key(
    store: Redis, redis_server: RedisServer, prefix: str
) -> None:
    async with Client.from_url(redis_server.url) as redis:
        await store.secret()
        await ask_and_answer(store, "q1", conversation="c_2")
        before = set(await redis.keys(f"{prefix}*"))
        await ask_and_answer(store, "q1")
        await ask(store, "q2")
        await store.delete("c_1")
        left = set(await redis.keys(f"{prefix}*")) - before - {f"{prefix}count".encode()}
        # But for a moment: its writer has to hear of it.
        assert all([await redis.ttl(key) > 0 for key in left])


async def test_a_redis_that_lost_the_end_of_a_log_is_given_it_once_more(
    store: Redis, redis_server: RedisServer, prefix: str
) -> None:
    run = await ask(store, "q1")
    entries = [str(number).encode() for number in range(10)]
    for entry in entries[:9]:
        store.append(run.id, entry)
    key = f"{prefix}l:{run.id}"
    async with Client.from_url(redis_server.url) as redis:

        async def has(length: int) -> bool:
            return int(await redis.xlen(key)) == length

        await eventually(lambda: has(9))
        # As after a failover: a primary tells its replicas a little later than its clients.
        await redis.delete(key)
        for number in range(4):
            await redis.xadd(key, {"e": entries[number]}, id=f"{number + 1}-0")
        store.append(run.id, entries[9])
        await eventually(lambda: has(10))
    await store.finish(run, answer_of(run), end=b"end")
    reader = Redis(redis_server.url, prefix=prefix)
    await reader.run("c_1", run.id)
    assert await log(reader, run) == [*entries, b"end"]
    await reader.close()


async def test_an_end_that_is_told_twice_ends_no_other_run(store: Redis) -> None:
    run = await ask(store, "q1")
    await store.finish(run, answer_of(run), end=b"end")
    later = await ask(store, "q2")
    await store.feedback("c_1", run.message_id, "up", None)
    again = Piece(run.id, 0, [b"end"], Answer(run.message_id, encode(answer_of(run)).decode()))
    assert await store._store([again]) == [-1]
    assert await store.live("c_1") == later
    judged = await store.message("c_1", run.message_id)
    assert judged is not None
    assert judged.metadata.feedback == "up"


async def test_what_can_not_be_stored_of_one_does_not_keep_the_others_waiting(
    store: Redis, redis_server: RedisServer, prefix: str, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = await ask(store, "q1"), await ask(store, "q2", conversation="c_2")
    async with Client.from_url(redis_server.url) as redis:
        await redis.set(f"{prefix}l:{bad.id}", "no stream")
        store.append(bad.id, b"zero")
        store.append(good.id, b"zero")
        async with asyncio.timeout(2):
            await store.finish(good, answer_of(good, "Stored."), end=b"end")
        assert await log(store, good) == [b"zero", b"end"]
        assert (await store.messages("c_2"))[-1].text == "Stored."
        assert caplog.text.count("can't be stored") == 1
        await store.ping()
        await redis.delete(f"{prefix}l:{bad.id}")
    await store.finish(bad, answer_of(bad, "Late."), end=b"end")
    assert await log(store, bad) == [b"zero", b"end"]


async def test_what_was_asked_for_is_done_though_nobody_waits_for_it(store: Redis) -> None:
    await ask(store, "q1")
    for number in range(50):
        renaming = asyncio.create_task(store.rename("c_1", f"Title {number}"))
        await asyncio.sleep(0)
        renaming.cancel()

    async def title() -> bool:
        found = await store.conversation("c_1")
        return found is not None and found.title == "Title 49"

    await eventually(title)


@pytest.mark.timeout(180)
async def test_a_hundred_thousand_cancelled_commands_mix_nothing_up(
    store: Redis, redis_server: RedisServer, prefix: str
) -> None:
    """Each asks for a value with its own name in it, and most are broken off at any moment."""
    names = [f"c_{number}" for number in range(200)]
    for name in names:
        await ask(store, "q1", f"The title of {name}", conversation=name)
    wrong: list[str] = []
    cancelled = 0

    async def read(name: str) -> None:
        found = await store.conversation(name)
        if found is None or (found.id, found.title) != (name, f"The title of {name}"):
            wrong.append(name)

    for batch in count():
        if cancelled >= 100_000:
            break
        tasks = [asyncio.create_task(read(name)) for name in names]
        for turn in range(batch % 7):
            await asyncio.sleep(0 if turn % 2 else 0.0005)
        for at, task in enumerate(tasks):
            if (at + batch) % 10:
                cancelled += task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert wrong == []


async def test_what_a_full_redis_does_not_take_is_stored_once_there_is_room(tmp_path: Path) -> None:
    server = RedisServer(tmp_path, durable=False)
    store = Redis(server.url, timeout=1.0)
    run = await ask(store, "q1")
    async with Client.from_url(server.url) as redis:
        await redis.config_set("maxmemory", 1)
        store.append(run.id, b"zero")

        async def is_unwell() -> bool:
            try:
                await store.ping()
            except StoreUnavailable as error:
                return "maxmemory" in (error.hint or "")
            return False

        await eventually(is_unwell)
        with pytest.raises(StoreUnavailable):
            await ask(store, "q1", conversation="c_2")
        with pytest.raises(StoreUnavailable):
            await store.finish(run, answer_of(run, "Late."), end=b"end")
        await redis.config_set("maxmemory", 0)

        async def is_stored_now() -> bool:
            return len(await store.messages("c_1")) == 2

        await eventually(is_stored_now)
        await store.ping()
    assert (await store.messages("c_1"))[-1].text == "Late."
    await store.close()
    server.stop()


async def test_who_is_not_the_primary_any_more_is_let_go(tmp_path: Path) -> None:
    server = RedisServer(tmp_path, durable=False)
    store = Redis(server.url, timeout=1.0)
    await ask_and_answer(store, "q1")

    async def connection() -> int:
        number: int = await store._run(lambda redis: redis.client_id())
        return number

    before = await connection()
    assert await connection() == before
    async with Client.from_url(server.url) as redis:
        await redis.replicaof("127.0.0.1", 1)
        with pytest.raises(StoreUnavailable):
            await ask(store, "q2")
        assert await connection() != before
        await redis.replicaof("NO", "ONE")
    await ask(store, "q2")
    await store.close()
    server.stop()


class TestAway:
    """Redis is not there, or was away for a while."""

    @pytest.fixture(params=[True, False], ids=["durable", "forgetful"])
    def durable(self, request: pytest.FixtureRequest) -> bool:
        return bool(request.param)

    @pytest.fixture
    def own_server(self, tmp_path: Path, durable: bool) -> Iterator[RedisServer]:
        server = RedisServer(tmp_path, durable=durable)
        yield server
        server.stop()

    @pytest.fixture
    async def own(self, own_server: RedisServer) -> AsyncIterator[Redis]:
        store = Redis(own_server.url, timeout=1.0)
        yield store
        await store.close()

    async def test_what_is_said_meanwhile_is_stored_when_it_is_back(
        self, own: Redis, own_server: RedisServer
    ) -> None:
        run = await ask(own, "q1")
        reading = asyncio.create_task(log(own, run))
        own.append(run.id, b"zero")
        await is_stored(own_server, f"chatwidget:l:{run.id}")
        own_server.stop()
        own.append(run.id, b"one")
        with pytest.raises(StoreUnavailable):
            await own.live("c_1")
        own.append(run.id, b"two")
        own_server.start()
        finishing = asyncio.create_task(own.finish(run, answer_of(run, "Whole."), end=b"end"))
        await finishing
        assert await reading == [b"zero", b"one", b"two", b"end"]
        reader = Redis(own_server.url)
        assert await reader.run("c_1", run.id) == run
        assert await log(reader, run) == [b"zero", b"one", b"two", b"end"]
        assert [m.text for m in await reader.messages("c_1")] == ["Well?", "Whole."]
        await reader.close()

    async def test_an_answer_that_can_not_be_stored_now_is_stored_later(
        self, own: Redis, own_server: RedisServer
    ) -> None:
        run = await ask(own, "q1")
        own_server.stop()
        with pytest.raises(StoreUnavailable):
            await own.finish(run, answer_of(run, "Late."), end=b"end")
        with pytest.raises(StoreUnavailable):
            await own.ping()
        own_server.start()

        async def is_stored_now() -> bool:
            return len(await own.messages("c_1")) == 2

        await eventually(is_stored_now)
        assert (await own.messages("c_1"))[-1].text == "Late."
        assert await own.live("c_1") is None


class TestForgotten:
    """Redis has come back without its data, in the middle of an answer."""

    @pytest.fixture
    async def elsewhere(self, redis_server: RedisServer, prefix: str) -> AsyncIterator[Redis]:
        elsewhere = Redis(redis_server.url, prefix=prefix)
        yield elsewhere
        await elsewhere.close()

    @pytest.fixture
    def forget(self, redis_server: RedisServer, prefix: str) -> Callable[[], Awaitable[None]]:
        async def forget() -> None:
            async with Client.from_url(redis_server.url) as redis:
                await redis.delete(*await redis.keys(f"{prefix}*"))

        return forget

    async def test_its_readers_everywhere_get_the_whole_answer(
        self, store: Redis, elsewhere: Redis, forget: Callable[[], Awaitable[None]]
    ) -> None:
        run = await ask(store, "q1", "What is it?")
        await elsewhere.live("c_1")
        here, there = following(store, run), following(elsewhere, run)
        store.append(run.id, b"zero")
        for reader in (here, there):
            assert await anext(reader) == (0, [b"zero"])
        await forget()
        assert run.id in await store.renew([run.id])
        assert await elsewhere.live("c_1") == run
        store.append(run.id, b"one")
        for reader in (here, there):
            assert await anext(reader) == (1, [b"one"])
        await forget()
        await store.finish(run, answer_of(run, "Whole."), end=b"end")
        for reader in (here, there):
            assert await anext(reader) == (2, [b"end"])
        said = [message.text for message in await elsewhere.messages("c_1")]
        assert said == ["What is it?", "Whole."]
        assert [each.title for each in await elsewhere.conversations("v_1")] == ["What is it?"]
        assert await elsewhere.live("c_1") is None
        await ask_and_answer(elsewhere, "q2")

    async def test_an_answer_that_was_asked_for_again_or_gone_on_with_is_its_questions_only_one(
        self, store: Redis, elsewhere: Redis, forget: Callable[[], Awaitable[None]]
    ) -> None:
        first = await ask_and_answer(store, "q1")
        second = await ask_and_answer(store, "q1", conversation="c_2")
        anew = await store.begin(a_run(), None)
        more = await store.begin(a_continuation(second), None)
        await forget()
        assert (await store.renew([anew.id, more.id])).keys() == {anew.id, more.id}
        await store.finish(anew, answer_of(anew, "Anew."), end=b"end")
        await store.finish(more, answer_of(more, "With more."), end=b"end")
        assert [m.text for m in await elsewhere.messages("c_1")] == ["Well?", "Anew."]
        assert [m.text for m in await elsewhere.messages("c_2")] == ["Well?", "With more."]
        assert first.message_id not in await ids(elsewhere)

    async def test_who_asks_again_meanwhile_is_answered_and_the_old_run_is_over(
        self, store: Redis, elsewhere: Redis, forget: Callable[[], Awaitable[None]]
    ) -> None:
        old = await ask(store, "q1")
        await forget()
        new = await ask(elsewhere, "q2")
        assert await store.renew([old.id]) == {}
        store.append(old.id, b"late")
        await store.finish(old, answer_of(old, "Late."), end=b"end")
        assert await ids(elsewhere) == ["q2"]
        assert await elsewhere.live("c_1") == new

    async def test_visitors_stay_who_they_are(
        self, store: Redis, elsewhere: Redis, forget: Callable[[], Awaitable[None]]
    ) -> None:
        secret = await store.secret()
        run = await ask(store, "q1")
        await forget()
        await store.renew([run.id])
        assert await elsewhere.secret() == secret


@pytest.mark.parametrize("url", ["redis://:pass-word@127.0.0.1:1/0", "redis://127.0.0.1:1/0"])
async def test_who_is_not_there_is_out_of_reach_and_no_password_is_told(url: str) -> None:
    store = Redis(url, timeout=0.5)
    with pytest.raises(StoreUnavailable) as raised:
        await store.open()
    assert "pass-word" not in f"{raised.value.hint}{raised.value}"
    await store.close()


@pytest.mark.parametrize("password", ["pass-word/", "pass-word#", "pass-word?"])
async def test_an_address_that_is_none_is_not_repeated(password: str) -> None:
    with pytest.raises(ValueError, match="no address of a Redis") as raised:
        Redis(f"redis://:{password}@host:6379/0")
    assert "pass-word" not in str(raised.value)
    # The cause would name it too, in every traceback.
    assert raised.value.__suppress_context__


class LosesAReply:
    """Stands before a Redis; the first request with `word` in it is carried out, but instead of the
    reply its sender gets a broken connection."""

    def __init__(self, port: int, word: bytes) -> None:
        self._port = port
        self._word = word
        self._serving: set[asyncio.Task[None]] = set()
        self.lost = 0

    async def __aenter__(self) -> str:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return f"redis://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/0"

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await asyncio.gather(*self._serving)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._serving.add(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, requests = await asyncio.open_connection("127.0.0.1", self._port)
        losing = False

        async def tell() -> None:
            while (reply := await answers.read(65536)) and not losing:
                writer.write(reply)
            writer.close()

        telling = asyncio.create_task(tell())
        while request := await reader.read(65536):
            if self._word in request and not self.lost:
                losing, self.lost = True, 1
            requests.write(request)
        requests.close()
        await telling
        for end in (requests, writer):
            await end.wait_closed()


async def test_an_end_whose_reply_was_lost_is_told_all_the_same(
    redis_server: RedisServer, prefix: str
) -> None:
    before = LosesAReply(redis_server.port, b"The whole answer.")
    async with before as url:
        store = Redis(url, prefix=prefix)
        run = await ask(store, "q1")
        store.append(run.id, b"zero")
        reading = asyncio.create_task(log(store, run))
        await store.finish(run, answer_of(run, "The whole answer."), end=b"end")
        seen = await reading
        stored = await store.messages("c_1")
        await store.close()
    assert before.lost == 1
    assert seen == [b"zero", b"end"]
    assert stored[-1].text == "The whole answer."


async def test_a_redis_that_says_nothing_is_not_waited_for_for_ever() -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    store = Redis(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0", timeout=0.2)
    with pytest.raises(StoreUnavailable):
        await store.ping()
    await store.close()
    server.close()
