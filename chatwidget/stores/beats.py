"""Counters that other processes move, watched by this one's own clock."""

import time
from collections.abc import Mapping
from typing import NamedTuple, TypeVar

Key = TypeVar("Key")


class _Seen(NamedTuple):
    """A counter, and since when (monotonic seconds) it stands there."""

    value: int
    since: float


class Beats:
    """Knows of each counter that it is shown how long it has stood still."""

    def __init__(self) -> None:
        self._seen: dict[object, _Seen] = {}

    def still(self, counters: Mapping[Key, int]) -> dict[Key, float]:
        """Return for how many seconds each has been seen where it is. Others are forgotten."""
        now = time.monotonic()
        before = {key: self._seen.get(key, _Seen(value, now)) for key, value in counters.items()}
        self._seen = {
            key: before[key] if before[key].value == value else _Seen(value, now)
            for key, value in counters.items()
        }
        return {key: now - self._seen[key].since for key in counters}
