"""A conversation of 100,000 messages costs `SQLite` no more than one of a hundred."""

import time
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path

import pytest
from opening import opened
from suite import a_run, answer_of, ask, log
from talking import talking
from visiting import Visitor, text_of

from chatwidget.messages import user_message
from chatwidget.stores import sqlite_messages as messages
from chatwidget.stores.sqlite import SQLite
from chatwidget.stores.sqlite_schema import connect, transaction

pytestmark = pytest.mark.anyio

LONG = 100_000


def fill(path: Path, *, owner: str) -> None:
    """Write a conversation of 100,000 messages, and a short one."""
    db = connect(str(path), patience=5)
    with transaction(db):
        for conversation, count in (("c_1", LONG), ("c_2", 100)):
            db.execute("INSERT INTO conversations (id, owner) VALUES (?, ?)", (conversation, owner))
            for number in range(count // 2):
                run = a_run(conversation, question=f"q{number}")
                for message in (user_message(f"q{number}", "Well?"), answer_of(run)):
                    messages.add(db, conversation, message.id, messages.to_text(message))
                db.execute(
                    "INSERT INTO runs (id, conversation_id, message_id, question_id, writer,"
                    " finished_at, entries, kept) VALUES (?, ?, ?, ?, '', 0, 0, 0)",
                    (run.id, conversation, run.message_id, run.question_id),
                )
    db.close()


@pytest.fixture
async def long(tmp_path: Path) -> AsyncIterator[SQLite]:
    """A store with a conversation of 100,000 messages among others."""
    path = tmp_path / "chat.db"
    fill(path, owner="v_1")
    async with opened(path) as store:
        yield store


async def test_a_page_of_a_long_conversation_costs_as_much_as_one_of_a_short_one(
    long: SQLite,
) -> None:
    async def page(conversation: str, middle: int) -> None:
        assert await long.conversation(conversation) is not None
        assert await long.live(conversation) is None
        assert len(await long.messages(conversation, limit=50)) == 50
        page = await long.messages(conversation, before=f"q{middle}", limit=50)
        assert len(page) == 50
        assert page[-2].id == f"q{middle - 1}"
        assert await long.message(conversation, f"q{middle}") is not None

    short = await steps(long, page("c_2", 25))
    assert await steps(long, page("c_1", LONG // 4)) <= 1.1 * short


async def test_an_answer_in_a_long_conversation_costs_as_much_as_one_in_a_short_one(
    long: SQLite,
) -> None:
    async def answer(conversation: str) -> None:
        run = await ask(long, "new", conversation=conversation)
        assert await ask(long, "new", conversation=conversation) == run
        long.append(run.id, b"zero")
        await long.finish(run, answer_of(run), end=b"end")
        again = await long.begin(a_run(conversation, replaces=run.message_id), None)
        assert await long.begin(a_run(conversation, replaces=run.message_id), None) == again
        await long.finish(again, answer_of(again), end=b"end")
        assert await long.run(conversation, again.id) == again
        assert await long.feedback(conversation, again.message_id, "up", None)

    short = await steps(long, answer("c_2"))
    assert await steps(long, answer("c_1")) <= 1.2 * short


async def steps(store: SQLite, work: Awaitable[None]) -> int:
    """Count the steps of SQLite's machine that `work` takes."""
    count = 0

    def step() -> int:
        nonlocal count
        count += 1
        return 0

    for thread in (store._read, store._write):
        await thread.call(lambda db: db.set_progress_handler(step, 1))
    await work
    for thread in (store._read, store._write):
        await thread.call(lambda db: db.set_progress_handler(None, 0))
    return count


async def test_nothing_looks_through_a_whole_table(long: SQLite) -> None:
    said: list[str] = []
    for thread in (long._write, long._read):
        await thread.call(lambda db: db.set_trace_callback(said.append))
    run = await ask(long, "new")
    long.append(run.id, b"zero")
    await long.renew([run.id])
    await long.request_stop(run)
    await long.orphans()
    await long.begin(a_run(question="new"), user_message("new", "Well?"))
    await long.finish(run, answer_of(run), end=b"end")
    again = await long.begin(a_run(), None)
    assert await long.begin(a_run(replaces=again.replaces), None) == again
    await long.finish(again, answer_of(again), end=b"end")
    newest = await long.begin(a_run(replaces="new"), None)
    await long.finish(newest, answer_of(newest), end=b"end")
    assert await long.run("c_1", newest.id) == newest
    await log(long, newest)
    await long.feedback("c_1", newest.message_id, "up", None)
    await long.messages("c_1", before="q7", limit=10)
    await long.message("c_1", "q7")
    await long.live("c_1")
    await long.delete("c_2")
    statements = {text for text in said if text.lstrip().split()[0] in _EXPLAINED}
    assert len(statements) > 30
    plans = {text: await plan(long, text) for text in statements}
    scans = {
        text: line
        for text, lines in plans.items()
        for line in lines
        # There are never more live runs than answers being written right now.
        if line.startswith("SCAN") and "live_run" not in line
    }
    assert scans == {}


def test_it_is_paged_and_gone_on_with_through_a_server_in_no_time(tmp_path: Path) -> None:
    path = tmp_path / "chat.db"
    with talking(path, history=20) as talker, Visitor(talker.url) as visitor:
        fill(path, owner=visitor.id)
        seen: list[str] = []
        before: dict[str, str] = {}
        began = time.monotonic()
        for _ in range(20):
            page = visitor.history(limit=50, **before)
            assert page["more"]
            seen = [message["id"] for message in page["messages"]] + seen
            before = {"before": seen[0]}
        assert seen[::2] == [f"q{number}" for number in range(LONG // 2 - 500, LONG // 2)]
        first = visitor.history(limit=50, before="q25")
        assert (first["messages"][0]["id"], first["more"]) == ("q0", False)
        # Of the window's twenty the last is the question, and the first would be an answer.
        assert text_of(visitor.say("shown")).endswith(" 18")
        assert time.monotonic() - began < 5
        page = visitor.history(limit=50)
        assert [message["role"] for message in page["messages"]] == ["user", "assistant"] * 25


_EXPLAINED = ("SELECT", "INSERT", "UPDATE", "DELETE")


async def plan(store: SQLite, statement: str) -> list[str]:
    rows = await store._read.call(
        lambda db: db.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
    )
    return [row[3] for row in rows]
