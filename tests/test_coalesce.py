"""Deltas that come close together leave together, in order, and none is lost."""

import asyncio

import pytest

from chatwidget.chunks import Chunk, FinishStep, ReasoningDelta, TextDelta, TextEnd, TextStart
from chatwidget.coalesce import FULL, LARGEST, QUIET, WIDEST, Coalescer, Load

pytestmark = pytest.mark.anyio


class Written(list[Chunk]):
    def __init__(self) -> None:
        self.second = asyncio.Event()

    def append(self, chunk: Chunk) -> None:
        super().append(chunk)
        if len(self) == 2:
            self.second.set()

    @property
    def texts(self) -> list[str]:
        return [chunk.delta for chunk in self if isinstance(chunk, TextDelta | ReasoningDelta)]


def coalescer(*, window: float = 0.0) -> tuple[Coalescer, Written]:
    written, load = Written(), Load()
    load.window = window
    # Measured anew only after a quarter of a second: no test takes that long.
    load._since = asyncio.get_running_loop().time()
    return Coalescer(written.append, load), written


async def test_the_first_delta_leaves_at_once() -> None:
    coalesce, written = coalescer(window=WIDEST)
    coalesce.write(TextDelta("Hel", "p1"))
    assert written.texts == ["Hel"]


async def test_deltas_of_one_turn_of_the_loop_leave_together_at_its_end() -> None:
    coalesce, written = coalescer()
    for text in "abcd":
        coalesce.write(TextDelta(text, "p1"))
    assert written.texts == ["a"]
    await asyncio.sleep(0)
    assert written.texts == ["a", "bcd"]


async def test_deltas_of_two_turns_leave_apart_while_the_process_is_idle() -> None:
    coalesce, written = coalescer()
    for text in "abcd":
        coalesce.write(TextDelta(text, "p1"))
        await asyncio.sleep(0)
    assert written.texts == ["a", "b", "c", "d"]


async def test_under_load_deltas_wait_for_the_window() -> None:
    coalesce, written = coalescer(window=0.01)
    loop = asyncio.get_running_loop()
    since = loop.time()
    for text in "abcd":
        coalesce.write(TextDelta(text, "p1"))
        await asyncio.sleep(0)
    assert written.texts == ["a"]
    await asyncio.wait_for(written.second.wait(), 10)
    assert written.texts == ["a", "bcd"]
    assert loop.time() - since >= 0.009


@pytest.mark.parametrize("window", [0.0, WIDEST])
async def test_any_other_chunk_takes_along_what_was_held(window: float) -> None:
    coalesce, written = coalescer(window=window)
    for chunk in (
        TextStart("p1"),
        TextDelta("a", "p1"),
        TextDelta("b", "p1"),
        TextDelta("c", "p1"),
        TextEnd("p1"),
        ReasoningDelta("d", "p2"),
        ReasoningDelta("e", "p2"),
        FinishStep(),
    ):
        coalesce.write(chunk)
    assert written == [
        TextStart("p1"),
        TextDelta("a", "p1"),
        TextDelta("bc", "p1"),
        TextEnd("p1"),
        ReasoningDelta("d", "p2"),
        ReasoningDelta("e", "p2"),
        FinishStep(),
    ]


async def test_deltas_of_two_parts_are_never_merged() -> None:
    coalesce, written = coalescer(window=WIDEST)
    for part in ("p1", "p1", "p2", "p2"):
        coalesce.write(TextDelta("x", part))
    coalesce.flush()
    assert written == [
        TextDelta("x", "p1"),
        TextDelta("x", "p1"),
        TextDelta("x", "p2"),
        TextDelta("x", "p2"),
    ]


async def test_a_burst_is_cut() -> None:
    coalesce, written = coalescer(window=WIDEST)
    coalesce.write(TextDelta("!", "p1"))
    for _ in range(10):
        coalesce.write(TextDelta("x" * (LARGEST // 2), "p1"))
    assert [len(text) for text in written.texts] == [1, *[LARGEST] * 5]


async def test_nothing_is_written_after_a_flush() -> None:
    coalesce, written = coalescer()
    coalesce.write(TextDelta("a", "p1"))
    coalesce.write(TextDelta("b", "p1"))
    coalesce.flush()
    coalesce.flush()
    await asyncio.sleep(0)
    assert written.texts == ["a", "b"]


@pytest.mark.parametrize(
    ("rate", "window"),
    [
        (QUIET // 2, 0),
        (QUIET, 0),
        ((QUIET + FULL) // 2, WIDEST / 2),
        (FULL, WIDEST),
        (FULL * 10, WIDEST),
    ],
)
async def test_the_window_follows_the_load(
    rate: int, window: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now)
    load = Load()
    load.count()
    for _ in range(rate):
        now += 1 / rate
        load.count()
    assert load.window == pytest.approx(window, rel=0.01)


async def test_the_window_is_gone_when_the_load_is(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now)
    load = Load()
    load.window = WIDEST
    load.count()
    now += 60
    load.count()
    assert load.window == 0
