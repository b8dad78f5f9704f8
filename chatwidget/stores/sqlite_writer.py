"""Writes the logs of this process's runs behind the answers: often, cheaply, in order.

What is said is stored at the next tick, all runs in one transaction. So a process that is killed
loses what was said in the last `TICK` (250 ms) before it, and in the time that one transaction
takes; longer only while another process holds the lock or the disk is full.

Everything but `put` runs in the thread that holds the connection.
"""

import sqlite3
from collections import deque
from collections.abc import Collection

from msgspec import Struct, field

from chatwidget.stores import sqlite_runs as runs
from chatwidget.stores.sqlite_schema import transaction


class Answer(Struct, frozen=True, kw_only=True):
    """The end of a run: the message as JSON, the log's last entry, and when (epoch seconds)."""

    message_id: str
    text: str
    end: bytes | None
    at: float


class _Held(Struct):
    """A run that we write, and its entries that are not stored yet, numbered from `first`."""

    first: int
    entries: list[bytes] = field(default_factory=list)
    answer: Answer | None = None


class WriteBehind:
    """`writer` tells this process from all others; `retention`: seconds that logs are kept."""

    def __init__(self, writer: str, *, retention: float) -> None:
        self._writer = writer
        self._retention = retention
        self._outbox: deque[tuple[str, bytes]] = deque()
        self._held: dict[str, _Held] = {}

    def put(self, run_id: str, entry: bytes) -> None:
        """Take an entry. Wakes nobody: at thousands of entries a second that would cost more than
        the writing."""
        self._outbox.append((run_id, entry))

    def hold(self, run_id: str, first: int) -> None:
        """Write the run from now on; its next entry is number `first`."""
        self._held[run_id] = _Held(first)

    def keep_only(self, run_ids: Collection[str]) -> None:
        """Let go of all runs but these."""
        self._held = {i: held for i, held in self._held.items() if i in run_ids}

    @property
    def ending(self) -> set[str]:
        """The runs whose answers could not be stored yet."""
        return {run_id for run_id, held in self._held.items() if held.answer}

    def tick(self, db: sqlite3.Connection) -> bool:
        """Store what is not stored yet; False once nothing is left that could become more."""
        self._sort()
        waiting = {i: held for i, held in self._held.items() if held.entries and not held.answer}
        if waiting:
            with transaction(db):
                for run_id, held in waiting.items():
                    runs.add_entries(db, run_id, self._writer, held.first, held.entries)
            for held in waiting.values():
                held.first += len(held.entries)
                held.entries = []
        for run_id in self.ending:
            self._store_answer(db, run_id)
        return bool(self._held)

    def finish(self, db: sqlite3.Connection, run_id: str, answer: Answer) -> bool:
        """Store the answer and all that is left of its log; False if the run is not ours.

        What fails now is tried again at each tick.
        """
        self._sort()
        if run_id not in self._held:
            return False
        self._held[run_id].answer = answer
        return self._store_answer(db, run_id)

    def _store_answer(self, db: sqlite3.Connection, run_id: str) -> bool:
        held = self._held[run_id]
        assert held.answer is not None
        last = [held.answer.end] if held.answer.end is not None else []
        stored = runs.finish(
            db,
            run_id,
            writer=self._writer,
            answer=(held.answer.message_id, held.answer.text),
            entries=(held.first, held.entries + last),
            now=held.answer.at,
            retention=self._retention,
        )
        del self._held[run_id]
        return stored

    def _sort(self) -> None:
        while self._outbox:
            run_id, entry = self._outbox.popleft()
            if run_id in self._held:
                self._held[run_id].entries.append(entry)
