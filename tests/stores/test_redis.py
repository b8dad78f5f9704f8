"""`Redis` is a store; and loses, mixes up and forgets nothing, whatever befalls it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path
from uuid import uuid4

import pytest
from redis.asyncio import Redis as Client
from redis_server import RedisServer
from suite import (
    StoreSuite,
    UnusedFilesSuite,
    answer_of,
    ask,
    ask_and_answer,
    ids,
    log,
)
from waiting import eventually

from chatwidget.errors import StoreUnavailable
from chatwidget.stores.base import Orphan
from chatwidget.stores.redis import Redis

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


async def is_stored(server: RedisServer, key: str) -> None:
    """Wait until a key is there."""
    async with Client.from_url(server.url) as redis:
        await eventually(lambda: redis.exists(key))


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


async def test_a_reader_that_joins_does_not_wait_for_the_others(store: Redis, other: Redis) -> None:
    quiet, busy = await ask(store, "q1"), await ask(store, "q2", conversation="c_2")
    store.append(busy.id, b"zero")
    await other.live("c_1")
    await other.live("c_2")
    silent = other.follow(quiet.id)
    assert silent is not None
    waiting = asyncio.ensure_future(anext(silent))
    for _ in range(50):
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


async def orphans_of(store: Redis) -> list[Orphan]:
    return await eventually(store.orphans)


async def test_what_a_process_left_is_taken_over_by_one_other(
    short: Redis, store: Redis, redis_server: RedisServer, prefix: str
) -> None:
    run = await ask(short, "q1")
    short.append(run.id, b"zero")
    await is_stored(redis_server, f"{prefix}l:{run.id}")
    (orphan,) = await orphans_of(store)
    assert orphan == Orphan(run, [b"zero"])
    assert await store.orphans() == []
    store.append(run.id, b"one")
    await store.finish(run, answer_of(run), end=b"end")
    assert await log(store, run) == [b"zero", b"one", b"end"]


async def test_who_was_taken_for_dead_writes_nothing_more(short: Redis, store: Redis) -> None:
    run = await ask(short, "q1")
    await orphans_of(store)
    short.append(run.id, b"too late")
    await short.finish(run, answer_of(run, "Too late."), end=b"end")
    assert await short.renew([run.id]) == {}
    await store.finish(run, answer_of(run, "Interrupted."), end=b"interrupted")
    assert (await store.messages("c_1"))[-1].text == "Interrupted."
    assert await log(store, run) == [b"interrupted"]


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
        assert set(await redis.keys(f"{prefix}*")) - before <= {f"{prefix}count".encode()}


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
        self, own: Redis, own_server: RedisServer, durable: bool
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
        assert await reading == [b"zero", b"one", b"two", *([b"end"] if durable else [])]
        if durable:
            reader = Redis(own_server.url)
            assert await reader.run("c_1", run.id) == run
            assert await log(reader, run) == [b"zero", b"one", b"two", b"end"]
            assert (await reader.messages("c_1"))[-1].text == "Whole."
            await reader.close()

    async def test_an_answer_that_can_not_be_stored_now_is_stored_later(
        self, own: Redis, own_server: RedisServer, durable: bool
    ) -> None:
        if not durable:
            pytest.skip("there is nothing left to store it in")
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
