"""Another worker process on the same file, done with as the test says: a real one.

The test's end is `OtherProcess`. Run as a script, this is the other end: it reads calls from
stdin, one line of JSON each, and answers on stdout.
"""

import asyncio
import json
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from chatwidget.errors import ChatError
from chatwidget.ids import new_id, new_run_id
from chatwidget.messages import Message, TextPart, user_message
from chatwidget.stores.base import RunRecord
from chatwidget.stores.sqlite import SQLite


class OtherProcess:
    """Calls the methods of `_Worker` over there."""

    def __init__(self, process: Process) -> None:
        self.process = process

    async def call(self, name: str, *args: Any) -> Any:
        """Return what the method returns; of a `ChatError` its code."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps([name, *args]).encode() + b"\n")
        line = await self.process.stdout.readline()
        assert line, "the other process has ended"
        return json.loads(line)

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()

    def pause(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.process.send_signal(signal.SIGCONT)


@asynccontextmanager
async def another_process(path: Path, *, lease: float = 10.0) -> AsyncIterator[OtherProcess]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, __file__, str(path), str(lease), stdin=PIPE, stdout=PIPE, limit=1 << 24
    )
    try:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
        yield OtherProcess(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


class _Worker:
    def __init__(self, store: SQLite) -> None:
        self._store = store
        self._runs: dict[str, RunRecord] = {}
        self._talking: list[asyncio.Task[None]] = []

    async def open(self) -> bool:
        await self._store.open()
        return True

    async def close(self) -> None:
        await self._store.close()

    async def ask(self, conversation: str, question: str, times: int = 1) -> list[str]:
        """Ask so often, at once; returns the ids of the runs."""
        begun = await asyncio.gather(*(self._ask(conversation, question) for _ in range(times)))
        self._runs |= {run.id: run for run in begun}
        return [run.id for run in begun]

    async def _ask(self, conversation: str, question: str) -> RunRecord:
        run = RunRecord(
            id=new_run_id(),
            conversation_id=conversation,
            owner="v_1",
            message_id=new_id("m"),
            question_id=question,
        )
        return await self._store.begin(run, user_message(question, "Well?"))

    async def say(self, run_id: str, *entries: str) -> None:
        for entry in entries:
            self._store.append(run_id, entry.encode())

    async def talk(self, run_id: str, interval: float) -> None:
        """Say the time (monotonic, the same in all processes) over and over, and hold the run."""

        async def talk() -> None:
            renewed = 0.0
            while True:
                now = time.monotonic()
                self._store.append(run_id, str(now).encode())
                if now - renewed > 0.1:
                    renewed = now
                    await self._store.renew([run_id])
                await asyncio.sleep(interval)

        self._talking.append(asyncio.create_task(talk()))

    async def hush(self) -> None:
        for task in self._talking:
            task.cancel()
        await asyncio.gather(*self._talking, return_exceptions=True)
        self._talking.clear()

    async def finish(self, run_id: str, text: str) -> None:
        run = self._runs[run_id]
        message = Message(run.message_id, "assistant", [TextPart(text)])
        await self._store.finish(run, message, end=b"end")

    async def renew(self, *run_ids: str) -> dict[str, list[bool]]:
        leases = await self._store.renew(run_ids)
        return {run_id: [lease.stop, lease.read] for run_id, lease in leases.items()}

    async def orphans(self, seconds: float) -> list[str]:
        """Look for orphans for so long; returns the ids of those that are this process's now."""
        deadline = time.monotonic() + seconds
        mine: list[str] = []
        while time.monotonic() < deadline:
            taken = [orphan.run for orphan in await self._store.orphans()]
            self._runs |= {run.id: run for run in taken}
            mine += [run.id for run in taken]
            await self._store.renew(mine)
            await asyncio.sleep(0.02)
        return mine

    async def read(self, conversation: str, run_id: str, after: int) -> list[str]:
        """Return what there is of the log until it ends."""
        await self._store.run(conversation, run_id)
        entries: list[str] = []
        batches = self._store.follow(run_id, after)
        assert batches is not None
        async for _, batch in batches:
            entries += [entry.decode() for entry in batch]
        return entries


async def _serve(worker: _Worker) -> None:
    loop = asyncio.get_running_loop()
    print("ready", flush=True)
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        name, *args = json.loads(line)
        try:
            result = await getattr(worker, name)(*args)
        except ChatError as error:
            result = error.code
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    asyncio.run(_serve(_Worker(SQLite(sys.argv[1], lease=float(sys.argv[2])))))
