"""Opens, numbers and closes the parts of an answer, so that providers need not."""

from typing import TypeVar, get_args

from msgspec import convert, to_builtins
from msgspec.structs import replace

from chatwidget.chunks import (
    Chunk,
    ReasoningDelta,
    ReasoningEnd,
    ReasoningStart,
    StartStep,
    Status,
    TextDelta,
    TextEnd,
    TextStart,
    ToolInputAvailable,
    ToolInputDelta,
    ToolInputError,
    ToolInputStart,
    ToolOutputAvailable,
    ToolOutputError,
    Yielded,
)

_ToolChunk = TypeVar(
    "_ToolChunk",
    bound=ToolInputStart
    | ToolInputDelta
    | ToolInputAvailable
    | ToolInputError
    | ToolOutputAvailable
    | ToolOutputError,
)


def checked(chunk: object) -> Chunk:
    """Return what a provider yielded, if a log can hold it.

    Raises TypeError for what is none of `Yielded`, and TypeError or msgspec.ValidationError for a
    value of another type than the chunk declares (`TextDelta(None)` is soon written).
    """
    match chunk:
        case TextDelta(delta=str()) | ReasoningDelta(delta=str()):
            return chunk
        case Chunk() if type(chunk) in get_args(Yielded):
            return convert(to_builtins(chunk), type(chunk))
    raise TypeError(f"a provider can't yield {type(chunk).__name__}")


class Parts:
    """Turns what a provider yields into a well-formed sequence of parts.

    At most one text or reasoning part is open at a time; anything but a status line closes it.
    No two tool calls of an answer have the same id, though servers exist that count from 0 again
    in every step.
    """

    def __init__(self) -> None:
        self._opened = 0
        self._open: TextStart | ReasoningStart | None = None
        self._calls: dict[str, str] = {}
        self._earlier: set[str] = set()
        self._names: set[str] = set()

    @property
    def goes_on(self) -> bool:
        """Whether a text is open, which the next piece of text goes on with."""
        return isinstance(self._open, TextStart)

    def take(self, chunk: Chunk) -> list[Chunk]:
        """Return the chunks to write for `chunk`. Raises ValueError for a piece or the result of
        a tool call that never began."""
        match chunk:
            case TextDelta(delta="") | ReasoningDelta(delta=""):
                return []
            case TextDelta(delta=delta):
                opening = self._begin(TextStart)
                return [*opening, TextDelta(delta, f"p{self._opened}")]
            case ReasoningDelta(delta=delta):
                opening = self._begin(ReasoningStart)
                return [*opening, ReasoningDelta(delta, f"p{self._opened}")]
            case Status():
                return [chunk]
            case StartStep():
                self._earlier.update(self._calls)
            case ToolInputStart() | ToolInputAvailable() | ToolInputError():
                self._name(chunk.tool_call_id)
                chunk = self._named(chunk)
            case ToolInputDelta() | ToolOutputAvailable() | ToolOutputError():
                chunk = self._named(chunk)
        return [*self.close(), chunk]

    def close(self) -> list[Chunk]:
        """Return what closes the open part, if there is one."""
        part, self._open = self._open, None
        match part:
            case TextStart():
                return [TextEnd(part.id)]
            case ReasoningStart():
                return [ReasoningEnd(part.id)]
        return []

    def _begin(self, kind: type[TextStart] | type[ReasoningStart]) -> list[Chunk]:
        if isinstance(self._open, kind):
            return []
        closing = self.close()
        self._opened += 1
        self._open = kind(f"p{self._opened}")
        return [*closing, self._open]

    def _name(self, call_id: str) -> None:
        if call_id in self._calls and call_id not in self._earlier:
            return
        name, number = call_id, 1
        while name in self._names:
            number += 1
            name = f"{call_id}_{number}"
        self._calls[call_id] = name
        self._names.add(name)
        self._earlier.discard(call_id)

    def _named(self, chunk: _ToolChunk) -> _ToolChunk:
        if chunk.tool_call_id not in self._calls:
            raise ValueError(f"tool call {chunk.tool_call_id!r} never began")
        return replace(chunk, tool_call_id=self._calls[chunk.tool_call_id])
