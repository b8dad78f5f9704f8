"""What a provider is shown of a conversation is always something it will take."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatwidget.config import History
from chatwidget.history import UNANSWERED, for_provider, repaired, tokens
from chatwidget.messages import (
    Message,
    Part,
    ProviderPart,
    ReasoningPart,
    StepPart,
    TextPart,
    ToolPart,
    user_message,
)

WHOLE = History(messages=1000)


def answer(*parts: Part, name: str = "a") -> Message:
    return Message(name, "assistant", list(parts))


def turns(count: int) -> list[Message]:
    return [
        message
        for number in range(count)
        for message in (
            user_message(f"q{number}", f"question {number}"),
            answer(TextPart(f"answer {number}"), name=f"a{number}"),
        )
    ]


def ids(messages: list[Message]) -> list[str]:
    return [message.id for message in messages]


def test_a_conversation_that_is_whole_stays_as_it_is() -> None:
    conversation = [*turns(3), user_message("q3", "And now?")]
    assert for_provider(conversation, WHOLE) == conversation


def test_the_window_holds_the_newest_messages() -> None:
    conversation = [*turns(3), user_message("q3", "And now?")]
    assert ids(for_provider(conversation, History(messages=3))) == ["q2", "a2", "q3"]


def test_the_window_never_begins_with_an_answer() -> None:
    conversation = [*turns(3), user_message("q3", "And now?")]
    assert ids(for_provider(conversation, History(messages=4))) == ["q2", "a2", "q3"]


def test_the_window_ends_where_the_tokens_do() -> None:
    conversation = [*turns(3), user_message("q3", "x" * 400)]
    cost = sum(map(tokens, conversation[-3:]))
    assert ids(for_provider(conversation, History(tokens=cost))) == ["q2", "a2", "q3"]
    assert ids(for_provider(conversation, History(tokens=cost - 1))) == ["q3"]


def test_the_question_is_shown_though_it_is_larger_than_the_window() -> None:
    conversation = [*turns(1), user_message("q1", "x" * 4000)]
    assert ids(for_provider(conversation, History(tokens=1))) == ["q1"]


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [StepPart()],
        [StepPart(), TextPart("")],
        [StepPart(), ReasoningPart("Hmm")],
        [StepPart(), ProviderPart("openai", {})],
    ],
)
def test_an_answer_that_says_nothing_is_left_out(parts: list[Part]) -> None:
    conversation = [user_message("q1", "One?"), answer(*parts), user_message("q2", "Two?")]
    assert ids(for_provider(conversation, WHOLE)) == ["q1", "q2"]


@pytest.mark.parametrize("state", ["input-streaming", "input-available"])
def test_a_tool_call_without_a_result_is_given_one(state: str) -> None:
    call = msgspec.convert(
        {"type": "tool", "toolCallId": "c", "toolName": "find", "state": state}, ToolPart
    )
    whole = repaired(answer(StepPart(), call))
    assert whole is not None
    assert whole.parts[-1] == ToolPart("c", "find", "output-error", error_text=UNANSWERED)


def test_a_tool_call_with_a_result_keeps_it() -> None:
    done = answer(
        StepPart(),
        ToolPart("c", "find", "output-available", {}, "found"),
        ToolPart("d", "find", "output-error", {}, error_text="lost"),
    )
    assert repaired(done) == done


def test_a_partial_answer_is_kept() -> None:
    partial = answer(StepPart(), TextPart("Once upon"))
    assert repaired(partial) == partial


def test_results_of_tools_count() -> None:
    small, large = (
        answer(ToolPart("c", "find", "output-available", {}, "x" * size)) for size in (4, 4000)
    )
    assert tokens(large) - tokens(small) == 999


_parts = st.lists(
    st.sampled_from(
        [
            StepPart(),
            TextPart(""),
            TextPart("text"),
            ReasoningPart("thought"),
            ProviderPart("openai", {}),
            ToolPart("c", "find"),
            ToolPart("c", "find", "output-available", {}, 1),
        ]
    ),
    max_size=4,
)


@given(
    st.lists(st.none() | _parts, max_size=12),
    st.integers(1, 8),
    st.none() | st.integers(1, 20),
)
def test_what_is_shown_is_fit_for_any_provider(
    said: list[list[Part] | None], most: int, room: int | None
) -> None:
    conversation = [
        user_message(f"q{n}", "Well?") if parts is None else answer(*parts, name=f"a{n}")
        for n, parts in enumerate(said)
    ]
    question = user_message("question", "Well?")
    shown = for_provider([*conversation, question], History(messages=most, tokens=room))
    assert shown[-1] == question
    assert shown[0].role == "user"
    assert len(shown) <= most
    for message in shown:
        for part in message.parts:
            assert not isinstance(part, ToolPart) or part.answered
            assert not isinstance(part, TextPart) or part.text
