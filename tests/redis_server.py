"""A real redis-server of a test's own."""

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))


class RedisServer:
    """Listens on a free port of this machine and keeps what it has in `folder`."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self._folder = folder
        self._durable = durable
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start it, with what it had, and return when it answers."""
        program = shutil.which("redis-server", path=PATH)
        assert program, "redis-server is missing: .ci/need redis-server redis-server"
        settings = {
            "port": self.port,
            "bind": "127.0.0.1",
            "dir": self._folder,
            "save": "",
            "appendonly": "yes" if self._durable else "no",
            "appendfsync": "always" if self._durable else "no",
            "enable-debug-command": "yes",
        }
        command = [program]
        for name, value in settings.items():
            command += [f"--{name}", str(value)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while not self._answers():
            assert time.monotonic() < deadline, "redis-server did not start"
            time.sleep(0.01)

    def stop(self) -> None:
        """End it at once, as `systemctl stop` would."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=10)
            self._process = None

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False
