"""Messages and their parts."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal, cast

from msgspec import Struct, field, to_builtins

from chatwidget.chunks import (
    FinishReason,
    Usage,
)

Role = Literal["user", "assistant"]
ToolState = Literal["input-streaming", "input-available", "output-available", "output-error"]


class _Part(Struct, frozen=True, omit_defaults=True, rename="camel", tag_field="type"):
    pass


class TextPart(_Part, frozen=True, tag="text"):
    text: str


class ReasoningPart(_Part, frozen=True, tag="reasoning"):
    text: str


class ToolPart(_Part, frozen=True, tag="tool"):
    """A tool call and, once there is one, its result."""

    tool_call_id: str
    tool_name: str
    state: ToolState = "input-streaming"
    input: Any = None
    output: Any = None
    error_text: str | None = None
    title: str | None = None
    provider_executed: bool = False

    @property
    def answered(self) -> bool:
        return self.state in ("output-available", "output-error")


class StepPart(_Part, frozen=True, tag="step-start"):
    """Where one call of the provider begins."""


class SourceUrlPart(_Part, frozen=True, tag="source-url"):
    source_id: str
    url: str
    title: str | None = None


class SourceDocumentPart(_Part, frozen=True, tag="source-document"):
    source_id: str
    media_type: str
    title: str
    filename: str | None = None


class FilePart(_Part, frozen=True, tag="file"):
    """A file. `url` is http(s) or a data URL in an answer; in a question, the id of a file that
    the visitor attached."""

    url: str
    media_type: str
    filename: str | None = None


class SuggestionsPart(_Part, frozen=True, tag="data-suggestions"):
    """What the visitor might ask next: `{"texts": […]}`."""

    data: dict[str, list[str]]


class DataPart(_Part, frozen=True, tag="data"):
    """Something of the site's own, for its page to draw (see `Data`)."""

    name: str
    data: Any
    id: str | None = None


class ProviderPart(_Part, frozen=True, tag="provider"):
    """What only its own provider understands (see `ProviderData`); never shown to a visitor."""

    provider: str
    data: dict[str, Any]


Part = (
    TextPart
    | ReasoningPart
    | ToolPart
    | StepPart
    | SourceUrlPart
    | SourceDocumentPart
    | FilePart
    | SuggestionsPart
    | DataPart
    | ProviderPart
)

TITLE_CHARACTERS = 80
"""In a conversation's title."""


class MessageError(Struct, frozen=True, rename="camel"):
    """How an answer failed, as the visitor was told."""

    code: str
    message: str
    retryable: bool = False


class Metadata(Struct, frozen=True, omit_defaults=True, rename="camel"):
    """What is known of a message besides its text. `created_at` is ISO 8601, UTC."""

    created_at: str = field(
        default_factory=lambda: datetime.now(UTC).isoformat(timespec="milliseconds")
    )
    finish_reason: FinishReason | None = None
    stopped: bool = False
    interrupted: bool = False
    refused: bool = False
    usage: Usage | None = None
    error: MessageError | None = None
    feedback: Literal["up", "down"] | None = None
    comment: str | None = None


class Message(Struct, frozen=True, rename="camel"):
    """One message of a conversation, in the order of its parts."""

    id: str
    role: Role
    parts: list[Part]
    metadata: Metadata = field(default_factory=Metadata)

    @property
    def text(self) -> str:
        """All visible text, one string."""
        return "".join(part.text for part in self.parts if isinstance(part, TextPart))

    @property
    def files(self) -> list[FilePart]:
        """The parts that are files."""
        return [part for part in self.parts if isinstance(part, FilePart)]

    def asks_the_same(self, other: "Message") -> bool:
        """Whether two questions ask the same, word for word and file for file."""
        return (self.text, self.files) == (other.text, other.files)

    def to_ui(self) -> dict[str, Any]:
        """Return the message as a `UIMessage` (JSON types), fit for a browser."""
        return {
            "id": self.id,
            "role": self.role,
            "parts": [_ui_part(part) for part in self.parts if not isinstance(part, ProviderPart)],
            "metadata": to_builtins(self.metadata),
        }


def title_of(question: Message) -> str:
    """Return what a conversation that begins with `question` is called: its text in one line, or
    the name of its first file."""
    words = question.text or next((part.filename or "" for part in question.files), "")
    line = " ".join(words.split())
    return line if len(line) <= TITLE_CHARACTERS else line[: TITLE_CHARACTERS - 1].rstrip() + "…"


def user_message(message_id: str, text: str, files: Sequence[FilePart] = ()) -> Message:
    """Return a user's message that holds `text` and `files`."""
    return Message(message_id, "user", [*files, TextPart(text)] if text or not files else [*files])


def _ui_part(part: Part) -> dict[str, Any]:
    plain = cast("dict[str, Any]", to_builtins(part))
    if isinstance(part, ToolPart):
        plain["type"] = f"tool-{plain.pop('toolName')}"
        plain["state"] = part.state
    if isinstance(part, DataPart):
        plain["type"] = f"data-{plain.pop('name')}"
    return plain
