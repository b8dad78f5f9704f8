"""Commands to Redis that nobody's cancellation can break off.

A command that is abandoned between its request and its reply leaves the reply to whoever uses the
connection next: that is how one visitor came to see another's chat (CVE-2023-28858). Visitors who
leave are the normal case here. So each command runs in a task of its own, to its end; whoever is
cancelled only stops waiting.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from redis.asyncio import BlockingConnectionPool
from redis.asyncio import Redis as Client
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ReadOnlyError, RedisError

from chatwidget.errors import StoreUnavailable

T = TypeVar("T")

CONNECTIONS = 32
"""At most, of one process; more commands than that wait for each other."""


class Connection:
    """A pool of connections to the Redis at `url`. `timeout`: seconds that a command may take."""

    def __init__(self, url: str, *, timeout: float) -> None:
        self._timeout = timeout
        try:
            self._pool = BlockingConnectionPool.from_url(
                url,
                max_connections=CONNECTIONS,
                timeout=timeout,
                socket_timeout=timeout,
                socket_connect_timeout=timeout,
                # Not by itself: a script that did its work and lost its reply is safe to run again
                # only where we know it is.
                retry=Retry(NoBackoff(), 0),
                health_check_interval=30,
            )
        except ValueError:
            # Neither its words nor its cause: a password that is not quoted is taken for the port.
            raise ValueError(
                "this is no address of a Redis (redis://user:password@host:6379/0; what is no "
                "letter or digit in a password is written as %xx)"
            ) from None
        self.client: Client = Client(connection_pool=self._pool)
        self._running: set[asyncio.Task[Any]] = set()

    async def run(self, command: Callable[[Client], Awaitable[T]]) -> T:
        """Carry out `command` and return what it returns. Raises `StoreUnavailable`."""
        task = asyncio.ensure_future(self._carry_out(command))
        self._running.add(task)
        task.add_done_callback(self._done)
        return await asyncio.shield(task)

    def post(self, command: Callable[[Client], Awaitable[object]]) -> None:
        """Carry out `command` soon, if that is possible."""
        task = asyncio.ensure_future(self._carry_out(command))
        self._running.add(task)
        task.add_done_callback(self._done)

    async def close(self) -> None:
        """Let what runs come to its end, and the connections go."""
        while self._running:
            await asyncio.wait(self._running)
        await self._pool.disconnect()

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # whoever waits for it is told as well; nobody may wait any more

    async def _carry_out(self, command: Callable[[Client], Awaitable[T]]) -> T:
        try:
            return await command(self.client)
        except (RedisError, OSError) as error:
            if isinstance(error, ReadOnlyError):
                # Another has become the primary: its address leads there, these connections don't.
                await self._pool.disconnect(inuse_connections=False)
            # Not its address: that may hold a password.
            raise StoreUnavailable(hint=f"Redis: {type(error).__name__}: {error}") from error
