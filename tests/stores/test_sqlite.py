"""`SQLite` is a store; and keeps what it is given."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from opening import opened
from suite import (
    FORGET_AFTER,
    ForgettingSuite,
    StoreSuite,
    UnusedFilesSuite,
    a_run,
    answer_of,
    ask,
    ask_and_answer,
    ask_with,
    ids,
    log,
    put,
)

from chatwidget.chunks import Usage
from chatwidget.messages import (
    FilePart,
    Message,
    MessageError,
    Metadata,
    ProviderPart,
    ReasoningPart,
    SourceDocumentPart,
    SourceUrlPart,
    StepPart,
    TextPart,
    ToolPart,
    user_message,
)
from chatwidget.stores.base import Orphan
from chatwidget.stores.sqlite import SQLite
from chatwidget.stores.sqlite_schema import connect

pytestmark = pytest.mark.anyio


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chat.db"


class TestSQLite(StoreSuite):
    @pytest.fixture
    async def store(self, path: Path) -> AsyncIterator[SQLite]:
        async with opened(path) as store:
            yield store

    @pytest.fixture
    async def forgetful(self, path: Path) -> AsyncIterator[SQLite]:
        async with opened(path, retention=0) as store:
            yield store


class TestUnusedFiles(UnusedFilesSuite):
    @pytest.fixture
    async def timed(self, path: Path) -> AsyncIterator[tuple[SQLite, list[float]]]:
        now = [1000.0]
        async with opened(path, clock=lambda: now[0]) as store:
            yield store, now


class TestForgetting(ForgettingSuite):
    @pytest.fixture
    async def mortal(self, path: Path) -> AsyncIterator[tuple[SQLite, list[float]]]:
        now = [1000.0]
        async with opened(path, forget_after=FORGET_AFTER, clock=lambda: now[0]) as store:
            yield store, now


# Kept


async def test_a_file_is_there_when_the_process_starts_again(path: Path) -> None:
    data = bytes(range(256)) * 20_000
    async with opened(path) as store:
        file = await put(store, "f_1", data, room=len(data))
        await ask_with(store, "q1", "f_1")
    async with opened(path) as store:
        assert await store.file("c_1", "f_1") == file
        assert await store.file_data("c_1", "f_1") == data


async def test_all_is_there_when_the_process_starts_again(path: Path) -> None:
    async with opened(path) as store:
        run = await ask(store, "q1")
        store.append(run.id, b"zero")
        await store.finish(run, answer_of(run, "Fine."), end=b"end")
        assert await store.feedback("c_1", run.message_id, "up", "Thanks.")
    async with opened(path) as store:
        question, answer = await store.messages("c_1")
        assert (question.text, answer.text) == ("Well?", "Fine.")
        assert (answer.metadata.feedback, answer.metadata.comment) == ("up", "Thanks.")
        assert await store.begin(a_run(question="q1"), user_message("q1", "Well?")) == run
        assert await log(store, run) == [b"zero", b"end"]
        conversation = await store.conversation("c_1")
        assert conversation is not None
        assert conversation.owner == "v_1"


async def test_a_run_that_was_live_when_the_store_closed_can_be_ended_when_it_opens(
    path: Path,
) -> None:
    async with opened(path) as store:
        run = await ask(store, "q1")
        store.append(run.id, b"zero")
    async with opened(path) as store:
        assert await store.live("c_1") == run
        assert await store.orphans() == [Orphan(run, [b"zero"])]
        await store.finish(run, answer_of(run), end=b"end")
        assert await log(store, run) == [b"zero", b"end"]


async def test_parts_of_all_kinds_come_back_as_they_were(path: Path) -> None:
    async with opened(path) as store:
        run = await ask(store, "q1")
        message = Message(
            run.message_id,
            "assistant",
            [
                StepPart(),
                ReasoningPart("Hm."),
                TextPart("Ja, 😀\n"),
                ToolPart(
                    "t_1", "add", "output-available", {"a": [1, None]}, {"b": 2.5}, None, "Add"
                ),
                ToolPart("t_2", "find", "output-error", "{", None, "No.", None, True),
                SourceUrlPart("s_1", "https://example.com", "Example"),
                SourceDocumentPart("s_2", "text/plain", "Notes", "notes.txt"),
                FilePart("https://example.com/a.png", "image/png"),
                ProviderPart("openai", {"id": "rs_1", "summary": []}),
            ],
            Metadata(
                finish_reason="error",
                stopped=True,
                interrupted=True,
                refused=True,
                usage=Usage(3, 4),
                error=MessageError("provider_error", "Sorry.", True),
                feedback="down",
                comment="No.",
            ),
        )
        await store.finish(run, message)
        assert await store.message("c_1", run.message_id) == message


async def test_old_logs_leave_the_file_and_messages_stay(path: Path) -> None:
    now = 1_000.0
    async with opened(path, retention=300, clock=lambda: now) as store:
        runs = [await ask_and_answer(store, f"q{number}") for number in range(30)]
        now = 1_299.0
        assert await store.run("c_1", runs[0].id) == runs[0]
        now = 1_300.0
        assert await store.run("c_1", runs[0].id) is None
        assert store.follow(runs[0].id) is None
        await ask_and_answer(store, "later")
        await ask_and_answer(store, "still later")
        assert await ask(store, "q0") == runs[0]
        assert store.follow(runs[0].id) is None
        assert len(await ids(store)) == 64
    assert rows(path, "log") == 2


async def test_nothing_of_a_deleted_conversation_stays_in_the_tables(path: Path) -> None:
    async with opened(path) as store:
        await ask_and_answer(store, "q1")
        run = await ask(store, "q2")
        store.append(run.id, b"zero")
        await store.delete("c_1")
        store.append(run.id, b"one")
    for table in ("conversations", "messages", "runs", "log"):
        assert rows(path, table) == 0


async def test_only_its_owner_may_read_the_file(path: Path) -> None:
    async with opened(path) as store:
        await ask_and_answer(store, "q1")
        files = sorted(file.name for file in path.parent.iterdir())
        assert files == ["chat.db", "chat.db-shm", "chat.db-wal"]
        modes = {file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
        assert modes == {0o600}


async def test_a_store_that_nobody_used_makes_no_file(path: Path) -> None:
    await SQLite(path).close()
    assert [*path.parent.iterdir()] == []


async def test_a_store_opens_itself_and_may_be_opened_later(path: Path) -> None:
    store = SQLite(path)
    run = await ask(store, "q1")
    await store.open()
    store.append(run.id, b"zero")
    await store.finish(run, answer_of(run), end=b"end")
    assert await log(store, run) == [b"zero", b"end"]
    await store.close()


# Two of them on one file, as two workers have it


async def test_who_lost_a_run_lets_its_readers_go_and_reads_what_the_other_wrote(
    path: Path,
) -> None:
    async with opened(path) as loser, opened(path, lease=0) as winner:
        run = await ask(loser, "q1")
        loser.append(run.id, b"zero")
        reading = asyncio.create_task(log(loser, run))
        assert [orphan.run for orphan in await winner.orphans()] == [run]
        loser.append(run.id, b"one")
        assert await loser.renew([run.id]) == {}
        assert (await reading)[0] == b"zero"
        await winner.finish(run, answer_of(run), end=b"end")
        assert await loser.run("c_1", run.id) == run
        assert await log(loser, run) == await log(winner, run)


async def test_who_could_not_finish_a_run_reads_in_the_end_what_another_made_of_it(
    path: Path,
) -> None:
    async with opened(path) as loser, opened(path, lease=0) as winner:
        run = await ask(loser, "q1")
        loser.close_log(run.id, end=b"failed")
        assert await log(loser, run) == [b"failed"]
        assert [orphan.run for orphan in await winner.orphans()] == [run]
        await winner.finish(run, answer_of(run), end=b"end")
        assert await loser.orphans() == []
        assert await log(loser, run) == [b"end"]
        more_to_come = await loser._write.call(loser._behind.tick)
        assert not more_to_come


async def test_what_begins_and_ends_while_somebody_looks_for_orphans_is_not_let_go(
    path: Path,
) -> None:
    async with opened(path) as store:

        async def look() -> None:
            while True:
                assert await store.orphans() == []

        async def answer(number: int) -> list[bytes]:
            run = await ask(store, "q1", conversation=f"c_{number}")
            reading = asyncio.create_task(log(store, run))
            store.append(run.id, b"zero")
            await store.finish(run, answer_of(run), end=b"end")
            return await reading

        looking = asyncio.create_task(look())
        answers = await asyncio.gather(*(answer(number) for number in range(500)))
        looking.cancel()
        assert answers == [[b"zero", b"end"]] * 500


# Without an end


HEAD = """
import asyncio, os, sys
from chatwidget.messages import user_message
from chatwidget.stores.base import RunRecord
from chatwidget.stores.sqlite import SQLite

store = SQLite(sys.argv[1])
run = RunRecord(
    id="run12345", conversation_id="c_1", owner="v_1", message_id="m_1", question_id="q1"
)
question = user_message("q1", "Well?")
"""

UNCLOSED = """
async def main():
    async def read(batches):
        async for batch in batches:
            print(batch[1], flush=True)

    await store.begin(run, question)
    reading = asyncio.create_task(read(store.follow(run.id)))
    store.append(run.id, b"zero")
    await asyncio.sleep(0)

asyncio.run(main())
"""

FORKED = """
async def begin():
    await store.open()
    await store.begin(run, question)

async def renew():
    await store.open()
    print(await store.renew([run.id]), await store.live("c_1") == run)

if child := os.fork():
    os.waitpid(child, 0)
    asyncio.run(renew())
else:
    asyncio.run(begin())
"""


def run_script(script: str, path: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", HEAD + script, str(path)],
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_interpreter_exits_although_the_store_was_never_closed(path: Path) -> None:
    assert run_script(UNCLOSED, path) == "[b'zero']\n"
    assert rows(path, "messages") == 1


def test_processes_that_were_forked_from_one_are_not_taken_for_one(path: Path) -> None:
    assert run_script(FORKED, path) == "{} True\n"


def rows(path: Path, table: str) -> int:
    db = connect(str(path), patience=5)
    count: int = db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    db.close()
    return count
