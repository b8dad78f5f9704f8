"""Brings the answer of a process that is gone to an end: interrupted, with what there is of it."""

from collections.abc import Iterable, Iterator
from contextlib import suppress

from msgspec import DecodeError

from chatwidget.chunks import (
    Chunk,
    Error,
    FinishStep,
    ReasoningEnd,
    ReasoningStart,
    Start,
    StartStep,
    TextEnd,
    TextStart,
)
from chatwidget.errors import ProviderError
from chatwidget.fold import Fold
from chatwidget.messages import Message, Metadata
from chatwidget.stores.base import Orphan
from chatwidget.wire import decode, encode


def closed(orphan: Orphan) -> tuple[Message, list[bytes], bytes]:
    """Return the answer, the entries that its log lacks, and the log's last entry."""
    run = orphan.run
    chunks = [*_readable(orphan.entries)]
    missing: list[Chunk] = []
    if not chunks:
        told = {"conversationId": run.conversation_id, "createdAt": Metadata().created_at}
        missing.append(Start(run.message_id, told))
    missing += _open_ends(chunks)
    error = ProviderError("interrupted")
    end = Error(error.message, error.code, error.retryable, error_id=error.error_id)
    answer = Fold(run.message_id)
    for chunk in (*chunks, *missing, end):
        answer.add(chunk)
    return answer.message, [encode(chunk) for chunk in missing], encode(end)


def _readable(entries: Iterable[bytes]) -> Iterator[Chunk]:
    for entry in entries:
        # Another version may have written it: while a new one is rolled out, both share a store.
        with suppress(DecodeError):
            yield decode(entry)


def _open_ends(chunks: list[Chunk]) -> list[Chunk]:
    part: Chunk | None = None
    in_step = False
    for chunk in chunks:
        match chunk:
            case TextStart(id=name):
                part = TextEnd(name)
            case ReasoningStart(id=name):
                part = ReasoningEnd(name)
            case TextEnd() | ReasoningEnd():
                part = None
            case StartStep():
                in_step = True
            case FinishStep():
                in_step = False
    ends: list[Chunk] = [part] if part else []
    return [*ends, FinishStep()] if in_step else ends
