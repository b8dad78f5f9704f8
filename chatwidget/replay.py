"""A stored message as chunks again, for readers who come when its log is gone."""

from collections.abc import Iterator

from msgspec import to_builtins

from chatwidget.chunks import (
    Abort,
    Chunk,
    Data,
    Error,
    File,
    Finish,
    FinishStep,
    ReasoningDelta,
    ReasoningEnd,
    ReasoningStart,
    SourceDocument,
    SourceUrl,
    Start,
    StartStep,
    Suggestions,
    TextDelta,
    TextEnd,
    TextStart,
    ToolInputAvailable,
    ToolInputStart,
    ToolOutputAvailable,
    ToolOutputError,
)
from chatwidget.messages import (
    DataPart,
    FilePart,
    Message,
    Part,
    ReasoningPart,
    SourceDocumentPart,
    SourceUrlPart,
    StepPart,
    SuggestionsPart,
    TextPart,
    ToolPart,
)


def unfold(message: Message, conversation_id: str) -> Iterator[Chunk]:
    """Yield the chunks of a finished answer: folded, they make the same message again."""
    metadata = message.metadata
    yield Start(message.id, {"conversationId": conversation_id, "createdAt": metadata.created_at})
    in_step = False
    for number, part in enumerate(message.parts):
        if isinstance(part, StepPart):
            if in_step:
                yield FinishStep()
            in_step = True
        yield from chunks_of(part, f"p{number}")
    if in_step:
        yield FinishStep()
    if metadata.stopped:
        yield Abort("stopped")
    if metadata.error:
        error = metadata.error
        yield Error(error.message, error.code, error.retryable)
    else:
        flags = {
            name: True for name in ("stopped", "interrupted", "refused") if getattr(metadata, name)
        }
        usage = {"usage": to_builtins(metadata.usage)} if metadata.usage else {}
        yield Finish(metadata.finish_reason or "other", {**usage, **flags})


def chunks_of(part: Part, name: str = "") -> Iterator[Chunk]:
    """Yield a part's chunks; `name` is the id of a text's or a thought's."""
    match part:
        case TextPart(text=text):
            yield from (TextStart(name), TextDelta(text, name), TextEnd(name))
        case ReasoningPart(text=text):
            yield from (ReasoningStart(name), ReasoningDelta(text, name), ReasoningEnd(name))
        case StepPart():
            yield StartStep()
        case ToolPart(state="input-streaming"):
            yield ToolInputStart(part.tool_call_id, part.tool_name, part.title)
        case ToolPart():
            yield ToolInputAvailable(
                part.tool_call_id, part.tool_name, part.input, part.title, part.provider_executed
            )
            if part.state == "output-available":
                yield ToolOutputAvailable(part.tool_call_id, part.output, part.provider_executed)
            elif part.state == "output-error":
                text = part.error_text or ""
                yield ToolOutputError(part.tool_call_id, text, part.provider_executed)
        case SourceUrlPart():
            yield SourceUrl(part.source_id, part.url, part.title)
        case SourceDocumentPart():
            yield SourceDocument(part.source_id, part.media_type, part.title, part.filename)
        case SuggestionsPart(data=data):
            yield Suggestions(data)
        case DataPart():
            yield Data(part.name, part.data, part.id)
        case FilePart():
            yield File(part.url, part.media_type)
