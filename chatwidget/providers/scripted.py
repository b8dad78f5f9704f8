"""A provider that says what a script tells it to, for tests and demos."""

import asyncio
import threading
from collections.abc import AsyncIterator

from msgspec import Struct

from chatwidget.chunks import Chunk, StepEnd, TextDelta, ToolInputAvailable
from chatwidget.errors import ProviderError
from chatwidget.providers.base import ChatRequest


class Pause(Struct, frozen=True):
    """A silence of so many seconds."""

    seconds: float


class Failure(Struct, frozen=True):
    """The point where the provider fails."""

    code: str
    retry_after: float | None = None


def pause(seconds: float) -> Pause:
    """Say nothing for `seconds`."""
    return Pause(seconds)


def fail(code: str = "provider_error", *, retry_after: float | None = None) -> Failure:
    """Raise `ProviderError(code)` here; `retry_after` is in seconds."""
    return Failure(code, retry_after)


class Gate:
    """A point in a script that is passed once the gate is open: tests wait for it, not for time.

    `reached` (a `threading.Event`) is set when a script stands before the gate. `open` may be
    called from any thread and any event loop, and opens for good.
    """

    def __init__(self) -> None:
        self.reached = threading.Event()
        self._lock = threading.Lock()
        self._opened = False
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    def open(self) -> None:
        with self._lock:
            self._opened = True
            waiting, self._waiting = self._waiting, []
        for loop, passed in waiting:
            if not loop.is_closed():
                loop.call_soon_threadsafe(passed.set)

    async def wait(self) -> None:
        passed = asyncio.Event()
        with self._lock:
            if self._opened:
                passed.set()
            else:
                self._waiting.append((asyncio.get_running_loop(), passed))
        self.reached.set()
        await passed.wait()


Line = str | Chunk | Pause | Failure | Gate


class Scripted:
    """Answers each call with the next script: `Scripted("Hel", pause(0.5), "lo")`.

    A script is a sequence of texts (each one delta), chunks, `pause(seconds)`, `fail(code)` and
    `Gate`s; it ends with a `StepEnd` of its own unless it has one. `.then(…)` adds the script of
    the next call; the last one is repeated.

    Attributes: `requests` (every `ChatRequest`, in order), `cancelled` (calls that the caller left
    before their end), `closed` (calls that are over, however they ended).
    """

    name = "scripted"

    def __init__(self, *lines: Line) -> None:
        self._scripts = [lines]
        self.requests: list[ChatRequest] = []
        self.cancelled = 0
        self.closed = 0

    def then(self, *lines: Line) -> "Scripted":
        """Add the script of the next call."""
        self._scripts.append(lines)
        return self

    async def stream(self, request: ChatRequest) -> AsyncIterator[Chunk]:
        script = self._scripts[min(len(self.requests), len(self._scripts) - 1)]
        self.requests.append(request)
        ended = False
        try:
            for line in _with_end(script):
                match line:
                    case str():
                        yield TextDelta(line)
                    case Chunk():
                        ended = isinstance(line, StepEnd)
                        yield line
                    case Pause(seconds=seconds):
                        await asyncio.sleep(seconds)
                    case Failure(code=code, retry_after=seconds):
                        raise ProviderError(code, hint="scripted", retry_after=seconds)
                    case Gate():
                        await line.wait()
        except (asyncio.CancelledError, GeneratorExit):
            # Who has read the end has no reason to read on.
            self.cancelled += not ended
            raise
        finally:
            self.closed += 1

    async def aclose(self) -> None:
        """Nothing is kept between calls."""


def _with_end(script: tuple[Line, ...]) -> tuple[Line, ...]:
    if any(isinstance(line, StepEnd) for line in script):
        return script
    calls = any(isinstance(x, ToolInputAvailable) and not x.provider_executed for x in script)
    return (*script, StepEnd("tool-calls" if calls else "stop"))
