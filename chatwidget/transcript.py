"""An answer as a list of messages, for front ends that know nothing but messages.

Text is one message; a thought, a tool call and what the assistant is doing right now are each a
message of their own, with a title.
"""

import json
import re
import time
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from chatwidget.chunks import (
    Chunk,
    Error,
    File,
    Finish,
    ReasoningDelta,
    ReasoningEnd,
    ReasoningStart,
    SourceDocument,
    SourceUrl,
    Start,
    Status,
    TextDelta,
    TextStart,
    ToolInputAvailable,
    ToolInputError,
    ToolInputStart,
    ToolOutputAvailable,
    ToolOutputError,
)

MOST_OF_A_RESULT = 4_000
"""Characters of a tool's result that are shown."""

_NOTES = {"length": "*The answer was cut off: it had reached its limit.*"}
_INTERRUPTED = "*The answer was interrupted.*"


class Entry(Struct):
    """One message. With a `title` it is a line that opens, `pending` until it is over; `duration`
    is in seconds. `text` is Markdown."""

    text: str = ""
    title: str | None = None
    pending: bool = False
    duration: float | None = None


class Transcript:
    """Collects an answer's chunks. `clock` returns seconds."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.conversation_id = ""
        self.message_id = ""
        self.ended = False
        self._clock = clock
        self._entries: list[Entry] = []
        self._began: dict[int, float] = {}
        self._open: dict[str, Entry] = {}
        self._sources: list[str] = []
        self._status: str | None = None

    @property
    def entries(self) -> list[Entry]:
        """The messages so far, in order."""
        shown = list(self._entries)
        if self._sources:
            shown.append(Entry("\n".join(f"- {source}" for source in self._sources), "Sources"))
        if self._status is not None:
            shown.append(Entry(title=self._status, pending=True))
        return shown

    def add(self, chunk: Chunk) -> None:
        """Take the next chunk."""
        if not isinstance(chunk, Status):
            self._status = None
        match chunk:
            case Start():
                self.message_id = chunk.message_id
                self.conversation_id = chunk.message_metadata["conversationId"]
            case Status():
                self._status = chunk.text
            case TextStart():
                self._begin(chunk.id, Entry())
            case ReasoningStart():
                self._begin(chunk.id, Entry(title="Thinking", pending=True))
            case TextDelta(delta=delta) | ReasoningDelta(delta=delta):
                self._open[chunk.id].text += delta
            case ReasoningEnd():
                self._end(self._open[chunk.id], title="Thought")
            case ToolInputStart():
                self._tool(chunk)
            case ToolInputAvailable():
                self._tool(chunk).text = _fenced(chunk.input)
            case ToolOutputAvailable():
                self._result(chunk.tool_call_id, _fenced(chunk.output))
            case ToolInputError():
                self._tool(chunk)
                self._result(chunk.tool_call_id, chunk.error_text)
            case ToolOutputError():
                self._result(chunk.tool_call_id, chunk.error_text)
            case SourceUrl():
                self._sources.append(_link(chunk.title or chunk.url, chunk.url))
            case SourceDocument():
                self._sources.append(_plain(chunk.title))
            case File():
                self._sources.append(_link(chunk.media_type, chunk.url))
            case Error():
                self._close(f"⚠️ {chunk.error_text}")
            case Finish(finish_reason=reason, message_metadata=metadata):
                interrupted = metadata.get("interrupted")
                self._close(_INTERRUPTED if interrupted else _NOTES.get(reason))

    def _begin(self, key: str, entry: Entry) -> Entry:
        self._entries.append(entry)
        self._open[key] = entry
        self._began[id(entry)] = self._clock()
        return entry

    def _end(self, entry: Entry, *, title: str | None = None) -> None:
        if entry.pending:
            entry.pending = False
            entry.title = title or entry.title
            entry.duration = round(self._clock() - self._began[id(entry)], 1)

    def _tool(self, chunk: ToolInputStart | ToolInputAvailable | ToolInputError) -> Entry:
        if entry := self._open.get(chunk.tool_call_id):
            return entry
        entry = Entry(title=chunk.title or chunk.tool_name, pending=True)
        return self._begin(chunk.tool_call_id, entry)

    def _result(self, tool_call_id: str, text: str) -> None:
        if entry := self._open.get(tool_call_id):
            entry.text = f"{entry.text}\n\n{text}".strip()
            self._end(entry)

    def _close(self, note: str | None) -> None:
        self.ended = True
        for entry in self._entries:
            self._end(entry)
        if note:
            self._entries.append(Entry(note))


def _fenced(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
    if len(text) > MOST_OF_A_RESULT:
        text = text[:MOST_OF_A_RESULT] + " …"
    # Longer than any run of backticks inside, or the text would end its own block.
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}{'' if isinstance(value, str) else 'json'}\n{text}\n{fence}"


def _plain(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>])", r"\\\1", " ".join(text.split()))


def _link(text: str, url: str) -> str:
    if re.match(r"https?://", url):
        return f"[{_plain(text)}](<{url.replace('<', '%3C').replace('>', '%3E')}>)"
    return _plain(text)
