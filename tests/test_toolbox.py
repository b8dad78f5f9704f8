"""Tools are run, their results go back to the model, and there is an end to it."""

import asyncio
from typing import Any

import pytest
from running import (
    SECRET,
    an_engine,
    ask,
    ask_and_read,
    last_message,
    only,
    read,
    text_of,
)

from chatwidget import ToolError, tool
from chatwidget.chunks import (
    Error,
    Finish,
    StartStep,
    StepEnd,
    ToolInputAvailable,
    ToolInputError,
    ToolInputStart,
    ToolOutputAvailable,
    ToolOutputError,
    Usage,
)
from chatwidget.history import UNANSWERED
from chatwidget.messages import StepPart, TextPart, ToolPart
from chatwidget.providers import Scripted

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("nothing_is_left_behind")]


def call(name: str, call_id: str = "c", **arguments: Any) -> ToolInputAvailable:
    return ToolInputAvailable(call_id, name, arguments)


async def test_a_tools_result_goes_back_to_the_model() -> None:
    @tool(title="Add up")
    def add(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b

    provider = Scripted("Let me see. ", ToolInputStart("c", "add"), call("add", a=2, b=3))
    provider.then("It is 5.")
    engine = an_engine(provider, tools=[add])
    chunks = await ask_and_read(engine)
    assert only(ToolInputStart, chunks).title == "Add up"
    assert only(ToolInputAvailable, chunks).title == "Add up"
    assert only(ToolOutputAvailable, chunks) == ToolOutputAvailable("c", 5)
    assert [type(chunk) for chunk in chunks].count(StartStep) == 2
    assert chunks[-1] == Finish("stop")

    first, second = provider.requests
    assert [message.role for message in first.messages] == ["user"]
    assert [message.role for message in second.messages] == ["user", "assistant"]
    added = ToolPart("c", "add", "output-available", {"a": 2, "b": 3}, 5, None, "Add up")
    assert second.messages[1].parts == [StepPart(), TextPart("Let me see. "), added]
    assert (await last_message(engine)).parts == [
        *second.messages[1].parts,
        StepPart(),
        TextPart("It is 5."),
    ]


async def test_tools_run_at_the_same_time() -> None:
    meeting = asyncio.Barrier(3)

    @tool
    async def meet(who: str) -> str:
        """Wait for the others."""
        await meeting.wait()
        return who

    calls = [call("meet", f"c{n}", who=f"guest {n}") for n in range(3)]
    provider = Scripted(*calls).then("All there.")
    chunks = await ask_and_read(an_engine(provider, tools=[meet]))
    results = {c.tool_call_id: c.output for c in chunks if isinstance(c, ToolOutputAvailable)}
    assert results == {f"c{n}": f"guest {n}" for n in range(3)}
    assert chunks[-1] == Finish("stop")


async def test_the_usage_of_all_steps_is_added_up() -> None:
    @tool
    def now() -> str:
        """Tell the time."""
        return "noon"

    provider = Scripted(call("now"), StepEnd("tool-calls", Usage(10, 1)))
    provider.then("Noon.", StepEnd("stop", Usage(20, 2)))
    await ask_and_read(engine := an_engine(provider, tools=[now]))
    assert (await last_message(engine)).metadata.usage == Usage(30, 3)


async def test_a_tool_that_is_not_there_is_told_to_the_model() -> None:
    provider = Scripted(call("fly")).then("I can't fly.")
    chunks = await ask_and_read(an_engine(provider))
    assert only(ToolOutputError, chunks).error_text == "There is no tool 'fly'."
    assert text_of(chunks) == "I can't fly."


async def test_arguments_that_do_not_fit_are_told_to_the_model() -> None:
    @tool
    def double(number: int) -> int:
        """Double a number."""
        return number * 2

    provider = Scripted(call("double", number="many")).then("I see.")
    chunks = await ask_and_read(an_engine(provider, tools=[double]))
    assert "number" in only(ToolOutputError, chunks).error_text
    assert chunks[-1] == Finish("stop")


async def test_arguments_that_are_no_json_are_told_to_the_model() -> None:
    broken = ToolInputError("c", "double", '{"number": 1', "The arguments are not JSON.")
    provider = Scripted(broken, StepEnd("tool-calls")).then("I see.")
    chunks = await ask_and_read(an_engine(provider))
    assert text_of(chunks) == "I see."
    assert provider.requests[1].messages[-1].parts[-1] == ToolPart(
        "c", "double", "output-error", '{"number": 1', None, "The arguments are not JSON."
    )


async def test_a_tool_says_itself_what_went_wrong() -> None:
    @tool
    def order(number: str) -> str:
        """Look up an order."""
        raise ToolError(f"There is no order {number}.")

    provider = Scripted(call("order", number="A-1")).then("Sorry.")
    chunks = await ask_and_read(an_engine(provider, tools=[order]))
    assert only(ToolOutputError, chunks).error_text == "There is no order A-1."


@pytest.mark.parametrize("error", [RuntimeError(SECRET), asyncio.CancelledError(SECRET)])
async def test_a_tool_that_fails_tells_nothing(
    error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    @tool
    async def fall() -> str:
        """Fall over."""
        raise error

    provider = Scripted(call("fall")).then("Sorry.")
    chunks = await ask_and_read(an_engine(provider, tools=[fall]))
    told = only(ToolOutputError, chunks).error_text
    assert SECRET not in repr(chunks)
    assert SECRET not in repr(provider.requests)
    assert SECRET in caplog.text
    assert any(f"[{word}]" in caplog.text for word in told.strip(").").split("("))
    assert chunks[-1] == Finish("stop")


async def test_calls_of_two_steps_under_one_id_stay_apart() -> None:
    @tool
    def count(number: int) -> int:
        """Count on."""
        return number + 1

    provider = Scripted(call("count", "call_0", number=1))
    provider.then(call("count", "call_0", number=2)).then("Three.")
    engine = an_engine(provider, tools=[count])
    await ask_and_read(engine)
    tools = [p for p in (await last_message(engine)).parts if isinstance(p, ToolPart)]
    assert [(part.tool_call_id, part.output) for part in tools] == [
        ("call_0", 2),
        ("call_0_2", 3),
    ]


async def test_rounds_are_limited_and_the_last_one_is_without_tools() -> None:
    runs = 0

    @tool
    def again() -> str:
        """Go on."""
        nonlocal runs
        runs += 1
        return "again"

    provider = Scripted(call("again"))
    chunks = await ask_and_read(an_engine(provider, tools=[again], max_tool_rounds=2))
    assert [request.tool_choice for request in provider.requests] == ["auto", "auto", "none"]
    assert runs == 2
    assert only(Error, chunks).code == "too_many_tool_rounds"


async def test_the_last_round_may_still_answer() -> None:
    @tool
    def again() -> str:
        """Go on."""
        return "again"

    provider = Scripted(call("again")).then("Enough.")
    chunks = await ask_and_read(an_engine(provider, tools=[again], max_tool_rounds=1))
    assert text_of(chunks) == "Enough."
    assert [request.tool_choice for request in provider.requests] == ["auto", "none"]


@pytest.mark.parametrize("reason", ["length", "interrupted"])
async def test_calls_of_a_step_that_was_cut_off_are_not_run(reason: Any) -> None:
    runs = 0

    @tool
    def pay() -> None:
        """Pay."""
        nonlocal runs
        runs += 1

    provider = Scripted(call("pay"), StepEnd(reason))
    chunks = await ask_and_read(an_engine(provider, tools=[pay]))
    assert runs == 0
    assert isinstance(chunks[-1], Finish)
    assert len(provider.requests) == 1


async def test_what_the_provider_runs_itself_is_not_run_again() -> None:
    provider = Scripted(
        ToolInputAvailable("srv", "search", {}, provider_executed=True),
        ToolOutputAvailable("srv", "found", provider_executed=True),
        "Found it.",
    )
    chunks = await ask_and_read(an_engine(provider))
    assert only(ToolOutputAvailable, chunks).output == "found"
    assert len(provider.requests) == 1


async def test_stopping_ends_a_tool_and_the_next_turn_shows_its_call_answered() -> None:
    running, ended = asyncio.Event(), asyncio.Event()

    @tool
    async def wait() -> None:
        """Wait for ever."""
        try:
            running.set()
            await asyncio.Event().wait()
        finally:
            ended.set()

    provider = Scripted(call("wait")).then("Hello")
    engine = an_engine(provider, tools=[wait])
    run = await ask(engine)
    await running.wait()
    assert await engine.stop("c_1", visitor_id="v_1")
    assert ended.is_set()
    assert (await read(engine, run))[-1] == Finish("other", {"stopped": True})
    await ask_and_read(engine, "And now?")
    assert provider.requests[1].messages[1].parts[-1] == ToolPart(
        "c", "wait", "output-error", {}, None, UNANSWERED
    )


async def test_two_tools_of_one_name_are_refused_at_once() -> None:
    @tool
    def find() -> None:
        """Find."""

    with pytest.raises(ValueError, match="find"):
        an_engine(Scripted("Hello"), tools=[find, find])
