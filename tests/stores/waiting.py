"""Waiting for a condition and never for a time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def eventually(condition: Callable[[], Awaitable[T]], *, seconds: float = 10.0) -> T:
    """Return what `condition` returns as soon as that is true. Raises TimeoutError when it never
    is."""
    async with asyncio.timeout(seconds):
        # What another process or a thread does sets no event here.
        while not (result := await condition()):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        return result
