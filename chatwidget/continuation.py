"""Finds the conversation that a front end's own history belongs to.

A front end such as Gradio holds what a visitor sees, the engine what was said. Each message that
is shown carries the ids of its answer, so that the two stay together through undo, retry, edit
and clear.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from chatwidget.engine import Engine
from chatwidget.errors import NotFound
from chatwidget.ids import new_id, new_run_id
from chatwidget.messages import Message, Role, TextPart
from chatwidget.stores.base import RunRecord

REFUSED = "refused"
"""The mark of a message that says why a question was not taken."""


def mark(conversation_id: str, message_id: str, number: int) -> str:
    """Return the mark of message `number` of what an answer is shown as."""
    return f"{conversation_id}/{message_id}/{number}"


class Shown:
    """What is shown: all texts, and the last answer that carries our ids.

    `history` holds messages as Gradio and OpenAI write them: dicts with `role` and `content`.

    `since`: how many of the texts came before the end of that answer.
    """

    def __init__(self, history: Sequence[Any]) -> None:
        self.texts: list[Message] = []
        self.answer: tuple[str, str] | None = None
        self.since = 0
        for item in history:
            metadata = item.get("metadata") or {}
            conversation_id, _, rest = str(metadata.get("id", "")).partition("/")
            if conversation_id == REFUSED:
                del self.texts[-1:]  # the question was never asked
                continue
            if (text := shown_text(item)) and not metadata.get("title"):
                self._add(item["role"], text)
            if rest:
                self.answer = (conversation_id, rest.partition("/")[0])
                self.since = len(self.texts)

    def _add(self, role: Role, text: str) -> None:
        last = self.texts[-1] if self.texts else None
        if last and last.role == role == "assistant":
            last.parts.append(TextPart(f"\n\n{text}"))
        else:
            self.texts.append(Message(new_id("m"), role, [TextPart(text)]))


def shown_text(item: Mapping[str, Any]) -> str:
    """Return the text of a message of a front end's history."""
    return _text(item.get("content"))


def _text(content: Any) -> str:
    match content:
        case str():
            return content
        case {"type": "text", "text": str(text)}:
            return text
        case list():
            return "".join(map(_text, content))
    return ""


async def continued(engine: Engine, shown: Shown, visitor_id: str) -> str | None:
    """Return the conversation that holds exactly what is shown; None for a new one.

    When the visitor has gone back to an earlier point, or more is shown than we know (a restart,
    a conversation kept in the browser), that is a new conversation with a copy of what was said.
    """
    said = shown.texts
    if shown.answer is not None:
        conversation_id, message_id = shown.answer
        held = await _held(engine, conversation_id, visitor_id)
        at = next((n for n, message in enumerate(held, 1) if message.id == message_id), 0)
        later = shown.texts[shown.since :]
        if at and at == len(held) and not later:
            return conversation_id
        if at:
            said = [*held[:at], *later]
    return await _copied(engine, said, visitor_id) if said else None


async def _held(engine: Engine, conversation_id: str, visitor_id: str) -> list[Message]:
    try:
        await engine.check_owner(conversation_id, visitor_id)
    except NotFound:
        return []
    return await engine.store.messages(conversation_id)


async def _copied(engine: Engine, said: Sequence[Message], visitor_id: str) -> str:
    conversation_id = new_id("c")
    for question, answer in _turns(said):
        record = RunRecord(
            id=new_run_id(),
            conversation_id=conversation_id,
            owner=visitor_id,
            message_id=answer.id,
            question_id=question.id,
        )
        await engine.store.begin(record, question)
        await engine.store.finish(record, answer)
    return conversation_id


def _turns(said: Sequence[Message]) -> Iterator[tuple[Message, Message]]:
    """Yield questions and their answers under new ids, an empty one where there is none."""
    question: Message | None = None
    for message in said:
        message = replace(message, id=new_id("m"))
        if message.role == "user":
            if question is not None:
                yield question, _no_answer()
            question = message
        elif question is not None:  # what is said before the first question is a greeting
            yield question, message
            question = None
    if question is not None:
        yield question, _no_answer()


def _no_answer() -> Message:
    return Message(new_id("m"), "assistant", [])
