"""The demo assistant shows everything, always in the same way; a script says what it is told."""

import asyncio
import threading
from contextlib import aclosing

import pytest
from asking import ask, conversation, question

from chatwidget.chunks import (
    ProviderData,
    ReasoningDelta,
    Status,
    StepEnd,
    TextDelta,
    ToolInputAvailable,
    ToolInputStart,
    ToolOutputAvailable,
)
from chatwidget.files import StoredFile
from chatwidget.messages import FilePart, Message, TextPart, user_message
from chatwidget.providers import Demo, Gate, Scripted, fail, pause
from chatwidget.providers.demo import KEYWORDS, PACE

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("text", [*KEYWORDS, "Hello there"])
async def test_it_says_the_same_every_time(text: str) -> None:
    first, second = [await ask(Demo(pace=0), question(text)) for _ in range(2)]
    assert first.chunks == second.chunks
    assert len(first.text) > 200


@pytest.mark.parametrize("text", ["CODE!", "show me some code, please", "Code and a table"])
async def test_a_keyword_is_found_anywhere(text: str) -> None:
    heard = await ask(Demo(pace=0), question(text))
    assert "```python" in heard.text


async def test_a_word_that_only_holds_a_keyword_is_none() -> None:
    heard = await ask(Demo(pace=0), question("What is a decoder? Unthinkable, no stable longing."))
    assert heard.text.startswith("Hello!")


async def test_anything_else_is_told_what_there_is_to_see() -> None:
    asked = [user_message("u1", "Hello"), Message("a1", "assistant", [TextPart("Hello!")])]
    answers = []
    for _ in range(3):
        heard = await ask(Demo(pace=0), conversation(*asked))
        answers.append(heard.text)
        asked += asked[:2]
    assert len(set(answers)) == 3
    for answer in answers:
        assert all(f"`{keyword}`" in answer for keyword in KEYWORDS)


async def test_files_are_told_by_name_type_and_size() -> None:
    files = [
        StoredFile(id="f_1", name="cat.png", media_type="image/png", data=b"x" * 12_345),
        StoredFile(id="f_2", name="a.csv", media_type="text/csv", data=b"a,b\n1,2\n"),
    ]
    parts = [FilePart(file.id, file.media_type, file.name) for file in files]
    request = conversation(user_message("u1", "", parts), files={file.id: file for file in files})
    heard = await ask(Demo(pace=0), request)
    assert heard.text == (
        "This is what arrived with your message:\n\n"
        "- `cat.png`: image/png, 12,345 bytes\n"
        "- `a.csv`: text/csv, 8 bytes, 2 lines"
    )


async def test_what_each_keyword_shows() -> None:
    async def text(keyword: str) -> str:
        return (await ask(Demo(pace=0), question(keyword))).text

    markdown = await text("markdown")
    for sign in ("# ", "**", "> ", "1. ", "- [x]", "](https://", "ü", "👩‍🔬", "مرحبًا"):
        assert sign in markdown
    assert "|---" in await text("table")
    assert len((await text("long")).split()) == 2000


async def test_thinking_comes_before_the_answer() -> None:
    heard = await ask(Demo(pace=0), question("think"))
    kinds = [type(chunk) for chunk in heard.chunks]
    assert kinds.index(TextDelta) == kinds.count(ReasoningDelta) > 10


async def test_a_tool_is_called_and_answered_before_the_text() -> None:
    heard = await ask(Demo(pace=0), question("tool"))
    shown = [c for c in heard.chunks if isinstance(c, Status | ToolInputStart | TextDelta)]
    assert [type(chunk) for chunk in shown[:3]] == [Status, ToolInputStart, TextDelta]
    call = heard.of(ToolInputAvailable)[0]
    result = heard.of(ToolOutputAvailable)[0]
    assert call.provider_executed
    assert result.provider_executed
    assert call.tool_call_id == result.tool_call_id
    assert heard.pieces_of(call.tool_call_id) == '{"query": "returns and refunds"}'


async def test_the_error_comes_half_way() -> None:
    heard = await ask(Demo(pace=0), question("error"))
    assert heard.error is not None
    assert (heard.error.code, heard.error.retryable) == ("provider_overloaded", True)
    assert heard.text.startswith("This answer will fail half way")
    assert "something is wrong with the demo" not in heard.text


async def test_it_writes_at_its_pace() -> None:
    loop, pace, words = asyncio.get_running_loop(), 0.01, 41
    started = loop.time()
    async with aclosing(Demo(pace=pace).stream(question("long"))) as chunks:  # type: ignore[type-var]
        for _ in range(words):
            await anext(chunks)
    assert loop.time() - started >= (words - 1) * pace * 0.9


async def test_a_slow_start_takes_three_seconds_at_the_usual_pace() -> None:
    loop = asyncio.get_running_loop()
    started = loop.time()
    async with aclosing(Demo(pace=PACE / 30).stream(question("slow"))) as chunks:  # type: ignore[type-var]
        await anext(chunks)
    assert loop.time() - started >= 0.1


async def test_a_script_is_followed_line_by_line() -> None:
    status = Status("Searching…")
    scripted = Scripted("Hel", pause(0), status, "lo", fail("provider_rate_limited", retry_after=2))
    heard = await ask(scripted)
    assert heard.chunks == [TextDelta("Hel"), status, TextDelta("lo")]
    assert heard.error is not None
    assert (heard.error.code, heard.error.retry_after) == ("provider_rate_limited", 2)
    assert (scripted.cancelled, scripted.closed) == (0, 1)


async def test_a_script_ends_by_itself_unless_it_says_how() -> None:
    assert (await ask(Scripted("a"))).end == StepEnd("stop")
    call = ToolInputAvailable("c", "now", {})
    assert (await ask(Scripted(call))).end == StepEnd("tool-calls")
    hosted = ToolInputAvailable("c", "now", {}, provider_executed=True)
    assert (await ask(Scripted(hosted))).end == StepEnd("stop")
    assert (await ask(Scripted("a", StepEnd("length")))).end == StepEnd("length")


async def test_each_call_has_its_script_and_the_last_is_repeated() -> None:
    scripted = Scripted("one").then("two", ProviderData("x", {})).then("three")
    texts = [(await ask(scripted, question(str(number)))).text for number in range(4)]
    assert texts == ["one", "two", "three", "three"]
    assert [request.message for request in scripted.requests] == ["0", "1", "2", "3"]


async def test_who_reads_to_the_end_and_leaves_cancels_nothing() -> None:
    scripted = Scripted("a")
    async with aclosing(scripted.stream(question())) as chunks:  # type: ignore[type-var]
        async for chunk in chunks:
            if isinstance(chunk, StepEnd):
                break
    assert (scripted.cancelled, scripted.closed) == (0, 1)


async def test_who_leaves_earlier_does() -> None:
    scripted = Scripted("a", "b")
    async with aclosing(scripted.stream(question())) as chunks:  # type: ignore[type-var]
        await anext(chunks)
    assert (scripted.cancelled, scripted.closed) == (1, 1)


async def test_a_gate_holds_until_it_is_opened_from_any_thread() -> None:
    gate = Gate()
    reading = asyncio.create_task(ask(Scripted("a", gate, "b")))
    assert await asyncio.to_thread(gate.reached.wait, 10)
    assert not reading.done()
    opening = threading.Thread(target=gate.open)
    opening.start()
    assert (await reading).text == "ab"
    opening.join()
    assert (await ask(Scripted(gate, "open for good"))).text == "open for good"
