"""An event loop that is held up, and clocks that are set: nobody loses what is theirs."""

from pathlib import Path

from talking import said_at, talking
from visiting import Frame, Visitor, text_of, types_of

LEASE = 1.5
HELD_UP = 3


def test_a_process_that_is_held_up_does_not_take_its_own_runs_for_orphans(tmp_path: Path) -> None:
    with talking(tmp_path / "chat.db", lease=LEASE) as talker, Visitor(talker.url) as visitor:
        with (
            visitor.ask("count", conversation="c_other") as other,
            visitor.ask(f"block {HELD_UP}", conversation="c_1") as answer,
        ):
            frames = answer.rest()
            assert frames[-1].chunk["type"] == "finish"
            assert len(text_of(frames).split()) == 2
            seen: list[Frame] = []
            for frame in other.frames():
                seen.append(frame)
                if len(text_of(seen).split()) > 10 and said_at(text_of(seen)) > said_at(
                    text_of(frames)
                ):
                    break  # it has gone on after the stall
            assert visitor.stop(conversation="c_other")
            seen += other.rest()
        for name, read in (("c_1", frames), ("c_other", seen)):
            history = visitor.history(conversation=name)
            assert history["running"] is None
            assert history["messages"][1]["parts"][-1]["text"] == text_of(read)
            assert "error" not in history["messages"][1]["metadata"]


def test_what_was_taken_from_a_worker_that_was_held_up_stays_taken(tmp_path: Path) -> None:
    path = tmp_path / "chat.db"
    with (
        talking(path, lease=LEASE) as held_up,
        talking(path, lease=LEASE) as other,
        Visitor(held_up.url) as visitor,
        Visitor(other.url, token=visitor.token) as elsewhere,
    ):
        with visitor.ask(f"block {HELD_UP + 1}") as answer:
            seen: list[Frame] = []
            for frame in answer.frames():
                seen.append(frame)
                if text_of(seen):
                    break
            with elsewhere.resume() as resumed:
                theirs = resumed.rest()
            assert theirs[-1].chunk["code"] == "interrupted"
            taken = elsewhere.history()
            # It wakes up and says its second word to its own reader, but not how it ended.
            seen += answer.rest()
            assert "finish" not in types_of(seen)
            assert "error" not in types_of(seen)
        # So that reader comes back, and is given what the answer is by now.
        with visitor.resume(seen[-1].id) as resumed:
            assert resumed.rest() == theirs
        again = visitor.history()
        assert again == elsewhere.history() == taken
        assert len(taken["messages"]) == 2
        assert taken["messages"][1]["parts"][-1]["text"] == text_of(theirs)
        assert visitor.say("next")[-1].chunk["type"] == "finish"


def test_a_clock_that_is_set_changes_no_order_and_loses_nothing(tmp_path: Path) -> None:
    day = 24 * 3600
    with talking(tmp_path / "chat.db", lease=LEASE) as talker, Visitor(talker.url) as visitor:
        said = [visitor.say(question) for question in ("one", f"step {-day}", "three")]
        with visitor.ask("count") as answer:
            seen: list[Frame] = []
            for frame in answer.frames():
                seen.append(frame)
                if len(text_of(seen).split()) == 3:
                    break
            # The next step comes in the middle of this answer.
            assert visitor.say(f"step {2 * day}", conversation="c_2")
            with visitor.resume(seen[-1].id) as resumed:
                assert visitor.stop()
                rest = resumed.rest()
            assert text_of(answer.rest()) == text_of(rest)
        said.append(seen + rest)
        said.append(visitor.say("five"))
        history = visitor.history()
        questions, answers = history["messages"][::2], history["messages"][1::2]
        assert [q["parts"][0]["text"].split()[0] for q in questions] == [
            "one",
            "step",
            "three",
            "count",
            "five",
        ]
        assert [a["parts"][-1]["text"] for a in answers] == [text_of(frames) for frames in said]
        # A log is kept for minutes, and by this clock a day has gone by.
        with visitor.resume(said[0][0].id) as again:
            assert again.response.status_code == 204
