"""Tool calls in pieces, by the book and against it."""

import json
from typing import Any

import pytest
from openai.types.chat.chat_completion_chunk import ChoiceDeltaToolCall

from chatwidget.chunks import (
    Chunk,
    ToolInputAvailable,
    ToolInputDelta,
    ToolInputError,
    ToolInputStart,
)
from chatwidget.providers.tool_calls import ToolCalls


def piece(text: str | None = None, *, name: str | None = None, **fields: Any) -> Any:
    """A piece as the SDK makes it, which checks nothing."""
    function = {"name": name, "arguments": text}
    return ChoiceDeltaToolCall.construct(None, **fields, function=function)


def put_together(*pieces: Any, cut_off: bool = False) -> list[Chunk]:
    calls = ToolCalls()
    chunks = [chunk for each in pieces for chunk in calls.take(each)]
    return [*chunks, *calls.finish(cut_off=cut_off)]


def whole(chunks: list[Chunk]) -> list[tuple[str, str, Any]]:
    for chunk in chunks:
        if isinstance(chunk, ToolInputAvailable):
            pieces = [
                each.input_text_delta
                for each in chunks
                if isinstance(each, ToolInputDelta) and each.tool_call_id == chunk.tool_call_id
            ]
            starts = [each for each in chunks if isinstance(each, ToolInputStart)]
            assert [s.tool_name for s in starts if s.tool_call_id == chunk.tool_call_id] == [
                chunk.tool_name
            ]
            assert (json.loads("".join(pieces) or "{}") or {}) == chunk.input
    return [
        (chunk.tool_call_id, chunk.tool_name, chunk.input)
        for chunk in chunks
        if isinstance(chunk, ToolInputAvailable | ToolInputError)
    ]


OSLO = '{"city": "Oslo"}'
ROME = '{"city": "Rome"}'
BOTH = [("a", "weather", {"city": "Oslo"}), ("b", "weather", {"city": "Rome"})]
ONE = BOTH[:1]


@pytest.mark.parametrize(
    ("pieces", "calls"),
    [
        pytest.param(
            [
                piece("", name="weather", index=0, id="a"),
                piece(OSLO[:5], index=0),
                piece("", name="weather", index=1, id="b"),
                piece(ROME, index=1),
                piece(OSLO[5:], index=0),
            ],
            BOTH,
            id="by the book",
        ),
        pytest.param(
            [
                piece(OSLO, name="weather", index=0, id="a"),
                piece(ROME, name="weather", index=0, id="b"),
            ],
            BOTH,
            id="every index 0",
        ),
        pytest.param(
            [
                piece(OSLO[:5], name="weather", index=0, id="a"),
                piece(OSLO[5:], index=0),
                piece("", index=0, id="b"),
                piece(ROME, name="weather", index=0),
            ],
            BOTH,
            id="every index 0, the second name late",
        ),
        pytest.param(
            [
                piece(OSLO[:5], name="weather", index=0, id="a"),
                piece(OSLO[5:], index=0, id="another"),
            ],
            ONE,
            id="a new id with every piece",
        ),
        pytest.param(
            [
                piece(OSLO, name="weather", id="a"),
                piece(ROME, name="weather", id="b"),
            ],
            BOTH,
            id="no index",
        ),
        pytest.param(
            [
                piece(OSLO[:5], name="weather", index=0, id="a"),
                piece(OSLO[5:], name="weather", index=0),
                piece("", name="weather", index=0),
            ],
            ONE,
            id="the name with every piece",
        ),
        pytest.param(
            [
                piece("", name="wea", index=0, id="a"),
                piece("", name="ther", index=0),
                piece(OSLO, index=0),
            ],
            ONE,
            id="the name in pieces",
        ),
        pytest.param(
            [piece(OSLO[:5], index=0), piece(OSLO[5:], name="weather", index=0, id="a")],
            ONE,
            id="name and id late",
        ),
        pytest.param(
            [piece(None, name="weather", index=0, id="a"), piece(OSLO, name="", index=0, id="")],
            ONE,
            id="empty and null fields",
        ),
        pytest.param(
            [piece({"city": "Oslo"}, name="weather", index=0, id="a")],  # type: ignore[arg-type]
            ONE,
            id="arguments that are an object",
        ),
        pytest.param(
            [piece("", name="now", index=0, id="a")], [("a", "now", {})], id="no arguments"
        ),
        pytest.param(
            [piece("null", name="now", index=0, id="a")], [("a", "now", {})], id="null arguments"
        ),
    ],
)
def test_calls_are_put_together(pieces: list[Any], calls: list[tuple[str, str, Any]]) -> None:
    assert whole(put_together(*pieces)) == calls


def test_calls_without_ids_get_ids_of_their_own() -> None:
    chunks = put_together(piece(OSLO, name="weather"), piece(ROME, name="weather"))
    (first, _, oslo), (second, _, rome) = whole(chunks)
    assert (oslo, rome) == ({"city": "Oslo"}, {"city": "Rome"})
    assert first != second
    assert first.startswith("call_")


def test_two_calls_with_one_id_are_told_apart() -> None:
    same = [piece(OSLO, name="weather", index=0, id="a"), piece(ROME, name="time", index=1, id="a")]
    (first, *_), (second, *_) = whole(put_together(*same))
    assert first != second


def test_a_call_that_never_gets_a_name_is_not_lost() -> None:
    assert whole(put_together(piece(OSLO, index=0, id="a"))) == [("a", "unknown", {"city": "Oslo"})]


@pytest.mark.parametrize("text", ['{"city": ', "[" * 100_000, "Oslo", '{"a": 1}{"b": 2}'])
def test_arguments_that_are_no_json_are_an_error_for_the_model(text: str) -> None:
    failed = put_together(piece(text, name="weather", index=0, id="a"))[-1]
    assert isinstance(failed, ToolInputError)
    assert failed.input == text
    assert "not valid JSON" in failed.error_text


def test_a_call_that_was_cut_off_says_so() -> None:
    failed = put_together(piece('{"ci', name="weather", index=0, id="a"), cut_off=True)[-1]
    assert isinstance(failed, ToolInputError)
    assert "cut off" in failed.error_text
    assert put_together(piece("{", index=0, id="a"), cut_off=True) == []
