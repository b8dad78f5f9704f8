"""Pages of listed origins may read us, and no others are told anything."""

import pytest
from calling import ROUTES, Caller, is_error
from starlette.testclient import TestClient

SHOP = {"origin": "https://shop.example"}
ASKED = {
    "access-control-request-method": "POST",
    "access-control-request-headers": "content-type,authorization,x-evil",
}


@pytest.mark.parametrize(("method", "path"), sorted(ROUTES))
def test_a_listed_origin_may_ask_beforehand(client: TestClient, method: str, path: str) -> None:
    response = Caller(client)("OPTIONS", path, headers=SHOP | ASKED)
    headers = response.headers
    assert (response.status_code, response.content) == (204, b"")
    assert headers["access-control-allow-origin"] == "https://shop.example"
    assert headers["access-control-allow-methods"] == "GET, POST, PATCH, DELETE"
    assert headers["access-control-allow-headers"] == "content-type, authorization, last-event-id"
    assert headers["vary"] == "Origin"
    assert "access-control-allow-credentials" not in headers


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "https://shop.example.evil.example", "http://shop.example", "null"],
)
def test_no_other_origin_is_told_anything(client: TestClient, origin: str) -> None:
    preflight = Caller(client)("OPTIONS", "/messages", headers={"origin": origin} | ASKED)
    refused = Caller(client)("GET", "/config", headers={"origin": origin})
    assert is_error(refused, 403, "origin_not_allowed")
    for response in (preflight, refused):
        told = [name for name in response.headers if name.startswith("access-control")]
        assert told == []
        assert response.headers["vary"] == "Origin"


def test_a_listed_origin_reads_answers_and_errors(client: TestClient) -> None:
    caller = Caller(client)
    answer = caller("POST", "/messages", json={"message": "Well?"}, headers=SHOP)
    error = caller("POST", "/messages", json={}, headers=SHOP)
    assert (answer.status_code, error.status_code) == (200, 422)
    for response in (answer, error):
        assert response.headers["access-control-allow-origin"] == "https://shop.example"
        exposed = response.headers["access-control-expose-headers"]
        assert exposed == "x-chatwidget-token, x-conversation-id, retry-after"
    assert answer.headers["x-chatwidget-token"]
    assert "set-cookie" not in answer.headers
