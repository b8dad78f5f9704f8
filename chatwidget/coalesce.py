"""Merges text that arrives close together into one frame, before it enters the log.

That cuts everything downstream at once: memory, writes, encoding, sends, parsing in the browser.
"""

import asyncio
from collections.abc import Callable

from chatwidget.chunks import Chunk, ReasoningDelta, TextDelta

QUIET = 1_000
"""Deltas per second, all runs together, up to which each leaves at once."""
FULL = 20_000
"""Deltas per second from which the window is at its widest."""
WIDEST = 0.060
"""Seconds. On the edge of what an eye takes for instant."""
LARGEST = 2_048
"""Characters in one frame: a burst is cut so that a phone can draw between two of them."""
_INTERVAL = 0.25


class Load:
    """How many deltas a second this process handles, and the window that follows from it."""

    def __init__(self) -> None:
        self._count = 0
        self._since = 0.0
        self.window = 0.0

    def count(self) -> None:
        self._count += 1
        now = asyncio.get_running_loop().time()
        if now - self._since >= _INTERVAL:
            rate = self._count / (now - self._since)
            self.window = WIDEST * min(max(rate - QUIET, 0) / (FULL - QUIET), 1)
            self._count, self._since = 0, now


class Coalescer:
    """Hands chunks on, neighbouring deltas of one part merged where the window allows.

    The first delta of a part and every other kind of chunk leave at once. With no window, deltas
    that came in one turn of the event loop (one network read of the SDK) still leave together.
    """

    def __init__(self, write: Callable[[Chunk], None], load: Load) -> None:
        self._write = write
        self._load = load
        self._kind: type[TextDelta] | type[ReasoningDelta] = TextDelta
        self._part: str | None = None
        self._held: list[str] = []
        self._size = 0
        self._timer: asyncio.Handle | None = None

    def write(self, chunk: Chunk) -> None:
        if not isinstance(chunk, TextDelta | ReasoningDelta):
            self.flush()
            self._write(chunk)
            return
        self._load.count()
        if chunk.id != self._part:
            self.flush()
            self._kind, self._part = type(chunk), chunk.id
            self._write(chunk)
            return
        self._held.append(chunk.delta)
        self._size += len(chunk.delta)
        if self._size >= LARGEST:
            self.flush()
        elif self._timer is None:
            loop = asyncio.get_running_loop()
            window = self._load.window
            self._timer = (
                loop.call_later(window, self.flush) if window else loop.call_soon(self.flush)
            )

    def flush(self) -> None:
        """Hand on what is held."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._held:
            text = "".join(self._held)
            self._held, self._size = [], 0
            self._write(self._kind(text, self._part or ""))
