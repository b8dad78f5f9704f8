"""Keeps hold of the runs of this process, and takes over those whose process is gone."""

import asyncio
import logging
from collections.abc import Callable, Collection
from contextlib import suppress

from msgspec.structs import replace

from chatwidget.errors import ChatError
from chatwidget.messages import Message
from chatwidget.orphan import closed
from chatwidget.stores.base import Lease, Orphan, Store

logger = logging.getLogger("chatwidget")

PACE = 0.5
"""Seconds between two looks at the store: how soon a stop from another process is heard."""


class Keeper:
    """Looks at the store while this process writes or reads a run, and rests otherwise.

    `mine` returns the ids of the runs that this process writes, `needed` whether there is anything
    to look after; `told` is given what the store says of each run, None if it is ours no more.
    """

    def __init__(
        self,
        store: Store,
        *,
        mine: Callable[[], Collection[str]],
        needed: Callable[[], bool],
        told: Callable[[str, Lease | None], None],
    ) -> None:
        self._store = store
        self._mine = mine
        self._needed = needed
        self._told = told
        self._task: asyncio.Task[None] | None = None
        self._idle = asyncio.Event()

    def look(self) -> None:
        """What is needed may have changed: begin to look, or rest."""
        if not self._needed():
            self._idle.set()
        elif self._task is None or self._task.done():
            self._task = asyncio.create_task(self._keep())

    async def close(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _keep(self) -> None:
        while self._needed():
            self._idle.clear()
            for duty in (self._renew, self._adopt):
                try:
                    await duty()
                except ChatError as error:
                    logger.warning("the store is out of reach: %s [%s]", error.hint, error.error_id)
                except Exception:
                    # Whoever stops looking loses the runs that it writes.
                    logger.exception("the store could not be looked after")
            with suppress(TimeoutError):
                async with asyncio.timeout(PACE):
                    await self._idle.wait()

    async def _renew(self) -> None:
        if mine := [*self._mine()]:
            leases = await self._store.renew(mine)
            for run_id in mine:
                self._told(run_id, leases.get(run_id))

    async def _adopt(self) -> None:
        # All at once: the store is shown each of them only once, so that none may wait for another.
        await asyncio.gather(*map(self._close, await self._store.orphans()))

    async def _close(self, orphan: Orphan) -> None:
        name = orphan.run.message_id
        logger.warning("answer %s: its process is gone", name)
        try:
            message, missing, end = closed(orphan)
            if orphan.run.continues:
                message = await self._whole(orphan, message)
            for entry in missing:
                self._store.append(orphan.run.id, entry)
            await self._store.finish(orphan.run, message, end=end)
        except ChatError as error:
            logger.warning("answer %s is not stored: %s [%s]", name, error.hint, error.error_id)
        except Exception:
            logger.exception("answer %s can't be ended", name)

    async def _whole(self, orphan: Orphan, message: Message) -> Message:
        """Return the answer with what there was of it, if its log does not have that yet."""
        place = orphan.run.conversation_id, orphan.run.message_id
        earlier = await self._store.message(*place)
        if earlier is None or len(message.text) >= len(earlier.text):
            return message
        return replace(message, parts=earlier.parts)
