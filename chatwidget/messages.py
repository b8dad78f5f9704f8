"""Messages and their parts, and how chunks become them."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, cast

from msgspec import Struct, convert, field, to_builtins
from msgspec.structs import replace

from chatwidget.chunks import (
    Chunk,
    Data,
    Error,
    File,
    Finish,
    FinishReason,
    ProviderData,
    ReasoningDelta,
    ReasoningStart,
    SourceDocument,
    SourceUrl,
    Start,
    StartStep,
    Suggestions,
    TextDelta,
    TextStart,
    ToolInputAvailable,
    ToolInputError,
    ToolInputStart,
    ToolOutputAvailable,
    ToolOutputError,
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


class Fold:
    """Builds a message from its chunks, one at a time.

    Text is joined once, when the message is asked for: an answer of n pieces costs n, not n².
    """

    def __init__(self, message_id: str) -> None:
        self._id = message_id
        self._parts: list[Part] = []
        self._pieces: list[str] = []
        self._tools: dict[str, int] = {}
        self._data: dict[tuple[str, str], int] = {}
        self._metadata = Metadata()

    def add(self, chunk: Chunk) -> None:
        """Take the next chunk."""
        match chunk:
            case TextDelta(delta=delta) | ReasoningDelta(delta=delta):
                self._pieces.append(delta)
            case TextStart():
                self._add(TextPart(""))
            case ReasoningStart():
                self._add(ReasoningPart(""))
            case StartStep():
                self._add(StepPart())
            case ToolInputStart():
                self._tool(chunk)
            case ToolInputAvailable(input=value, provider_executed=executed):
                self._tool(chunk, state="input-available", input=value, provider_executed=executed)
            case ToolInputError(input=value, error_text=text):
                self._tool(chunk, state="output-error", input=value, error_text=text)
            case ToolOutputAvailable(tool_call_id=call_id, output=output):
                self._update(call_id, state="output-available", output=output)
            case ToolOutputError(tool_call_id=call_id, error_text=text):
                self._update(call_id, state="output-error", error_text=text)
            case SourceUrl():
                self._add(SourceUrlPart(chunk.source_id, chunk.url, chunk.title))
            case SourceDocument(source_id=source, media_type=media_type):
                self._add(SourceDocumentPart(source, media_type, chunk.title, chunk.filename))
            case File():
                self._add(FilePart(chunk.url, chunk.media_type))
            case Suggestions(texts=texts):
                self._add(SuggestionsPart({"texts": texts}))
            case Data():
                self._put(DataPart(chunk.name, chunk.data, chunk.id))
            case ProviderData():
                self._add(ProviderPart(chunk.provider, chunk.data))
            case Start():
                self._id = chunk.message_id
                self._tell(chunk.message_metadata)
            case Error(error_text=text):
                error = MessageError(chunk.code, text, chunk.retryable)
                self._tell({"error": error, "finishReason": "error"})
            case Finish(finish_reason=reason):
                self._tell({**chunk.message_metadata, "finishReason": reason})

    @property
    def message(self) -> Message:
        """The message so far; later chunks don't change it."""
        self._join()
        return Message(self._id, "assistant", list(self._parts), self._metadata)

    @property
    def empty(self) -> bool:
        """Whether there is nothing yet that a visitor could see."""
        self._join()
        unseen = (ReasoningPart, StepPart, ProviderPart, SuggestionsPart)
        return not any(
            bool(part.text.strip()) if isinstance(part, TextPart) else not isinstance(part, unseen)
            for part in self._parts
        )

    def _add(self, part: Part) -> None:
        self._join()
        self._parts.append(part)

    def _join(self) -> None:
        if self._pieces:
            # Text is always in the last part: nothing is added before its part is closed.
            part = cast("TextPart | ReasoningPart", self._parts[-1])
            self._parts[-1] = replace(part, text=part.text + "".join(self._pieces))
            self._pieces.clear()

    def _tool(
        self, chunk: ToolInputStart | ToolInputAvailable | ToolInputError, **known: Any
    ) -> None:
        if chunk.tool_call_id not in self._tools:
            self._add(ToolPart(chunk.tool_call_id, chunk.tool_name, title=chunk.title))
            self._tools[chunk.tool_call_id] = len(self._parts) - 1
        self._update(chunk.tool_call_id, **known)

    def _put(self, part: DataPart) -> None:
        if part.id is None:
            self._add(part)
        elif (at := self._data.get((part.name, part.id))) is not None:
            self._parts[at] = part
        else:
            self._add(part)
            self._data[part.name, part.id] = len(self._parts) - 1

    def _update(self, call_id: str, **known: Any) -> None:
        if (at := self._tools.get(call_id)) is not None:
            self._parts[at] = replace(self._parts[at], **known)

    def _tell(self, told: dict[str, Any]) -> None:
        self._metadata = convert({**to_builtins(self._metadata), **told}, Metadata)


def fold(chunks: Iterable[Chunk]) -> Message:
    """Return the message that `chunks`, a whole answer, make."""
    building = Fold("")
    for chunk in chunks:
        building.add(chunk)
    return building.message
