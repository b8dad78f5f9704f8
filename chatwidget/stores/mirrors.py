"""The logs that other processes write, for readers in this one.

One copy of a log for all of its readers here, and one look at the store for all logs: how many read
does not matter to it.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from typing import NamedTuple

from chatwidget.errors import StoreUnavailable
from chatwidget.stores.base import Batch
from chatwidget.stores.log import Log

SHOW_READING = 1.0
"""Seconds after which a run's writer is told again that it is read."""


class LogState(NamedTuple):
    """What is known of a run's log.

    `finished_at` (epoch seconds) and `entries` (how many) are None while the run is live; `cut` is
    how many entries there were when it was taken over from a worker that was gone, if ever.
    """

    finished_at: float | None = None
    entries: int | None = None
    cut: int | None = None

    def holds(self, number: int) -> bool:
        """Whether there is (or may soon be) such an entry. From the cut on, a reader may have seen
        another text under the same number: what the worker that is gone did not get stored."""
        ends = [end for end in (self.entries, self.cut) if end is not None]
        return number < min(ends, default=number + 1)


class Wanted(NamedTuple):
    """A run, and how many of its entries are here already."""

    run_id: str
    have: int


class News(NamedTuple):
    """What is new of a run: its entries, where its writer's beat is, and the state of its log,
    which is None once it is not kept any more."""

    entries: list[bytes]
    beat: int
    log: LogState | None


class Look(NamedTuple):
    """The news of all runs; empty if nobody has written anything since `version`."""

    version: int
    news: dict[str, News]


class _Mirror:
    def __init__(self, now: float) -> None:
        self.log = Log()
        self.readers = 0
        self.state = LogState()
        self.beat = -1
        self.alive_at = now

    def take(self, news: News, now: float) -> bool:
        """Add what is new; False if nothing was said."""
        if news.entries or news.beat != self.beat:
            self.beat, self.alive_at = news.beat, now
        for entry in news.entries:
            self.log.append(entry)
        self.state = news.log or self.state
        if news.log is None or news.log.finished_at is not None:
            self.log.close()
        return bool(news.entries)


class Mirrors:
    """`look` looks at the store, and may wait there until something comes; then `wake` is to end
    its waiting, and there need be no `pause` between two looks (seconds: while something comes,
    and while nothing does). `show_reading` is told every `SHOW_READING` seconds which are read.

    `patience`: seconds after which readers are let go if a run's writer gives no sign of life and
    nobody takes its place.
    """

    def __init__(
        self,
        look: Callable[[list[Wanted], int | None], Awaitable[Look]],
        *,
        show_reading: Callable[[list[str]], None],
        patience: float,
        pause: tuple[float, float] = (0.05, 0.2),
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self._look = look
        self._fastest, self._slowest = pause
        self._wake = wake
        self._show_reading = show_reading
        self._patience = patience
        self._open: dict[str, _Mirror] = {}
        self._changed: asyncio.Event | None = None
        self._looking: asyncio.Task[None] | None = None

    async def follow(self, run_id: str, after: int) -> AsyncGenerator[Batch, None]:
        """See `Store.follow`."""
        mirror = self._join(run_id)
        try:
            if after >= 0:
                async with aclosing(mirror.log.follow(after - 1)) as until_there:
                    await anext(until_there, None)
            if after >= len(mirror.log) or not mirror.state.holds(after):
                after = -1
            async with aclosing(mirror.log.follow(after)) as batches:
                async for batch in batches:
                    yield batch
        finally:
            mirror.readers -= 1
            if not mirror.readers and self._open.get(run_id) is mirror:
                del self._open[run_id]
            if not self._open and self._changed is not None:
                self._changed.set()  # nothing is left to look at
                self._wake()

    def close(self) -> None:
        """Let all readers go."""
        if self._looking is not None:
            self._looking.cancel()
        self._let_go()

    def _join(self, run_id: str) -> _Mirror:
        loop = asyncio.get_running_loop()
        mirror = self._open.get(run_id)
        if mirror is None:
            mirror = self._open[run_id] = _Mirror(loop.time())
        mirror.readers += 1
        if self._looking is None or self._looking.done():
            self._changed = asyncio.Event()
            self._looking = loop.create_task(self._keep_looking(self._changed))
        if self._changed is not None:
            self._changed.set()
        self._wake()
        return mirror

    async def _keep_looking(self, changed: asyncio.Event) -> None:
        clock = asyncio.get_running_loop().time
        version: int | None = None
        wait, shown_at = self._fastest, clock()
        try:
            while self._open:
                if changed.is_set():
                    changed.clear()
                    version, shown_at = None, clock() - SHOW_READING
                version, came = await self._take_news(version)
                self._give_up(clock() - self._patience)
                if self._open and clock() - shown_at >= SHOW_READING:
                    shown_at = clock()
                    self._show_reading([*self._open])
                wait = self._fastest if came else min(wait * 1.5 + 0.01, self._slowest)
                with suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await changed.wait()
        finally:
            self._let_go()

    async def _take_news(self, version: int | None) -> tuple[int | None, bool]:
        # Not those that join meanwhile: this look does not begin at their beginning.
        watched = {**self._open}
        wanted = [Wanted(run_id, len(mirror.log)) for run_id, mirror in watched.items()]
        try:
            version, news = await self._look(wanted, version)
        except StoreUnavailable:
            return None, False
        now = asyncio.get_running_loop().time()
        came = [watched[run_id].take(new, now) for run_id, new in news.items()]
        self._open = {i: mirror for i, mirror in self._open.items() if not mirror.log.closed}
        return version, any(came)

    def _give_up(self, before: float) -> None:
        for run_id, mirror in [*self._open.items()]:
            if mirror.alive_at < before:
                mirror.log.close()
                del self._open[run_id]

    def _let_go(self) -> None:
        for mirror in self._open.values():
            mirror.log.close()
        self._open.clear()
