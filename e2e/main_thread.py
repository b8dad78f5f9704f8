"""What a page's main thread did, read from Chromium's own trace.

Times are the thread's own, not the wall's: what else the machine does is not the page's doing.
"""

import json
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page


class MainThread:
    """Filled once the block of `watching` is left."""

    def __init__(self) -> None:
        self.tasks: list[dict[str, Any]] = []
        self._drawn: list[float] = []
        self._scripts: list[tuple[float, str]] = []

    def read(self, trace: bytes) -> None:
        events = json.loads(trace)["traceEvents"]
        main = {
            (event["pid"], event["tid"])
            for event in events
            if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
        }
        ours = [event for event in events if (event["pid"], event["tid"]) in main]
        self.tasks = [e for e in ours if e["name"].endswith("RunTask") and "tdur" in e]
        self._drawn = [e["ts"] for e in ours if e["name"] == "FireAnimationFrame"]
        self._scripts = [
            (e["ts"], str(data["url"]))
            for e in ours
            if (data := e.get("args", {}).get("data")) and data.get("url")
        ]
        assert self.tasks, "the trace holds no tasks"

    @property
    def longest_task(self) -> float:
        """Milliseconds."""
        return max(float(task["tdur"]) for task in self.tasks) / 1000

    def longest_task_with(self, script: str) -> float:
        """Return the milliseconds of the longest task in which a script of that name ran."""
        ran = [at for at, url in self._scripts if url.endswith(script)]
        tasks = [t for t in self.tasks if any(t["ts"] <= at < t["ts"] + t["dur"] for at in ran)]
        return max((float(task["tdur"]) / 1000 for task in tasks), default=0.0)

    @property
    def frame_prices(self) -> list[float]:
        """Milliseconds of each frame in which a script drew."""
        drawn = sorted(self._drawn)
        return [float(task["tdur"]) / 1000 for task in self.tasks if self._drew(task, drawn)]

    @staticmethod
    def _drew(task: dict[str, Any], drawn: list[float]) -> bool:
        at = bisect_left(drawn, task["ts"])
        return at < len(drawn) and drawn[at] < task["ts"] + task["dur"]


@contextmanager
def watching(browser: Browser, page: Page) -> Iterator[MainThread]:
    """Watch the main thread of `page` for as long as the block lasts. Chromium only."""
    thread = MainThread()
    browser.start_tracing(page=page, categories=["toplevel", "devtools.timeline"])
    try:
        yield thread
    finally:
        trace = browser.stop_tracing()
    thread.read(trace)
