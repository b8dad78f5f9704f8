"""An offline provider that shows what the widget can do, always in the same way."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from functools import cache
from itertools import cycle
from pathlib import Path

from msgspec.structs import replace

from chatwidget.chunks import (
    Chunk,
    ReasoningDelta,
    Status,
    StepEnd,
    Suggestions,
    TextDelta,
    ToolInputAvailable,
    ToolInputDelta,
    ToolInputStart,
    ToolOutputAvailable,
    Usage,
)
from chatwidget.errors import ProviderError
from chatwidget.files import StoredFile
from chatwidget.providers.base import ChatRequest

PACE = 0.024
"""Seconds per word: ten times the speed of reading (250 words a minute)."""

KEYWORDS = ("markdown", "code", "table", "long", "slow", "think", "tool", "error")

_ANSWERS = Path(__file__).parent / "answers"
_KEYWORD = re.compile(rf"\b({'|'.join(KEYWORDS)})\b", re.IGNORECASE)
_WORD = re.compile(r"\S+\s*|\s+")
_SMALL_TALK = ("hello", "again", "third")
# Words come unevenly, as from a model; the mean is 1.
_RHYTHM = (0.6, 1.1, 0.8, 1.5, 0.9, 1.3, 0.8)


class Demo:
    """Answers without a network, and the same each time.

    A question that holds one of `KEYWORDS` gets that answer: `slow` says nothing for three
    seconds, `error` fails half way, `tool` calls a tool of its own. A question that has files gets
    told what they are. Anything else gets a few sentences about chatwidget. `pace` is the mean
    number of seconds per word; 0 leaves out every pause.
    """

    name = "demo"

    def __init__(self, *, pace: float = PACE) -> None:
        self._pace = pace

    async def stream(self, request: ChatRequest) -> AsyncIterator[Chunk]:
        said, request = request.continues, _as_asked(request)
        answer = _answer_to(request)
        match answer if said is None else None:
            case "slow":
                await self._rest(3)
            case "think":
                async for chunk in self._write(_words("thoughts"), ReasoningDelta):
                    yield chunk
            case "tool":
                async for chunk in self._search(f"call_{len(request.messages)}"):
                    yield chunk
        files = request.files_of()
        text = _WORD.findall(_received(files)) if files else _words(answer)
        if said is not None:
            text = _rest_of(text, said.text)
        words = 0
        async for chunk in self._write(text, TextDelta):
            yield chunk
            words += 1
            if answer == "error" and said is None and words * 2 > len(text):
                raise ProviderError("provider_overloaded", hint="the demo's keyword `error`")
        if answer in _SMALL_TALK:
            yield Suggestions(["What does code look like?", "Think about it first"])
        yield StepEnd("stop", Usage(len(_WORD.findall(request.message)), words))

    async def aclose(self) -> None:
        """Nothing is kept between calls."""

    async def _write(
        self, words: list[str], kind: Callable[[str], TextDelta | ReasoningDelta]
    ) -> AsyncIterator[Chunk]:
        # Measured from the start, so that what the pauses overrun does not add up.
        clock = asyncio.get_running_loop().time
        due = clock()
        for word, beat in zip(words, cycle(_RHYTHM), strict=False):
            yield kind(word)
            due += self._pace * beat
            if (wait := due - clock()) > 0:
                await asyncio.sleep(wait)

    async def _search(self, call_id: str) -> AsyncIterator[Chunk]:
        yield Status("Searching the handbook…")
        yield ToolInputStart(call_id, "search_handbook", "Search the handbook")
        for piece in ('{"query": ', '"returns ', "and ", 'refunds"}'):
            yield ToolInputDelta(call_id, piece)
            await self._rest(0.1)
        yield ToolInputAvailable(
            call_id,
            "search_handbook",
            {"query": "returns and refunds"},
            "Search the handbook",
            provider_executed=True,
        )
        await self._rest(1)
        found = [
            {"title": "Returns and refunds", "page": 12},
            {"title": "Sale items", "page": 14},
        ]
        yield ToolOutputAvailable(call_id, found, provider_executed=True)

    async def _rest(self, seconds: float) -> None:
        """Wait for `seconds` at the usual pace, and accordingly at any other."""
        await asyncio.sleep(seconds * self._pace / PACE)


def _as_asked(request: ChatRequest) -> ChatRequest:
    """Return the request as it was before an answer to it was cut off."""
    if request.continues is None:
        return request
    return replace(request, messages=request.messages[:-2], continues=None)


def _rest_of(words: list[str], said: str) -> list[str]:
    whole = "".join(words)
    return _WORD.findall(whole[len(said) :]) if whole.startswith(said) else words


def _answer_to(request: ChatRequest) -> str:
    if keyword := _KEYWORD.search(request.message):
        return keyword[1].lower()
    asked = sum(message.role == "user" for message in request.messages)
    return _SMALL_TALK[(asked - 1) % len(_SMALL_TALK)]


@cache
def _words(answer: str) -> list[str]:
    return _WORD.findall((_ANSWERS / f"{answer}.md").read_text(encoding="utf-8").rstrip())


def _received(files: list[StoredFile]) -> str:
    """Return a few lines on what was attached. No name holds a backtick: see `clean_name`."""
    told = [f"- `{file.name}`: {file.media_type}, {_size(file)}" for file in files]
    return "\n".join(["This is what arrived with your message:", "", *told])


def _size(file: StoredFile) -> str:
    bytes_ = f"{len(file.data):,} bytes"
    return bytes_ if file.is_image else f"{bytes_}, {len(file.text.splitlines()):,} lines"
