"""Several worker processes, one store: it does not matter which of them a request reaches."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis_server import RedisServer
from serving import until
from visiting import Visitor, text_of, types_of

WORKER = Path(__file__).parent / "worker.py"


class Worker:
    def __init__(self, *store: str) -> None:
        command = [sys.executable, str(WORKER), *store]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
        assert self.process.stdout is not None
        self.url = f"{self.process.stdout.readline().strip()}/chat"

    def kill(self) -> None:
        """End it as a crash would."""
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        self.process.communicate(timeout=15)


@pytest.fixture(params=["sqlite", "redis"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, ...]]:
    """What tells a worker its store."""
    file = str(tmp_path / "chat.db")
    if request.param == "sqlite":
        yield (file,)
        return
    server = RedisServer(tmp_path)
    yield file, server.url
    server.stop()


@pytest.fixture
def workers(store: tuple[str, ...]) -> Iterator[tuple[Worker, Worker]]:
    both = Worker(*store), Worker(*store)
    yield both
    for worker in both:
        worker.close()


@pytest.fixture
def go_on(tmp_path: Path) -> Callable[[], None]:
    return (tmp_path / "chat.go").touch


@pytest.fixture
def calls(tmp_path: Path) -> Callable[[], list[str]]:
    return lambda: (tmp_path / "chat.calls").read_text().splitlines()


def test_an_answer_is_followed_from_another_worker(
    workers: tuple[Worker, Worker], go_on: Callable[[], None], calls: Callable[[], list[str]]
) -> None:
    with Visitor(workers[0].url) as here, Visitor(workers[1].url, token=here.token) as there:
        with here.ask() as answer:
            seen = answer.until("One, two, ")
            with there.resume(seen[-1].id) as rest:
                go_on()
                assert text_of(seen + rest.rest()) == "One, two, three."
            with there.resume(seen[0].id) as all_but_first:
                assert text_of(all_but_first.rest()) == "One, two, three."
        history = there.client.get("/messages/c_1").json()
    assert [part["text"] for part in history["messages"][1]["parts"] if "text" in part] == [
        "One, two, three."
    ]
    assert calls() == ["Well?"]


def test_a_stop_reaches_the_worker_that_writes(workers: tuple[Worker, Worker]) -> None:
    with Visitor(workers[0].url) as here, Visitor(workers[1].url, token=here.token) as there:
        with here.ask() as answer:
            seen = answer.until("One, two, ")
            began = time.monotonic()
            assert there.stop()
            rest = answer.rest()
        assert types_of(rest)[-2:] == ["abort", "finish"]
        assert text_of(seen + rest) == "One, two, "
        assert time.monotonic() - began < 3
        history = there.client.get("/messages/c_1").json()
    assert history["running"] is None
    assert history["messages"][1]["metadata"]["stopped"] is True


def test_a_killed_worker_leaves_an_interrupted_answer(
    workers: tuple[Worker, Worker], calls: Callable[[], list[str]]
) -> None:
    with Visitor(workers[0].url) as here, Visitor(workers[1].url, token=here.token) as there:
        with here.ask() as answer:
            seen = answer.until("One, two, ")
            with there.resume() as elsewhere:
                elsewhere.until("One, two, ")  # so it is on the disk
                workers[0].kill()
                rest = elsewhere.rest()
        assert rest[-1].chunk["type"] == "error"
        assert rest[-1].chunk["code"] == "interrupted"
        assert rest[-1].chunk["retryable"] is True
        history = there.client.get("/messages/c_1").json()
        assert history["running"] is None
        answered = history["messages"][1]
        assert text_of(seen) in answered["parts"][1]["text"]
        assert answered["metadata"]["error"]["code"] == "interrupted"
        assert there.say("again")[-1].chunk["type"] == "finish"
    assert calls() == ["Well?", "again"]


def test_the_same_message_sent_to_both_is_answered_once(
    workers: tuple[Worker, Worker], go_on: Callable[[], None], calls: Callable[[], list[str]]
) -> None:
    with (
        Visitor(workers[0].url) as here,
        Visitor(workers[1].url, token=here.token) as there,
        here.ask(id="m_same") as one,
        there.ask(id="m_same") as other,
    ):
        go_on()
        assert text_of(one.rest()) == text_of(other.rest()) == "One, two, three."
    assert calls() == ["Well?"]


def test_another_message_meanwhile_is_refused_by_either(
    workers: tuple[Worker, Worker], go_on: Callable[[], None]
) -> None:
    with (
        Visitor(workers[0].url) as here,
        Visitor(workers[1].url, token=here.token) as there,
        here.ask() as answer,
    ):
        answer.until("One, two, ")
        with there.ask("And?") as refused:
            assert refused.response.status_code == 409
        go_on()
        answer.rest()


def test_a_killed_worker_does_not_keep_a_conversation_busy(
    workers: tuple[Worker, Worker],
) -> None:
    with Visitor(workers[0].url) as here, Visitor(workers[1].url, token=here.token) as there:
        with here.ask() as answer:
            answer.until("One, two, ")
            workers[0].kill()

        def answered() -> bool:
            with there.ask("again") as again:
                return again.response.status_code == 200 and text_of(again.rest()) != ""

        # Nobody follows the lost answer: that it was asked for again has to be enough.
        assert not answered()
        until(answered)


@pytest.mark.parametrize("durable", [True, False], ids=["durable", "forgetful"])
def test_a_redis_that_is_gone_for_a_while_cuts_no_answer_short(
    tmp_path: Path, go_on: Callable[[], None], calls: Callable[[], list[str]], durable: bool
) -> None:
    server = RedisServer(tmp_path, durable=durable)
    workers = [Worker(str(tmp_path / "chat.db"), server.url) for _ in range(2)]
    with Visitor(workers[0].url) as here, Visitor(workers[1].url, token=here.token) as there:
        with here.ask() as answer, there.resume() as elsewhere:
            readers = [(each, each.until("One, two, ")) for each in (answer, elsewhere)]
            server.stop()
            server.start()
            go_on()
            for reader, seen in readers:
                assert text_of(seen + reader.rest()) == "One, two, three."
        history = there.client.get("/messages/c_1").json()
        question, answered = history["messages"]
        assert question["parts"][0]["text"] == "Well?"
        assert answered["parts"][1]["text"] == "One, two, three."
        assert history["running"] is None
        assert there.say("again")[-1].chunk["type"] == "finish"
    assert calls() == ["Well?", "again"]
    for worker in workers:
        worker.close()
    server.stop()
