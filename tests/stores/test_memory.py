"""`Memory` is a store; and forgets what it has no room for."""

import pytest
from suite import (
    FORGET_AFTER,
    ForgettingSuite,
    StoreSuite,
    UnusedFilesSuite,
    answer_of,
    ask,
    ask_and_answer,
    ask_with,
    put,
)

from chatwidget.errors import TooLarge
from chatwidget.stores.memory import Memory

pytestmark = pytest.mark.anyio


class TestMemory(StoreSuite):
    @pytest.fixture
    def store(self) -> Memory:
        return Memory()

    @pytest.fixture
    def forgetful(self) -> Memory:
        return Memory(retention=0)


class TestUnusedFiles(UnusedFilesSuite):
    @pytest.fixture
    def timed(self) -> tuple[Memory, list[float]]:
        now = [1000.0]
        return Memory(clock=lambda: now[0]), now


class TestForgetting(ForgettingSuite):
    @pytest.fixture
    def mortal(self) -> tuple[Memory, list[float]]:
        now = [1000.0]
        return Memory(forget_after=FORGET_AFTER, clock=lambda: now[0]), now


async def test_the_oldest_files_make_room() -> None:
    store = Memory(file_bytes=100)
    await put(store, "f_1", b"x" * 60)
    await ask_with(store, "q1", "f_1")
    await put(store, "f_2", b"x" * 40)
    assert await store.file("c_1", "f_1") is not None
    await put(store, "f_3", b"x" * 20, conversation="c_2")
    assert await store.file("c_1", "f_1") is None
    assert await store.file("c_1", "f_2") is not None
    with pytest.raises(TooLarge):
        await put(store, "f_4", b"x" * 101)


async def test_files_go_with_a_conversation_that_makes_room() -> None:
    store = Memory(conversations=1)
    await put(store, "f_1")
    run = await ask_with(store, "q1", "f_1")
    await store.finish(run, answer_of(run), end=b"end")
    await ask_and_answer(store, "q1", conversation="c_2")
    assert await store.file("c_1", "f_1") is None


async def test_the_conversation_longest_unused_makes_room() -> None:
    store = Memory(conversations=2)
    await ask_and_answer(store, "q1", conversation="c_1")
    await ask_and_answer(store, "q1", conversation="c_2")
    await ask_and_answer(store, "q2", conversation="c_1")
    await ask_and_answer(store, "q1", conversation="c_3")
    assert await store.conversation("c_2") is None
    assert await store.conversation("c_1") is not None
    assert await store.conversation("c_3") is not None


async def test_a_conversation_with_a_live_run_is_kept() -> None:
    store = Memory(conversations=1)
    run = await ask(store, "q1", conversation="c_1")
    await ask_and_answer(store, "q1", conversation="c_2")
    await ask_and_answer(store, "q1", conversation="c_3")
    assert await store.live("c_1") == run
    await store.finish(run, answer_of(run), end=b"end")
    await ask(store, "q2", conversation="c_3")
    assert await store.conversation("c_1") is None


async def test_a_log_is_kept_for_as_long_as_was_said() -> None:
    now = 1000.0
    store = Memory(retention=300, clock=lambda: now)
    run = await ask_and_answer(store, "q1")
    now = 1299.0
    await ask_and_answer(store, "q2")
    assert await store.run("c_1", run.id) == run
    now = 1300.0
    await ask_and_answer(store, "q3")
    assert await store.run("c_1", run.id) is None
