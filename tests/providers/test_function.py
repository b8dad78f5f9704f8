"""Functions of every kind as providers."""

import asyncio
import contextvars
import functools
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any

import pytest
from asking import ask, conversation, question

from chatwidget.chunks import (
    Chunk,
    Error,
    Finish,
    ReasoningDelta,
    Start,
    Status,
    TextDelta,
    TextStart,
    ToolInputAvailable,
)
from chatwidget.errors import ProviderError
from chatwidget.files import StoredFile
from chatwidget.messages import FilePart, Message, TextPart, user_message
from chatwidget.providers import ChatRequest, Demo, as_provider

pytestmark = pytest.mark.anyio


async def an_async_generator(message: str) -> AsyncIterator[str]:
    yield "You said "
    yield message


def a_generator(message: str) -> Iterator[str]:
    yield "You said "
    yield message


async def a_coroutine(message: str) -> str:
    return f"You said {message}"


def a_function(message: str) -> str:
    return f"You said {message}"


async def a_coroutine_that_gives_a_generator(message: str) -> AsyncIterator[str]:
    return an_async_generator(message)


def a_function_that_gives_an_async_generator(message: str) -> AsyncIterator[str]:
    return an_async_generator(message)


class Bot:
    def method(self, message: str) -> str:
        return f"You said {message}"

    async def __call__(self, message: str) -> str:
        return f"You said {message}"


@pytest.mark.parametrize(
    "function",
    [
        an_async_generator,
        a_generator,
        a_coroutine,
        a_function,
        a_coroutine_that_gives_a_generator,
        a_function_that_gives_an_async_generator,
        lambda message: f"You said {message}",
        Bot().method,
        Bot(),
        functools.partial(lambda greeting, message: f"{greeting} {message}", "You said"),
        "You said {}".format,
    ],
)
async def test_a_function_of_any_kind_answers(function: Any) -> None:
    heard = await ask(as_provider(function), question("hi"))
    assert heard.error is None
    assert heard.text == "You said hi"


HISTORY = [
    user_message("u1", "One?"),
    Message("a1", "assistant", [TextPart("One."), TextPart(" Indeed.")]),
    user_message("u2", "Two?"),
]
EARLIER = [
    {"role": "user", "content": "One?"},
    {"role": "assistant", "content": "One. Indeed."},
]


def by_name(request: Any) -> tuple[Any, ...]:
    return (request,)


def by_annotation(asked: ChatRequest) -> tuple[Any, ...]:
    return (asked,)


def by_written_annotation(asked: "ChatRequest") -> tuple[Any, ...]:
    return (asked,)


def with_history(text: str, earlier: list[Any]) -> tuple[Any, ...]:
    return (text, earlier)


def with_optional_history(text: str, history: Any = None) -> tuple[Any, ...]:
    return (text, history)


def with_an_option(text: str, temperature: float = 0.5) -> tuple[Any, ...]:
    return (text, temperature)


def with_anything(*arguments: Any) -> tuple[Any, ...]:
    return arguments


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (by_name, None),
        (by_annotation, None),
        (by_written_annotation, None),
        (with_history, ("Two?", EARLIER)),
        (with_optional_history, ("Two?", EARLIER)),
        (with_anything, ("Two?", EARLIER)),
        (with_an_option, ("Two?", 0.5)),
    ],
)
async def test_it_gets_what_its_signature_asks_for(function: Any, expected: Any) -> None:
    got: list[Any] = []

    def listening(*arguments: Any) -> str:
        got.append(function(*arguments))
        return "ok"

    request = conversation(*HISTORY)
    await ask(as_provider(functools.wraps(function)(listening)), request)
    assert got == [expected or (request,)]


@pytest.mark.parametrize(
    "function",
    [
        lambda: "hi",
        lambda a, b, c: "hi",
        lambda message, *, key: "hi",
        lambda request, history: "hi",
    ],
)
def test_a_signature_that_does_not_fit_is_refused_at_once(function: Any) -> None:
    with pytest.raises(TypeError, match=r"take \(message\), \(message, history\) or"):
        as_provider(function)


def test_what_can_not_answer_is_refused_at_once() -> None:
    with pytest.raises(TypeError, match="neither a provider nor a function"):
        as_provider("gpt-5")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"Demo is a class: pass an instance"):
        as_provider(Demo)


async def test_chunks_pass_through_as_they_are() -> None:
    chunks = [
        Status("Searching…"),
        ReasoningDelta("Hm."),
        ToolInputAvailable("c", "search", {}, provider_executed=True),
        TextDelta("Found."),
    ]

    async def answer(message: str) -> AsyncIterator[Chunk]:
        for chunk in chunks:
            yield chunk

    assert (await ask(as_provider(answer))).chunks == chunks


@pytest.mark.parametrize(
    "item", [1, b"bytes", ["a"], {"content": "x"}, TextStart("t"), Start("m"), Finish("stop")]
)
async def test_anything_else_is_an_error_that_says_what_it_was(item: Any) -> None:
    async def yields(message: str) -> AsyncIterator[Any]:
        yield "before"
        yield item

    async def returns(message: str) -> Any:
        return item

    for function, before in ((yields, "before"), (returns, "")):
        heard = await ask(as_provider(function))
        assert heard.text == before
        assert heard.error is not None
        assert heard.error.code == "internal"
        assert isinstance(heard.error.__cause__, TypeError)
        assert type(item).__name__ in str(heard.error.hint)


async def test_writing_an_error_chunk_is_told_how_to_do_it_right() -> None:
    heard = await ask(as_provider(lambda message: Error("No.", "no", retryable=False)))
    assert heard.error is not None
    assert "raise ProviderError" in str(heard.error.hint)


async def test_returning_nothing_says_nothing() -> None:
    for function in (lambda message: None, a_coroutine_that_says_nothing):
        heard = await ask(as_provider(function))
        assert (heard.chunks, heard.error) == ([], None)


async def a_coroutine_that_says_nothing(message: str) -> None:
    pass


@pytest.mark.parametrize("kind", ["async", "thread"])
async def test_an_exception_stays_in_the_log(kind: str) -> None:
    async def fails(message: str) -> AsyncIterator[str]:
        yield "half"
        raise LookupError("password: hunter2")

    def fails_in_thread(message: str) -> Iterator[str]:
        yield "half"
        raise LookupError("password: hunter2")

    heard = await ask(as_provider(fails if kind == "async" else fails_in_thread))
    assert heard.text == "half"
    assert heard.error is not None
    assert heard.error.code == "internal"
    assert isinstance(heard.error.__cause__, LookupError)
    assert "hunter2" not in f"{heard.error.message} {heard.error.hint}"


async def test_a_provider_error_is_passed_on() -> None:
    def busy(message: str) -> str:
        raise ProviderError("provider_overloaded", retry_after=3)

    heard = await ask(as_provider(busy))
    assert heard.error is not None
    assert (heard.error.code, heard.error.retry_after) == ("provider_overloaded", 3)


async def test_a_generator_runs_in_one_thread_with_the_callers_context() -> None:
    who = contextvars.ContextVar("who", default="nobody")
    threads = []

    def answer(message: str) -> Iterator[str]:
        for _ in range(20):
            threads.append(threading.current_thread())
            yield who.get()

    who.set("me")
    assert (await ask(as_provider(answer))).text == "me" * 20
    assert len(set(threads)) == 1
    assert threads[0] is not threading.current_thread()
    assert threads[0].daemon


async def test_a_generator_runs_no_further_than_it_is_read() -> None:
    made: list[int] = []

    def answer(message: str) -> Iterator[str]:
        for number in range(100):
            made.append(number)
            yield str(number)

    async with aclosing(as_provider(answer).stream(question())) as chunks:  # type: ignore[type-var]
        assert await anext(chunks) == TextDelta("0")
        assert await anext(chunks) == TextDelta("1")
        assert made == [0, 1]


async def test_items_arrive_one_by_one_while_the_event_loop_goes_on() -> None:
    go_on = threading.Event()

    def answer(message: str) -> Iterator[str]:
        yield "first"
        go_on.wait(10)
        yield "second"

    async with aclosing(as_provider(answer).stream(question())) as chunks:  # type: ignore[type-var]
        assert await anext(chunks) == TextDelta("first")
        waiting = asyncio.ensure_future(anext(chunks))
        await asyncio.sleep(0)
        assert not waiting.done()
        go_on.set()
        assert await waiting == TextDelta("second")


async def test_a_function_that_blocks_does_not_hold_up_a_cancellation() -> None:
    blocked, release, closed = threading.Event(), threading.Event(), threading.Event()

    def answer(message: str) -> Iterator[str]:
        try:
            blocked.set()
            release.wait(10)
            yield "too late"
        finally:
            closed.set()

    reading = asyncio.create_task(ask(as_provider(answer)))
    assert await asyncio.to_thread(blocked.wait, 10)
    reading.cancel()
    await asyncio.wait([reading])
    assert reading.cancelled()
    assert not closed.is_set()
    release.set()
    assert await asyncio.to_thread(closed.wait, 10)


async def test_a_generator_that_fails_while_it_is_closed_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    closed = threading.Event()

    def answer(message: str) -> Iterator[str]:
        try:
            while True:
                yield "x"
        finally:
            closed.set()
            raise LookupError("in its finally")

    async with aclosing(as_provider(answer).stream(question())) as chunks:  # type: ignore[type-var]
        await anext(chunks)
        thread = next(t for t in threading.enumerate() if t.name == "chatwidget-function")
    await asyncio.to_thread(thread.join, 10)
    assert closed.is_set()
    assert "in its finally" in caplog.text


async def test_an_iterator_that_a_coroutine_gives_is_closed_at_once() -> None:
    closed = asyncio.Event()

    async def items() -> AsyncIterator[str]:
        try:
            while True:
                yield "x"
        finally:
            closed.set()

    async def answer(message: str) -> AsyncIterator[str]:
        return items()

    async with aclosing(as_provider(answer).stream(question())) as chunks:  # type: ignore[type-var]
        await anext(chunks)
    assert closed.is_set()


CAT = StoredFile(id="f_1", name="cat.png", media_type="image/png", data=b"png")
OLD = StoredFile(id="f_0", name="old.txt", media_type="text/plain", data=b"old")


def with_files() -> ChatRequest:
    def part(file: StoredFile) -> FilePart:
        return FilePart(file.id, file.media_type, file.name)

    return conversation(
        user_message("q1", "One?", [part(OLD)]),
        Message("a1", "assistant", [TextPart("1.")]),
        user_message("q2", "Two?", [part(CAT)]),
        files={CAT.id: CAT, OLD.id: OLD},
    )


def about(message: str, files: list[StoredFile]) -> str:
    return f"{message} {[file.name for file in files]}"


def keyword_only(message: str, *, files: list[StoredFile]) -> str:
    return about(message, files)


def optional(message: str, files: Any = None) -> str:
    return about(message, files)


@pytest.mark.parametrize("function", [about, keyword_only, optional])
async def test_a_function_asks_for_files_by_name(function: Any) -> None:
    heard = await ask(as_provider(function), with_files())
    assert heard.text == "Two? ['cat.png']"


@pytest.mark.parametrize("position", [0, 1, 2])
async def test_earlier_files_are_in_the_history(position: int) -> None:
    given: list[Any] = []
    functions: list[Any] = [
        lambda message, history, files: given.extend((message, history, files)),
        lambda message, files, history: given.extend((message, history, files)),
        lambda message, history=(), *, files: given.extend((message, history, files)),
    ]
    await ask(as_provider(functions[position]), with_files())
    assert given == [
        "Two?",
        [
            {"role": "user", "content": "One?", "files": [OLD]},
            {"role": "assistant", "content": "1."},
        ],
        [CAT],
    ]


async def test_a_function_that_asks_for_no_files_is_told_their_names() -> None:
    given: list[Any] = []
    await ask(as_provider(lambda message: given.append(message)), with_files())
    await ask(as_provider(lambda message, history: given.extend((message, history))), with_files())
    assert given == [
        "[image: cat.png]\n\nTwo?",
        "[image: cat.png]\n\nTwo?",
        [
            {"role": "user", "content": "[file: old.txt]\n\nOne?"},
            {"role": "assistant", "content": "1."},
        ],
    ]


async def test_a_function_that_takes_the_request_finds_the_files_in_it() -> None:
    heard = await ask(
        as_provider(lambda request: about(request.message, request.files_of())), with_files()
    )
    assert heard.text == "Two? ['cat.png']"
