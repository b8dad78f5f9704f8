"""Blocking code as an async iterator: a thread for each, which runs no further than it is read."""

import asyncio
import contextvars
import logging
import threading
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from typing import Any

logger = logging.getLogger("chatwidget")


async def in_thread(call: Callable[[], Any]) -> AsyncGenerator[Any, None]:
    """Call `call` in a thread of its own and yield what it returns: an iterator's items one by
    one, as they are made, or the single value.

    All of it happens in the same thread (database cursors and the like insist on that), with the
    caller's context variables. When the reader goes away, a generator that waits is closed at
    once, and one that blocks as soon as it yields again: no thread can be interrupted.
    """
    reader = _Reader(asyncio.get_running_loop())
    # A pool's thread would be shared with tools, and would keep the interpreter from ending.
    threading.Thread(
        target=contextvars.copy_context().run,
        args=(_work, call, reader),
        name="chatwidget-function",
        daemon=True,
    ).start()
    try:
        async for item in reader.items():
            yield item
    finally:
        reader.leave()


class _Reader:
    """Passes items from the thread to the event loop, each when it is asked for."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._wanted = threading.Semaphore(0)
        self._handed: asyncio.Queue[tuple[Any, BaseException | None]] = asyncio.Queue()
        self._left = False

    async def items(self) -> AsyncGenerator[Any, None]:
        while True:
            self._wanted.release()
            item, end = await self._handed.get()
            if isinstance(end, StopIteration):
                return
            if end is not None:
                raise end
            yield item

    def leave(self) -> None:
        self._left = True
        self._wanted.release()

    def wants_more(self) -> bool:
        """Wait, in the thread, until the next item is wanted; False when nobody reads any more."""
        self._wanted.acquire()
        return not self._left

    def hand(self, item: Any, end: BaseException | None = None) -> None:
        try:
            self._loop.call_soon_threadsafe(self._handed.put_nowait, (item, end))
        except RuntimeError:
            self._left = True  # the loop is closed


def _work(call: Callable[[], Any], reader: _Reader) -> None:
    items = _items(call)
    try:
        while reader.wants_more():
            reader.hand(next(items))
    except BaseException as end:
        reader.hand(None, end)
    finally:
        try:
            items.close()
        except Exception:
            logger.exception("a function failed while it was being closed")


def _items(call: Callable[[], Any]) -> Generator[Any, None, None]:
    result = call()
    if isinstance(result, Iterator):
        yield from result
    else:
        yield result
