"""One look at the database for all logs that other processes write."""

import sqlite3

from chatwidget.stores import sqlite_runs as runs
from chatwidget.stores.mirrors import LogState, Look, News, Wanted
from chatwidget.stores.sqlite_schema import transaction


def look(db: sqlite3.Connection, wanted: list[Wanted], version: int | None) -> Look:
    """Return what is new, of one moment, with `version` to give at the next look."""
    # Before the entries: what is written in between is then seen the next time.
    current: int = db.execute("PRAGMA data_version").fetchone()[0]
    if current == version:
        return Look(current, {})
    with transaction(db, "DEFERRED"):
        return Look(current, {run_id: _news(db, run_id, have) for run_id, have in wanted})


def _news(db: sqlite3.Connection, run_id: str, have: int) -> News:
    found = db.execute(
        "SELECT n, beat, kept, finished_at, entries, cut FROM runs WHERE id = ?", (run_id,)
    ).fetchone()
    if found is None or not found[2]:
        return News([], 0, None)
    n, beat, _, *state = found
    return News(runs.entries_from(db, n, have), beat, LogState(*state))
