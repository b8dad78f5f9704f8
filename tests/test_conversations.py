"""A visitor's conversations: listed, searched, renamed, forgotten."""

from typing import Any

import pytest
from calling import Caller, is_error, new_token
from starlette.testclient import TestClient


@pytest.fixture
def visitor(client: TestClient) -> Caller:
    visitor = Caller(client, new_token(client))
    for number, question in enumerate(("About kettles", "About teapots", "Über Tassen")):
        visitor.ask(question, conversation=f"c_{number}")
    return visitor


def listed(caller: Caller, **query: Any) -> list[str]:
    answer = caller("GET", "/conversations", params=query)
    assert answer.status_code == 200
    return [each["title"] for each in answer.json()["conversations"]]


def test_the_last_one_asked_comes_first(visitor: Caller) -> None:
    assert listed(visitor) == ["Über Tassen", "About teapots", "About kettles"]
    visitor.ask("And their lids?", conversation="c_0")
    (first, *_) = visitor("GET", "/conversations").json()["conversations"]
    assert first.keys() == {"id", "title", "updatedAt"}
    assert (first["id"], first["title"]) == ("c_0", "About kettles")
    assert first["updatedAt"].endswith("+00:00")


def test_in_pages(visitor: Caller) -> None:
    page = visitor("GET", "/conversations", params={"limit": 2}).json()
    assert ([each["id"] for each in page["conversations"]], page["more"]) == (["c_2", "c_1"], True)
    rest = visitor("GET", "/conversations", params={"limit": 2, "before": "c_1"}).json()
    assert ([each["id"] for each in rest["conversations"]], rest["more"]) == (["c_0"], False)
    for limit in ("0", "201", "x", "-1"):
        refused = visitor("GET", "/conversations", params={"limit": limit})
        assert is_error(refused, 422, "invalid_message")


def test_searched_by_title(visitor: Caller) -> None:
    assert listed(visitor, q=" about ") == ["About teapots", "About kettles"]
    assert listed(visitor, q="üBER") == ["Über Tassen"]
    assert listed(visitor, q="cups") == []


def test_renamed(visitor: Caller) -> None:
    assert visitor("PATCH", "/messages/c_0", json={"title": " Our \n kettles "}).status_code == 204
    assert listed(visitor)[-1] == "Our kettles"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"title": " "}, "invalid_message"),
        ({"title": "x" * 81}, "message_too_long"),
        ({"title": 7}, "invalid_message"),
        ({}, "invalid_message"),
    ],
)
def test_a_title_is_a_line_of_text(visitor: Caller, body: Any, code: str) -> None:
    assert is_error(visitor("PATCH", "/messages/c_0", json=body), 422, code)
    assert listed(visitor)[-1] == "About kettles"


def test_forgotten(visitor: Caller) -> None:
    assert visitor("DELETE", "/messages/c_1").status_code == 204
    assert listed(visitor) == ["Über Tassen", "About kettles"]


def test_strangers_see_their_own(client: TestClient, visitor: Caller) -> None:
    assert listed(Caller(client, new_token(client))) == []
    assert listed(Caller(client)) == []
