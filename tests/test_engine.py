"""Runs go on without their readers, are stopped by their owners, and leave nothing behind."""

import asyncio
from collections.abc import AsyncIterator, Collection
from typing import Any

import pytest
from msgspec.structs import replace
from running import (
    SECRET,
    SlowToBegin,
    Stubborn,
    an_engine,
    ask,
    ask_and_read,
    last_message,
    only,
    over,
    reached,
    read,
    text_of,
    until_asked,
)

from chatwidget import tool
from chatwidget.chunks import (
    Abort,
    Error,
    Finish,
    FinishStep,
    Start,
    StepEnd,
    TextDelta,
    TextEnd,
    ToolInputAvailable,
    Usage,
)
from chatwidget.errors import ConversationBusy, NotFound, ShuttingDown
from chatwidget.fold import fold
from chatwidget.messages import Message, TextPart, user_message
from chatwidget.providers import Gate, Scripted, fail
from chatwidget.stores.base import Lease, Orphan, RunRecord
from chatwidget.stores.memory import Memory

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("nothing_is_left_behind")]


# Readers


async def test_a_reader_that_leaves_stops_nothing() -> None:
    gate = Gate()
    provider = Scripted("Hel", gate, "lo")
    engine = an_engine(provider)
    run = await ask(engine)
    async for chunk in engine.chunks(run):
        if isinstance(chunk, TextDelta):
            break
    gate.open()
    await over(engine, run)
    assert (await last_message(engine)).text == "Hello"
    assert provider.cancelled == 0


async def test_an_answer_that_nobody_reads_any_more_is_ended() -> None:
    gate = Gate()
    provider = Scripted("Hel", gate, "lo")
    engine = an_engine(provider, linger=0.05)
    run = await ask(engine)
    async for chunk in engine.chunks(run):
        if isinstance(chunk, TextDelta):
            break
    await over(engine, run)
    message = await last_message(engine)
    assert (message.text, message.metadata.interrupted) == ("Hel", True)
    assert (provider.cancelled, provider.closed) == (1, 1)


async def test_an_answer_that_nobody_ever_read_is_ended() -> None:
    provider = Scripted("Hel", Gate(), "lo")
    engine = an_engine(provider, linger=0.05)
    await over(engine, await ask(engine))
    assert (provider.cancelled, provider.closed) == (1, 1)


async def test_an_answer_that_is_read_lingers_on_for_ever() -> None:
    gate = Gate()
    engine = an_engine(Scripted("Hel", gate, "lo"), linger=0.02)
    run = await ask(engine)
    reading = [asyncio.create_task(read(engine, run)) for _ in range(2)]
    await reached(gate)
    reading.pop().cancel()
    await asyncio.sleep(0.1)  # five times as long as it would live without a reader
    gate.open()
    assert text_of(await reading.pop()) == "Hello"


async def test_a_reader_that_comes_back_in_time_keeps_the_answer_alive() -> None:
    gate = Gate()
    engine = an_engine(Scripted("Hel", gate, "lo"), linger=0.2)
    run = await ask(engine)
    for _ in range(3):
        async for chunk in engine.chunks(run):
            if isinstance(chunk, TextDelta):
                break
        await asyncio.sleep(0.1)
    gate.open()
    assert text_of(await read(engine, run)) == "Hello"


async def test_all_readers_read_the_same() -> None:
    gate = Gate()
    engine = an_engine(Scripted("Hel", gate, "lo"))
    run = await ask(engine)
    early = [asyncio.create_task(read(engine, run)) for _ in range(3)]
    await reached(gate)
    late = [asyncio.create_task(read(engine, run)) for _ in range(3)]
    await asyncio.sleep(0)
    gate.open()
    read_by_all = await asyncio.gather(*early, *late)
    assert all(chunks == read_by_all[0] for chunks in read_by_all)
    assert await read(engine, run) == read_by_all[0]


async def test_an_answer_whose_log_is_gone_is_read_from_what_is_stored() -> None:
    provider = Scripted("Hello")
    engine = an_engine(provider, store=Memory(retention=0))
    question = user_message("q1", "Well?")
    live = await ask_and_read(engine, question)
    await ask_and_read(engine, "And then?")
    run = await ask(engine, question)
    assert engine.store.follow(run.id) is None
    assert fold(await read(engine, run)) == fold(live)
    assert len(provider.requests) == 2


async def test_an_answer_that_is_gone_altogether_was_interrupted() -> None:
    engine = an_engine(Scripted("Hello"))
    run = await ask(engine)
    await over(engine, run)
    await engine.delete("c_1", visitor_id="v_1")
    (end,) = await read(engine, run)
    assert isinstance(end, Error)
    assert (end.code, end.retryable) == ("interrupted", True)


# Asking


async def test_the_same_question_again_is_answered_once() -> None:
    gate = Gate()
    provider = Scripted("Hel", gate, "lo")
    engine = an_engine(provider)
    question = user_message("q1", "Well?")
    runs = await asyncio.gather(*(ask(engine, question) for _ in range(10)))
    gate.open()
    answers = await asyncio.gather(*(read(engine, run) for run in runs))
    assert {text_of(chunks) for chunks in answers} == {"Hello"}
    assert text_of(await ask_and_read(engine, question)) == "Hello"
    assert len(provider.requests) == 1


async def test_one_question_at_a_time() -> None:
    gate = Gate()
    provider = Scripted(gate, "Hello")
    engine = an_engine(provider)
    outcomes = await asyncio.gather(
        *(ask(engine, f"question {number}") for number in range(50)), return_exceptions=True
    )
    assert sum(isinstance(outcome, ConversationBusy) for outcome in outcomes) == 49
    gate.open()
    (run,) = [outcome for outcome in outcomes if isinstance(outcome, RunRecord)]
    await over(engine, run)
    assert len(provider.requests) == 1
    assert len(await engine.store.messages("c_1")) == 2


async def test_an_answer_is_written_anew() -> None:
    provider = Scripted("first").then("second")
    engine = an_engine(provider)
    first = await ask(engine, "Well?")
    await over(engine, first)
    again = await ask(engine, None, replaces=first.message_id)
    assert text_of(await read(engine, again)) == "second"
    assert [message.text for message in await engine.store.messages("c_1")] == ["Well?", "second"]
    assert [message.text for message in provider.requests[1].messages] == ["Well?"]


async def test_a_failed_answer_is_written_anew() -> None:
    engine = an_engine(Scripted("Hel", fail()).then("Hello"))
    await ask_and_read(engine)
    assert text_of(await ask_and_read(engine, None)) == "Hello"
    assert len(await engine.store.messages("c_1")) == 2


async def test_what_another_tab_has_added_just_now_is_not_lost_by_going_on() -> None:
    class Late(Memory):
        """Tells of an answer, and then somebody goes on with it before the caller does."""

        grown: Message | None = None

        async def message(self, conversation_id: str, message_id: str) -> Message | None:
            found = await super().message(conversation_id, message_id)
            if found is not None and self.grown is None:
                self.grown = replace(found, parts=[TextPart("One, two, three, ")])
                other = RunRecord(
                    id="another1",
                    conversation_id=conversation_id,
                    owner="v_1",
                    message_id=message_id,
                    question_id="",
                    continues=True,
                )
                await self.finish(await self.begin(other, None), self.grown)
            return found

    provider = Scripted("One, two, ", StepEnd("length"))
    engine = an_engine(provider, store=Late())
    first = await ask(engine)
    await read(engine, first)
    provider.then("four.")
    await read(engine, await ask(engine, None, continues=first.message_id))
    assert (await last_message(engine)).text == "One, two, three, four."


async def test_strangers_find_nothing() -> None:
    gate = Gate()
    engine = an_engine(Scripted(gate, "Hello"))
    run = await ask(engine)
    for question in ("Mine?", None):
        with pytest.raises(NotFound):
            await ask(engine, question, visitor_id="v_2")
    with pytest.raises(NotFound):
        await engine.stop("c_1", visitor_id="v_2")
    with pytest.raises(NotFound):
        await engine.resume("c_1", visitor_id="v_2", cursor=(run.id, 0))
    with pytest.raises(NotFound):
        await engine.delete("c_1", visitor_id="v_2")
    gate.open()
    await over(engine, run)


async def test_an_asker_who_is_gone_leaves_a_run_that_ends_by_itself() -> None:
    provider = Scripted("Hel", Gate(), "lo")
    store = SlowToBegin()
    engine = an_engine(provider, store=store, linger=0.05)
    asking = asyncio.create_task(ask(engine))
    await store.began.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await store.live("c_1") is None
    store.may_begin.set()
    await over(engine, await store.begun)
    assert await store.live("c_1") is None
    assert (provider.cancelled, provider.closed) == (1, 1)


# Resuming


async def test_a_reader_goes_on_behind_its_cursor_even_after_the_end() -> None:
    engine = an_engine(Scripted("Hel", "lo"))
    run = await ask(engine)
    await over(engine, run)
    found = await engine.resume("c_1", visitor_id="v_1", cursor=(run.id, 3))
    assert found == (run, 3)
    assert await engine.resume("c_1", visitor_id="v_1", cursor=None) is None
    assert await engine.resume("c_1", visitor_id="v_1", cursor=("unknown1", 3)) is None


async def test_a_reader_without_a_cursor_of_this_run_gets_all_of_it() -> None:
    gate = Gate()
    engine = an_engine(Scripted("one").then("two", gate))
    first = await ask(engine)
    await over(engine, first)
    run = await ask(engine, "And then?")
    for cursor in (None, ("unknown1", 3)):
        assert await engine.resume("c_1", visitor_id="v_1", cursor=cursor) == (run, -1)
    gate.open()
    await over(engine, run)


async def test_a_cursor_of_another_conversation_leads_nowhere() -> None:
    engine = an_engine(Scripted("Hello"))
    await ask_and_read(engine)
    other = await ask(engine, conversation_id="c_2")
    await over(engine, other)
    assert await engine.resume("c_1", visitor_id="v_1", cursor=(other.id, 0)) is None


# Stopping


async def test_what_there_is_of_a_stopped_answer_is_kept() -> None:
    provider = Scripted("Hel", "lo", Gate(), "!")
    engine = an_engine(provider)
    run = await ask(engine)
    reading = asyncio.create_task(read(engine, run))
    await until_asked(provider)
    assert await engine.stop("c_1", visitor_id="v_1")
    chunks = await reading
    assert chunks[-5:] == [
        TextDelta("lo", "p1"),
        TextEnd("p1"),
        FinishStep(),
        Abort("stopped"),
        Finish("other", {"stopped": True}),
    ]
    message = await last_message(engine)
    assert (message.text, message.metadata.stopped) == ("Hello", True)
    assert (provider.cancelled, provider.closed) == (1, 1)
    assert not await engine.stop("c_1", visitor_id="v_1")


async def test_an_answer_that_is_stopped_before_it_began_costs_nothing() -> None:
    class SlowToRead(Memory):
        async def messages(self, *args: Any, **details: Any) -> list[Message]:
            asked_for.set()
            return await asyncio.Event().wait() and []

    asked_for = asyncio.Event()
    provider = Scripted("Hello")
    engine = an_engine(provider, store=SlowToRead())
    run = await ask(engine)
    await asked_for.wait()
    assert await engine.stop("c_1", visitor_id="v_1")
    chunks = await read(engine, run)
    assert [type(chunk) for chunk in chunks] == [Start, Abort, Finish]
    assert provider.requests == []


async def test_the_turn_after_a_stop_shows_the_provider_a_whole_history() -> None:
    gate = Gate()
    provider = Scripted(gate).then("Hello")
    engine = an_engine(provider)
    await ask(engine)
    await reached(gate)
    await engine.stop("c_1", visitor_id="v_1")
    await ask_and_read(engine, "And now?")
    assert [message.text for message in provider.requests[1].messages] == ["Well?", "And now?"]


async def test_stopping_what_is_complete_changes_nothing() -> None:
    engine = an_engine(Scripted("Hello"))
    chunks = await ask_and_read(engine)
    assert not await engine.stop("c_1", visitor_id="v_1")
    assert chunks[-1] == Finish("stop")
    assert not (await last_message(engine)).metadata.stopped


async def test_what_was_used_before_the_stop_is_told() -> None:
    @tool
    async def wait() -> None:
        """Wait."""

    gate = Gate()
    call = ToolInputAvailable("c", "wait", {})
    provider = Scripted(call, StepEnd("tool-calls", Usage(5, 6))).then("Hel", gate)
    engine = an_engine(provider, tools=[wait])
    run = await ask(engine)
    await reached(gate)
    await engine.stop("c_1", visitor_id="v_1")
    assert (await last_message(engine)).metadata.usage == Usage(5, 6)
    assert isinstance((await read(engine, run))[-1], Finish)


async def test_a_provider_that_fails_while_it_is_stopped_was_stopped() -> None:
    gate = Gate()

    async def sulky(message: str) -> AsyncIterator[str]:
        try:
            yield "Hel"
            await gate.wait()
        except asyncio.CancelledError as error:
            raise RuntimeError(SECRET) from error

    engine = an_engine(sulky)
    run = await ask(engine)
    await reached(gate)
    assert await engine.stop("c_1", visitor_id="v_1")
    assert (await read(engine, run))[-1] == Finish("other", {"stopped": True})


async def test_a_provider_that_does_not_let_go_is_let_go(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("chatwidget.run.PATIENCE", 0.05)
    stubborn = Stubborn()
    engine = an_engine(stubborn)
    run = await ask(engine)
    await stubborn.talking.wait()
    assert await engine.stop("c_1", visitor_id="v_1")
    chunks = await read(engine, run)
    assert chunks[-1] == Finish("other", {"stopped": True})
    assert "stubborn does not let go" in caplog.text
    stubborn.may_end.set()
    await stubborn.ended.wait()
    assert await read(engine, run) == chunks
    assert (await last_message(engine)).text == "Hel"


async def test_deleting_ends_the_run_and_forgets_it() -> None:
    gate = Gate()
    provider = Scripted("Hel", gate)
    engine = an_engine(provider)
    await ask(engine)
    await reached(gate)
    await engine.delete("c_1", visitor_id="v_1")
    assert (provider.cancelled, provider.closed) == (1, 1)
    assert await engine.store.conversation("c_1") is None


# Looking after the store


async def test_the_store_is_not_asked_more_often_because_many_read() -> None:
    class Counting(Memory):
        looks = 0

        async def renew(self, run_ids: Collection[str]) -> dict[str, Lease]:
            self.looks += 1
            return await super().renew(run_ids)

    gate = Gate()
    engine = an_engine(Scripted("Hel", gate, "lo"), store=(store := Counting()))
    run = await ask(engine)
    await reached(gate)
    for _ in range(50):
        async for _ in engine.follow(run):
            break
    assert store.looks < 5
    gate.open()
    await over(engine, run)


async def test_a_store_that_fails_once_is_still_looked_after(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("chatwidget.keeper.PACE", 0.01)
    looked = asyncio.Event()

    class Failing(Memory):
        looks = 0

        async def renew(self, run_ids: Collection[str]) -> dict[str, Lease]:
            self.looks += 1
            if self.looks == 1:
                raise RuntimeError(SECRET)
            looked.set()
            return await super().renew(run_ids)

    gate = Gate()
    engine = an_engine(Scripted("Hel", gate, "lo"), store=Failing())
    run = await ask(engine)
    await looked.wait()
    gate.open()
    await over(engine, run)
    assert SECRET in caplog.text


async def test_an_answer_that_is_read_in_another_process_lingers_on_until_it_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("chatwidget.keeper.PACE", 0.01)

    class ReadElsewhere(Memory):
        looks, read = 0, True

        async def renew(self, run_ids: Collection[str]) -> dict[str, Lease]:
            self.looks += 1
            return {run_id: Lease(read=self.read) for run_id in run_ids}

    store = ReadElsewhere()
    engine = an_engine(Scripted("Hel", Gate(), "lo"), store=store, linger=0.05)
    run = await ask(engine)
    while store.looks < 30:  # six times as long as it lingers  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    assert await store.live("c_1") == run
    store.read = False
    await over(engine, run)
    assert (await last_message(engine)).metadata.interrupted


@pytest.mark.parametrize("by", ["asking something", "looking at it", "opening"])
async def test_who_finds_a_conversation_busy_looks_whether_its_process_is_gone(
    monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    monkeypatch.setattr("chatwidget.keeper.PACE", 0.01)
    monkeypatch.setattr("chatwidget.engine.SUSPICION", 0.03)

    class Elsewhere(Memory):
        looked = asyncio.Event()

        async def orphans(self) -> list[Orphan]:
            self.looked.set()
            return []

    store = Elsewhere()
    engine = an_engine(Scripted("Hello"), store=store)
    run = RunRecord(
        id="run00001", conversation_id="c_1", owner="v_1", message_id="m_1", question_id="q1"
    )
    await store.begin(run, user_message("q1", "Well?"))
    assert not store.looked.is_set()
    if by == "asking something":
        with pytest.raises(ConversationBusy):
            await ask(engine)
    elif by == "looking at it":
        assert await engine.live("c_1") == run
    else:
        await engine.open()
    async with asyncio.timeout(5):
        await store.looked.wait()
    await engine.close()


async def test_an_answer_that_is_anothers_by_now_is_not_paid_for_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("chatwidget.keeper.PACE", 0.01)
    asked, closed = asyncio.Event(), asyncio.Event()

    class Lost(Memory):
        async def renew(self, run_ids: Collection[str]) -> dict[str, Lease]:
            return {} if asked.is_set() else await super().renew(run_ids)

    async def answer(message: str) -> AsyncIterator[str]:
        yield "Hel"
        asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            closed.set()

    engine = an_engine(answer, store=Lost())
    run = await ask(engine)
    async with asyncio.timeout(5):
        await closed.wait()
    await over(engine, run)


# Shutting down


async def test_a_run_may_finish_within_the_grace_period() -> None:
    gate = Gate()
    engine = an_engine(Scripted("Hel", gate, "lo"))
    run = await ask(engine)
    await reached(gate)
    closing = asyncio.create_task(engine.close(grace=30))
    await asyncio.sleep(0)
    with pytest.raises(ShuttingDown):
        await ask(engine, "Me too?", conversation_id="c_2")
    gate.open()
    await closing
    assert (await read(engine, run))[-1] == Finish("stop")


async def test_runs_that_do_not_finish_are_interrupted_and_kept() -> None:
    provider = Scripted("Hel", Gate(), "lo")
    engine = an_engine(provider)
    runs = [await ask(engine, conversation_id=f"c_{number}") for number in range(5)]
    reading = [asyncio.create_task(read(engine, run)) for run in runs]
    await until_asked(provider, 5)
    await engine.close(grace=0.05)
    for number, chunks in enumerate(await asyncio.gather(*reading)):
        end = only(Error, chunks)
        assert chunks[-1] == end
        assert (end.code, end.retryable) == ("interrupted", True)
        message = (await engine.store.messages(f"c_{number}"))[-1]
        assert message.text == "Hel"
        assert message.metadata.error is not None
    assert (provider.cancelled, provider.closed) == (5, 5)


async def test_a_question_that_is_just_being_taken_is_not_forgotten() -> None:
    provider = Scripted("Hel", Gate(), "lo")
    store = SlowToBegin()
    engine = an_engine(provider, store=store)
    asking = asyncio.create_task(ask(engine))
    await store.began.wait()
    closing = asyncio.create_task(engine.close(grace=30))
    await asyncio.wait([closing], timeout=0.05)  # it waits for the store
    store.may_begin.set()
    await closing
    assert await store.live("c_1") is None
    assert [message.role for message in await store.messages("c_1")] == ["user", "assistant"]
    assert only(Error, await read(engine, await asking)).code == "interrupted"
    assert provider.requests == []


async def test_a_closed_engine_opens_again() -> None:
    engine = an_engine(Scripted("Hello"))
    await engine.close()
    with pytest.raises(ShuttingDown):
        await ask(engine)
    await engine.open()
    assert text_of(await ask_and_read(engine)) == "Hello"
    await engine.close()


async def test_closing_closes_providers_first_and_the_store_last() -> None:
    closed: list[str] = []

    class Provider(Scripted):
        async def aclose(self) -> None:
            closed.append("provider")
            raise RuntimeError("which is no reason to leave the others open")

    class Store(Memory):
        async def close(self) -> None:
            closed.append("store")

    engine = an_engine({"one": Provider("Hello"), "two": Provider("Hello")}, store=Store())
    await engine.close()
    assert closed == ["provider", "provider", "store"]


def test_a_loop_that_is_closed_under_a_run_still_gets_its_text_stored(
    caplog: pytest.LogCaptureFixture,
) -> None:
    provider = Scripted("Hel", gate := Gate(), "lo")
    store = Memory()

    async def main() -> RunRecord:
        run = await ask(an_engine(provider, store=store))
        await reached(gate)
        return run

    run = asyncio.run(main())
    message = asyncio.run(store.message("c_1", run.message_id))
    assert message is not None
    assert message.text == "Hel"
    assert message.metadata.error is not None
    assert message.metadata.error.code == "interrupted"
    assert "the server is stopping" in caplog.text
    assert "Traceback" not in caplog.text
