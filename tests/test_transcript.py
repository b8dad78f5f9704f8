"""An answer as messages: what stands in them, and when they are over."""

from itertools import count

from chatwidget.chunks import (
    Chunk,
    Error,
    Finish,
    ReasoningDelta,
    ReasoningEnd,
    ReasoningStart,
    SourceUrl,
    Start,
    Status,
    TextDelta,
    TextStart,
    ToolInputAvailable,
    ToolInputError,
    ToolInputStart,
    ToolOutputAvailable,
    ToolOutputError,
)
from chatwidget.transcript import MOST_OF_A_RESULT, Entry, Transcript


def entries(*chunks: Chunk) -> list[Entry]:
    seconds = count()
    transcript = Transcript(clock=lambda: float(next(seconds)))
    transcript.add(Start("m_1", {"conversationId": "c_1"}))
    for chunk in chunks:
        transcript.add(chunk)
    return transcript.entries


def test_a_thought_is_pending_until_the_answer_begins() -> None:
    thinking = (ReasoningStart("p1"), ReasoningDelta("Hm", "p1"), ReasoningDelta("m.", "p1"))

    assert entries(*thinking) == [Entry("Hmm.", "Thinking", pending=True)]
    assert entries(*thinking, ReasoningEnd("p1"), TextStart("p2"), TextDelta("So", "p2")) == [
        Entry("Hmm.", "Thought", duration=1.0),
        Entry("So"),
    ]


def test_a_tool_call_shows_what_it_was_given_and_what_it_gave() -> None:
    call = (ToolInputStart("t", "search", "Search"), ToolInputAvailable("t", "search", {"q": "ü"}))
    given = '```json\n{\n  "q": "ü"\n}\n```'

    assert entries(*call) == [Entry(given, "Search", pending=True)]
    assert entries(*call, ToolOutputAvailable("t", "found")) == [
        Entry(f"{given}\n\n```\nfound\n```", "Search", duration=1.0)
    ]
    assert entries(*call, ToolOutputError("t", "It failed.")) == [
        Entry(f"{given}\n\nIt failed.", "Search", duration=1.0)
    ]


def test_a_call_that_could_not_be_understood_says_so() -> None:
    wrong = ToolInputError("t", "search", "{", "The arguments are no JSON.")

    assert entries(wrong) == [Entry("The arguments are no JSON.", "search", duration=1.0)]


def test_two_calls_at_once_keep_their_own_results() -> None:
    first, second = entries(
        ToolInputAvailable("a", "one", 1),
        ToolInputAvailable("b", "two", 2),
        ToolOutputAvailable("b", "B"),
        ToolOutputAvailable("a", "A"),
    )

    assert (first.title, first.text[-6:]) == ("one", "\nA\n```")
    assert (second.title, second.text[-6:]) == ("two", "\nB\n```")


def test_a_result_cannot_end_its_own_block_and_is_cut_when_it_is_long() -> None:
    (entry,) = entries(
        ToolInputAvailable("t", "read", None),
        ToolOutputAvailable("t", "```` " + "x" * MOST_OF_A_RESULT),
    )

    block = entry.text.split("\n\n")[1]
    assert block.startswith("`````\n```` xxx")
    assert block.endswith("x …\n`````")
    assert len(block) < MOST_OF_A_RESULT + 20


def test_a_status_line_lasts_until_something_is_said() -> None:
    searching = Entry(title="Searching…", pending=True)

    assert entries(Status("Looking…"), Status("Searching…")) == [searching]
    assert entries(Status("Searching…"), TextStart("p1"), TextDelta("Found", "p1")) == [
        Entry("Found")
    ]


def test_sources_follow_the_answer_and_only_addresses_become_links() -> None:
    shown = entries(
        SourceUrl("1", "https://a.example/x>y", "A [page]"),
        SourceUrl("2", "javascript:alert(1)", "Not a link"),
        TextStart("p1"),
        TextDelta("So", "p1"),
    )

    links = "- [A \\[page\\]](<https://a.example/x%3Ey>)\n- Not a link"
    assert shown == [Entry("So"), Entry(links, "Sources")]


def test_an_error_is_a_sentence_below_what_was_said_and_ends_what_was_going_on() -> None:
    shown = entries(
        TextStart("p1"),
        TextDelta("Half", "p1"),
        ToolInputStart("t", "search"),
        Error("The assistant is busy.", "provider_overloaded", retryable=True),
    )

    assert shown == [
        Entry("Half"),
        Entry(title="search", duration=1.0),
        Entry("⚠️ The assistant is busy."),
    ]


def test_an_answer_that_is_not_whole_says_so() -> None:
    begun = (TextStart("p1"), TextDelta("Half", "p1"))

    assert entries(*begun, Finish("stop")) == [Entry("Half")]
    assert entries(*begun, Finish("other", {"interrupted": True}))[1:] == [
        Entry("*The answer was interrupted.*")
    ]
    assert entries(*begun, Finish("length"))[1:] == [
        Entry("*The answer was cut off: it had reached its limit.*")
    ]
