"""A chat in a process of its own (see `talker.py`), to be stopped, killed and held up."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

import httpx2
from serving import free_port, until

TALKER = Path(__file__).parent / "talker.py"


class Talker:
    """The process. `url` is its chat's."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int) -> None:
        self.process = process
        self.url = f"http://127.0.0.1:{port}/chat"
        # One connection, so that looking changes nothing.
        self.client = httpx2.Client(base_url=f"http://127.0.0.1:{port}")

    def tell(self, number: int = signal.SIGTERM) -> None:
        self.process.send_signal(number)

    def state(self) -> dict[str, Any]:
        """Return how many there are of each thing that a request may leave behind."""
        counted: dict[str, Any] = self.client.get("/state").json()
        return counted

    @property
    def descriptors(self) -> int:
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def memory(self, name: Literal["VmRSS", "VmHWM"]) -> int:
        """Bytes of memory in use, now or at most so far."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition(f"{name}:")[2].split()[0]) * 1024

    def is_up(self) -> bool:
        assert self.process.poll() is None, "it ended by itself"
        try:
            return self.client.get("/chat/health").status_code == 200
        except httpx2.TransportError:
            return False


@contextmanager
def talking(path: Path, **settings: Any) -> Iterator[Talker]:
    """Start a process on the file `path`.

    `settings`: `server` ("uvicorn", "hypercorn"), `workers` (how many uvicorn is to start),
    `memory` (keeps nothing in the file), `pace`, `openai` (an upstream's address, which then
    answers), `lifespan` (false: mounted only), `send_timeout`, `lease` and `history`; all others
    are `ChatWidget`'s.
    """
    port = free_port()
    settings |= {"path": str(path), "port": port}
    command = [sys.executable, str(TALKER), json.dumps(settings)]
    process = subprocess.Popen(command, start_new_session=True)
    talker = Talker(process, port)
    try:
        until(talker.is_up, seconds=30)
        yield talker
    finally:
        talker.client.close()
        # By its group: the workers that uvicorn has started outlive it.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def said_at(text: str) -> float:
    """Return when the last whole word of `text` was said; its words must have no gap."""
    words = [word.partition("@") for word in text.split(" ")[:-1]]
    assert [int(number) for number, _, _ in words] == list(range(len(words)))
    return float(words[-1][2])
