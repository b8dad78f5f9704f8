"""What every store has to do. A new store is one fixture: see `test_memory.py`."""

import asyncio
import time
from collections.abc import AsyncIterator
from itertools import count
from typing import Any

import pytest
from msgspec.structs import replace

from chatwidget.errors import ConversationBusy, FileGone, InvalidMessage, NotFound, TooLarge
from chatwidget.files import FileRecord
from chatwidget.messages import FilePart, Message, TextPart, user_message
from chatwidget.stores.base import UNUSED, Batch, RunRecord, Store

pytestmark = pytest.mark.anyio

_numbers = count(1)

FORGET_AFTER = 1000.0


def a_run(
    conversation: str = "c_1",
    *,
    owner: str = "v_1",
    question: str = "",
    replaces: str | None = None,
) -> RunRecord:
    number = next(_numbers)
    return RunRecord(
        id=f"{number:08}",
        conversation_id=conversation,
        owner=owner,
        message_id=f"m_answer{number}",
        question_id=question,
        replaces=replaces,
    )


def a_continuation(earlier: RunRecord) -> RunRecord:
    return replace(
        a_run(earlier.conversation_id, owner=earlier.owner),
        message_id=earlier.message_id,
        continues=True,
    )


def answer_of(run: RunRecord, text: str = "An answer.") -> Message:
    return Message(run.message_id, "assistant", [TextPart(text)])


async def ask(
    store: Store, question: str, text: str = "Well?", *, conversation: str = "c_1"
) -> RunRecord:
    """Begin the answer to a question named `question`."""
    run = a_run(conversation, question=question)
    return await store.begin(run, user_message(question, text))


async def ask_and_answer(
    store: Store, question: str, text: str = "Well?", *, conversation: str = "c_1"
) -> RunRecord:
    run = await ask(store, question, text, conversation=conversation)
    await store.finish(run, answer_of(run, f"To {question}."), end=b"end")
    return run


async def ids(store: Store, conversation: str = "c_1") -> list[str]:
    return [message.id for message in await store.messages(conversation)]


async def names(store: Store, *, owner: str = "v_1", **page: Any) -> list[str]:
    return [each.id for each in await store.conversations(owner, **page)]


def following(store: Store, run: RunRecord, after: int = -1) -> AsyncIterator[Batch]:
    batches = store.follow(run.id, after)
    assert batches is not None
    return batches


async def log(store: Store, run: RunRecord, after: int = -1) -> list[bytes]:
    """Read the log to its end and return its entries; their numbers must have no gap."""
    entries: list[bytes] = []
    async for first, batch in following(store, run, after):
        assert first == after + 1 + len(entries)
        entries += batch
    return entries


class StoreSuite:
    """Inherit it and define the fixture `store`, an opened store.

    `forgetful` is the same with a retention of 0 seconds.
    """

    # Beginning

    async def test_a_first_question_makes_the_conversation(self, store: Store) -> None:
        assert await store.conversation("c_1") is None
        run = await ask(store, "q1", "How are you?")
        conversation = await store.conversation("c_1")
        assert conversation is not None
        assert conversation.owner == "v_1"
        assert await store.live("c_1") == run
        assert [m.text for m in await store.messages("c_1")] == ["How are you?"]

    async def test_a_finished_answer_is_the_last_message_and_frees_the_conversation(
        self, store: Store
    ) -> None:
        run = await ask(store, "q1")
        message = answer_of(run, "Fine.")
        await store.finish(run, message, end=b"end")
        assert await store.live("c_1") is None
        assert (await store.messages("c_1"))[-1] == message
        assert await store.message("c_1", run.message_id) == message

    async def test_the_same_question_again_finds_its_live_run(self, store: Store) -> None:
        run = await ask(store, "q1")
        assert await ask(store, "q1") == run
        assert await ids(store) == ["q1"]

    async def test_the_same_question_again_finds_its_finished_run(self, store: Store) -> None:
        run = await ask_and_answer(store, "q1")
        assert await ask(store, "q1") == run
        assert await store.live("c_1") is None
        assert await ids(store) == ["q1", run.message_id]

    async def test_an_old_question_again_changes_nothing(self, store: Store) -> None:
        first = await ask_and_answer(store, "q1")
        last = await ask_and_answer(store, "q2")
        assert await ask(store, "q1") == first
        assert await ids(store) == ["q1", first.message_id, "q2", last.message_id]

    async def test_the_same_question_id_elsewhere_is_another_question(self, store: Store) -> None:
        here = await ask(store, "q1")
        there = await ask(store, "q1", conversation="c_2")
        assert here != there
        assert await ids(store, "c_2") == ["q1"]

    async def test_an_edited_question_takes_the_place_of_all_that_followed(
        self, store: Store
    ) -> None:
        first = await ask_and_answer(store, "q1")
        await ask_and_answer(store, "q2", "Where?")
        await ask_and_answer(store, "q3")
        edited = await ask(store, "q2", "When?")
        assert await ids(store) == ["q1", first.message_id, "q2"]
        assert (await store.messages("c_1"))[-1].text == "When?"
        assert await store.live("c_1") == edited

    async def test_a_dropped_question_can_be_asked_again(self, store: Store) -> None:
        await ask_and_answer(store, "q1")
        await ask_and_answer(store, "q2")
        edited = await ask(store, "q1", "Another?")
        await store.finish(edited, answer_of(edited), end=b"end")
        again = await ask(store, "q2")
        assert await store.live("c_1") == again
        assert await ids(store) == ["q1", edited.message_id, "q2"]

    async def test_a_question_under_an_answers_id_is_refused(self, store: Store) -> None:
        run = await ask_and_answer(store, "q1")
        with pytest.raises(InvalidMessage):
            await ask(store, run.message_id)
        assert await ids(store) == ["q1", run.message_id]

    async def test_another_question_has_to_wait_while_a_run_is_live(self, store: Store) -> None:
        await ask(store, "q1")
        with pytest.raises(ConversationBusy):
            await ask(store, "q2")
        with pytest.raises(ConversationBusy):
            await ask(store, "q1", "Edited?")
        assert await ids(store) == ["q1"]

    async def test_a_conversation_belongs_to_whoever_began_it(self, store: Store) -> None:
        run = await ask_and_answer(store, "q1")
        for question in (user_message("q2", "Mine?"), user_message("q1", "Well?"), None):
            with pytest.raises(NotFound):
                await store.begin(a_run(owner="v_2"), question)
        assert await ids(store) == ["q1", run.message_id]

    async def test_of_many_who_ask_at_once_one_begins(self, store: Store) -> None:
        asking = (ask(store, f"q{number}") for number in range(100))
        outcomes = await asyncio.gather(*asking, return_exceptions=True)
        begun = [outcome for outcome in outcomes if isinstance(outcome, RunRecord)]
        assert len(begun) == 1
        assert sum(isinstance(outcome, ConversationBusy) for outcome in outcomes) == 99
        assert await store.live("c_1") == begun[0]
        assert await ids(store) == [begun[0].question_id]

    async def test_who_ask_the_same_at_once_all_get_one_run(self, store: Store) -> None:
        begun = await asyncio.gather(*(ask(store, "q1") for _ in range(100)))
        assert len({run.id for run in begun}) == 1
        assert await ids(store) == ["q1"]

    # Answering anew

    async def test_an_answer_is_written_anew_and_what_followed_is_dropped(
        self, store: Store
    ) -> None:
        old = await ask_and_answer(store, "q1")
        await ask_and_answer(store, "q2")
        new = await store.begin(a_run(replaces=old.message_id), None)
        assert (new.question_id, new.replaces) == ("q1", old.message_id)
        assert await ids(store) == ["q1"]
        await store.finish(new, answer_of(new), end=b"end")
        assert await ids(store) == ["q1", new.message_id]

    async def test_the_same_wish_again_finds_its_run(self, store: Store) -> None:
        old = await ask_and_answer(store, "q1")
        new = await store.begin(a_run(replaces=old.message_id), None)
        assert await store.begin(a_run(replaces=old.message_id), None) == new
        await store.finish(new, answer_of(new), end=b"end")
        assert await store.begin(a_run(replaces=old.message_id), None) == new
        assert await ids(store) == ["q1", new.message_id]

    async def test_the_question_again_finds_the_newest_answer(self, store: Store) -> None:
        old = await ask_and_answer(store, "q1")
        new = await store.begin(a_run(replaces=old.message_id), None)
        assert await ask(store, "q1") == new

    async def test_without_a_name_it_is_the_last_answer(self, store: Store) -> None:
        first = await ask_and_answer(store, "q1")
        last = await ask_and_answer(store, "q2")
        new = await store.begin(a_run(), None)
        assert (new.question_id, new.replaces) == ("q2", last.message_id)
        assert await store.begin(a_run(), None) == new
        await store.finish(new, answer_of(new), end=b"end")
        newest = await store.begin(a_run(), None)
        assert newest.replaces == new.message_id
        assert await ids(store) == ["q1", first.message_id, "q2"]

    async def test_naming_a_question_drops_its_answer(self, store: Store) -> None:
        old = await ask_and_answer(store, "q1")
        await ask_and_answer(store, "q2")
        new = await store.begin(a_run(replaces="q1"), None)
        assert (new.question_id, new.replaces) == ("q1", old.message_id)
        assert await store.begin(a_run(replaces="q1"), None) == new
        assert await ids(store) == ["q1"]

    async def test_a_new_answer_has_to_wait_while_a_question_is_answered(
        self, store: Store
    ) -> None:
        first = await ask_and_answer(store, "q1")
        await ask(store, "q2")
        for replaces in (None, first.message_id, "q1"):
            with pytest.raises(ConversationBusy):
                await store.begin(a_run(replaces=replaces), None)

    async def test_there_must_be_something_to_answer_anew(self, store: Store) -> None:
        with pytest.raises(NotFound):
            await store.begin(a_run(), None)
        await ask_and_answer(store, "q1")
        with pytest.raises(NotFound):
            await store.begin(a_run(replaces="m_unknown"), None)

    # Going on

    async def test_an_answer_is_gone_on_with_and_stays_until_there_is_more_of_it(
        self, store: Store
    ) -> None:
        first = await ask_and_answer(store, "q1")
        run = await store.begin(a_continuation(first), None)
        assert (run.question_id, run.message_id, run.continues) == ("q1", first.message_id, True)
        assert await store.live("c_1") == run
        assert await ids(store) == ["q1", first.message_id]
        assert (await store.messages("c_1"))[-1].text == "To q1."
        await store.finish(run, answer_of(run, "To q1. And more."), end=b"end")
        assert [m.text for m in await store.messages("c_1")] == ["Well?", "To q1. And more."]
        assert await log(store, run) == [b"end"]
        assert await store.live("c_1") is None
        assert await ask(store, "q1") == run

    async def test_the_wish_to_go_on_again_finds_its_live_run(self, store: Store) -> None:
        first = await ask_and_answer(store, "q1")
        run = await store.begin(a_continuation(first), None)
        assert await store.begin(a_continuation(first), None) == run
        with pytest.raises(ConversationBusy):
            await ask(store, "q2")

    async def test_only_the_last_answer_is_gone_on_with(self, store: Store) -> None:
        first = await ask_and_answer(store, "q1")
        last = await ask_and_answer(store, "q2")
        for name in (first.message_id, "q2"):
            with pytest.raises(InvalidMessage):
                await store.begin(a_continuation(replace(first, message_id=name)), None)
        with pytest.raises(NotFound):
            await store.begin(a_continuation(replace(last, message_id="m_unknown")), None)
        with pytest.raises(NotFound):
            await store.begin(a_continuation(replace(last, owner="v_2")), None)
        await ask(store, "q3")
        with pytest.raises(ConversationBusy):
            await store.begin(a_continuation(last), None)

    # Logs

    async def test_a_reader_gets_what_is_there_in_one_batch_and_then_what_comes(
        self, store: Store
    ) -> None:
        run = await ask(store, "q1")
        store.append(run.id, b"zero")
        store.append(run.id, b"one")
        batches = following(store, run)
        assert await anext(batches) == (0, [b"zero", b"one"])
        waiting = asyncio.ensure_future(anext(batches))
        await asyncio.sleep(0)
        assert not waiting.done()
        store.append(run.id, b"two")
        assert await waiting == (2, [b"two"])
        await store.finish(run, answer_of(run), end=b"end")
        assert await anext(batches) == (3, [b"end"])
        with pytest.raises(StopAsyncIteration):
            await anext(batches)

    async def test_a_reader_goes_on_behind_any_entry(self, store: Store) -> None:
        run = await ask(store, "q1")
        entries = [b"%d" % number for number in range(5)]
        for entry in entries[:-1]:
            store.append(run.id, entry)
        await store.finish(run, answer_of(run), end=entries[-1])
        for after in range(-1, 5):
            assert await log(store, run, after) == entries[after + 1 :]

    async def test_an_entry_that_is_not_there_can_not_be_gone_on_behind(self, store: Store) -> None:
        run = await ask_and_answer(store, "q1")
        assert store.follow(run.id, 1) is None

    async def test_readers_are_independent(self, store: Store) -> None:
        run = await ask(store, "q1")
        reading = [asyncio.create_task(log(store, run)) for _ in range(20)]
        for number in range(20):
            store.append(run.id, b"%d" % number)
            reading[number].cancel() if number % 2 else await asyncio.sleep(0)
        await store.finish(run, answer_of(run), end=b"end")
        read = await asyncio.gather(*reading, return_exceptions=True)
        whole = [b"%d" % number for number in range(20)] + [b"end"]
        assert [r for r in read if not isinstance(r, BaseException)] == [whole] * 10

    async def test_finishing_twice_is_harmless(self, store: Store) -> None:
        run = await ask_and_answer(store, "q1")
        await store.finish(run, answer_of(run, "Again."), end=b"end")
        assert [m.text for m in await store.messages("c_1")] == ["Well?", "To q1."]
        assert await log(store, run) == [b"end"]

    async def test_a_run_that_can_not_be_finished_lets_its_readers_end(self, store: Store) -> None:
        run = await ask(store, "q1")
        reading = asyncio.create_task(log(store, run))
        store.append(run.id, b"zero")
        store.close_log(run.id, end=b"failed")
        assert await reading == [b"zero", b"failed"]

    async def test_a_finished_run_is_found_while_its_log_is_kept(self, store: Store) -> None:
        run = await ask_and_answer(store, "q1")
        assert await store.run("c_1", run.id) == run
        assert await store.run("c_2", run.id) is None
        assert await store.run("c_1", "unknown1") is None

    async def test_an_old_log_is_forgotten_and_its_answer_is_not(self, forgetful: Store) -> None:
        run = await ask_and_answer(forgetful, "q1")
        await ask(forgetful, "q2")
        assert await forgetful.run("c_1", run.id) is None
        assert forgetful.follow(run.id) is None
        assert await forgetful.message("c_1", run.message_id) is not None

    async def test_the_log_of_a_live_run_is_never_forgotten(self, forgetful: Store) -> None:
        run = await ask(forgetful, "q1")
        await ask_and_answer(forgetful, "q1", conversation="c_2")
        await ask_and_answer(forgetful, "q2", conversation="c_2")
        assert await forgetful.run("c_1", run.id) == run
        assert forgetful.follow(run.id) is not None

    # Messages

    async def test_messages_come_in_pages_from_the_end(self, store: Store) -> None:
        for number in range(5):
            await ask_and_answer(store, f"q{number}")
        everything = await store.messages("c_1")
        assert len(everything) == 10
        assert await store.messages("c_1", limit=3) == everything[-3:]
        before = everything[-3].id
        assert await store.messages("c_1", before=before, limit=3) == everything[-6:-3]
        assert await store.messages("c_1", before=everything[1].id, limit=3) == everything[:1]
        assert await store.messages("c_1", before=everything[0].id) == []
        assert await store.messages("c_1", before="m_unknown") == []
        assert await store.messages("c_1", limit=100) == everything
        assert await store.messages("c_unknown") == []

    async def test_a_message_is_found_in_its_own_conversation_only(self, store: Store) -> None:
        run = await ask_and_answer(store, "q1")
        await ask_and_answer(store, "q1", conversation="c_2")
        assert await store.message("c_2", run.message_id) is None
        assert await store.message("c_1", "m_unknown") is None
        assert await store.message("c_unknown", run.message_id) is None

    async def test_text_of_every_kind_is_kept(self, store: Store) -> None:
        text = 'ä€😀\u2028 "quoted" \\ \n\r\t\' -- ; %s {} \ufffd'
        run = await ask(store, "q1", text)
        await store.finish(run, answer_of(run, text), end=text.encode())
        assert [message.text for message in await store.messages("c_1")] == [text, text]
        assert await log(store, run) == [text.encode()]

    async def test_an_answer_is_judged_and_the_judgement_taken_back(self, store: Store) -> None:
        run = await ask_and_answer(store, "q1")
        assert await store.feedback("c_1", run.message_id, "down", "Too short.")
        metadata = (await store.messages("c_1"))[-1].metadata
        assert (metadata.feedback, metadata.comment) == ("down", "Too short.")
        assert await store.feedback("c_1", run.message_id, None, None)
        metadata = (await store.messages("c_1"))[-1].metadata
        assert (metadata.feedback, metadata.comment) == (None, None)

    async def test_only_answers_are_judged(self, store: Store) -> None:
        run = await ask_and_answer(store, "q1")
        assert not await store.feedback("c_1", "q1", "up", None)
        assert not await store.feedback("c_1", "m_unknown", "up", None)
        assert not await store.feedback("c_2", run.message_id, "up", None)

    # Forgetting

    async def test_a_deleted_conversation_is_gone_with_all_its_logs(self, store: Store) -> None:
        run = await ask_and_answer(store, "q1")
        other = await ask_and_answer(store, "q1", conversation="c_2")
        await store.delete("c_1")
        await store.delete("c_1")
        assert await store.conversation("c_1") is None
        assert await store.messages("c_1") == []
        assert await store.message("c_1", run.message_id) is None
        assert await store.run("c_1", run.id) is None
        assert store.follow(run.id) is None
        assert await log(store, other) == [b"end"]
        assert await ids(store, "c_2") == ["q1", other.message_id]

    async def test_its_name_is_free_again(self, store: Store) -> None:
        await ask_and_answer(store, "q1")
        await store.delete("c_1")
        run = await store.begin(a_run(owner="v_2", question="q1"), user_message("q1", "Well?"))
        conversation = await store.conversation("c_1")
        assert conversation is not None
        assert conversation.owner == "v_2"
        assert await store.live("c_1") == run

    async def test_readers_of_a_deleted_run_end_and_nothing_of_it_comes_back(
        self, store: Store
    ) -> None:
        run = await ask(store, "q1")
        reading = asyncio.create_task(log(store, run))
        await asyncio.sleep(0)
        await store.delete("c_1")
        assert await reading == []
        store.append(run.id, b"late")
        await store.finish(run, answer_of(run), end=b"end")
        store.close_log(run.id, end=b"end")
        assert await store.conversation("c_1") is None
        assert await store.messages("c_1") == []

    # Being held by a process

    async def test_a_run_is_held_until_it_is_over(self, store: Store) -> None:
        run = await ask(store, "q1")
        leases = await store.renew([run.id, "unknown1"])
        assert list(leases) == [run.id]
        assert not leases[run.id].stop
        await store.finish(run, answer_of(run), end=b"end")
        assert await store.renew([run.id]) == {}

    async def test_who_writes_a_run_hears_that_it_is_to_stop(self, store: Store) -> None:
        run = await ask(store, "q1")
        other = await ask(store, "q1", conversation="c_2")
        await store.request_stop(run)
        leases = await store.renew([run.id, other.id])
        assert leases[run.id].stop
        assert not leases[other.id].stop

    async def test_a_run_that_is_held_is_nobodys_orphan(self, store: Store) -> None:
        run = await ask(store, "q1")
        await store.renew([run.id])
        assert await store.orphans() == []

    # Life

    async def test_a_conversation_is_called_by_its_first_question(self, store: Store) -> None:
        await ask_and_answer(store, "q1", "What  is\nthis?")
        await ask_and_answer(store, "q2", "And that?")
        found = await store.conversation("c_1")
        assert found is not None
        assert (found.owner, found.title) == ("v_1", "What is this?")
        assert abs(found.updated_at - time.time()) < 60
        await ask(store, "q3", "word " * 100, conversation="c_2")
        long = await store.conversation("c_2")
        assert long is not None
        assert len(long.title) <= 80
        assert long.title.endswith("word…")

    async def test_a_visitor_has_conversations_the_last_one_asked_first(self, store: Store) -> None:
        for name in ("c_1", "c_2", "c_3"):
            await ask_and_answer(store, f"q_{name}", conversation=name)
        await store.begin(a_run("c_9", owner="v_2"), user_message("q_9", "Mine?"))
        await ask_and_answer(store, "q_again", conversation="c_1")
        assert await names(store) == ["c_1", "c_3", "c_2"]
        assert await names(store, owner="v_2") == ["c_9"]
        assert await names(store, owner="v_nobody") == []

    async def test_conversations_come_in_pages(self, store: Store) -> None:
        for number in range(5):
            await ask_and_answer(store, f"q{number}", conversation=f"c_{number}")
        assert await names(store, limit=2) == ["c_4", "c_3"]
        assert await names(store, limit=2, before="c_3") == ["c_2", "c_1"]
        assert await names(store, limit=2, before="c_1") == ["c_0"]
        assert await names(store, before="c_0") == []
        assert await names(store, before="c_unknown") == []

    async def test_conversations_are_found_by_a_part_of_their_title(self, store: Store) -> None:
        for name, text in (("c_1", "Über Tassen"), ("c_2", "100 % of_it"), ("c_3", "ÜBUNG")):
            await ask_and_answer(store, f"q_{name}", text, conversation=name)
        assert await names(store, matching="üb") == ["c_3", "c_1"]
        assert await names(store, matching="TASSEN") == ["c_1"]
        assert await names(store, matching="% OF_") == ["c_2"]
        assert await names(store, matching="_") == ["c_2"]
        assert await names(store, matching="'; --") == []
        assert await names(store, matching="üb", before="c_3") == ["c_1"]

    async def test_a_conversation_can_be_renamed(self, store: Store) -> None:
        await ask_and_answer(store, "q1")
        await ask_and_answer(store, "q2", conversation="c_2")
        await store.rename("c_1", "Kettles")
        await store.rename("c_unknown", "Nothing")
        await ask_and_answer(store, "q3")
        assert [(each.id, each.title) for each in await store.conversations("v_1")] == [
            ("c_1", "Kettles"),
            ("c_2", "Well?"),
        ]

    async def test_a_deleted_conversation_is_listed_no_more(self, store: Store) -> None:
        await ask_and_answer(store, "q1")
        await store.delete("c_1")
        assert await names(store) == []

    async def test_there_is_one_secret(self, store: Store) -> None:
        secret = await store.secret()
        assert len(secret) == 32
        assert await store.secret() == secret

    async def test_opening_twice_is_harmless(self, store: Store) -> None:
        run = await ask_and_answer(store, "q1")
        await store.open()
        await store.ping()
        assert await ids(store) == ["q1", run.message_id]

    async def test_closing_lets_readers_end(self, store: Store) -> None:
        run = await ask(store, "q1")
        reading = asyncio.create_task(log(store, run))
        store.append(run.id, b"zero")
        await store.close()
        await store.close()
        assert await reading == [b"zero"]

    # Files

    async def test_a_file_may_come_before_its_conversation(self, store: Store) -> None:
        file = await put(store, "f_1", b"one")
        assert await store.file("c_1", "f_1") == file
        assert await store.file_data("c_1", "f_1") == b"one"
        assert await store.conversation("c_1") is None
        await ask_with(store, "q1", "f_1")
        assert await store.file_data("c_1", "f_1") == b"one"

    async def test_a_file_is_found_in_its_conversation_only(self, store: Store) -> None:
        await put(store, "f_1")
        for place in (("c_2", "f_1"), ("c_1", "f_2")):
            assert await store.file(*place) is None
            assert await store.file_data(*place) is None

    async def test_the_same_file_again_changes_nothing(self, store: Store) -> None:
        await put(store, "f_1", b"x" * 60, room=100)
        await put(store, "f_1", b"x" * 60, room=100)
        await ask_with(store, "q1", "f_1")
        await put(store, "f_1", b"x" * 60, room=100)
        assert await store.file_data("c_1", "f_1") == b"x" * 60

    async def test_nobody_puts_a_file_into_the_conversation_of_another(self, store: Store) -> None:
        await ask(store, "q1")
        with pytest.raises(NotFound):
            await put(store, "f_1", owner="v_2")
        assert await store.file("c_1", "f_1") is None

    async def test_the_files_of_a_conversation_have_so_much_room(self, store: Store) -> None:
        await put(store, "f_1", b"x" * 60, room=100)
        await ask_with(store, "q1", "f_1")
        with pytest.raises(TooLarge):
            await put(store, "f_2", b"x" * 41, room=100)
        await put(store, "f_3", b"x" * 40, room=100)
        await put(store, "f_4", b"x" * 60, room=100, conversation="c_2")

    async def test_what_a_visitor_has_not_sent_yet_has_so_much_room(self, store: Store) -> None:
        await put(store, "f_1", b"x" * 60, room=100)
        with pytest.raises(TooLarge):
            await put(store, "f_2", b"x" * 60, room=100, conversation="c_2")
        await put(store, "f_3", b"x" * 60, room=100, conversation="c_2", owner="v_2")

    async def test_a_question_has_only_files_that_are_its_owners_own_and_there(
        self, store: Store
    ) -> None:
        await put(store, "f_1", owner="v_2")
        await put(store, "f_2", conversation="c_2")
        for name in ("f_1", "f_2", "f_3"):
            with pytest.raises(FileGone):
                await ask_with(store, "q1", name)
            assert await store.live("c_1") is None
            assert await ids(store) == []

    async def test_a_question_with_its_files_again_finds_its_run(self, store: Store) -> None:
        await put(store, "f_1")
        await put(store, "f_2")
        run = await ask_with(store, "q1", "f_1")
        await store.finish(run, answer_of(run), end=b"end")
        assert await ask_with(store, "q1", "f_1") == run
        assert await ask_with(store, "q1", "f_1", "f_2") != run

    async def test_an_edited_question_keeps_its_files(self, store: Store) -> None:
        await put(store, "f_1")
        run = await ask_with(store, "q1", "f_1")
        await store.finish(run, answer_of(run), end=b"end")
        run = await ask_with(store, "q1", "f_1", text="Or else?")
        (question,) = await store.messages("c_1")
        assert [file.url for file in question.files] == ["f_1"]
        assert await store.file("c_1", "f_1") is not None

    async def test_files_go_with_their_conversation(self, store: Store) -> None:
        await put(store, "f_1")
        await put(store, "f_2", conversation="c_2")
        await ask_with(store, "q1", "f_1")
        await store.delete("c_1")
        assert await store.file("c_1", "f_1") is None
        assert await store.file_data("c_1", "f_1") is None
        assert await store.file("c_2", "f_2") is not None


class UnusedFilesSuite:
    """Inherit it and define the fixture `timed`: a store, and a list whose only item is its time
    in seconds."""

    async def test_a_file_that_no_message_uses_is_dropped_after_some_time(
        self, timed: tuple[Store, list[float]]
    ) -> None:
        store, now = timed
        await put(store, "f_1")
        await put(store, "f_2")
        await ask_with(store, "q1", "f_1")
        now[0] += UNUSED - 1
        await put(store, "f_3")
        assert await store.file("c_1", "f_2") is not None
        now[0] += 1
        await put(store, "f_4", conversation="c_2", owner="v_2")
        assert await store.file("c_1", "f_1") is not None
        assert await store.file("c_1", "f_2") is None
        assert await store.file("c_1", "f_3") is not None

    async def test_a_file_of_a_message_that_went_is_used_no_more(
        self, timed: tuple[Store, list[float]]
    ) -> None:
        store, now = timed
        await ask_and_answer(store, "q1")
        await put(store, "f_1")
        run = await ask_with(store, "q2", "f_1")
        await store.finish(run, answer_of(run), end=b"end")
        await ask(store, "q1", "Another?")
        now[0] += UNUSED
        await put(store, "f_2")
        assert await store.file("c_1", "f_1") is None


class ForgettingSuite:
    """Inherit it and define the fixture `mortal`: a store that forgets conversations after
    `FORGET_AFTER`, and a list whose only item is its time in seconds."""

    async def test_what_nobody_has_gone_on_with_is_forgotten_at_a_later_question(
        self, mortal: tuple[Store, list[float]]
    ) -> None:
        store, now = mortal
        await put(store, "f_1")
        old = await ask_with(store, "q1", "f_1")
        await store.finish(old, answer_of(old), end=b"end")
        await ask_and_answer(store, "q1", conversation="c_2")
        now[0] += FORGET_AFTER
        await ask_and_answer(store, "q2", conversation="c_2")
        assert await names(store) == ["c_2"]
        assert await store.conversation("c_1") is None
        assert await ids(store) == []
        assert await store.file("c_1", "f_1") is None
        assert len(await ids(store, "c_2")) == 4
        # Its name is free.
        await ask_and_answer(store, "q1")
        assert await names(store) == ["c_1", "c_2"]

    async def test_until_then_it_is_kept(self, mortal: tuple[Store, list[float]]) -> None:
        store, now = mortal
        await ask_and_answer(store, "q1")
        now[0] += FORGET_AFTER - 1
        await ask_and_answer(store, "q1", conversation="c_2")
        await ask_and_answer(store, "q2")
        now[0] += FORGET_AFTER - 1
        await ask_and_answer(store, "q1", conversation="c_3")
        assert await names(store) == ["c_3", "c_1", "c_2"]

    async def test_what_is_just_being_answered_is_kept(
        self, mortal: tuple[Store, list[float]]
    ) -> None:
        store, now = mortal
        run = await ask(store, "q1")
        now[0] += FORGET_AFTER
        await ask_and_answer(store, "q1", conversation="c_2")
        assert await store.live("c_1") == run
        await store.finish(run, answer_of(run), end=b"end")
        assert len(await ids(store)) == 2
        await ask_and_answer(store, "q2", conversation="c_2")
        assert await names(store) == ["c_2"]


async def put(
    store: Store,
    name: str,
    data: bytes = b"a file",
    *,
    conversation: str = "c_1",
    owner: str = "v_1",
    room: int = 1000,
) -> FileRecord:
    file = FileRecord(
        id=name,
        conversation_id=conversation,
        owner=owner,
        name="notes.txt",
        media_type="text/plain",
        size=len(data),
    )
    await store.put_file(file, data, room=room)
    return file


async def ask_with(store: Store, question: str, *files: str, text: str = "Well?") -> RunRecord:
    """Begin the answer to a question that has files."""
    parts = [FilePart(file, "text/plain", "notes.txt") for file in files]
    return await store.begin(a_run(question=question), user_message(question, text, parts))
