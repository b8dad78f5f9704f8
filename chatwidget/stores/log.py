"""The log of one run in memory: append-only, numbered, followed by any number of readers."""

import asyncio
from collections.abc import AsyncGenerator

from chatwidget.stores.base import Batch


class Log:
    """Entries (encoded chunks), numbered from 0.

    A reader that fell behind gets all it missed in one batch: it never slows the writer, and it
    costs no memory of its own.
    """

    def __init__(self) -> None:
        self._entries: list[bytes] = []
        self._closed = False
        self._grown: asyncio.Event | None = None

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def closed(self) -> bool:
        return self._closed

    def append(self, entry: bytes) -> None:
        self._entries.append(entry)
        self._wake()

    def close(self) -> None:
        """Let readers end once they have read everything."""
        self._closed = True
        self._wake()

    async def follow(self, after: int = -1) -> AsyncGenerator[Batch, None]:
        """Yield everything past entry `after`: first what is there, then what comes."""
        cursor = after + 1
        while True:
            if cursor < len(self._entries):
                batch = self._entries[cursor:]
                yield cursor, batch
                cursor += len(batch)
            elif self._closed:
                return
            else:
                self._grown = self._grown or asyncio.Event()
                await self._grown.wait()

    def _wake(self) -> None:
        if self._grown is not None:
            self._grown.set()
            self._grown = None
