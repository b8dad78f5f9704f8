"""What of a conversation goes to a provider: a window, repaired."""

from collections.abc import Sequence

from msgspec.structs import replace

from chatwidget.config import CHARACTERS_PER_TOKEN, History
from chatwidget.messages import (
    DataPart,
    FilePart,
    Message,
    ProviderPart,
    ReasoningPart,
    StepPart,
    SuggestionsPart,
    TextPart,
    ToolPart,
)

FILE_TOKENS = 1_000
"""What a file is counted for: about what an image costs."""

UNANSWERED = "The call was interrupted before there was a result."


def for_provider(messages: Sequence[Message], window: History) -> list[Message]:
    """Return the newest messages that fit the window, beginning with a user's.

    Partial answers are kept: a stopped or failed answer must not break the next turn, so empty
    assistant turns are dropped and every unanswered tool call is given a result.
    """
    return _window([whole for m in messages if (whole := repaired(m)) is not None], window)


def repaired(message: Message) -> Message | None:
    """Return the message as any provider will take it; None if nothing is left of it."""
    if message.role == "user":
        return message
    parts = [
        replace(part, state="output-error", error_text=UNANSWERED)
        if isinstance(part, ToolPart) and not part.answered
        else part
        for part in message.parts
        if not (isinstance(part, TextPart | ReasoningPart) and not part.text)
        and not isinstance(part, SuggestionsPart)
    ]
    if all(isinstance(part, StepPart | ReasoningPart | DataPart | ProviderPart) for part in parts):
        return None
    return replace(message, parts=parts)


def tokens(message: Message) -> int:
    """Return an estimate of the message's tokens, from its characters."""
    size = 0
    for part in message.parts:
        match part:
            case TextPart(text=text) | ReasoningPart(text=text):
                size += len(text)
            case FilePart():
                size += FILE_TOKENS * CHARACTERS_PER_TOKEN
            case ToolPart():
                size += len(str(part.input)) + len(str(part.output or part.error_text))
    return size // CHARACTERS_PER_TOKEN + 1


def _window(messages: list[Message], window: History) -> list[Message]:
    first, room = len(messages), window.tokens
    for at in range(len(messages) - 1, -1, -1):
        if window.messages is not None and len(messages) - at > window.messages:
            break
        if room is not None:
            room -= tokens(messages[at])
            if room < 0 and first < len(messages):
                break
        first = at
    while first < len(messages) - 1 and messages[first].role != "user":
        first += 1
    return messages[first:]
