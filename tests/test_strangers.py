"""A conversation is its owner's alone, and a token is who they are."""

import time
from typing import Any

import jwt
import pytest
from calling import PRIVATE, Caller, Host, a_file, is_error, new_token
from starlette.testclient import TestClient
from visiting import a_chat

from chatwidget import Attachments
from chatwidget.files import FileRecord
from chatwidget.ids import CLIENT_ID
from chatwidget.providers import Scripted
from chatwidget.stores.base import Conversation
from chatwidget.stores.memory import Memory


def body_for(path: str, message_id: str) -> Any:
    if path.endswith("/files"):
        return a_file()
    if path.endswith("/feedback"):
        return {"messageId": message_id, "value": "up"}
    return {"title": "Mine"}


@pytest.mark.parametrize(("method", "path"), PRIVATE)
@pytest.mark.parametrize("known", [True, False], ids=["another visitor", "a new visitor"])
def test_strangers_find_nothing(
    client: TestClient, owner: Caller, method: str, path: str, known: bool
) -> None:
    stranger = Caller(client, new_token(client) if known else None)
    message_id = owner.history()["messages"][-1]["id"]
    details = {"json": body_for(path, message_id)} if method in ("POST", "PATCH") else {}
    path = path.format(conversation="c_1", file=owner.attach().json()["id"])
    assert is_error(stranger(method, path, **details), 404, "not_found")
    assert len(owner.history()["messages"]) == 2
    assert owner(method, path, **details).status_code < 300


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/messages", {"id": "c_1", "message": "Mine?"}),
        ("/messages", {"id": "c_1", "message": {"id": "q1", "text": "Well?"}}),
        ("/messages", {"id": "c_1", "trigger": "regenerate-message"}),
        ("/stream", {"conversation": "c_1", "message": "Mine?"}),
    ],
)
def test_strangers_can_not_go_on_with_a_conversation(
    client: TestClient, owner: Caller, path: str, body: Any
) -> None:
    for stranger in (Caller(client), Caller(client, new_token(client))):
        assert is_error(stranger("POST", path, json=body), 404, "not_found")
    assert len(owner.history()["messages"]) == 2


@pytest.mark.parametrize(("method", "path"), PRIVATE)
@pytest.mark.parametrize("name", ["c_unknown", "x" * 65, "a b", "%00", "ä", "..%2f..", "%ff"])
def test_what_is_not_there_is_not_found(
    client: TestClient, owner: Caller, method: str, path: str, name: str
) -> None:
    if path.endswith("/files") and name == "c_unknown":
        pytest.skip("a file may come before its conversation")
    details = {"json": body_for(path, "m_1")} if method in ("POST", "PATCH") else {}
    path = path.format(conversation=name, file=owner.attach().json()["id"])
    assert is_error(owner(method, path, **details), 404, "not_found")


@pytest.mark.parametrize(("method", "path"), PRIVATE)
def test_no_store_ever_sees_an_id_that_can_not_be(host: Host, method: str, path: str) -> None:
    class Strict(Memory):
        async def conversation(self, conversation_id: str) -> Conversation | None:
            assert CLIENT_ID.fullmatch(conversation_id)
            return await super().conversation(conversation_id)

        async def file(self, conversation_id: str, file_id: str) -> FileRecord | None:
            assert CLIENT_ID.fullmatch(conversation_id)
            assert CLIENT_ID.fullmatch(file_id)
            return await super().file(conversation_id, file_id)

    caller = Caller(host(a_chat(Scripted("Hello"), store=Strict(), attachments=Attachments())))
    details = {"json": body_for(path, "m_1")} if method in ("POST", "PATCH") else {}
    for name in ("%00", "a%20b", "x" * 65):
        response = caller(method, path.format(conversation=name, file=name), **details)
        assert is_error(response, 404, "not_found")


def test_a_visitor_without_a_token_is_given_one(client: TestClient) -> None:
    response = Caller(client).ask()
    token = response.headers["x-chatwidget-token"]
    assert len(Caller(client, token).history()["messages"]) == 2
    cookie = response.headers["set-cookie"]
    assert f"chatwidget={token};" in cookie
    for attribute in ("Path=/chat", "HttpOnly", "SameSite=Lax"):
        assert attribute in cookie


def test_on_the_same_origin_the_cookie_is_enough(client: TestClient) -> None:
    cursor = client.post("/chat/messages", json={"id": "c_1", "message": "Well?"})
    assert cursor.status_code == 200
    frame = cursor.text.split("\n\n")[1].split("\n")[0].removeprefix("id: ")
    again = client.get("/chat/messages/c_1/stream", headers={"last-event-id": frame})
    assert again.status_code == 200
    assert "x-chatwidget-token" not in again.headers
    assert "set-cookie" not in again.headers
    foreign = client.get("/chat/messages/c_1/stream", headers={"origin": "https://shop.example"})
    assert is_error(foreign, 404, "not_found")


def test_a_visitor_with_a_token_is_given_none(client: TestClient, owner: Caller) -> None:
    response = owner.ask("And then?")
    assert "x-chatwidget-token" not in response.headers
    assert "set-cookie" not in response.headers


def test_a_session_is_a_token_that_can_be_renewed(client: TestClient) -> None:
    first = client.post("/chat/session", json={}).json()
    assert 29 < (first["expiresAt"] - time.time()) / 86400 <= 30
    again = Caller(client, first["token"])("POST", "/session", json={}).json()
    subjects = {
        jwt.decode(each["token"], options={"verify_signature": False})["sub"]
        for each in (first, again)
    }
    assert len(subjects) == 1
