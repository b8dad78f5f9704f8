"""Many sends at once: one message id is answered once, one conversation one answer at a time."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from serving import until
from talking import talking
from upstream import Answer as Said
from upstream import Upstream
from visiting import Frame, Visitor, text_of

TRANSCRIPT = (Path(__file__).parent / "transcripts" / "chat_text.sse").read_bytes()

Visitors = Callable[..., list[Visitor]]


@pytest.fixture(params=["memory", "two workers"])
def visitors(
    request: pytest.FixtureRequest, tmp_path: Path, upstream: Upstream
) -> Iterator[Visitors]:
    """`visitors(…)` is one visitor at each worker: of one, or of two on one file."""
    with ExitStack() as stack:

        def visitors(**settings: Any) -> list[Visitor]:
            path, two = tmp_path / "chat.db", request.param == "two workers"
            settings |= {"memory": not two}
            talkers = [stack.enter_context(talking(path, **settings)) for _ in range(1 + two)]
            first = stack.enter_context(Visitor(talkers[0].url))
            others = [Visitor(talker.url, token=first.token) for talker in talkers[1:]]
            return [first, *(stack.enter_context(other) for other in others)]

        yield visitors


def test_ten_sends_of_one_message_are_one_question_one_answer_and_one_upstream_call(
    visitors: Visitors, upstream: Upstream
) -> None:
    upstream.answers(Said(body=TRANSCRIPT, piece=40))
    everywhere = visitors(openai=upstream.url)
    with ThreadPoolExecutor(10) as tabs:
        tasks = [tabs.submit(v.say, id="q1") for v, _ in zip(cycle(everywhere), range(10))]
        answers = [task.result() for task in tasks]
    assert text_of(answers[0])
    assert all(read_the_same(frames, answers[0]) for frames in answers)
    assert len(upstream.requests) == 1
    for visitor in everywhere:
        question, answer = visitor.history()["messages"]
        assert (question["id"], question["role"]) == ("q1", "user")
        assert answer["parts"][-1]["text"] == text_of(answers[0])


def read_the_same(frames: list[Frame], others: list[Frame]) -> bool:
    """The same text of the same message, to the same end; a run is numbered anew when it is read
    from what is stored."""
    ends = frames[-1].chunk, others[-1].chunk
    same = frames[0].chunk["messageId"] == others[0].chunk["messageId"]
    return same and text_of(frames) == text_of(others) and ends[0] == ends[1]


def test_of_fifty_questions_at_once_one_is_answered_and_the_others_are_told_why(
    visitors: Visitors, tmp_path: Path
) -> None:
    everywhere = visitors()

    def send(number: int) -> str:
        visitor = everywhere[number % len(everywhere)]
        with visitor.ask("wait", id=f"q{number}") as answer:
            if answer.response.status_code == 200:
                return str(answer.rest()[-1].chunk["type"])
            answer.response.read()
            assert answer.response.status_code == 409
            return str(answer.response.json()["code"])

    with ThreadPoolExecutor(50) as tabs:
        tasks = [tabs.submit(send, number) for number in range(50)]
        until(lambda: sum(task.done() for task in tasks) == 49)
        (tmp_path / "chat.go").touch()
        outcomes = [task.result() for task in tasks]
    assert sorted(outcomes) == ["conversation_busy"] * 49 + ["finish"]
    for visitor in everywhere:
        said = visitor.history()["messages"]
        assert [message["role"] for message in said] == ["user", "assistant"]
        assert said[0]["id"] == f"q{outcomes.index('finish')}"
    assert everywhere[-1].say("next", id="next")[-1].chunk["type"] == "finish"
    said = everywhere[0].history()["messages"]
    assert [message["role"] for message in said] == ["user", "assistant"] * 2
    assert len({message["id"] for message in said}) == 4
