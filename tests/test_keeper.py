"""Answers whose process is gone are brought to an end, each whatever becomes of the others."""

import asyncio

import pytest
from running import SECRET

from chatwidget import wire
from chatwidget.chunks import Start, TextDelta, TextStart
from chatwidget.errors import StoreUnavailable
from chatwidget.keeper import Keeper
from chatwidget.messages import Message
from chatwidget.stores.base import Orphan, RunRecord
from chatwidget.stores.memory import Memory

pytestmark = pytest.mark.anyio


def an_orphan(number: int, *more: bytes) -> Orphan:
    run = RunRecord(
        id=f"run{number:05}",
        conversation_id=f"c_{number}",
        owner="v_1",
        message_id=f"m_{number}",
        question_id="q1",
    )
    said = [Start(run.message_id), TextStart("p1"), TextDelta("Hel", "p1")]
    return Orphan(run, [*map(wire.encode, said), *more])


class Finding(Memory):
    """A store that finds orphans, once, and fails to store the answer of `failing`."""

    def __init__(self, *orphans: Orphan, failing: Exception | None = None) -> None:
        super().__init__()
        self._found = [*orphans]
        self._failing = failing
        self.finished: dict[str, Message] = {}
        self.looked_again = asyncio.Event()

    async def orphans(self) -> list[Orphan]:
        found, self._found = self._found, []
        if not found:
            self.looked_again.set()
        return found

    async def finish(self, run: RunRecord, message: Message, *, end: bytes | None = None) -> None:
        if self._failing and run.id == "run00001":
            raise self._failing
        self.finished[run.message_id] = message


async def adopted(store: Finding, monkeypatch: pytest.MonkeyPatch) -> dict[str, Message]:
    monkeypatch.setattr("chatwidget.keeper.PACE", 0.01)
    keeper = Keeper(store, mine=list, needed=lambda: True, told=lambda run_id, lease: None)
    keeper.look()
    async with asyncio.timeout(5):
        await store.looked_again.wait()
    await keeper.close()
    return store.finished


@pytest.mark.parametrize("failing", [StoreUnavailable(), RuntimeError(SECRET)])
async def test_one_that_can_not_be_stored_does_not_keep_the_others_open(
    failing: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Finding(*map(an_orphan, (1, 2, 3)), failing=failing)
    assert (await adopted(store, monkeypatch)).keys() == {"m_2", "m_3"}


async def test_what_a_newer_version_wrote_and_nobody_here_can_read_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    strange = b'{"type":"of-tomorrow","id":7}'
    store = Finding(an_orphan(1, strange, wire.encode(TextDelta("lo", "p1"))))
    (message,) = (await adopted(store, monkeypatch)).values()
    assert message.text == "Hello"
    assert message.metadata.error is not None
    assert message.metadata.error.code == "interrupted"
