"""Blocking code in threads of its own: as an async iterator, or called once."""

import asyncio
import contextvars
import logging
import threading
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from contextlib import aclosing
from typing import Any, TypeVar

T = TypeVar("T")

logger = logging.getLogger("chatwidget")


async def in_thread(call: Callable[[], Any]) -> AsyncGenerator[Any, None]:
    """Call `call` in a thread of its own and yield what it returns: an iterator's items one by
    one, as they are made, or the single value. The thread runs no further than it is read.

    All of it happens in the same thread (database cursors and the like insist on that), with the
    caller's context variables. When the reader goes away, a generator that waits is closed at
    once, and one that blocks as soon as it yields again: no thread can be interrupted.
    """
    reader = _Reader(asyncio.get_running_loop())
    # A pool's thread would be shared, and would keep the interpreter from ending.
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


async def call_in_thread(call: Callable[[], T]) -> T:
    """Return what `call` returns, called in a thread of its own with the caller's context
    variables. Who is cancelled waits no more, but nothing can end the thread."""
    async with aclosing(in_thread(lambda: [call()])) as results:
        (result,) = await anext(results)
        return result  # type: ignore[no-any-return]


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
