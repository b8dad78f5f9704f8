"""Who is taken for gone, and who is not, by the clock of whoever looks."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from suite import a_run

from chatwidget.messages import user_message
from chatwidget.stores import sqlite_leases as leases
from chatwidget.stores import sqlite_messages as messages
from chatwidget.stores import sqlite_runs as runs
from chatwidget.stores.base import Lease, RunRecord
from chatwidget.stores.sqlite_leases import Leases
from chatwidget.stores.sqlite_schema import connect


class Clock:
    """Takes the place of the time module; seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 5.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(leases, "time", clock)
    return clock


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    db = connect(str(tmp_path / "chat.db"), patience=5)
    yield db
    db.close()


@pytest.fixture
def run(db: sqlite3.Connection) -> RunRecord:
    """A run that "writer" writes."""
    question = user_message("q1", "Well?")
    run = a_run(question="q1")
    asked = (question, messages.to_text(question))
    return runs.begin(db, run, asked, writer="writer", now=0).record


@pytest.fixture
def writer(clock: Clock) -> Leases:
    return Leases("writer", lease=10)


@pytest.fixture
def looker(clock: Clock) -> Leases:
    return Leases("looker", lease=10)


def taken(looker: Leases, db: sqlite3.Connection) -> list[str]:
    return [orphan.record.id for orphan in looker.take_orphans(db, but=())]


def test_a_run_is_taken_once_its_writer_has_been_silent_for_the_whole_lease(
    db: sqlite3.Connection, run: RunRecord, looker: Leases, clock: Clock
) -> None:
    for _ in range(10):
        assert taken(looker, db) == []
        clock.now += 1
    assert taken(looker, db) == [run.id]
    assert taken(looker, db) == []


def test_a_run_that_is_renewed_is_never_taken(
    db: sqlite3.Connection, run: RunRecord, writer: Leases, looker: Leases, clock: Clock
) -> None:
    for second in range(60):
        if second % 9 == 0:
            assert writer.renew(db, [run.id]) == {run.id: Lease()}
        assert taken(looker, db) == []
        clock.now += 1


def test_who_was_held_up_looks_again_before_it_takes_anything(
    db: sqlite3.Connection, run: RunRecord, looker: Leases, clock: Clock
) -> None:
    for _ in range(9):
        assert taken(looker, db) == []
        clock.now += 1
    clock.now += 100  # a lock, a stopped process, a machine that slept: all may have been silent
    for _ in range(10):
        assert taken(looker, db) == []
        clock.now += 1
    assert taken(looker, db) == [run.id]


def test_of_several_who_look_one_takes_it(
    db: sqlite3.Connection, run: RunRecord, looker: Leases, clock: Clock
) -> None:
    lookers = [looker, Leases("another", lease=10), Leases("third", lease=10)]
    found: list[str] = []
    for _ in range(15):
        for each in lookers:
            found += taken(each, db)
        clock.now += 1
    assert found == [run.id]


def test_who_took_a_run_can_lose_it_in_turn_and_where_it_was_cut_first_is_kept(
    db: sqlite3.Connection, run: RunRecord, clock: Clock
) -> None:
    runs.add_entries(db, run.id, "writer", 0, [b"zero", b"one"])
    cuts = []
    for number, name in enumerate(("second", "third"), 2):
        looker = Leases(name, lease=10)
        for _ in range(11):
            cuts += [(orphan.entries, orphan.cut) for orphan in looker.take_orphans(db, but=())]
            clock.now += 1
        runs.add_entries(db, run.id, name, number, [b"two"])
    assert cuts == [([b"zero", b"one"], 2), ([b"zero", b"one", b"two"], 2)]


def test_what_a_writer_has_left_is_taken_at_once(
    db: sqlite3.Connection, run: RunRecord, writer: Leases, looker: Leases
) -> None:
    writer.release(db)
    assert taken(looker, db) == [run.id]


def test_a_run_to_be_spared_is_spared(
    db: sqlite3.Connection, run: RunRecord, writer: Leases, looker: Leases
) -> None:
    writer.release(db)
    assert looker.take_orphans(db, but=[run.id]) == []


def test_a_process_takes_over_its_own_run_that_it_forgot(
    db: sqlite3.Connection, run: RunRecord, writer: Leases, clock: Clock
) -> None:
    for _ in range(10):
        assert taken(writer, db) == []
        clock.now += 1
    assert taken(writer, db) == [run.id]


def test_a_sign_of_a_reader_counts_for_a_few_seconds(
    db: sqlite3.Connection, run: RunRecord, writer: Leases, clock: Clock
) -> None:
    assert writer.renew(db, [run.id]) == {run.id: Lease()}
    leases.show_reading(db, [run.id])
    read = {}
    for second in range(5):
        read[second] = writer.renew(db, [run.id])[run.id].read
        clock.now += 1
    assert read == {0: True, 1: True, 2: True, 3: False, 4: False}


def test_a_wish_to_stop_is_told_until_the_run_ends(
    db: sqlite3.Connection, run: RunRecord, writer: Leases
) -> None:
    leases.request_stop(db, run.id)
    for _ in range(2):
        assert writer.renew(db, [run.id]) == {run.id: Lease(stop=True)}
    runs.finish(
        db, run.id, writer="writer", answer=("m_1", "{}"), entries=(0, []), now=0, retention=0
    )
    assert writer.renew(db, [run.id]) == {}
