"""A chat that was given no store: nothing to set up, and nothing lost at a restart."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from calling import Caller, is_error, new_token
from starlette.testclient import TestClient
from visiting import UNLIMITED, mounted

from chatwidget import ChatWidget
from chatwidget.providers import Scripted
from chatwidget.stores import Memory

Start = Callable[..., TestClient]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CHATWIDGET_DB")
    monkeypatch.delenv("CHATWIDGET_SECRET", raising=False)
    return tmp_path


def start(text: str = "Hello", **settings: object) -> TestClient:
    """Return a client of a chat as a new process would make it."""
    chat = ChatWidget(Scripted(text), limits=UNLIMITED, **settings)  # type: ignore[arg-type]
    return TestClient(mounted(chat))


def test_conversations_and_visitors_outlive_a_restart(folder: Path) -> None:
    with start() as client:
        token = new_token(client)
        Caller(client, token).ask("Well?")
    assert {path.name for path in folder.iterdir()} >= {"chatwidget.db"}
    with start() as client:
        messages = Caller(client, token).history()["messages"]
        assert [message["parts"][-1]["text"] for message in messages] == ["Well?", "Hello"]


def test_the_file_is_its_owners_alone(folder: Path) -> None:
    with start() as client:
        Caller(client, new_token(client)).ask()
        modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    assert set(modes.values()) == {0o600}


def test_two_chats_of_one_app_share_the_file(folder: Path) -> None:
    first, second = start("One"), start("Two")
    with first, second:
        token = new_token(first)
        Caller(first, token).ask(conversation="c_1")
        Caller(second, token).ask(conversation="c_2")
        listed = Caller(first, token)("GET", "/conversations").json()["conversations"]
    assert [each["id"] for each in listed] == ["c_2", "c_1"]


def test_the_environment_names_another_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATWIDGET_DB", str(folder / "other.db"))
    with start() as client:
        Caller(client, new_token(client)).ask()
    assert (folder / "other.db").exists()
    assert not (folder / "chatwidget.db").exists()


def test_where_no_file_can_be_made_the_log_says_what_to_do(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "a file").touch()
    monkeypatch.setenv("CHATWIDGET_DB", os.fspath(folder / "a file" / "chat.db"))
    client = start()
    assert is_error(client.post("/chat/session", json={}), 503, "store_unavailable")
    assert "CHATWIDGET_DB" in caplog.text
    assert "store=Memory()" in caplog.text
    assert str(folder) not in client.post("/chat/session", json={}).text


def test_nothing_is_kept_where_nothing_is_to_be_kept(folder: Path) -> None:
    with start(store=Memory()) as client:
        Caller(client, new_token(client)).ask()
    assert list(folder.iterdir()) == []
