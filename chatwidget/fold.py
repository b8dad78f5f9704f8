"""How chunks become a message."""

from collections.abc import Iterable
from typing import Any, cast

from msgspec import convert, to_builtins
from msgspec.structs import replace

from chatwidget.chunks import (
    Chunk,
    Data,
    Error,
    File,
    Finish,
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
)
from chatwidget.messages import (
    DataPart,
    FilePart,
    Message,
    MessageError,
    Metadata,
    Part,
    ProviderPart,
    ReasoningPart,
    SourceDocumentPart,
    SourceUrlPart,
    StepPart,
    SuggestionsPart,
    TextPart,
    ToolPart,
)


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
