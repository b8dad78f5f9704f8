"""A site's own data in an answer: told, kept, put in the place of what it replaces; no model's."""

import pytest
from calling import Caller, Host, new_token
from visiting import a_chat

from chatwidget import Data
from chatwidget.providers import Scripted, fail
from chatwidget.stores import Memory

ORDER = {"type": "data-order", "data": {"id": "A-1", "sent": True}}


def test_a_function_yields_it(host: Host) -> None:
    async def answer(message: str):  # type: ignore[no-untyped-def]
        yield "Here it is."
        yield Data("order", {"id": "A-1", "sent": True})

    caller = Caller(client := host(a_chat(answer)), new_token(client))
    assert '{"type":"data-order","data":{"id":"A-1","sent":true}}' in caller.ask().text
    assert caller.history()["messages"][-1]["parts"][-1] == ORDER


def test_one_with_the_same_id_takes_the_place_of_the_earlier(host: Host) -> None:
    provider = Scripted(
        Data("order", "packed", "o1"),
        Data("order", "packed", "o2"),
        Data("route", "packed", "o1"),
        "Wait.",
        Data("order", "sent", "o1"),
    )
    caller = Caller(client := host(a_chat(provider)), new_token(client))
    stream = caller.ask().text
    assert '{"type":"data-order","data":"sent","id":"o1"}' in stream
    parts = caller.history()["messages"][-1]["parts"]
    assert [part for part in parts if part["type"].startswith("data-")] == [
        {"type": "data-order", "data": "sent", "id": "o1"},
        {"type": "data-order", "data": "packed", "id": "o2"},
        {"type": "data-route", "data": "packed", "id": "o1"},
    ]


def test_it_is_told_again_from_the_stored_answer(host: Host) -> None:
    provider = Scripted("Look:", Data("order", {"id": "A-1", "sent": True}, "o1"))
    chat = a_chat(provider, store=Memory(retention=0))
    caller = Caller(client := host(chat), new_token(client))
    first = caller.ask("first", id="q1").text
    again = caller.ask("first", id="q1").text
    told = '{"type":"data-order","data":{"id":"A-1","sent":true},"id":"o1"}'
    assert told in first
    assert told in again
    assert len(provider.requests) == 1


def test_it_stays_when_the_answer_is_gone_on_with(host: Host) -> None:
    provider = Scripted("Half", Data("order", 1), fail("provider_overloaded"))
    caller = Caller(client := host(a_chat(provider)), new_token(client))
    caller.ask("first")
    answer = caller.history()["messages"][-1]
    wish = {"id": "c_1", "trigger": "continue-message", "messageId": answer["id"]}
    assert caller("POST", "/messages", json=wish).status_code == 200
    assert {"type": "data-order", "data": 1} in caller.history()["messages"][-1]["parts"]


def test_alone_it_is_an_answer_but_nothing_to_show_a_model(host: Host) -> None:
    provider = Scripted(Data("order", 1))
    caller = Caller(client := host(a_chat(provider)), new_token(client))
    assert "empty_answer" not in caller.ask("first").text
    caller.ask("second")
    assert [message.role for message in provider.requests[-1].messages] == ["user", "user"]


def test_the_plain_format_has_no_word_for_it(host: Host) -> None:
    client = host(a_chat(Scripted("Because.", Data("order", "A-1"))))
    assert "A-1" not in Caller(client)("POST", "/stream", json={"message": "Well?"}).text


@pytest.mark.parametrize("data", [object(), {1j: 2}])
def test_it_is_json(host: Host, data: object) -> None:
    async def answer(message: str):  # type: ignore[no-untyped-def]
        yield Data("order", data)

    caller = Caller(client := host(a_chat(answer)), new_token(client))
    assert '"code":"internal"' in caller.ask().text


@pytest.mark.parametrize("name", ["", "Order", "a b", "-a", "status", "suggestions", 'a"', None])
def test_its_name_is_one(name: str) -> None:
    with pytest.raises(ValueError, match="Data: "):
        Data(name, 1)
