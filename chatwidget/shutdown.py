"""Hears that the server is about to stop, before it waits for our streams to end.

A server that gets SIGTERM waits for open responses and only then runs lifespan shutdown; and an
app that is mounted gets no lifespan at all. So without this a live answer would hold the server
for ever (uvicorn, by default) or be cut off without a word. Handlers that were there are called
after ours: the server goes on as it would have.
"""

import asyncio
import logging
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

logger = logging.getLogger("chatwidget")

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class ShutdownSignal:
    """Calls `on_signal` on the event loop at the first SIGTERM or SIGINT, until `forget`.

    Signals that nobody handles are left alone: they end the process at once anyway. Off the main
    thread no handler can be set; then `ChatWidget.lifespan` or `aclose` is the way to an orderly
    end.
    """

    def __init__(self, on_signal: Callable[[], None]) -> None:
        self._on_signal = on_signal
        self._listening = False
        self._previous: dict[int, Any] = {}
        self._mine: dict[int, Any] = {}

    def listen(self) -> None:
        """Install the handlers. Call on the event loop."""
        if self._listening or threading.current_thread() is not threading.main_thread():
            return
        self._listening = True
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            previous = signal.getsignal(number)
            if callable(previous) and previous is not signal.default_int_handler:
                self._previous[number] = previous
                self._mine[number] = self._handler(loop, previous)
                signal.signal(number, self._mine[number])
                # asyncio's own handlers hear of a signal through the wakeup fd and need the call
                # that was interrupted to be restarted.
                signal.siginterrupt(number, False)

    def forget(self) -> None:
        """Call `on_signal` no more, and put back the handlers that were there, unless another has
        been put over ours since."""
        self._listening = False
        if threading.current_thread() is threading.main_thread():
            for number, previous in self._previous.items():
                if signal.getsignal(number) is self._mine[number]:
                    signal.signal(number, previous)
        self._previous.clear()

    def _handler(
        self, loop: asyncio.AbstractEventLoop, previous: Callable[[int, FrameType | None], Any]
    ) -> Callable[[int, FrameType | None], Any]:
        def handle(number: int, frame: FrameType | None) -> Any:
            if self._listening and not loop.is_closed():
                loop.call_soon_threadsafe(self._on_signal)
            return previous(number, frame)

        return handle
