"""Writes the logs of this process's runs behind the answers: often, cheaply, in order.

What is said is stored `PACE` (50 ms) later, all runs in one round trip. So a process that is killed
loses what was said in that time and while one round trip takes; longer only while Redis is away:
then it is tried again until it is back, and nothing is lost unless the process ends before.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from typing import NamedTuple

from msgspec import Struct, field

from chatwidget.errors import StoreUnavailable

logger = logging.getLogger("chatwidget")

PACE = 0.05
"""Seconds between two round trips."""
SLOWEST = 1.0
"""Seconds between two tries while Redis is away."""

STORED, LOST = -1, -2
"""What a script says of the entries it was given; else it is the number it has got to."""


class Answer(NamedTuple):
    """The end of a run: the message's id and JSON."""

    message_id: str
    text: str


class Piece(NamedTuple):
    """Entries to be stored, numbered from `first`; with `answer` they are the last."""

    run_id: str
    first: int
    entries: list[bytes]
    answer: Answer | None


class _Held(Struct):
    """A run that we write: all its entries, how many of them are stored, and its end."""

    entries: list[bytes] = field(default_factory=list)
    stored: int = 0
    answer: Answer | None = None
    failed_at: float = -SLOWEST
    over: asyncio.Event = field(default_factory=asyncio.Event)
    kept: bool = False


class WriteBehind:
    """`store` stores pieces and says for each what became of it (see `STORED`), or why it can't be
    stored; such a one is tried again once a second."""

    def __init__(self, store: Callable[[list[Piece]], Awaitable[list[int | Exception]]]) -> None:
        self._store = store
        self._held: dict[str, _Held] = {}
        self._dirty: set[str] = set()
        self._task: asyncio.Task[None] | None = None
        self._hurry = asyncio.Event()
        self.failure: StoreUnavailable | None = None
        """Why the last try failed; None if it did not."""

    def hold(self, run_id: str, entries: Collection[bytes] = ()) -> None:
        """Write the run from now on; `entries` are stored already."""
        self._held[run_id] = _Held([*entries], len(entries))

    def put(self, run_id: str, entry: bytes) -> None:
        """Take an entry."""
        if (held := self._held.get(run_id)) and held.answer is None:
            held.entries.append(entry)
            self._look_after(run_id)

    async def finish(self, run_id: str, answer: Answer, end: bytes | None) -> bool:
        """Store the answer and all that is left of its log; False if the run is not ours.

        If this is cancelled, it is stored all the same.
        """
        held = self._held.get(run_id)
        if held is None:
            return False
        if held.answer is None:
            held.answer = answer
            if end is not None:
                held.entries.append(end)
        self._look_after(run_id)
        self._hurry.set()
        await held.over.wait()
        return held.kept

    def let_go(self, run_id: str) -> None:
        """The run is not ours any more."""
        if held := self._held.pop(run_id, None):
            held.over.set()
        self._dirty.discard(run_id)

    @property
    def runs(self) -> list[str]:
        """The runs that we write."""
        return [*self._held]

    @property
    def ending(self) -> set[str]:
        """The runs whose answers could not be stored yet."""
        return {run_id for run_id, held in self._held.items() if held.answer}

    async def close(self) -> None:
        """Store what is not stored yet, if one try is enough."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        try:
            await self._flush()
        except StoreUnavailable as error:
            logger.error("at the end not everything could be stored: %s", error.hint)

    def _look_after(self, run_id: str) -> None:
        self._dirty.add(run_id)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._keep_flushing())

    async def _keep_flushing(self) -> None:
        wait = PACE
        while self._dirty:
            try:
                async with asyncio.timeout(wait):
                    await self._hurry.wait()
            except TimeoutError:
                pass
            self._hurry.clear()
            try:
                await self._flush()
            except StoreUnavailable as error:
                if self.failure is None:
                    logger.error("what was said is not stored yet: %s", error.hint)
                self.failure = error
                wait = min(wait * 2, SLOWEST)
            else:
                if self.failure is not None:
                    logger.warning("all that was said is stored now")
                self.failure, wait = None, PACE

    async def _flush(self) -> None:
        now = asyncio.get_running_loop().time()
        dirty = [i for i in self._dirty if i in self._held and self._is_due(self._held[i], now)]
        self._dirty.intersection_update(self._held)
        self._dirty.difference_update(dirty)
        pieces = []
        for run_id in dirty:
            held = self._held[run_id]
            pieces.append(Piece(run_id, held.stored, held.entries[held.stored :], held.answer))
        if not pieces:
            return
        try:
            outcomes = await self._store(pieces)
        except BaseException:
            self._dirty.update(dirty)
            raise
        failures = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        tried = [self._held[run_id] for run_id in dirty if run_id in self._held]
        if len(failures) == len(dirty) and any(held.failed_at < 0 for held in tried):
            self._dirty.update(dirty)
            raise StoreUnavailable(hint=f"Redis: {failures[0]}") from failures[0]
        for piece, outcome in zip(pieces, outcomes, strict=True):
            self._note(piece, outcome, now)

    def _is_due(self, held: _Held, now: float) -> bool:
        return now >= held.failed_at + SLOWEST

    def _note(self, piece: Piece, outcome: int | Exception, now: float) -> None:
        held = self._held.get(piece.run_id)
        if held is None:
            return
        if isinstance(outcome, Exception):
            if held.failed_at < 0:
                logger.error("what was said in run %s can't be stored: %r", piece.run_id, outcome)
            held.failed_at = now
            self._dirty.add(piece.run_id)
        elif outcome == LOST:
            self.let_go(piece.run_id)
        elif outcome >= 0:
            # Redis came back with less than it had: it gets the rest once more.
            held.stored = outcome
            self._dirty.add(piece.run_id)
        elif piece.answer is None:
            held.stored = piece.first + len(piece.entries)
            if held.stored < len(held.entries) or held.answer:
                self._dirty.add(piece.run_id)
        else:
            held.kept = True
            self.let_go(piece.run_id)
