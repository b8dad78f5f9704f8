"""Recorded and hand-written streams, through the real SDKs: whole, byte by byte, and cut off."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from asking import Heard, ask
from connecting import Connect
from upstream import Answer, Upstream

from chatwidget.chunks import ToolInputAvailable

OWN = Path(__file__).parent.parent / "transcripts"
SHARED = Path(__file__).parents[3] / "shared" / "testdata" / "transcripts"

CUTS = 4
"""Random places at which each transcript is cut off, in each of two ways."""
PIECES = 1_500
"""Into how many pieces a transcript is cut: single bytes, where it is not too long for that."""

REASONS = {
    "stop": "stop",
    "tool_calls": "tool-calls",
    "length": "length",
    "content_filter": "content-filter",
    "response.completed": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "tool_use": "tool-calls",
    "max_tokens": "length",
    "refusal": "content-filter",
}

pytestmark = pytest.mark.anyio


class Transcript:
    def __init__(self, folder: Path, entry: dict[str, Any]) -> None:
        self.name: str = entry["name"]
        self.api = str(entry["api"]).rpartition(".")[2]  # chat, responses or messages
        self.status: int = entry.get("http_status", 200)
        self.content_type: str = entry.get("content_type", "text/event-stream")
        self.body = (folder / entry["file"]).read_bytes()
        self.expected: dict[str, Any] | None = entry.get("accumulated")
        self.code: str | None = entry.get("expect", {}).get("code")

    def answer(self, **how: Any) -> Answer:
        return Answer(body=self.body, status=self.status, content_type=self.content_type, **how)


def _transcripts() -> Iterator[Any]:
    for folder in (OWN, SHARED):
        index = folder / "index.json"
        entries = json.loads(index.read_text()) if index.is_file() else []
        for entry in entries:
            transcript = Transcript(folder, entry)
            yield pytest.param(transcript, id=f"{folder.parent.name}-{transcript.name}")


every = pytest.mark.parametrize("transcript", list(_transcripts()))
streams = pytest.mark.parametrize(
    "transcript", [each for each in _transcripts() if each.values[0].expected is not None]
)


@every
async def test_a_stream_ends_as_its_index_says(
    transcript: Transcript, upstream: Upstream, connect: Connect
) -> None:
    upstream.answers(transcript.answer())
    _check(transcript, await ask(connect(transcript.api)))


@streams
async def test_it_is_the_same_byte_by_byte(
    transcript: Transcript, upstream: Upstream, connect: Connect
) -> None:
    upstream.answers(transcript.answer(piece=len(transcript.body) // PIECES + 1))
    _check(transcript, await ask(connect(transcript.api)))


@streams
async def test_cut_off_anywhere_it_is_never_taken_for_complete(
    transcript: Transcript, upstream: Upstream, connect: Connect
) -> None:
    expected = transcript.expected
    assert expected is not None
    asked = connect(transcript.api)
    chosen = random.Random(transcript.name)
    places = [chosen.randrange(len(transcript.body)) for _ in range(CUTS)]
    for at in places:
        for answer in (transcript.answer(cut=at), Answer(body=transcript.body[:at])):
            upstream.answers(answer)
            heard = await ask(asked)
            assert _text(expected).startswith(heard.text)
            assert expected["reasoning"].startswith(heard.reasoning)
            assert (heard.error is None) == (heard.end is not None)
            if heard.complete:
                assert _has_its_end(transcript, transcript.body[:at]), f"complete at {at}"


def _check(transcript: Transcript, heard: Heard) -> None:
    expected = transcript.expected
    if heard.error is not None:
        said = f"{heard.error} {heard.error.message} {heard.error.hint}"
        assert not any(secret in said for secret in ("://", "sk-", "org-", "<", "10.0"))
    if transcript.code is not None:
        assert heard.error is not None
        assert heard.error.code == transcript.code
    if expected is None:
        assert heard.error is not None
        assert heard.chunks == []
        return
    assert heard.text == _text(expected)
    assert heard.reasoning == expected["reasoning"]
    _check_calls(expected["tool_calls"], heard)
    if expected["error"] or (not _said_anything(expected) and not expected["finish"]):
        assert heard.error is not None
        return
    assert heard.error is None
    assert heard.end is not None
    _check_end(expected, heard)


def _check_calls(expected: list[dict[str, Any]], heard: Heard) -> None:
    assert sorted((c["id"], c["name"]) for c in expected) == sorted(
        (call.tool_call_id, call.tool_name) for call in heard.calls
    )
    for call in heard.calls:
        wanted = next(c for c in expected if c["id"] == call.tool_call_id)
        if isinstance(call, ToolInputAvailable):
            assert call.input == json.loads(wanted["arguments"] or "{}")
            assert call.provider_executed == (wanted.get("kind") == "server_tool_use")
        else:
            assert call.input == wanted["arguments"]
        if wanted.get("kind") != "server_tool_use":
            assert heard.pieces_of(call.tool_call_id) == wanted["arguments"]


def _check_end(expected: dict[str, Any], heard: Heard) -> None:
    end = heard.end
    assert end is not None
    finish = expected["finish"]
    reason = REASONS[finish] if finish else "interrupted"
    refused = bool(expected["refusal"]) or finish == "refusal"
    if any(c.get("kind") != "server_tool_use" for c in expected["tool_calls"]):
        reason = "tool-calls" if reason == "stop" else reason
    elif refused:
        reason = "content-filter"
    assert end.reason == reason
    assert end.refused == refused
    usage = expected["usage"]
    if usage is None:
        assert end.usage is None
    else:
        assert end.usage is not None
        assert end.usage.output_tokens == usage.get("completion_tokens", usage.get("output_tokens"))
        cached = ("cache_read_input_tokens", "cache_creation_input_tokens")
        given = usage.get("prompt_tokens", usage.get("input_tokens"))
        assert end.usage.input_tokens == given + sum(usage.get(key, 0) for key in cached)


def _text(expected: dict[str, Any]) -> str:
    return str(expected["text"] + expected["refusal"])


def _said_anything(expected: dict[str, Any]) -> bool:
    return bool(_text(expected) or expected["reasoning"] or expected["tool_calls"])


_ENDS = {
    "chat": [b'"finish_reason":"' + r for r in (b"stop", b"length", b"tool_calls", b"content_f")],
    "responses": [b'"type":"response.completed"', b'"type":"response.incomplete"'],
    "messages": [b'"stop_reason":"'],
}


def _has_its_end(transcript: Transcript, sent: bytes) -> bool:
    """Whether what was sent holds the event that ends the answer, whole."""
    events = sent.replace(b'": "', b'":"').split(b"\n\n")[:-1]
    return any(mark in event for event in events for mark in _ENDS[transcript.api])
