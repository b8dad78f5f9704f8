"""Messages and their parts, and how chunks become them."""

from datetime import UTC, datetime
from typing import Any, Literal, cast

from msgspec import Struct, field, to_builtins

from chatwidget.chunks import (
    Chunk,
    Error,
    File,
    Finish,
    FinishReason,
    ProviderData,
    ReasoningDelta,
    ReasoningStart,
    SourceDocument,
    SourceUrl,
    StartStep,
    TextDelta,
    TextStart,
    ToolInputAvailable,
    ToolInputDelta,
    ToolInputError,
    ToolInputStart,
    ToolOutputAvailable,
    ToolOutputError,
    Usage,
)

Role = Literal["user", "assistant"]
ToolState = Literal["input-streaming", "input-available", "output-available", "output-error"]


class _Part(Struct, omit_defaults=True, rename="camel", tag_field="type"):
    pass


class TextPart(_Part, tag="text"):
    text: str


class ReasoningPart(_Part, tag="reasoning"):
    text: str


class ToolPart(_Part, tag="tool"):
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


class StepPart(_Part, tag="step-start"):
    """Where one call of the provider begins."""


class SourceUrlPart(_Part, tag="source-url"):
    source_id: str
    url: str
    title: str | None = None


class SourceDocumentPart(_Part, tag="source-document"):
    source_id: str
    media_type: str
    title: str
    filename: str | None = None


class FilePart(_Part, tag="file"):
    url: str
    media_type: str


class ProviderPart(_Part, tag="provider"):
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
    | ProviderPart
)


class MessageError(Struct, rename="camel"):
    """How an answer failed, as the visitor was told."""

    code: str
    message: str
    retryable: bool = False


class Metadata(Struct, omit_defaults=True, rename="camel"):
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


class Message(Struct, rename="camel"):
    """One message of a conversation, in the order of its parts."""

    id: str
    role: Role
    parts: list[Part]
    metadata: Metadata = field(default_factory=Metadata)

    @property
    def text(self) -> str:
        """All visible text, one string."""
        return "".join(part.text for part in self.parts if isinstance(part, TextPart))

    def to_ui(self) -> dict[str, Any]:
        """Return the message as a `UIMessage` (JSON types), fit for a browser."""
        return {
            "id": self.id,
            "role": self.role,
            "parts": [_ui_part(part) for part in self.parts if not isinstance(part, ProviderPart)],
            "metadata": to_builtins(self.metadata),
        }


def user_message(message_id: str, text: str) -> Message:
    """Return a user's message that holds `text`."""
    return Message(message_id, "user", [TextPart(text)])


def _ui_part(part: Part) -> dict[str, Any]:
    plain = cast("dict[str, Any]", to_builtins(part))
    if isinstance(part, ToolPart):
        plain["type"] = f"tool-{plain.pop('toolName')}"
        plain["state"] = part.state
    return plain


class Fold:
    """Builds a message from its chunks, one at a time.

    Text is joined once, when the message is asked for: an answer of n pieces costs n, not n².
    """

    def __init__(self, message_id: str, *, metadata: Metadata | None = None) -> None:
        self._id = message_id
        self._parts: list[Part] = []
        self._texts: list[list[str]] = []
        self._tools: dict[str, ToolPart] = {}
        self.metadata = metadata or Metadata()

    def add(self, chunk: Chunk) -> None:
        """Take the next chunk."""
        match chunk:
            case TextDelta(delta=delta) | ReasoningDelta(delta=delta):
                self._texts[-1].append(delta)
            case TextStart():
                self._open(TextPart(""))
            case ReasoningStart():
                self._open(ReasoningPart(""))
            case StartStep():
                self._parts.append(StepPart())
            case ToolInputStart():
                self._tool(chunk.tool_call_id, chunk.tool_name, chunk.title)
            case ToolInputDelta() | ProviderData(provider=""):
                pass
            case ToolInputAvailable():
                tool = self._tool(chunk.tool_call_id, chunk.tool_name, chunk.title)
                tool.state, tool.input = "input-available", chunk.input
                tool.provider_executed = chunk.provider_executed
            case ToolInputError():
                tool = self._tool(chunk.tool_call_id, chunk.tool_name, chunk.title)
                tool.state, tool.input = "output-error", chunk.input
                tool.error_text = chunk.error_text
            case ToolOutputAvailable() if tool_ := self._tools.get(chunk.tool_call_id):
                tool_.state, tool_.output = "output-available", chunk.output
            case ToolOutputError() if tool_ := self._tools.get(chunk.tool_call_id):
                tool_.state, tool_.error_text = "output-error", chunk.error_text
            case SourceUrl():
                self._parts.append(SourceUrlPart(chunk.source_id, chunk.url, chunk.title))
            case SourceDocument():
                self._parts.append(
                    SourceDocumentPart(
                        chunk.source_id, chunk.media_type, chunk.title, chunk.filename
                    )
                )
            case File():
                self._parts.append(FilePart(chunk.url, chunk.media_type))
            case ProviderData():
                self._parts.append(ProviderPart(chunk.provider, chunk.data))
            case Error():
                self.metadata.error = MessageError(chunk.code, chunk.error_text, chunk.retryable)
                self.metadata.finish_reason = "error"
            case Finish():
                self._finish(chunk)

    @property
    def message(self) -> Message:
        """The message so far: a copy that later chunks don't change."""
        self._join()
        return Message(self._id, "assistant", list(self._parts), self.metadata)

    @property
    def empty(self) -> bool:
        """Whether there is nothing yet that a visitor could see."""
        self._join()
        seen = (ReasoningPart, StepPart, ProviderPart)
        return not any(
            bool(part.text.strip()) if isinstance(part, TextPart) else not isinstance(part, seen)
            for part in self._parts
        )

    def _open(self, part: TextPart | ReasoningPart) -> None:
        self._join()
        self._parts.append(part)
        self._texts = [[]]

    def _join(self) -> None:
        if self._texts and self._texts[-1]:
            for index in range(len(self._parts) - 1, -1, -1):
                part = self._parts[index]
                if isinstance(part, TextPart | ReasoningPart):
                    self._parts[index] = type(part)(part.text + "".join(self._texts[-1]))
                    break
            self._texts = [[]]

    def _tool(self, call_id: str, name: str, title: str | None) -> ToolPart:
        if call_id not in self._tools:
            self._tools[call_id] = ToolPart(call_id, name, title=title)
            self._parts.append(self._tools[call_id])
        return self._tools[call_id]

    def _finish(self, chunk: Finish) -> None:
        self.metadata.finish_reason = chunk.finish_reason
        for flag in ("stopped", "interrupted", "refused"):
            if chunk.message_metadata.get(flag):
                setattr(self.metadata, flag, True)


def fold(chunks: list[Chunk], message_id: str = "m_1") -> Message:
    """Return the message that `chunks` make."""
    building = Fold(message_id)
    for chunk in chunks:
        building.add(chunk)
    return building.message
