"""A thousand clients that are gone before they are answered leave nothing behind."""

import socket
import struct
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from serving import until
from talking import Talker, talking
from upstream import Answer as Said
from upstream import Upstream
from visiting import Visitor, raw_request, text_of

CLIENTS = 1000
RESET = struct.pack("ii", 1, 0)


def vanish(visitor: Visitor, number: int) -> None:
    """Ask by hand and leave: in one of five ways."""
    body = {"id": f"c_{number}", "message": {"id": "q1", "text": "wait"}}
    address, request = raw_request(visitor, body)
    head = request.index(b"\r\n\r\n") + 4
    way = number % 5
    sent = [request, request, request[:-10], request[:head], request[: head // 2]][way]
    with socket.create_connection(address) as client:
        if way:  # the first one closes in order
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        client.sendall(sent)


def all_vanish(visitor: Visitor, *, clients: int) -> None:
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda number: vanish(visitor, number), range(clients)))


def at_rest(talker: Talker) -> bool:
    """Nothing is being answered, nor read."""
    state = talker.state()
    return not any(state[name] for name in ("runs", "readers", "beginning", "answers"))


SOME = 3
"""Tasks and descriptors that a server may hold for a while: idle connections of its own."""


@pytest.mark.parametrize("memory", [True, False], ids=["memory", "sqlite"])
@pytest.mark.parametrize("server", ["uvicorn", "hypercorn"])
def test_clients_that_vanish_leave_no_run_task_reader_or_descriptor(
    server: str, memory: bool, tmp_path: Path
) -> None:
    settings = {"server": server, "memory": memory, "linger": 0.3}
    with talking(tmp_path / "chat.db", **settings) as talker, Visitor(talker.url) as visitor:
        assert text_of(visitor.say("hello", conversation="c_before"))
        until(lambda: at_rest(talker))
        tasks, descriptors = talker.state()["tasks"], talker.descriptors
        all_vanish(visitor, clients=CLIENTS)
        until(lambda: at_rest(talker), seconds=30)
        until(lambda: talker.state()["tasks"] <= tasks + SOME, seconds=30)
        until(lambda: talker.descriptors <= descriptors + SOME, seconds=30)
        assert talker.state()["asked"] > CLIENTS / 10
        assert memory or talker.state()["open"] == 0
        assert text_of(visitor.say("hello", conversation="c_after"))


def test_their_upstream_calls_are_closed(tmp_path: Path, upstream: Upstream) -> None:
    upstream.answers(Said(stall=0))
    settings: dict[str, Any] = {"openai": upstream.url, "linger": 0.5}
    with talking(tmp_path / "chat.db", **settings) as talker, Visitor(talker.url) as visitor:
        all_vanish(visitor, clients=100)
        until(lambda: upstream.accepted)
        until(lambda: at_rest(talker), seconds=30)
        assert upstream.wait_for_connections(0)
        assert len(upstream.requests) <= 40
