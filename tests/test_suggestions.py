"""Questions that the visitor might ask next: a part of the answer, and of nothing else."""

import pytest
from calling import Caller, Host, new_token
from visiting import a_chat

from chatwidget import Suggestions
from chatwidget.providers import Scripted
from chatwidget.stores import Memory

NEXT = {"type": "data-suggestions", "data": {"texts": ["Why?", "How?"]}}


def test_a_function_yields_them(host: Host) -> None:
    async def answer(message: str):  # type: ignore[no-untyped-def]
        yield "Because."
        yield Suggestions(["Why?", "How?"])

    caller = Caller(client := host(a_chat(answer)), new_token(client))
    stream = caller.ask().text
    assert '{"type":"data-suggestions","data":{"texts":["Why?","How?"]}}' in stream
    assert caller.history()["messages"][-1]["parts"][-1] == NEXT


def test_a_model_is_not_shown_them(host: Host) -> None:
    provider = Scripted("Because.", Suggestions(["Why?"]))
    caller = Caller(client := host(a_chat(provider)), new_token(client))
    caller.ask("first")
    caller.ask("second")
    kinds = [type(part).__name__ for part in provider.requests[-1].messages[1].parts]
    assert "SuggestionsPart" not in kinds


def test_they_are_told_again_from_the_stored_answer(host: Host) -> None:
    provider = Scripted("Because.", Suggestions(["Why?", "How?"]))
    chat = a_chat(provider, store=Memory(retention=0))
    caller = Caller(client := host(chat), new_token(client))
    caller.ask("first", id="q1")
    assert "data-suggestions" in caller.ask("first", id="q1").text
    assert len(provider.requests) == 1


def test_alone_they_are_no_answer(host: Host) -> None:
    caller = Caller(client := host(a_chat(Scripted(Suggestions(["Why?"])))), new_token(client))
    assert "empty_answer" in caller.ask().text


def test_the_plain_format_has_no_word_for_them(host: Host) -> None:
    client = host(a_chat(Scripted("Because.", Suggestions(["Why?"]))))
    lines = Caller(client)("POST", "/stream", json={"message": "Well?"}).text
    assert "Why?" not in lines


@pytest.mark.parametrize("texts", [None, [1], "Why?", {"texts": [1]}])
def test_they_are_texts(host: Host, texts: object) -> None:
    async def answer(message: str):  # type: ignore[no-untyped-def]
        yield "Because."
        yield Suggestions(texts)  # type: ignore[arg-type]

    caller = Caller(client := host(a_chat(answer)), new_token(client))
    assert '"code":"internal"' in caller.ask().text
