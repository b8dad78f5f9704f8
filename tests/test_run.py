"""One answer: written in order, ended in every case, and nothing told that is not for visitors."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from running import (
    SECRET,
    Raw,
    an_engine,
    ask,
    ask_and_read,
    last_message,
    only,
    over,
    read,
    text_of,
)

from chatwidget import History, Timeouts, tool
from chatwidget.chunks import (
    Chunk,
    Error,
    Finish,
    FinishStep,
    ProviderData,
    ReasoningDelta,
    Start,
    Status,
    StepEnd,
    TextDelta,
    TextEnd,
    ToolInputAvailable,
    ToolOutputAvailable,
    Usage,
    Wire,
)
from chatwidget.errors import ProviderError, StoreUnavailable, UnknownProvider
from chatwidget.fold import fold
from chatwidget.messages import Message
from chatwidget.providers import Gate, Scripted, fail
from chatwidget.providers.base import ChatRequest
from chatwidget.stores.base import RunRecord
from chatwidget.stores.memory import Memory

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("nothing_is_left_behind")]


async def test_an_answer_is_written_in_the_order_that_readers_rely_on() -> None:
    provider = Scripted(ReasoningDelta("Hm."), Status("Searching"), "Hel", "lo")
    engine = an_engine(provider)
    run = await ask(engine)
    chunks = await read(engine, run)
    assert chunks[0] == Start(
        run.message_id,
        {
            "conversationId": "c_1",
            "createdAt": (await last_message(engine)).metadata.created_at,
        },
    )
    assert [type(chunk).__name__ for chunk in chunks[1:]] == [
        "StartStep",
        "ReasoningStart",
        "ReasoningDelta",
        "Status",
        "ReasoningEnd",
        "TextStart",
        "TextDelta",
        "TextDelta",
        "TextEnd",
        "FinishStep",
        "Finish",
    ]
    assert text_of(chunks) == "Hello"
    assert chunks[-1] == Finish("stop")


GOLDEN = {
    path.stem: json.loads(path.read_text())["chunks"]
    for path in (Path(__file__).parent / "wire").glob("*.json")
}
# These take a visitor or a tool: see the tests of stopping and of tools.
ALONE = sorted(GOLDEN.keys() - {"stopped", "parallel-tools"})


@pytest.mark.parametrize("name", ALONE)
async def test_a_run_writes_what_the_golden_contract_shows(name: str) -> None:
    golden = GOLDEN[name]

    class Golden(Raw):
        async def stream(self, request: ChatRequest) -> AsyncIterator[Chunk]:
            for chunk in golden:
                await asyncio.sleep(0)  # or deltas would be merged
                match chunk:
                    case {"type": "error"}:
                        raise ProviderError(chunk["code"], retry_after=chunk.get("retryAfter"))
                    case {"type": "finish", "messageMetadata": {"interrupted": True}}:
                        yield StepEnd("interrupted")
                    case {"type": "finish", "finishReason": reason, "messageMetadata": told}:
                        yield StepEnd(reason, msgspec.convert(told.get("usage"), Usage | None))
                    case {"type": kind} if kind not in (
                        *("start", "start-step", "finish-step"),
                        *("text-start", "text-end", "reasoning-start", "reasoning-end"),
                    ):
                        yield msgspec.convert(chunk, Wire)

    def comparable(chunk: dict[str, Any]) -> dict[str, Any]:
        return {"type": "start"} if chunk["type"] == "start" else chunk | {"errorId": None}

    written = [msgspec.to_builtins(chunk) for chunk in await ask_and_read(an_engine(Golden()))]
    assert [*map(comparable, written)] == [*map(comparable, golden)]


async def test_the_stored_answer_is_what_readers_saw() -> None:
    engine = an_engine(Scripted("Hello", StepEnd("length", Usage(3, 4))))
    chunks = await ask_and_read(engine)
    assert await last_message(engine) == fold(chunks)
    assert chunks[-1] == Finish("length", {"usage": {"inputTokens": 3, "outputTokens": 4}})


async def test_who_reads_the_end_may_ask_on_at_once() -> None:
    engine = an_engine(Scripted("Hello"))
    run = await ask(engine)
    async for chunk in engine.chunks(run):
        if isinstance(chunk, Finish):
            break
    assert await engine.store.live("c_1") is None
    await ask_and_read(engine, "And then?")


async def test_a_provider_is_told_what_the_server_knows() -> None:
    provider = Scripted("Hello")

    @tool
    def find(text: str) -> str:
        """Find it."""
        return text

    engine = an_engine(provider, system="Be kind.", params={"temperature": 0}, tools=[find])
    await ask_and_read(engine, "Who?", context={"page": "/"})
    (request,) = provider.requests
    assert request.message == "Who?"
    assert (request.system, request.params) == ("Be kind.", {"temperature": 0})
    assert [spec.name for spec in request.tools] == ["find"]
    assert request.tool_choice == "auto"
    assert (request.conversation_id, request.visitor_id) == ("c_1", "v_1")
    assert request.context == {"page": "/"}


async def test_a_provider_is_shown_the_conversation_as_far_as_the_window_goes() -> None:
    provider = Scripted("Hello")
    engine = an_engine(provider, history=History(messages=3))
    for number in range(4):
        await ask_and_read(engine, f"question {number}")
    shown = [[message.text for message in request.messages] for request in provider.requests]
    assert shown == [
        ["question 0"],
        ["question 0", "Hello", "question 1"],
        ["question 1", "Hello", "question 2"],
        ["question 2", "Hello", "question 3"],
    ]


async def test_providers_are_chosen_by_name() -> None:
    one, two = Scripted("one"), Scripted("two")
    engine = an_engine({"one": one, "two": two})
    assert text_of(await ask_and_read(engine)) == "one"
    assert text_of(await ask_and_read(engine, provider="two")) == "two"
    with pytest.raises(UnknownProvider):
        await ask(engine, provider="three")


async def test_the_providers_own_data_is_kept_and_never_shown() -> None:
    provider = Scripted(ProviderData("scripted", {"signature": SECRET}), "Hello")
    engine = an_engine(provider)
    run = await ask(engine)
    await over(engine, run)
    async for _, entries in engine.follow(run):
        assert SECRET.encode() not in b"".join(entries)
    await ask_and_read(engine, "And then?")
    assert "signature" in repr(provider.requests[1].messages)


async def test_an_error_is_the_last_chunk_and_the_text_before_it_is_kept() -> None:
    engine = an_engine(Scripted("Hel", fail("provider_overloaded", retry_after=7)))
    chunks = await ask_and_read(engine)
    assert [type(chunk) for chunk in chunks[-3:]] == [TextEnd, FinishStep, Error]
    assert chunks[-1] == Error(
        "The assistant is very busy right now. Please try again.",
        "provider_overloaded",
        True,
        7,
        only(Error, chunks).error_id,
    )
    message = await last_message(engine)
    assert message.text == "Hel"
    assert message.metadata.error is not None
    assert message.metadata.error.code == "provider_overloaded"


async def test_the_turn_after_a_failure_shows_the_provider_a_whole_history() -> None:
    provider = Scripted(fail()).then("Hel", fail()).then("Hello")
    engine = an_engine(provider)
    for number in range(3):
        await ask_and_read(engine, f"question {number}")
    assert [message.text for message in provider.requests[2].messages] == [
        "question 0",
        "question 1",
        "Hel",
        "question 2",
    ]


async def test_a_truncated_answer_says_so() -> None:
    engine = an_engine(Scripted("Hel", StepEnd("interrupted")))
    chunks = await ask_and_read(engine)
    assert chunks[-1] == Finish("other", {"interrupted": True})
    assert (await last_message(engine)).metadata.interrupted


@pytest.mark.parametrize("words", [["No."], []], ids=["with words", "without a word"])
async def test_a_refusal_says_so(words: list[str]) -> None:
    engine = an_engine(Scripted(*words, StepEnd("content-filter", refused=True)))
    chunks = await ask_and_read(engine)
    assert chunks[-1] == Finish("content-filter", {"refused": True})
    assert (await last_message(engine)).metadata.refused


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ([], "empty_answer"),
        ([""], "empty_answer"),
        ([" \n"], "empty_answer"),
        ([ReasoningDelta("Hm.")], "empty_answer"),
        ([Status("Searching")], "empty_answer"),
        ([StepEnd("interrupted")], "interrupted"),
    ],
)
async def test_an_answer_without_a_word_is_an_error(script: list[Any], code: str) -> None:
    chunks = await ask_and_read(an_engine(Scripted(*script)))
    end = only(Error, chunks)
    assert (end.code, end.retryable) == (code, True)


@pytest.mark.parametrize(
    "unfit",
    [
        RuntimeError(SECRET),
        TimeoutError(SECRET),
        asyncio.CancelledError(SECRET),
        KeyError(SECRET),
        RecursionError(SECRET),
        ExceptionGroup(SECRET, [ValueError(SECRET)]),
        SECRET,
        None,
        TextDelta(None),  # type: ignore[arg-type]
        ToolInputAvailable("c", "find", 1j),
        ToolOutputAvailable("c", SECRET),
        Finish("stop"),
        Error(SECRET, "internal", False),
    ],
    ids=repr,
)
async def test_whatever_a_provider_does_the_answer_ends_and_tells_nothing(
    unfit: Any, caplog: pytest.LogCaptureFixture
) -> None:
    engine = an_engine(Raw(TextDelta("Hel"), unfit, TextDelta("lo")))
    run = await ask(engine)
    chunks = await read(engine, run)
    end = only(Error, chunks)
    assert chunks[-1] == end
    assert end.retryable
    assert text_of(chunks) == "Hel"
    assert SECRET not in repr(chunks)
    assert end.error_id in caplog.text
    assert await engine.store.live("c_1") is None


async def test_what_went_wrong_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    def broken(message: str) -> str:
        raise RuntimeError(SECRET)

    end = only(Error, await ask_and_read(an_engine(broken)))
    assert SECRET in caplog.text
    assert f"[{end.error_id}]" in caplog.text
    assert SECRET not in repr(end)


async def test_a_stream_that_can_not_be_closed_has_said_everything(
    caplog: pytest.LogCaptureFixture,
) -> None:
    engine = an_engine(Raw(TextDelta("Hello"), StepEnd(), closing=RuntimeError(SECRET)))
    chunks = await ask_and_read(engine)
    assert chunks[-1] == Finish("stop")
    assert SECRET in caplog.text


async def test_a_stream_that_is_a_plain_iterator_is_read() -> None:
    class Words:
        name = "words"

        def __init__(self) -> None:
            self._words = iter(["Hel", "lo"])

        def __aiter__(self) -> "Words":
            return self

        async def __anext__(self) -> Chunk:
            for word in self._words:
                return TextDelta(word)
            raise StopAsyncIteration

        def stream(self, request: ChatRequest) -> "Words":
            return self

        async def aclose(self) -> None:
            pass

    assert text_of(await ask_and_read(an_engine(Words()))) == "Hello"


async def test_lone_surrogates_are_replaced() -> None:
    engine = an_engine(Scripted("a\ud800b"))
    assert text_of(await ask_and_read(engine)) == "a\ufffdb"
    assert (await last_message(engine)).text == "a\ufffdb"


@pytest.mark.parametrize(
    ("timeouts", "script", "text"),
    [
        (Timeouts(first_token=0.05), [Gate()], ""),
        (Timeouts(first_token=0.05, idle=30), [Gate(), "Hel"], ""),
        (Timeouts(idle=0.05), ["Hel", Gate()], "Hel"),
        (Timeouts(total=0.05), ["Hel", Gate()], "Hel"),
    ],
)
async def test_no_answer_takes_for_ever(timeouts: Timeouts, script: list[Any], text: str) -> None:
    provider = Scripted(*script)
    chunks = await ask_and_read(an_engine(provider, timeouts=timeouts))
    end = only(Error, chunks)
    assert (end.code, end.retryable) == ("provider_timeout", True)
    assert text_of(chunks) == text
    assert (provider.cancelled, provider.closed) == (1, 1)


async def test_a_first_token_may_take_longer_than_the_next() -> None:
    async def slow_to_start(message: str) -> AsyncIterator[str]:
        await asyncio.sleep(0.1)
        yield "Hello"

    engine = an_engine(slow_to_start, timeouts=Timeouts(first_token=30, idle=0.05))
    assert text_of(await ask_and_read(engine)) == "Hello"


@pytest.mark.parametrize("error", [StoreUnavailable(), RuntimeError(SECRET)])
async def test_readers_end_though_the_answer_can_not_be_stored(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    class Full(Memory):
        async def finish(
            self, run: RunRecord, message: Message, *, end: bytes | None = None
        ) -> None:
            raise error

    chunks = await ask_and_read(an_engine(Scripted("Hello"), store=Full()))
    assert text_of(chunks) == "Hello"
    assert not [chunk for chunk in chunks if isinstance(chunk, Finish)]
    end = only(Error, chunks)
    assert end.code == getattr(error, "code", "internal")
    assert end.retryable
    assert SECRET not in repr(chunks)
    assert end.error_id in caplog.text


async def test_a_history_that_can_not_be_read_is_an_error() -> None:
    class Unreadable(Memory):
        async def messages(self, *args: Any, **details: Any) -> list[Message]:
            raise StoreUnavailable

    chunks = await ask_and_read(an_engine(Scripted("Hello"), store=Unreadable()))
    assert only(Error, chunks).code == "store_unavailable"


async def test_a_provider_that_never_waits_lets_others_work() -> None:
    async def talk(message: str) -> AsyncIterator[str]:
        for _ in range(5000):
            yield "x"

    engine = an_engine(talk)
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    turning = asyncio.create_task(turn())
    assert len(text_of(await ask_and_read(engine))) == 5000
    turning.cancel()
    assert turns > 5000 / 100
