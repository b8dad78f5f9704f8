"""`uvicorn --workers 2` on one file: stopped as a whole, and with a worker that is killed."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx2
from serving import until
from talking import Talker, talking
from visiting import Answer, Frame, Visitor, text_of

ANSWERS = 20


def processes(talker: Talker) -> set[int]:
    """Return the workers that are up: who answers is chance, so ask until it is known."""
    found = set()
    for _ in range(40):
        with suppress(httpx2.TransportError):
            found.add(httpx2.get(talker.url.replace("/chat", "/state")).json()["process"])
    return found


@contextmanager
def answering(talker: Talker) -> Iterator[tuple[Visitor, list[Answer]]]:
    """Have twenty answers written, each asked for over a connection of its own."""
    with ExitStack() as stack:
        visitor = stack.enter_context(Visitor(talker.url))
        visitor.client.headers["connection"] = "close"
        until(lambda: len(processes(talker)) == 2)
        asked = [visitor.ask("count", conversation=f"c_{n}") for n in range(ANSWERS)]
        yield visitor, [stack.enter_context(each) for each in asked]


def until_cut(answer: Answer) -> list[Frame]:
    frames: list[Frame] = []
    with suppress(httpx2.TransportError):
        for frame in answer.frames():
            frames.append(frame)
    return frames


def test_all_workers_end_their_answers_in_order(tmp_path: Path) -> None:
    path = tmp_path / "chat.db"
    with talking(path, workers=2, grace=0.5) as talker:
        with answering(talker) as (visitor, answers), ThreadPoolExecutor(ANSWERS) as pool:
            reading = [pool.submit(until_cut, answer) for answer in answers]
            talker.tell(signal.SIGTERM)
            read = [task.result() for task in reading]
        talker.process.wait(15)
    for frames in read:
        assert frames[-1].chunk["type"] == "error"
        assert frames[-1].chunk["code"] == "interrupted"
        assert frames[-1].chunk["retryable"]
    with talking(path) as again, Visitor(again.url, token=visitor.token) as visitor:
        assert again.state()["open"] == 0
        for number, frames in enumerate(read):
            stored = visitor.history(conversation=f"c_{number}")["messages"][1]
            assert stored["parts"][-1]["text"] == text_of(frames)


def test_a_worker_that_is_killed_is_replaced_and_its_answers_closed(tmp_path: Path) -> None:
    with (
        talking(tmp_path / "chat.db", workers=2, lease=1.5) as talker,
        answering(talker) as (visitor, answers),
        ThreadPoolExecutor(ANSWERS) as pool,
    ):
        lost, kept = processes(talker)
        reading = [pool.submit(until_cut, answer) for answer in answers]
        os.kill(lost, signal.SIGKILL)
        until(lambda: len(processes(talker) - {lost}) == 2, seconds=20)
        # The answers of the other worker go on, and those of this one are closed.
        names = [f"c_{number}" for number in range(ANSWERS)]

        def running() -> set[str]:
            histories = {name: visitor.history(conversation=name) for name in names}
            return {name for name, history in histories.items() if history["running"]}

        until(lambda: len(running()) == sum(not task.done() for task in reading), seconds=20)
        assert kept in processes(talker)
        for name, task in zip(names, reading, strict=True):
            if task.done():
                answer = visitor.history(conversation=name)["messages"][1]
                assert answer["metadata"]["error"]["code"] == "interrupted"
            else:
                assert visitor.stop(conversation=name)
                assert task.result()[-1].chunk["type"] == "finish"
