"""Opens, numbers and closes the parts of an answer, so that providers need not."""

from chatwidget.chunks import (
    Chunk,
    ReasoningDelta,
    ReasoningEnd,
    ReasoningStart,
    Status,
    TextDelta,
    TextEnd,
    TextStart,
)


class Parts:
    """Turns what a provider yields into a well-formed sequence of parts.

    At most one text or reasoning part is open at a time; anything but a status line closes it.
    """

    def __init__(self) -> None:
        self._opened = 0
        self._open: TextStart | ReasoningStart | None = None

    def take(self, chunk: Chunk) -> list[Chunk]:
        """Return the chunks to write for `chunk`."""
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
