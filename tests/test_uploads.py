"""Files come in, are checked, belong to a question, and go back to their owner alone."""

import base64
import json
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from calling import JSON, Caller, Host, a_file, is_error, new_token
from pictures import GIF, PNG, SVG
from starlette.testclient import TestClient
from visiting import UNLIMITED, Visitor, a_chat, mounted

from chatwidget import Attachments, Limits
from chatwidget.providers import Scripted

FILES = "/messages/c_1/files"


def caller_of(host: Host, **settings: Any) -> Caller:
    """Return a visitor of a chat that takes files, as `settings` say."""
    client = host(a_chat(Scripted("Hello"), **{"attachments": Attachments(), **settings}))
    return Caller(client, new_token(client))


def a_part(url: str, **more: str) -> dict[str, str]:
    return {"type": "file", "url": url, **more}


def a_data_url(data: bytes = PNG, media_type: str = "image/png") -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def ask_with(caller: Caller, *parts: Any, text: str = "What is this?", **details: Any) -> Any:
    words = [{"type": "text", "text": text}] if text else []
    message = {"id": "q1", "role": "user", "parts": [*parts, *words], **details}
    return caller("POST", "/messages", json={"id": "c_1", "messages": [message]})


# In and out


@pytest.mark.parametrize(
    ("name", "data", "media_type", "shown", "kind"),
    [
        ("cat.png", PNG, "image/png", "inline", "image/png"),
        ("Grüße.md", "# Grüße".encode(), "text/markdown", "attachment", "text/markdown"),
        ("x.json", b"{}", "application/json", "attachment", "application/json"),
    ],
)
def test_a_file_comes_back_as_it_was(
    host: Host, name: str, data: bytes, media_type: str, shown: str, kind: str
) -> None:
    caller = caller_of(host)
    told = caller.attach(name, data, media_type).json()
    assert told == {"id": told["id"], "name": name, "mediaType": media_type, "size": len(data)}
    response = caller("GET", f"{FILES}/{told['id']}")
    assert response.content == data
    headers = response.headers
    assert headers["content-type"] == kind if shown == "inline" else f"{kind}; charset=utf-8"
    assert headers["content-disposition"] == f"{shown}; filename*=UTF-8''{quote(name)}"
    assert headers["cache-control"] == "private, max-age=31536000, immutable"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "default-src 'none'"


def test_the_same_file_again_is_the_same_file(host: Host) -> None:
    caller = caller_of(host)
    assert caller.attach().json() == caller.attach().json()


def test_a_first_file_introduces_its_visitor(host: Host) -> None:
    client = host(a_chat(Scripted("Hello"), attachments=Attachments()))
    response = Caller(client).attach()
    known = Caller(client, response.headers["x-chatwidget-token"])
    assert known("GET", f"{FILES}/{response.json()['id']}").content == b"Notes"


def test_a_file_is_its_owners_before_there_is_a_conversation(client: TestClient) -> None:
    caller = Caller(client, new_token(client))
    file = caller.attach().json()["id"]
    stranger = Caller(client, new_token(client))
    assert is_error(stranger("GET", f"{FILES}/{file}"), 404, "not_found")
    assert is_error(ask_with(stranger, a_part(file)), 422, "file_gone")
    assert ask_with(caller, a_part(file)).status_code == 200
    assert is_error(stranger.attach("mine.txt"), 404, "not_found")


def test_files_go_with_their_conversation(client: TestClient) -> None:
    caller = Caller(client, new_token(client))
    file = caller.attach().json()["id"]
    ask_with(caller, a_part(file))
    assert caller("DELETE", "/messages/c_1").status_code == 204
    assert is_error(caller("GET", f"{FILES}/{file}"), 404, "not_found")


def test_a_hostile_name_is_only_a_label(host: Host) -> None:
    caller = caller_of(host)
    for name in ("../../../etc/passwd", "a\r\nset-cookie: x=1.txt", "\u202egnp.txt", "x" * 10_000):
        told = caller.attach(name).json()
        assert len(told["name"]) <= 100
        response = caller("GET", f"{FILES}/{told['id']}")
        assert response.content == b"Notes"
        assert "set-cookie" not in response.headers
        assert response.headers["content-disposition"].isprintable()


# Refused


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (SVG, "image/svg+xml"),
        (b"<p>", "text/html"),
        (SVG, "image/png"),
        (b"<html>", "image/gif"),
        (GIF, "image/png"),
        (PNG, "text/plain"),
        (b"MZ\x90", "application/octet-stream"),
        (b"x", ""),
        (b"", "text/plain"),
        ("Grüße".encode("latin-1"), "text/csv"),
    ],
)
def test_a_file_that_is_not_what_it_may_be_is_refused(
    host: Host, data: bytes, media_type: str
) -> None:
    caller = caller_of(host)
    assert is_error(caller.attach("x", data, media_type), 422, "file_not_allowed")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "x", "mediaType": "text/plain"},
        {"name": 1, "mediaType": "text/plain", "data": ""},
        {"name": "x", "mediaType": "text/plain", "data": "no base64!"},
        {"name": "x", "mediaType": "text/plain", "data": [1]},
        {"path": "/etc/passwd", "name": "x", "mediaType": "text/plain", "url": "file:///x"},
    ],
    ids=json.dumps,
)
def test_a_body_that_is_no_file_is_refused(host: Host, body: Any) -> None:
    assert is_error(caller_of(host)("POST", FILES, json=body), 422, "invalid_message")


def test_a_file_has_a_largest_size(host: Host) -> None:
    caller = caller_of(host, attachments=Attachments(bytes=10_000))
    assert caller.attach(data=b"x" * 10_000).status_code == 200
    response = caller.attach(data=b"x" * 10_001)
    assert is_error(response, 413, "too_large")
    assert response.json()["message"] == "This file is too large: at most 10 kB."


def test_a_conversation_has_a_largest_size(host: Host) -> None:
    caller = caller_of(host, attachments=Attachments(bytes=100, total_bytes=150))
    ask_with(caller, a_part(caller.attach(data=b"x" * 100).json()["id"]))
    response = caller.attach(data=b"y" * 100)
    assert is_error(response, 413, "too_large")
    assert response.json()["message"] == "This conversation can't hold any more files."


def test_where_files_are_off_there_are_none(host: Host) -> None:
    caller = caller_of(host, attachments=None)
    assert is_error(caller.attach(), 404, "not_found")
    assert is_error(caller("GET", f"{FILES}/f_1"), 404, "not_found")
    for url in ("f_1", a_data_url()):
        assert is_error(ask_with(caller, a_part(url)), 422, "invalid_message")


def test_so_many_files_a_minute(host: Host) -> None:
    caller = caller_of(host, limits=Limits(files_per_minute=2))
    statuses = [caller.attach(f"{number}.txt").status_code for number in range(3)]
    assert statuses == [200, 200, 429]
    assert caller.ask().status_code == 200


def test_files_that_come_inline_are_counted_too(host: Host) -> None:
    caller = caller_of(host, limits=Limits(files_per_minute=2))
    parts = [a_part(a_data_url(bytes([65 + n]), "text/plain")) for n in range(3)]
    assert ask_with(caller, *parts[:2]).status_code == 200
    assert is_error(ask_with(caller, parts[2], id="q2"), 429, "rate_limited")


@pytest.mark.parametrize("chunked", [False, True])
def test_what_is_large_is_counted_before_it_is_read(host: Host, chunked: bool) -> None:
    caller = caller_of(host, limits=Limits(files_per_minute=2))
    large = b"{" + b" " * 300_000
    statuses = []
    for _ in range(3):
        content = iter([large]) if chunked else large
        response = caller("POST", "/messages", headers=JSON, content=content)
        statuses.append(response.status_code)
    assert statuses == [400, 400, 429]
    assert caller.ask().status_code == 200


def test_a_large_message_is_counted_once_for_each_file(host: Host) -> None:
    caller = caller_of(host, limits=Limits(files_per_minute=2))
    parts = [a_part(a_data_url(n * 200_000, "text/plain")) for n in (b"a", b"b")]
    assert ask_with(caller, *parts).status_code == 200


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("path", [FILES, "/messages"])
def test_ten_megabytes_are_refused_before_they_are_read(
    serve: Callable[..., str], path: str, chunked: bool
) -> None:
    allowed = Attachments(bytes=100_000, files=2)
    chat = a_chat(Scripted("Hello"), attachments=allowed, limits=UNLIMITED)
    url = serve(mounted(chat)) + "/chat"
    size, piece = 10_000_000, b"x" * 10_000
    with Visitor(url) as visitor:
        host, port = url.removeprefix("http://").partition("/")[0].split(":")
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            length = "transfer-encoding: chunked" if chunked else f"content-length: {size}"
            head = (
                f"POST /chat{path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n"
                f"authorization: Bearer {visitor.token}\r\n{length}\r\n\r\n"
            )
            connection.sendall(head.encode())
            sent = 0
            if chunked:
                # As much as is allowed, and a little more: it has to be enough.
                while sent <= 2 * 140_000 + 512 * 1024:
                    connection.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))
                    sent += len(piece)
            answer = b""
            while b"\r\n\r\n{" not in answer and (more := connection.recv(65536)):
                answer += more
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"code":"too_large"' in answer


# In a message


def test_a_question_has_its_files_as_the_server_knows_them(host: Host) -> None:
    caller = caller_of(host)
    file = caller.attach("cat.png", PNG, "image/png").json()["id"]
    lies = {"mediaType": "text/html", "filename": "../x.html", "path": "/etc/passwd"}
    assert ask_with(caller, a_part(file, **lies)).status_code == 200
    question = caller.history()["messages"][0]
    assert question["parts"] == [
        {"type": "file", "url": file, "mediaType": "image/png", "filename": "cat.png"},
        {"type": "text", "text": "What is this?"},
    ]


def test_a_question_may_be_a_file_and_nothing_else(host: Host) -> None:
    caller = caller_of(host)
    file = caller.attach().json()["id"]
    assert ask_with(caller, a_part(file), text="").status_code == 200
    assert [part["type"] for part in caller.history()["messages"][0]["parts"]] == ["file"]


def test_a_file_is_in_a_question_once(host: Host) -> None:
    caller = caller_of(host)
    file = caller.attach().json()["id"]
    ask_with(caller, a_part(file), a_part(file))
    assert len(caller.history()["messages"][0]["parts"]) == 2


def test_a_question_has_so_many_files(host: Host) -> None:
    caller = caller_of(host, attachments=Attachments(files=2))
    files = [caller.attach(f"{number}.txt").json()["id"] for number in range(3)]
    response = ask_with(caller, *map(a_part, files))
    assert is_error(response, 422, "invalid_message")
    assert response.json()["message"] == "At most 2 files can be sent at once."
    assert ask_with(caller, *map(a_part, files[:2])).status_code == 200


@pytest.mark.parametrize(
    "url",
    [
        "f_unknown",
        "file:///etc/passwd",
        "/etc/passwd",
        "../f_1",
        "https://evil.example/cat.png",
        "http://169.254.169.254/latest/meta-data",
        "blob:https://shop.example/1",
        "javascript:alert(1)",
        "",
        "data:image/png,x",
        "data:text/html;base64,PGI+",
        "data:image/svg+xml;base64,PHN2Zz4=",
        "data:image/png;base64,PHN2Zz4=",
    ],
)
def test_a_question_names_its_own_files_and_nothing_else(host: Host, url: str) -> None:
    caller = caller_of(host)
    response = ask_with(caller, a_part(url))
    assert response.status_code == 422
    assert is_error(caller("GET", "/messages/c_1"), 404, "not_found")


def test_a_file_of_another_conversation_is_not_taken(host: Host) -> None:
    caller = caller_of(host)
    file = caller("POST", "/messages/c_2/files", json=a_file()).json()["id"]
    assert is_error(ask_with(caller, a_part(file)), 422, "file_gone")


def test_an_edited_question_keeps_its_files(host: Host) -> None:
    caller = caller_of(host)
    part = a_part(caller.attach().json()["id"])
    ask_with(caller, part)
    assert ask_with(caller, part, text="Or this?").status_code == 200
    (question, _) = caller.history()["messages"]
    assert [part["type"] for part in question["parts"]] == ["file", "text"]
    assert question["parts"][1]["text"] == "Or this?"


def test_files_come_inline_as_use_chat_sends_them(host: Host) -> None:
    caller = caller_of(host)
    part = a_part(a_data_url(), mediaType="image/png", filename="cat.png")
    assert ask_with(caller, part).status_code == 200
    kept = caller.history()["messages"][0]["parts"][0]
    assert (kept["mediaType"], kept["filename"]) == ("image/png", "cat.png")
    assert caller("GET", f"{FILES}/{kept['url']}").content == PNG
    # The same message again is the same message.
    assert ask_with(caller, part).status_code == 200
    assert len(caller.history()["messages"]) == 2


def test_files_that_come_inline_have_the_same_limits(host: Host) -> None:
    caller = caller_of(host, attachments=Attachments(bytes=300_000, files=2))
    large, too_large = (a_data_url(b"x" * n, "text/plain") for n in (300_000, 300_001))
    assert is_error(ask_with(caller, a_part(too_large)), 413, "too_large")
    assert ask_with(caller, a_part(large)).status_code == 200


def test_an_inline_file_may_begin_a_conversation_that_the_server_names(host: Host) -> None:
    caller = caller_of(host)
    message = {"parts": [a_part(a_data_url())]}
    response = caller("POST", "/messages", json={"message": message})
    assert response.status_code == 200
    (question, _) = caller.history(response.headers["x-conversation-id"])["messages"]
    assert question["parts"][0]["filename"] == "image.png"


def test_nobody_leaves_inline_files_with_a_stranger(client: TestClient, owner: Caller) -> None:
    stranger = Caller(client, new_token(client))
    assert is_error(ask_with(stranger, a_part(a_data_url())), 404, "not_found")


def test_a_file_has_to_be_json(host: Host) -> None:
    response = caller_of(host)("POST", FILES, content=b"x", headers={"content-type": "image/png"})
    assert is_error(response, 415, "json_only")
    assert is_error(caller_of(host)("POST", FILES, content=b"{", headers=JSON), 400, "bad_request")
