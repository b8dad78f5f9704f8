"""What every provider promises, whatever stands behind it."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from typing import Any

import pytest
from asking import Heard, ask, question, transcript
from connecting import Connect
from upstream import Answer, Upstream

from chatwidget.chunks import StepEnd, TextDelta
from chatwidget.providers import Demo, Gate, Provider, Scripted, as_provider

pytestmark = pytest.mark.anyio

PATIENCE = 10
"""Seconds that nothing here takes unless it is broken."""


class Speaker:
    """A provider that begins to say something, and how to tell that it was left."""

    def __init__(self, provider: Provider, left: Callable[[], bool]) -> None:
        self.provider = provider
        self._left = left

    async def was_left(self) -> bool:
        return await asyncio.to_thread(self._left)


def _upstream_speaker(api: str, upstream: Upstream, connect: Connect) -> Speaker:
    name, mark = {
        "chat": ("chat_text", b'"delta":{}'),
        "responses": ("responses_text", b'"type":"response.output_text.done"'),
        "messages": ("anthropic_text", b'"type":"message_delta"'),
    }[api]
    body = transcript(name)
    upstream.answers(Answer(body=body, stall=body.rindex(b"\n\n", 0, body.index(mark)) + 2))

    def left() -> bool:
        return upstream.left.acquire(timeout=PATIENCE) and upstream.wait_for_connections(0)

    return Speaker(connect(api), left)


def _function_speaker(kind: str) -> Speaker:
    closed = threading.Event()

    async def speak(message: str) -> AsyncIterator[str]:
        try:
            yield "Hello, "
            await asyncio.Event().wait()
        finally:
            closed.set()

    def speak_in_thread(message: str) -> Iterator[str]:
        try:
            yield "Hello, "
            while True:
                yield ""
        finally:
            closed.set()

    function = speak if kind == "async function" else speak_in_thread
    return Speaker(as_provider(function), lambda: closed.wait(PATIENCE))


def _scripted_speaker() -> Speaker:
    scripted = Scripted("Hello, ", Gate(), "world")
    return Speaker(scripted, lambda: (scripted.closed, scripted.cancelled) == (1, 1))


@pytest.fixture(
    params=["chat", "responses", "messages", "async function", "function", "scripted", "demo"]
)
def speaker(request: pytest.FixtureRequest, upstream: Upstream, connect: Connect) -> Speaker:
    match request.param:
        case "chat" | "responses" | "messages":
            return _upstream_speaker(request.param, upstream, connect)
        case "scripted":
            return _scripted_speaker()
        case "demo":
            return Speaker(Demo(pace=0.05), lambda: True)
    return _function_speaker(request.param)


async def test_the_first_words_arrive_before_the_answer_is_complete(speaker: Speaker) -> None:
    async with aclosing(_said(speaker)) as chunks:
        assert (await anext(chunks)).delta


async def test_closing_the_iterator_closes_what_is_behind_it(speaker: Speaker) -> None:
    chunks = _said(speaker)
    await anext(chunks)
    async with asyncio.timeout(PATIENCE):
        await chunks.aclose()
    assert await speaker.was_left()


async def test_cancelling_the_reader_closes_what_is_behind_it(speaker: Speaker) -> None:
    begun = asyncio.Event()

    async def read() -> None:
        async with aclosing(_said(speaker)) as chunks:
            async for _ in chunks:
                begun.set()

    reading = asyncio.create_task(read())
    async with asyncio.timeout(PATIENCE):
        await begun.wait()
        reading.cancel()
        await asyncio.wait([reading])
    assert reading.cancelled()
    assert await speaker.was_left()


async def test_a_call_that_has_no_answer_yet_is_closed_too(
    upstream: Upstream, connect: Connect
) -> None:
    for api in ("chat", "responses", "messages"):
        upstream.stalled.clear()
        upstream.answers(Answer(stall=0))
        reading = asyncio.create_task(ask(connect(api)))
        assert await asyncio.to_thread(upstream.stalled.wait, PATIENCE)
        reading.cancel()
        await asyncio.wait([reading])
        assert await asyncio.to_thread(upstream.left.acquire, timeout=PATIENCE)
    assert await asyncio.to_thread(upstream.wait_for_connections, 0)


async def test_closing_twice_and_without_any_use_does_no_harm(speaker: Speaker) -> None:
    await speaker.provider.aclose()
    await speaker.provider.aclose()


async def test_every_provider_is_one(speaker: Speaker) -> None:
    assert isinstance(speaker.provider, Provider)
    assert as_provider(speaker.provider) is speaker.provider
    assert speaker.provider.name


@pytest.mark.parametrize("api", ["chat", "responses", "messages"])
async def test_answers_at_the_same_time_do_not_mix(
    upstream: Upstream, connect: Connect, api: str
) -> None:
    names = {"chat": "chat_text", "responses": "responses_text", "messages": "anthropic_text"}
    upstream.answers(Answer(body=transcript(names[api]), piece=7))
    provider = connect(api)
    answers: list[Heard] = await asyncio.gather(*(ask(provider) for _ in range(5)))
    assert len({heard.text for heard in answers}) == 1
    assert all(heard.complete for heard in answers)


async def test_the_end_comes_last_and_once() -> None:
    for provider in (Demo(pace=0), Scripted("a", "b")):
        heard = await ask(provider, question("table"))
        assert isinstance(heard.chunks[-1], StepEnd)
        assert heard.complete


def test_importing_the_providers_imports_no_vendor() -> None:
    code = (
        "import sys, chatwidget.providers as providers\n"
        "providers.Demo, providers.Scripted, providers.as_provider, providers.Provider\n"
        "print([m for m in ('openai', 'anthropic', 'httpx2', 'gradio') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(("name", "vendor"), [("OpenAI", "openai"), ("Anthropic", "anthropic")])
def test_a_missing_extra_says_what_to_install(name: str, vendor: str) -> None:
    code = f"import sys; sys.modules['{vendor}'] = None; from chatwidget.providers import {name}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert f'{name} needs its SDK: pip install "chatwidget[{vendor}]"' in done.stderr


def test_every_name_there_is_can_be_imported() -> None:
    from chatwidget import providers

    for name in dir(providers):
        assert getattr(providers, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'Nobody'"):
        providers.Nobody  # noqa: B018


async def _said(speaker: Speaker) -> Any:
    async with aclosing(speaker.provider.stream(question("long"))) as chunks:  # type: ignore[type-var]
        async for chunk in chunks:
            if isinstance(chunk, TextDelta):
                yield chunk
