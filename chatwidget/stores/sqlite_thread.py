"""One SQLite connection, and the one thread that uses it.

A daemon thread, and none of an executor: a mounted app hears of no shutdown, so nobody may ever
close it, and a thread that has to be joined would hold the interpreter's exit. Being cut off is
safe at any moment: what SQLite has not committed is as if it had never been.
"""

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TypeVar

from chatwidget.errors import StoreUnavailable

T = TypeVar("T")
Statement = Callable[[sqlite3.Connection], T]

logger = logging.getLogger("chatwidget")

TICK = 0.25
"""Seconds between two ticks."""
_TICK_PATIENCE = 1.0
"""Seconds that a tick waits for a lock: not long, for whoever asks meanwhile waits behind it."""

_Job = tuple[Future[Any], Statement[Any], float]


class SqliteThread:
    """Carries out statements, one after the other, away from the event loop.

    `patience`: seconds that a statement waits at most for its turn and for locks of other
    processes. `tick` is called every `TICK` seconds, from the first statement on, until it returns
    False, and again after the next statement.
    """

    def __init__(
        self,
        connect: Callable[[], sqlite3.Connection],
        *,
        path: str,
        patience: float,
        tick: Statement[bool] = lambda db: False,
    ) -> None:
        self._connect = connect
        self._path = path
        self._patience = patience
        self._tick = tick
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._db: sqlite3.Connection | None = None
        self._closed = False
        self.failure: StoreUnavailable | None = None
        """Why the last tick failed; None if it did not."""

    async def call(self, statement: Statement[T]) -> T:
        """Carry out `statement` and return what it returns.

        Raises `StoreUnavailable` where SQLite can't do it. Once asked for it is done: a caller
        that is cancelled only stops waiting.
        """
        return await asyncio.shield(asyncio.wrap_future(self.post(statement)))

    def post(self, statement: Statement[T]) -> Future[T]:
        """Carry out `statement` soon. Raises `StoreUnavailable` once closed."""
        if self._closed:
            raise StoreUnavailable(hint=f"{self._path}: the store is closed")
        future: Future[T] = Future()
        self._jobs.put((future, statement, time.monotonic() + self._patience))
        if self._thread is None:
            self._thread = Thread(target=self._work, name="chatwidget-sqlite", daemon=True)
            self._thread.start()
        return future

    async def close(self, last: Statement[object] = lambda db: None) -> None:
        """Carry out what has been asked for and then `last`, and let the connection go."""
        if self._thread is None or self._closed:
            self._closed = True
            return
        done = self.post(last)
        self._closed = True
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)
        if error := done.exception():
            logger.error("at the end not everything could be stored: %r", error, exc_info=error)

    def _work(self) -> None:
        due: float | None = None
        while True:
            try:
                job = self._jobs.get(
                    timeout=None if due is None else max(due - time.monotonic(), 0)
                )
            except Empty:
                due = time.monotonic() + TICK if self._ticked() else None
                continue
            if job is None:
                break
            self._do(*job)
            if due is None:
                due = time.monotonic() + TICK
            elif due < time.monotonic():
                due = time.monotonic() + TICK if self._ticked() else None
        if self._db is not None:
            self._db.close()

    def _do(self, future: Future[Any], statement: Statement[Any], deadline: float) -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            result = statement(self._connected(deadline - time.monotonic()))
        except BaseException as error:
            future.set_exception(self._explained(error))
        else:
            future.set_result(result)

    def _ticked(self) -> bool:
        try:
            again = self._tick(self._connected(_TICK_PATIENCE))
        except Exception as cause:
            error = self._explained(cause)
            if self.failure is None:
                logger.error("what was said is not stored yet: %r", cause, exc_info=cause)
            self.failure = error if isinstance(error, StoreUnavailable) else StoreUnavailable()
            return True
        if self.failure is not None:
            logger.warning("all that was said is stored now")
            self.failure = None
        return again

    def _connected(self, patience: float) -> sqlite3.Connection:
        if self._db is None:
            self._db = self._connect()
        self._db.execute(f"PRAGMA busy_timeout = {max(round(patience * 1000), 0)}")
        return self._db

    def _explained(self, error: BaseException) -> BaseException:
        # sqlite3's other kinds of error are mistakes of ours and no trouble with the file.
        trouble = isinstance(error, sqlite3.OperationalError | OSError)
        if not trouble and type(error) is not sqlite3.DatabaseError:
            return error
        unavailable = StoreUnavailable(hint=f"{self._path}: {error}")
        unavailable.__cause__ = error
        return unavailable
