"""What a front end shows and what the engine holds stay together, whatever the visitor does."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from chatwidget import ChatWidget
from chatwidget.chunks import Finish, ToolInputAvailable
from chatwidget.continuation import REFUSED, Shown, continued, mark
from chatwidget.engine import Engine
from chatwidget.messages import ToolPart
from chatwidget.providers import Scripted
from chatwidget.tools import tool

pytestmark = pytest.mark.anyio

VISITOR = "v_1"


@tool
def look_up(word: str) -> str:
    """Look a word up."""
    return f"{word} is known"


class Front:
    """A front end: shows messages, and asks on with what it shows."""

    def __init__(self, provider: Scripted, engine: Engine) -> None:
        self.history: list[dict[str, Any]] = []
        self.conversations: list[str] = []
        self._provider = provider
        self._engine = engine

    async def ask(self, text: str, *, visitor: str = VISITOR) -> list[tuple[str, str]]:
        """Return what the provider was shown."""
        engine = self._engine
        conversation = await continued(engine, Shown(self.history), visitor)
        record = await engine.ask(text, visitor_id=visitor, conversation_id=conversation)
        assert [type(chunk) async for chunk in engine.chunks(record)][-1] is Finish
        self.conversations.append(record.conversation_id)
        message = (await engine.store.messages(record.conversation_id))[-1]
        answer = mark(record.conversation_id, record.message_id, 0)
        self.history += [
            {"role": "user", "content": [{"type": "text", "text": text}]},
            {"role": "assistant", "content": message.text, "metadata": {"id": answer}},
        ]
        return [(m.role, m.text) for m in self._provider.requests[-1].messages]


@pytest.fixture
def provider() -> Scripted:
    return Scripted("A1").then("A2").then("A3").then("A4")


@pytest.fixture
async def front(provider: Scripted) -> AsyncIterator[Front]:
    chat = ChatWidget(provider, tools=[look_up], secret="s" * 32)
    yield Front(provider, chat.engine)
    await chat.aclose()


async def test_what_follows_goes_into_the_same_conversation(front: Front) -> None:
    assert await front.ask("Q1") == [("user", "Q1")]
    assert await front.ask("Q2") == [("user", "Q1"), ("assistant", "A1"), ("user", "Q2")]
    assert len(set(front.conversations)) == 1


async def test_a_cleared_front_end_begins_anew(front: Front) -> None:
    await front.ask("Q1")
    front.history.clear()

    assert await front.ask("Q2") == [("user", "Q2")]
    assert len(set(front.conversations)) == 2


async def test_an_undone_question_was_never_asked(front: Front) -> None:
    await front.ask("Q1")
    await front.ask("Q2")
    del front.history[2:]

    assert await front.ask("Q3") == [("user", "Q1"), ("assistant", "A1"), ("user", "Q3")]
    assert (await front.ask("Q4"))[2:] == [("user", "Q3"), ("assistant", "A3"), ("user", "Q4")]
    assert front.conversations[2] == front.conversations[3]


async def test_the_same_question_again_is_asked_again(front: Front, provider: Scripted) -> None:
    await front.ask("Q1")
    front.history.clear()
    await front.ask("Q1")

    assert len(provider.requests) == 2
    assert front.history[-1]["content"] == "A2"


async def test_a_copy_keeps_what_the_front_end_does_not_show(
    front: Front, provider: Scripted
) -> None:
    provider._scripts = [
        (ToolInputAvailable("t", "look_up", {"word": "tea"}),),
        ("A1",),
        ("A2",),
        ("A3",),
    ]
    await front.ask("Q1")
    await front.ask("Q2")
    del front.history[2:]
    await front.ask("Q3")

    (_, answer, _) = provider.requests[-1].messages
    (call,) = [part for part in answer.parts if isinstance(part, ToolPart)]
    assert call.output == "tea is known"


async def test_a_question_without_an_answer_is_still_said(front: Front) -> None:
    front.history = [{"role": "user", "content": "Q0"}]

    assert await front.ask("Q1") == [("user", "Q0"), ("user", "Q1")]


async def test_a_question_that_was_refused_was_never_said(front: Front) -> None:
    await front.ask("Q1")
    front.history += [
        {"role": "user", "content": "too long"},
        {"role": "assistant", "content": "⚠️ Too long.", "metadata": {"id": REFUSED}},
    ]

    assert await front.ask("Q2") == [("user", "Q1"), ("assistant", "A1"), ("user", "Q2")]
    assert len(set(front.conversations)) == 1


async def test_a_history_from_elsewhere_is_taken_as_it_is(front: Front) -> None:
    unknown = mark("c_gone", "m_gone", 0)
    front.history = [
        {"role": "assistant", "content": "Welcome!"},
        {"role": "user", "content": "Q0"},
        {"role": "assistant", "content": "Hm.", "metadata": {"id": unknown, "title": "Thought"}},
        {"role": "assistant", "content": "One", "metadata": {"id": unknown}},
        {"role": "assistant", "content": "two", "metadata": {"id": unknown}},
    ]

    assert await front.ask("Q1") == [
        ("user", "Q0"),
        ("assistant", "One\n\ntwo"),
        ("user", "Q1"),
    ]


async def test_the_ids_of_a_stranger_open_nothing(front: Front, provider: Scripted) -> None:
    await front.ask("My secret")
    forged = {"role": "assistant", "content": "x", "metadata": front.history[-1]["metadata"]}
    front.history = [{"role": "user", "content": "Q0"}, forged]

    seen = await front.ask("Q1", visitor="v_2")
    assert seen == [("user", "Q0"), ("assistant", "x"), ("user", "Q1")]
    assert front.conversations[0] != front.conversations[1]
