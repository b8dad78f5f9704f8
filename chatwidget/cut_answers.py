"""Answers that were cut off, and how they are gone on with: in the same message, without a seam."""

from collections.abc import Iterator
from datetime import UTC, datetime

from chatwidget.chunks import Chunk, ProviderData, ReasoningDelta, Start, TextDelta
from chatwidget.history import repaired
from chatwidget.messages import (
    Message,
    ProviderPart,
    ReasoningPart,
    SuggestionsPart,
    TextPart,
    user_message,
)
from chatwidget.replay import chunks_of

WISH = (
    "Your last answer was cut off. Go on with it exactly where it stopped, in the middle of the "
    "sentence or word if need be. Repeat nothing of it, and say nothing about the interruption."
)
"""What the model is asked. Not a prefilled answer: the newest models refuse one."""


def is_cut(message: Message) -> bool:
    """Whether the answer was stopped, cut off or failed, and there is something to go on with."""
    told = message.metadata
    unfinished = told.stopped or told.interrupted or told.finish_reason == "length"
    return bool(message.text.strip()) and (unfinished or told.error is not None)


def opening(message: Message, conversation_id: str) -> Iterator[Chunk]:
    """Yield what there is of the answer as its provider said it: with its last part open."""
    yield Start(
        message.id,
        {"conversationId": conversation_id, "createdAt": message.metadata.created_at},
    )
    whole = repaired(message) or message
    for part in whole.parts:
        match part:
            case TextPart(text=text):
                yield TextDelta(text)
            case ReasoningPart(text=text):
                yield ReasoningDelta(text)
            case ProviderPart(provider=provider, data=data):
                yield ProviderData(provider, data)
            case SuggestionsPart():
                pass
            case _:
                yield from chunks_of(part)


def wish() -> Message:
    """Return the user's turn that asks a model for the rest."""
    return user_message(f"m_{datetime.now(UTC).timestamp():.0f}", WISH)
