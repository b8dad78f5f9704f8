"""A server that is told to stop: answers end in order, readers are told, the process exits."""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import Any

import httpx2
import pytest
from serving import free_port, until
from visiting import Answer, Visitor, text_of

from chatwidget.shutdown import ShutdownSignal

SERVERS = ["uvicorn", "hypercorn"]
KINDS = ["mounted", "lifespan", "whole"]


class Server:
    """A chat in a process of its own."""

    def __init__(self, server: str, kind: str, *, grace: float) -> None:
        port = free_port()
        program = Path(__file__).parent / "stopping.py"
        self.process = subprocess.Popen(
            [sys.executable, program, str(port), server, kind, str(grace)],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.url = f"http://127.0.0.1:{port}" + ("" if kind == "whole" else "/chat")
        until(self._is_up, seconds=30)

    def _is_up(self) -> bool:
        assert self.process.poll() is None, "it ended by itself"
        try:
            return httpx2.get(f"{self.url}/health").status_code == 200
        except httpx2.TransportError:
            return False

    def tell(self, number: int = signal.SIGTERM) -> None:
        self.told = time.monotonic()
        self.process.send_signal(number)

    def ends(self) -> tuple[float, list[str]]:
        """Wait for the end; return after how many seconds it came, and what was printed."""
        printed, _ = self.process.communicate(timeout=20)
        return time.monotonic() - self.told, printed.splitlines()


Start = Callable[..., Server]


@pytest.fixture
def start() -> Iterator[Start]:
    servers: list[Server] = []

    def start(server: str, kind: str = "mounted", *, grace: float = 0.3) -> Server:
        servers.append(Server(server, kind, grace=grace))
        return servers[-1]

    yield start
    for server in servers:
        server.process.kill()
        server.process.communicate()


def ends_interrupted(answer: Answer) -> bool:
    """Read on: the last chunk must be an error that is worth a retry."""
    end = answer.rest()[-1].chunk
    return (end["type"], end["code"], end["retryable"]) == ("error", "interrupted", True)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", SERVERS)
def test_live_answers_end_interrupted_and_stored_and_the_process_exits(
    start: Start, name: str, kind: str
) -> None:
    server = start(name, kind)
    with ExitStack() as open_streams:
        visitor = open_streams.enter_context(Visitor(server.url))
        answers = [
            open_streams.enter_context(visitor.ask(conversation=f"c_{number}"))
            for number in range(20)
        ]
        for answer in answers:
            answer.until("Hel")
        server.tell()
        assert all([ends_interrupted(answer) for answer in answers])
    seconds, printed = server.ends()
    assert seconds < 5
    assert printed.count("upstream of Well? closed") == 20
    assert printed.count("stored Hel interrupted") == 20
    if kind != "mounted":
        assert printed[-1] == "store closed"
    assert server.process.returncode in (0, -signal.SIGTERM)


@pytest.mark.parametrize("name", SERVERS)
def test_an_answer_may_become_complete_within_the_grace_period(start: Start, name: str) -> None:
    server = start(name, "lifespan", grace=2.5)
    with Visitor(server.url) as visitor, visitor.ask("slow") as answer:
        answer.until("Hel")
        server.tell()
        frames = answer.rest()
        assert text_of(frames) == "lo"
        assert frames[-1].chunk["type"] == "finish"
    _, printed = server.ends()
    assert "stored Hello stop" in printed


@pytest.mark.parametrize("kind", ["lifespan", "whole"])
@pytest.mark.parametrize("name", SERVERS)
def test_an_answer_that_nobody_reads_has_its_grace_too(start: Start, name: str, kind: str) -> None:
    server = start(name, kind, grace=2.5)
    with Visitor(server.url) as visitor, visitor.ask("slow") as answer:
        answer.until("Hel")
    server.tell()
    _, printed = server.ends()
    assert "stored Hello stop" in printed
    assert printed[-1] == "store closed"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", SERVERS)
def test_without_live_answers_the_process_exits_at_once(start: Start, name: str, kind: str) -> None:
    server = start(name, kind, grace=10)
    server.tell()
    seconds, _ = server.ends()
    assert seconds < 5


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("name", SERVERS)
def test_a_tool_that_nothing_can_end_does_not_keep_the_process(
    start: Start, name: str, number: signal.Signals
) -> None:
    server = start(name, "lifespan")
    with Visitor(server.url) as visitor, visitor.ask("tool") as answer:
        answer.until("Hel")
        assert server.process.stdout
        assert server.process.stdout.readline() == "tool called\n"
        server.tell(number)
        assert ends_interrupted(answer)
    seconds, printed = server.ends()
    assert seconds < 5
    assert "stored Hel interrupted" in printed


def test_a_host_hears_every_signal_as_before(start: Start) -> None:
    server = start("uvicorn", "lifespan", grace=30)
    with Visitor(server.url) as visitor, visitor.ask() as answer:
        answer.until("Hel")
        assert server.process.stdout
        for number in (signal.SIGTERM, signal.SIGINT):
            server.tell(number)
            assert server.process.stdout.readline() == f"host heard {number.name}\n"
        # The second one was uvicorn's "force quit".
        server.process.wait(10)


# The handler by itself


class Host:
    """Somebody who had a handler before us."""

    def __init__(self) -> None:
        self.heard: list[int] = []

    def handle(self, number: int, frame: FrameType | None) -> None:
        self.heard.append(number)


@pytest.fixture
def host() -> Iterator[Host]:
    host = Host()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    for number in before:
        signal.signal(number, host.handle)
    yield host
    for number, handler in before.items():
        signal.signal(number, handler)


async def turns() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


@pytest.mark.anyio
async def test_a_signal_is_heard_by_all_who_listen_and_by_the_host(host: Host) -> None:
    heard: list[str] = []
    one = ShutdownSignal(lambda: heard.append("one"))
    two = ShutdownSignal(lambda: heard.append("two"))
    one.listen()
    two.listen()
    two.listen()
    signal.raise_signal(signal.SIGTERM)
    await turns()
    assert sorted(heard) == ["one", "two"]
    assert host.heard == [signal.SIGTERM]


@pytest.mark.anyio
async def test_who_forgets_hears_nothing_whatever_the_order(host: Host) -> None:
    heard: list[str] = []
    one = ShutdownSignal(lambda: heard.append("one"))
    two = ShutdownSignal(lambda: heard.append("two"))
    one.listen()
    two.listen()
    one.forget()
    signal.raise_signal(signal.SIGTERM)
    await turns()
    assert heard == ["two"]
    two.forget()
    signal.raise_signal(signal.SIGINT)
    await turns()
    assert heard == ["two"]
    assert host.heard == [signal.SIGTERM, signal.SIGINT]


@pytest.mark.anyio
async def test_what_was_there_is_put_back(host: Host) -> None:
    listening = ShutdownSignal(lambda: None)
    listening.listen()
    assert signal.getsignal(signal.SIGTERM) != host.handle
    listening.forget()
    assert signal.getsignal(signal.SIGTERM) == host.handle
    listening.listen()
    assert signal.getsignal(signal.SIGTERM) != host.handle
    listening.forget()


@pytest.mark.anyio
async def test_signals_that_nobody_handles_are_left_alone(host: Host) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    listening = ShutdownSignal(lambda: None)
    listening.listen()
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    listening.forget()


@pytest.mark.anyio
async def test_off_the_main_thread_nothing_is_touched(host: Host) -> None:
    listening: Any = ShutdownSignal(lambda: None)
    await asyncio.to_thread(listening.listen)
    assert signal.getsignal(signal.SIGTERM) == host.handle
    await asyncio.to_thread(listening.forget)
