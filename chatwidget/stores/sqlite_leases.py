"""Who writes which run: leases that need no clock that two processes agree on.

A writer moves its runs' `beat`. Whoever sees a beat stand still for `lease` seconds, by its own
monotonic clock, may take the run over; the writer that comes back finds its name gone from the row
and can't write any more. So neither a clock that is set nor a machine that slept costs an answer.
"""

import sqlite3
import time
from collections.abc import Collection
from typing import NamedTuple

from chatwidget.stores import sqlite_runs as runs
from chatwidget.stores.base import Lease, RunRecord
from chatwidget.stores.sqlite_schema import transaction

READ_LATELY = 3.0
"""Seconds for which a sign of a reader counts; they give one about every second."""

_MINE = "writer = ? AND finished_at IS NULL"


class Taken(NamedTuple):
    """An orphan that is ours now."""

    record: RunRecord
    entries: list[bytes]
    cut: int


class _Seen(NamedTuple):
    """A counter, and since when (monotonic seconds) it stands there."""

    value: int
    since: float


class Leases:
    """`writer` tells this process from all others. Used in one thread only."""

    def __init__(self, writer: str, *, lease: float) -> None:
        self._writer = writer
        self._lease = lease
        self._reads: dict[str, _Seen] = {}
        self._beats: dict[str, _Seen] = {}
        self._looked = time.monotonic()

    def renew(self, db: sqlite3.Connection, run_ids: Collection[str]) -> dict[str, Lease]:
        """See `Store.renew`."""
        with transaction(db):
            db.executemany(
                f"UPDATE runs SET beat = beat + 1 WHERE id = ? AND {_MINE}",
                [(run_id, self._writer) for run_id in run_ids],
            )
            mine = db.execute(
                f"SELECT id, stop, reads FROM runs WHERE {_MINE}", (self._writer,)
            ).fetchall()
        now = time.monotonic()
        counts = {run_id: reads for run_id, _, reads in mine}
        self._reads = _observed(self._reads, counts, now, unseen=_Seen(0, now - READ_LATELY))
        return {
            run_id: Lease(stop=bool(stop), read=now - self._reads[run_id].since < READ_LATELY)
            for run_id, stop, _ in mine
            if run_id in run_ids
        }

    def held(self, db: sqlite3.Connection) -> set[str]:
        """Return the runs that this process writes."""
        rows = db.execute(f"SELECT id FROM runs WHERE {_MINE}", (self._writer,))
        return {run_id for (run_id,) in rows}

    def take_orphans(self, db: sqlite3.Connection, *, but: Collection[str]) -> list[Taken]:
        """See `Store.orphans`; runs in `but` are left alone."""
        with transaction(db):
            rows = db.execute(
                "SELECT n, conversation_id, id, writer, beat FROM runs WHERE finished_at IS NULL"
            ).fetchall()
            now = time.monotonic()
            if now - self._looked > self._lease / 2:
                # Whatever held us up may have held up the others just as long.
                self._beats = {}
            self._looked = now
            beats = {run_id: beat for _, _, run_id, _, beat in rows}
            self._beats = _observed(self._beats, beats, now, unseen=_Seen(-1, now))
            return [
                self._take(db, n, conversation_id, run_id)
                for n, conversation_id, run_id, writer, _ in rows
                if run_id not in but
                and (not writer or now - self._beats[run_id].since >= self._lease)
            ]

    def release(self, db: sqlite3.Connection) -> None:
        """Leave what we write to anyone."""
        db.execute(f"UPDATE runs SET writer = '' WHERE {_MINE}", (self._writer,))

    def _take(self, db: sqlite3.Connection, n: int, conversation_id: str, run_id: str) -> Taken:
        entries = runs.entries_from(db, n, 0)
        db.execute(
            "UPDATE runs SET writer = ?, beat = beat + 1, cut = coalesce(cut, ?) WHERE n = ?",
            (self._writer, len(entries), n),
        )
        found = runs.find(db, conversation_id, run_id)
        assert found is not None
        assert found.log is not None
        assert found.log.cut is not None
        return Taken(found.record, entries, found.log.cut)


def request_stop(db: sqlite3.Connection, run_id: str) -> None:
    """See `Store.request_stop`."""
    db.execute("UPDATE runs SET stop = 1 WHERE id = ? AND finished_at IS NULL", (run_id,))


def show_reading(db: sqlite3.Connection, run_ids: Collection[str]) -> None:
    """Let the writers of these runs know that they are read."""
    with transaction(db):
        db.executemany(
            "UPDATE runs SET reads = reads + 1 WHERE id = ? AND finished_at IS NULL",
            [(run_id,) for run_id in run_ids],
        )


def _observed(
    seen: dict[str, _Seen], counts: dict[str, int], now: float, *, unseen: _Seen
) -> dict[str, _Seen]:
    before = {key: seen.get(key, unseen) for key in counts}
    return {
        key: before[key] if before[key].value == value else _Seen(value, now)
        for key, value in counts.items()
    }
