"""Clients that do not read cost little memory, are dropped, and hold up nobody else."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from serving import until
from talking import talking
from visiting import Visitor, raw_request, text_of

MEGABYTE = 1024 * 1024
SIZE = 8
"""Megabytes of one answer."""
STUCK = 40


@contextmanager
def stuck(visitor: Visitor, count: int) -> Iterator[list[socket.socket]]:
    """Clients that ask for the same answer and never read it."""
    body = {"id": "c_1", "message": {"id": "q1", "text": f"flood {SIZE}"}}
    address, request = raw_request(visitor, body)
    with ExitStack() as sockets:
        clients = []
        for _ in range(count):
            client = sockets.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.settimeout(20)
            client.connect(address)
            client.sendall(request)
            clients.append(client)
        yield clients


def cost(directory: Path, *, stuck_readers: int, late: bool) -> int:
    """Return the most memory (bytes) that an answer with so many stuck readers took at a time.

    `late`: they come when it is written already, so that all of it is there to be sent.
    """
    with (
        talking(directory / "chat.db", memory=True, send_timeout=3) as talker,
        Visitor(talker.url) as visitor,
    ):
        assert text_of(visitor.say("hello", conversation="c_0"))
        before = talker.memory("VmRSS")
        if late:
            reads_all_in_time(visitor)
        with stuck(visitor, stuck_readers) as clients:
            for client in clients:
                assert client.recv(1, socket.MSG_PEEK)  # it is answered
            reads_all_in_time(visitor)
            # To its last reader the answer is over; those that are stuck are dropped.
            until(lambda: talker.state()["readers"] == 0)
            return talker.memory("VmHWM") - before


def reads_all_in_time(visitor: Visitor) -> None:
    began = time.monotonic()
    with visitor.ask(f"flood {SIZE}", id="q1") as answer:
        assert len(text_of(answer.rest())) > SIZE * MEGABYTE
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("late", [False, True], ids=["live", "late"])
def test_readers_that_are_stuck_cost_little_memory_and_are_dropped(
    late: bool, tmp_path: Path
) -> None:
    alone = cost(tmp_path, stuck_readers=0, late=late)
    crowd = cost(tmp_path, stuck_readers=STUCK, late=late)
    assert crowd - alone < STUCK * MEGABYTE / 2
