"""A chat in a host app, called without a server, and who calls it."""

import base64
from collections.abc import Callable
from typing import Any

from starlette.testclient import TestClient

from chatwidget import ChatWidget

JSON = {"content-type": "application/json"}

ROUTES = {
    ("POST", "/messages"),
    ("GET", "/messages/{conversation}/stream"),
    ("POST", "/messages/{conversation}/stop"),
    ("POST", "/messages/{conversation}/feedback"),
    ("POST", "/messages/{conversation}/files"),
    ("GET", "/messages/{conversation}/files/{file}"),
    ("GET", "/messages/{conversation}"),
    ("PATCH", "/messages/{conversation}"),
    ("DELETE", "/messages/{conversation}"),
    ("GET", "/conversations"),
    ("POST", "/stream"),
    ("POST", "/stream/{provider}"),
    ("POST", "/session"),
    ("GET", "/config"),
    ("GET", "/health"),
    ("GET", "/"),
    ("GET", "/embed"),
    ("GET", "/assets/{name}"),
    ("GET", "/{name}.js"),
    ("GET", "/{name}.css"),
}


PRIVATE = sorted((method, path) for method, path in ROUTES if "{conversation}" in path)
"""The routes that have a conversation's id in their path."""


class Caller:
    """Sends requests as one visitor, or as nobody in particular."""

    def __init__(self, client: TestClient, token: str | None = None) -> None:
        self._client = client
        self._headers = {"authorization": f"Bearer {token}"} if token else {}

    def __call__(self, method: str, path: str, **details: Any) -> Any:
        self._client.cookies.clear()
        headers = self._headers | details.pop("headers", {})
        return self._client.request(method, f"/chat{path}", headers=headers, **details)

    def ask(self, text: str = "Well?", *, conversation: str = "c_1", **details: Any) -> Any:
        message = {"text": text, **details}
        return self("POST", "/messages", json={"id": conversation, "message": message})

    def attach(
        self, name: str = "notes.txt", data: bytes = b"Notes", media_type: str = "text/plain"
    ) -> Any:
        """Attach a file to the conversation `c_1`."""
        return self("POST", "/messages/c_1/files", json=a_file(name, data, media_type))

    def history(self, conversation: str = "c_1", **query: Any) -> Any:
        return self("GET", f"/messages/{conversation}", params=query).json()


def a_file(
    name: str = "notes.txt", data: bytes = b"Notes", media_type: str = "text/plain"
) -> dict[str, str]:
    return {"name": name, "mediaType": media_type, "data": base64.b64encode(data).decode()}


def new_token(client: TestClient) -> str:
    token: str = client.post("/chat/session", json={}).json()["token"]
    return token


def is_error(response: Any, status: int, code: str) -> bool:
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    body = response.json()
    assert set(body) <= {"code", "message", "hint", "errorId", "retryAfter"}
    assert body["message"].endswith(".")
    assert body["errorId"].startswith("e_")
    assert (response.status_code, body["code"]) == (status, code)
    return True


Host = Callable[[ChatWidget], TestClient]
