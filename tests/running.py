"""Engines without a server, and providers and stores that misbehave."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

from chatwidget import History, Timeouts
from chatwidget.chunks import Chunk, TextDelta
from chatwidget.engine import Engine
from chatwidget.messages import Message
from chatwidget.providers import Gate, Scripted, as_provider
from chatwidget.providers.base import ChatRequest
from chatwidget.stores.base import RunRecord
from chatwidget.stores.memory import Memory

SECRET = "sk-SENTINEL-4711"


def an_engine(provider: Any, **settings: Any) -> Engine:
    providers = provider if isinstance(provider, Mapping) else {"default": as_provider(provider)}
    defaults: dict[str, Any] = {
        "store": Memory(),
        "tools": (),
        "system": None,
        "params": {},
        "timeouts": Timeouts(),
        "history": History(),
        "max_tool_rounds": 8,
        "linger": 60.0,
    }
    return Engine(providers, **(defaults | settings))


async def ask(engine: Engine, question: Any = "Well?", **details: Any) -> RunRecord:
    known = {"visitor_id": "v_1", "conversation_id": "c_1"}
    return await engine.ask(question, **(known | details))


async def read(engine: Engine, run: RunRecord) -> list[Chunk]:
    return [chunk async for chunk in engine.chunks(run)]


async def ask_and_read(engine: Engine, question: Any = "Well?", **details: Any) -> list[Chunk]:
    return await read(engine, await ask(engine, question, **details))


async def over(engine: Engine, run: RunRecord) -> None:
    """Wait for a run's end, without being one of its readers."""
    batches = engine.store.follow(run.id)
    assert batches is not None
    async for _ in batches:
        pass


async def reached(gate: Gate) -> None:
    assert await asyncio.to_thread(gate.reached.wait, 10)


async def last_message(engine: Engine) -> Message:
    return (await engine.store.messages("c_1"))[-1]


def text_of(chunks: list[Chunk]) -> str:
    return "".join(chunk.delta for chunk in chunks if isinstance(chunk, TextDelta))


def only(kind: type[Any], chunks: list[Chunk]) -> Any:
    (found,) = [chunk for chunk in chunks if isinstance(chunk, kind)]
    return found


async def until_asked(provider: Scripted, times: int = 1) -> None:
    """Wait until the provider was asked so often and has said all it can without a gate."""
    while len(provider.requests) < times:  # noqa: ASYNC110
        await asyncio.sleep(0)
    for _ in range(10):
        await asyncio.sleep(0)


class SlowToBegin(Memory):
    """A store that begins a run when it is allowed to."""

    def __init__(self) -> None:
        super().__init__()
        self.began, self.may_begin = asyncio.Event(), asyncio.Event()
        self.begun: asyncio.Future[RunRecord] = asyncio.get_running_loop().create_future()

    async def begin(self, run: RunRecord, question: Message | None) -> RunRecord:
        self.began.set()
        await self.may_begin.wait()
        begun = await super().begin(run, question)
        self.begun.set_result(begun)
        return begun


class Raw:
    """A provider that says what it is given, chunk or not."""

    name = "raw"

    def __init__(self, *says: Any, closing: BaseException | None = None) -> None:
        self._says = says
        self._closing = closing

    async def stream(self, request: ChatRequest) -> AsyncIterator[Chunk]:
        try:
            for each in self._says:
                if isinstance(each, BaseException):
                    raise each
                yield each
        finally:
            if self._closing:
                raise self._closing

    async def aclose(self) -> None:
        pass


class Stubborn:
    """A provider that goes on after it is cancelled."""

    name = "stubborn"

    def __init__(self) -> None:
        self.talking, self.may_end, self.ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def stream(self, request: ChatRequest) -> AsyncIterator[Chunk]:
        yield TextDelta("Hel")
        self.talking.set()
        while not self.may_end.is_set():
            try:
                await self.may_end.wait()
            except asyncio.CancelledError:
                continue
        yield TextDelta("lo")
        self.ended.set()

    async def aclose(self) -> None:
        pass
