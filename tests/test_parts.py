"""Whatever a provider yields comes out as parts that open, close and have names of their own."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwidget.chunks import (
    Abort,
    Chunk,
    Error,
    File,
    Finish,
    FinishStep,
    ProviderData,
    ReasoningDelta,
    ReasoningEnd,
    ReasoningStart,
    SourceUrl,
    Start,
    StartStep,
    Status,
    StepEnd,
    TextDelta,
    TextEnd,
    TextStart,
    ToolInputAvailable,
    ToolInputDelta,
    ToolInputError,
    ToolInputStart,
    ToolOutputAvailable,
    ToolOutputError,
)
from chatwidget.parts import Parts, checked


def taken(*chunks: Chunk) -> list[Chunk]:
    parts = Parts()
    return [out for chunk in chunks for out in parts.take(chunk)] + parts.close()


def test_texts_are_opened_numbered_and_closed() -> None:
    assert taken(TextDelta("a"), TextDelta("b"), ReasoningDelta("c"), TextDelta("d")) == [
        TextStart("p1"),
        TextDelta("a", "p1"),
        TextDelta("b", "p1"),
        TextEnd("p1"),
        ReasoningStart("p2"),
        ReasoningDelta("c", "p2"),
        ReasoningEnd("p2"),
        TextStart("p3"),
        TextDelta("d", "p3"),
        TextEnd("p3"),
    ]


def test_what_a_provider_calls_its_parts_does_not_matter() -> None:
    assert taken(TextDelta("a", "x"), TextDelta("b", "y")) == taken(TextDelta("a"), TextDelta("b"))


def test_an_empty_delta_opens_nothing() -> None:
    assert taken(TextDelta(""), ReasoningDelta("")) == []


def test_a_status_line_stands_inside_a_text() -> None:
    assert taken(TextDelta("a"), Status("Searching"), TextDelta("b")) == [
        TextStart("p1"),
        TextDelta("a", "p1"),
        Status("Searching"),
        TextDelta("b", "p1"),
        TextEnd("p1"),
    ]


@pytest.mark.parametrize(
    "chunk",
    [ToolInputStart("c", "find"), SourceUrl("s", "https://x.example"), ProviderData("x", {})],
)
def test_anything_else_closes_a_text(chunk: Chunk) -> None:
    assert taken(TextDelta("a"), chunk)[2:] == [TextEnd("p1"), chunk]


def test_a_call_id_that_comes_again_in_a_later_step_gets_another_name() -> None:
    def step(number: int) -> list[Chunk]:
        return [
            StartStep(),
            ToolInputStart("call_0", "find"),
            ToolInputDelta("call_0", "{}"),
            ToolInputAvailable("call_0", "find", {}),
            ToolOutputAvailable("call_0", number),
        ]

    names = [
        getattr(chunk, "tool_call_id", "step")
        for chunk in taken(*step(1), ToolInputStart("call_0_2", "find"), *step(2), *step(3))
    ]
    assert names == [
        *["step", *["call_0"] * 4, "call_0_2"],
        *["step", *["call_0_3"] * 4],
        *["step", *["call_0_4"] * 4],
    ]


def test_a_result_may_come_a_step_later() -> None:
    call = ToolInputAvailable("srv", "search", {}, provider_executed=True)
    result = ToolOutputAvailable("srv", "found", provider_executed=True)
    assert taken(StartStep(), call, StartStep(), result)[-1] == result


@pytest.mark.parametrize(
    "chunk",
    [
        ToolInputDelta("c", "{"),
        ToolOutputAvailable("c", 1),
        ToolOutputError("c", "no"),
    ],
)
def test_a_piece_of_a_call_that_never_began_is_an_error(chunk: Chunk) -> None:
    with pytest.raises(ValueError, match="never began"):
        Parts().take(chunk)


_yielded = st.sampled_from(
    [
        TextDelta("a"),
        TextDelta(""),
        ReasoningDelta("b"),
        Status("c"),
        ToolInputStart("c", "find"),
        ToolInputAvailable("c", "find", {}),
        ToolInputError("d", "find", "{", "no"),
        SourceUrl("s", "https://x.example"),
        File("https://x.example", "image/png"),
        StartStep(),
    ]
)


@given(st.lists(_yielded, max_size=20))
def test_parts_are_never_open_twice_nor_left_open(chunks: list[Chunk]) -> None:
    opened: str | None = None
    seen: set[str] = set()
    for chunk in taken(*chunks):
        match chunk:
            case TextStart(id=name) | ReasoningStart(id=name):
                assert opened is None
                assert name not in seen
                opened = name
                seen.add(name)
            case TextDelta(id=name) | ReasoningDelta(id=name):
                assert opened == name
            case TextEnd(id=name) | ReasoningEnd(id=name):
                assert opened == name
                opened = None
            case Status():
                pass
            case _:
                assert opened is None
    assert opened is None


@pytest.mark.parametrize(
    "chunk",
    [
        TextDelta("a"),
        Status("b"),
        StepEnd("length"),
        ToolInputAvailable("c", "find", {"a": [1, None, "x"]}),
        ProviderData("openai", {"a": 1}),
        SourceUrl("s", "https://x.example"),
    ],
)
def test_what_a_provider_may_yield_is_taken_as_it_is(chunk: Chunk) -> None:
    assert checked(chunk) == chunk


_anything: Any = 1j


@pytest.mark.parametrize(
    "chunk",
    [
        None,
        "text",
        b"text",
        {"type": "text-delta", "delta": "a"},
        TextDelta(None),  # type: ignore[arg-type]
        ReasoningDelta(1),  # type: ignore[arg-type]
        StepEnd("end_turn"),  # type: ignore[arg-type]
        SourceUrl("s", None),  # type: ignore[arg-type]
        ToolInputAvailable("c", "find", _anything),
        ToolInputAvailable("c", None, {}),  # type: ignore[arg-type]
        Start("m"),
        StartStep(),
        TextStart("p1"),
        TextEnd("p1"),
        FinishStep(),
        Abort("stopped"),
        Error("no", "internal", True),
        Finish("stop"),
    ],
    ids=repr,
)
def test_what_no_log_could_hold_is_refused(chunk: object) -> None:
    with pytest.raises((TypeError, msgspec.ValidationError)):
        checked(chunk)
