"""Chunks to bytes, in both formats. Pure: values in, bytes out.

The UI message stream v1 (https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol) with an `id:` line on
every frame, and the plain format for clients of ten lines. Both are Server-Sent Events
(https://html.spec.whatwg.org/multipage/server-sent-events.html).
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from chatwidget.chunks import (
    Chunk,
    Data,
    Error,
    Finish,
    ReasoningDelta,
    Status,
    TextDelta,
    ToolInputAvailable,
    ToolInputError,
    ToolOutputAvailable,
    ToolOutputError,
    Wire,
)

OPEN = b": open\n\n"
KEEP_ALIVE = b": keep-alive\n\n"
DONE = b"data: [DONE]\n\n"

HEADERS = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store, no-transform",
    "x-accel-buffering": "no",
}
UI_HEADERS = {**HEADERS, "x-vercel-ai-ui-message-stream": "v1"}

PIECE = 65_536
"""Bytes that a stream is sent at a time: as much as servers buffer before they wait."""
PLAIN_CHARACTERS = 100
"""In one plain frame: escaped, up to twelve bytes each, they stay below 1,400 bytes."""

_DATA = "data-"
_DATA_FRAME = b'{"type":"data-'
_OUR_DATA_FRAMES = (b'{"type":"data-status"', b'{"type":"data-suggestions"')


class _UIData(msgspec.Struct, frozen=True, omit_defaults=True):
    """A `Data` chunk as the UI message stream has it: its name is a part of its type."""

    type: str
    data: Any
    id: str | None = None


_encoder = msgspec.json.Encoder()
_data_decoder = msgspec.json.Decoder(_UIData)
_decoder: msgspec.json.Decoder[Wire] = msgspec.json.Decoder(Wire)
_CURSOR = re.compile(r"([A-Za-z0-9_]{8,16})-(0|[1-9][0-9]{0,9})")


def encode(chunk: Chunk) -> bytes:
    """Return the chunk as compact JSON, UTF-8.

    Raises UnicodeEncodeError where a string holds a lone surrogate: see `mend`.
    """
    if isinstance(chunk, Data):
        return _encoder.encode(_UIData(f"{_DATA}{chunk.name}", chunk.data, chunk.id))
    return _encoder.encode(chunk)


def decode(data: bytes) -> Wire:
    """Return the chunk that `encode` made `data` of. Raises msgspec.ValidationError."""
    if data.startswith(_DATA_FRAME) and not data.startswith(_OUR_DATA_FRAMES):
        told = _data_decoder.decode(data)
        return Data(told.type.removeprefix(_DATA), told.data, told.id)
    return _decoder.decode(data)


def mend(chunk: Chunk) -> Chunk:
    """Return the chunk with every lone surrogate replaced by U+FFFD."""
    return msgspec.convert(_mend(msgspec.to_builtins(chunk)), type(chunk))


def _mend(value: Any) -> Any:
    match value:
        case str():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case list():
            return [_mend(item) for item in value]
        case dict():
            return {_mend(key): _mend(item) for key, item in value.items()}
    return value


def ui_frames(run: str, first: int, entries: Iterable[bytes]) -> bytes:
    """Return `entries` (encoded chunks, numbered from `first`) as frames of run `run`."""
    return b"".join(
        b"id: %b-%d\ndata: %b\n\n" % (run.encode(), seq, data)
        for seq, data in enumerate(entries, first)
    )


def ui_pieces(run: str, first: int, entries: Sequence[bytes]) -> Iterator[bytes]:
    """Yield `ui_frames` in pieces of about `PIECE` bytes.

    A reader that has much to catch up with, and takes nothing, would else hold a second copy of it.
    """
    at = 0
    while at < len(entries):
        end, size = at, 0
        while end < len(entries) and size < PIECE:
            size += len(entries[end])
            end += 1
        yield ui_frames(run, first + at, entries[at:end])
        at = end


def read_cursor(text: str | None) -> tuple[str, int] | None:
    """Return the run and the sequence number of a `Last-Event-ID`, or None if it is not ours."""
    found = _CURSOR.fullmatch(text or "")
    return (found[1], int(found[2])) if found else None


class PlainFrames:
    """Encodes one answer in the plain format: data-only frames, one JSON key each.

    Made for careless clients. JSON is pure ASCII, so that one which decodes each network read by
    itself can't break a character in two; and text comes in frames that fit into one packet (each
    is to be sent by itself), so that one which parses each read by itself loses none.
    """

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def frames(self, chunk: Chunk) -> list[bytes]:
        """Return the chunk's frames; none where the plain format has nothing to say."""
        match chunk:
            case TextDelta(delta=delta):
                return _pieces("content", delta)
            case ReasoningDelta(delta=delta):
                return _pieces("thinking", delta)
        frame = self._frame(chunk)
        return [frame] if frame else []

    def _frame(self, chunk: Chunk) -> bytes:
        match chunk:
            case Status():
                return _plain({"thinking": chunk.text})
            case ToolInputAvailable(tool_call_id=call_id, tool_name=name):
                self._names[call_id] = name
                call = {"id": call_id, "name": name, "arguments": chunk.input}
                return _plain({"function_call": call})
            case ToolOutputAvailable(tool_call_id=call_id):
                return self._result(call_id, {"result": chunk.output})
            case ToolInputError(tool_call_id=call_id, tool_name=name):
                self._names[call_id] = name
                return self._result(call_id, {"error": chunk.error_text})
            case ToolOutputError(tool_call_id=call_id):
                return self._result(call_id, {"error": chunk.error_text})
            case Error():
                return _plain({"error": chunk.error_text, "code": chunk.code}) + DONE
            case Finish():
                return _plain({"done": True}) + DONE
        return b""

    def _result(self, call_id: str, result: dict[str, Any]) -> bytes:
        name = self._names.get(call_id, "")
        return _plain({"function_result": {"id": call_id, "name": name, **result}})


def _pieces(key: str, text: str) -> list[bytes]:
    return [
        _plain({key: text[at : at + PLAIN_CHARACTERS]})
        for at in range(0, len(text), PLAIN_CHARACTERS)
    ]


def _plain(value: dict[str, Any]) -> bytes:
    return b"data: %b\n\n" % json.dumps(value, separators=(",", ":")).encode("ascii")
