"""Chunks make a message, a message makes chunks, and both ways meet."""

from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwidget.chunks import (
    Abort,
    Error,
    File,
    Finish,
    FinishStep,
    ProviderData,
    ReasoningDelta,
    ReasoningEnd,
    ReasoningStart,
    SourceDocument,
    SourceUrl,
    Start,
    StartStep,
    Status,
    TextDelta,
    TextEnd,
    TextStart,
    ToolInputAvailable,
    ToolInputDelta,
    ToolInputError,
    ToolInputStart,
    ToolOutputAvailable,
    ToolOutputError,
    Usage,
)
from chatwidget.fold import Fold, fold
from chatwidget.messages import (
    DataPart,
    FilePart,
    Message,
    MessageError,
    Metadata,
    ReasoningPart,
    SourceDocumentPart,
    SourceUrlPart,
    StepPart,
    SuggestionsPart,
    TextPart,
    ToolPart,
    ToolState,
)
from chatwidget.replay import unfold

CREATED = "2026-01-02T03:04:05.678+00:00"
START = Start("m_1", {"conversationId": "c_1", "createdAt": CREATED})

_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_text, inner, max_size=3),
    max_leaves=5,
)


@st.composite
def _tool(draw: st.DrawFn, call_id: str) -> ToolPart:
    state = draw(st.sampled_from(get_args(ToolState)))
    called = state != "input-streaming"
    return ToolPart(
        call_id,
        draw(_text),
        state,
        draw(_json) if called else None,
        draw(_json) if state == "output-available" else None,
        draw(_text) if state == "output-error" else None,
        draw(st.none() | _text),
        draw(st.booleans()) if called else False,
    )


@st.composite
def _answers(draw: st.DrawFn) -> Message:
    part = st.one_of(
        st.builds(TextPart, _text),
        st.builds(ReasoningPart, _text),
        st.builds(SourceUrlPart, _text, _text, st.none() | _text),
        st.builds(SourceDocumentPart, _text, _text, _text, st.none() | _text),
        st.builds(FilePart, _text, _text),
        st.builds(SuggestionsPart, st.fixed_dictionaries({"texts": st.lists(_text, max_size=2)})),
        st.builds(DataPart, st.sampled_from(["order", "map"]), _json),
        _tool("call"),
    )
    parts: list[Any] = []
    for _ in range(draw(st.integers(0, 3))):
        parts.append(StepPart())
        for each in draw(st.lists(part, max_size=4)):
            named = isinstance(each, ToolPart)
            parts.append(
                msgspec.structs.replace(each, tool_call_id=f"c{len(parts)}") if named else each
            )
    reasons = st.sampled_from(["stop", "length", "content-filter", "tool-calls", "other"])
    metadata = draw(
        st.one_of(
            st.builds(
                Metadata,
                created_at=st.just(CREATED),
                finish_reason=reasons,
                stopped=st.booleans(),
                interrupted=st.booleans(),
                refused=st.booleans(),
                usage=st.none() | st.builds(Usage, st.integers(0), st.integers(0)),
            ),
            st.builds(
                Metadata,
                created_at=st.just(CREATED),
                finish_reason=st.just("error"),
                error=st.builds(MessageError, _text, _text, st.booleans()),
            ),
        )
    )
    return Message("m_1", "assistant", parts, metadata)


@given(_answers())
def test_a_stored_answer_replayed_makes_the_same_answer(message: Message) -> None:
    assert fold(unfold(message, "c_1")) == message


@given(_answers())
def test_a_stored_answer_is_the_same_after_a_store_has_written_and_read_it(
    message: Message,
) -> None:
    assert msgspec.json.decode(msgspec.json.encode(message), type=Message) == message


@given(_answers())
def test_a_replay_is_a_well_formed_stream(message: Message) -> None:
    chunks = list(unfold(message, "c_1"))
    assert isinstance(chunks[0], Start)
    assert isinstance(chunks[-1], Error | Finish)
    assert sum(isinstance(chunk, Error | Finish) for chunk in chunks) == 1
    depth = 0
    for chunk in chunks:
        depth += isinstance(chunk, StartStep) - isinstance(chunk, FinishStep)
        assert depth in (0, 1)
    assert depth == 0


def test_the_pieces_of_a_text_are_joined() -> None:
    message = fold(
        [
            START,
            StartStep(),
            ReasoningStart("p1"),
            ReasoningDelta("Hm", "p1"),
            ReasoningDelta("m.", "p1"),
            ReasoningEnd("p1"),
            TextStart("p2"),
            TextDelta("Hel", "p2"),
            Status("Searching"),
            TextDelta("lo", "p2"),
            TextEnd("p2"),
            FinishStep(),
            Finish("stop", {"usage": Usage(1, 2)}),
        ]
    )
    assert message.parts == [StepPart(), ReasoningPart("Hmm."), TextPart("Hello")]
    assert message.metadata == Metadata(created_at=CREATED, finish_reason="stop", usage=Usage(1, 2))
    assert (message.id, message.role, message.text) == ("m_1", "assistant", "Hello")


def test_tool_calls_get_their_results_in_whatever_order_they_come() -> None:
    message = fold(
        [
            START,
            ToolInputStart("a", "find", "Find"),
            ToolInputDelta("a", '{"x'),
            ToolInputStart("b", "find"),
            ToolInputAvailable("b", "find", {"x": 2}),
            ToolInputAvailable("a", "find", {"x": 1}, "Find"),
            ToolInputError("c", "find", "{", "not JSON"),
            ToolOutputError("b", "no"),
            ToolOutputAvailable("a", ["yes"]),
            ToolOutputAvailable("unknown", "nobody asked"),
            Finish("tool-calls"),
        ]
    )
    assert message.parts == [
        ToolPart("a", "find", "output-available", {"x": 1}, ["yes"], None, "Find"),
        ToolPart("b", "find", "output-error", {"x": 2}, None, "no"),
        ToolPart("c", "find", "output-error", "{", None, "not JSON"),
    ]


def test_what_later_chunks_do_leaves_an_earlier_message_alone() -> None:
    building = Fold("m_1")
    building.add(ToolInputStart("a", "find"))
    building.add(TextStart("p1"))
    building.add(TextDelta("Hel", "p1"))
    early = building.message
    building.add(TextDelta("lo", "p1"))
    building.add(ToolInputAvailable("a", "find", {}))
    building.add(Finish("stop"))
    assert early.parts == [ToolPart("a", "find"), TextPart("Hel")]
    assert early.metadata.finish_reason is None
    assert building.message.text == "Hello"


@pytest.mark.parametrize(
    ("chunks", "empty"),
    [
        ([START, StartStep()], True),
        ([ReasoningStart("p1"), ReasoningDelta("Hm", "p1")], True),
        ([ProviderData("openai", {"id": 1})], True),
        ([TextStart("p1"), TextDelta(" \n", "p1")], True),
        ([TextStart("p1"), TextDelta("a", "p1")], False),
        ([ToolInputStart("a", "find")], False),
        ([SourceUrl("s", "https://x.example")], False),
        ([File("https://x.example", "image/png")], False),
    ],
)
def test_an_answer_is_empty_while_a_visitor_would_see_nothing(
    chunks: list[Any], empty: bool
) -> None:
    building = Fold("m_1")
    for chunk in chunks:
        building.add(chunk)
    assert building.empty is empty


def test_how_an_answer_ended_is_kept() -> None:
    failed = fold([START, Error("Sorry.", "provider_error", True, 3.0, "e_1")])
    assert failed.metadata.error == MessageError("provider_error", "Sorry.", True)
    assert failed.metadata.finish_reason == "error"
    stopped = fold([START, Abort("stopped"), Finish("other", {"stopped": True})])
    assert (stopped.metadata.stopped, stopped.metadata.interrupted) == (True, False)


def test_every_kind_of_source_is_a_part() -> None:
    message = fold(
        [
            START,
            SourceUrl("s1", "https://x.example", "X"),
            SourceDocument("s2", "application/pdf", "Handbook", "h.pdf"),
            File("data:,", "text/plain"),
            Finish("stop"),
        ]
    )
    assert message.parts == [
        SourceUrlPart("s1", "https://x.example", "X"),
        SourceDocumentPart("s2", "application/pdf", "Handbook", "h.pdf"),
        FilePart("data:,", "text/plain"),
    ]
