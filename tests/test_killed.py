"""A worker that is killed with many live answers: little is lost, and none stays open for ever."""

import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest
from serving import until
from talking import Talker, said_at, talking
from visiting import Answer, Frame, Visitor, text_of

ANSWERS = 40
LEASE = 1.5
LOSS = 1.0
"""Seconds of text that are lost at most."""

NAMES = [f"c_{number}" for number in range(ANSWERS)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chat.db"


def killed_while_talking(path: Path, *, seconds: float) -> tuple[str, dict[str, list[Frame]]]:
    """Return the visitor's token, and what they read of each answer until all was cut off."""
    with (
        talking(path, lease=LEASE) as talker,
        Visitor(talker.url) as visitor,
        ExitStack() as streams,
    ):
        asked = [visitor.ask("count", conversation=name) for name in NAMES]
        answers = [streams.enter_context(asking) for asking in asked]
        with ThreadPoolExecutor(ANSWERS + 1) as pool:
            reading = pool.map(until_cut, answers)
            pool.submit(kill_later, talker, seconds)
            return visitor.token, dict(zip(NAMES, reading, strict=True))


def until_cut(answer: Answer) -> list[Frame]:
    assert answer.response.status_code == 200, answer.response.read()
    frames: list[Frame] = []
    with suppress(httpx2.TransportError):
        for frame in answer.frames():
            frames.append(frame)
    return frames


def kill_later(talker: Talker, seconds: float) -> None:
    until(lambda: talker.state()["answers"] == ANSWERS)
    # The moment is random: nothing that could be waited for marks it.
    time.sleep(seconds)
    talker.tell(signal.SIGKILL)


def stored(visitor: Visitor) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each conversation's name and answer, once it is over."""
    for name in NAMES:
        while visitor.history(conversation=name)["running"] is not None:
            pass
        question, answer = visitor.history(conversation=name)["messages"]
        assert question["role"] == "user"
        yield name, answer


def all_are_closed_and_whole(visitor: Visitor, read: dict[str, list[Frame]]) -> None:
    losses = []
    for name, answer in stored(visitor):
        assert answer["metadata"]["error"]["code"] == "interrupted"
        assert answer["metadata"]["error"]["retryable"]
        text, seen = answer["parts"][-1]["text"], text_of(read[name])
        losses.append(said_at(seen) - said_at(text))
        # What is stored and what was read are the same answer, as far as the shorter one goes.
        assert seen.startswith(text) or text.startswith(seen)
    assert max(losses) <= LOSS


@pytest.mark.parametrize("seconds", [0.3, 1.1])
def test_another_worker_closes_what_a_killed_one_left_and_little_is_lost(
    path: Path, seconds: float
) -> None:
    with talking(path, lease=LEASE) as survivor:
        token, read = killed_while_talking(path, seconds=seconds)
        with Visitor(survivor.url, token=token) as visitor:
            all_are_closed_and_whole(visitor, read)


def test_a_process_that_starts_again_closes_what_it_left(path: Path) -> None:
    token, read = killed_while_talking(path, seconds=0.6)
    with talking(path, lease=LEASE) as again:
        # Nobody asks for these conversations.
        until(lambda: again.state()["open"] == 0)
        with Visitor(again.url, token=token) as visitor:
            assert not any(visitor.history(conversation=name)["running"] for name in NAMES)
            all_are_closed_and_whole(visitor, read)
