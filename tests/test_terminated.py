"""SIGTERM while fifty answers are written: each is finished, or marked and its reader told so."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from talking import talking
from visiting import Answer, Frame, Visitor, text_of

READ, UNREAD = 40, 10
GRACE = 1.0


@pytest.mark.parametrize("lifespan", [True, False], ids=["lifespan", "mounted"])
@pytest.mark.parametrize("server", ["uvicorn", "hypercorn"])
def test_of_fifty_live_answers_none_is_lost_without_a_mark(
    server: str, lifespan: bool, tmp_path: Path
) -> None:
    path = tmp_path / "chat.db"
    with (
        talking(path, server=server, lifespan=lifespan, grace=GRACE) as talker,
        Visitor(talker.url) as visitor,
        ExitStack() as streams,
    ):
        for number in range(READ, READ + UNREAD):
            with visitor.ask("count", conversation=f"c_{number}") as answer:
                begin(answer)
        answers = {}
        for number in range(READ):
            # Every fourth one can be complete within the grace period.
            question = "count" if number % 4 else "wait"
            asking = visitor.ask(question, conversation=f"c_{number}")
            answers[f"c_{number}"] = streams.enter_context(asking)
        seen = {name: begin(answer) for name, answer in answers.items()}
        assert talker.state()["runs"] == READ + UNREAD
        talker.tell()
        told_at = time.monotonic()
        path.with_suffix(".go").touch()
        with ThreadPoolExecutor(READ) as readers:
            rest = dict(zip(answers, readers.map(Answer.rest, answers.values()), strict=True))
        talker.process.wait(15)
        assert time.monotonic() - told_at < GRACE + 4
    read = {name: seen[name] + rest[name] for name in answers}

    with talking(path) as talker, Visitor(talker.url, token=visitor.token) as visitor:
        outcomes = []
        for number in range(READ + UNREAD):
            history = visitor.history(conversation=f"c_{number}")
            assert history["running"] is None
            question, stored = history["messages"]
            assert question["role"] == "user"
            if frames := read.get(f"c_{number}"):
                assert stored["parts"][-1]["text"] == text_of(frames)
                assert mark(stored["metadata"]) == told(frames[-1])
            assert stored["parts"][-1]["text"].startswith("0@")
            outcomes.append(mark(stored["metadata"]))
    assert outcomes.count("stop") == READ / 4
    assert outcomes.count("interrupted") == UNREAD + READ * 3 / 4


def begin(answer: Answer) -> list[Frame]:
    """Read until something is said."""
    assert answer.response.status_code == 200, answer.response.read()
    frames: list[Frame] = []
    for frame in answer.frames():
        frames.append(frame)
        if text_of(frames):
            return frames
    raise AssertionError("nothing was said")


def mark(metadata: dict[str, Any]) -> str:
    """Return how an answer ended, as it is stored."""
    error = metadata.get("error")
    if error:
        assert error["retryable"]
        return str(error["code"])
    return str(metadata["finishReason"])


def told(end: Frame) -> str:
    """Return how an answer ended, as its reader was told."""
    if end.chunk["type"] == "error":
        assert end.chunk["retryable"]
        return str(end.chunk["code"])
    assert end.chunk["type"] == "finish"
    return str(end.chunk["finishReason"])
