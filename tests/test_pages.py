"""The pages and files we serve, and how long they are kept."""

import pytest
from calling import Caller, Host, is_error
from starlette.testclient import TestClient
from visiting import a_chat

from chatwidget.pages import STATIC, pinned_entry
from chatwidget.providers import Scripted

FILES = sorted(path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*.*s"))


def test_there_are_files_of_both_kinds() -> None:
    assert "widget.js" in FILES
    assert "page.css" in FILES
    assert any(name.startswith("assets/") for name in FILES)


@pytest.mark.parametrize("name", FILES)
def test_a_file_may_be_loaded_from_anywhere_and_is_kept(client: TestClient, name: str) -> None:
    caller = Caller(client)
    response = caller("GET", f"/{name}", headers={"origin": "https://anyone.example"})
    headers = response.headers
    assert response.status_code == 200
    assert response.content == (STATIC / name).read_bytes()
    kind = "text/css" if name.endswith(".css") else "text/javascript"
    assert headers["content-type"] == f"{kind}; charset=utf-8"
    assert headers["access-control-allow-origin"] == "*"
    assert headers["cross-origin-resource-policy"] == "cross-origin"
    assert headers["x-content-type-options"] == "nosniff"
    kept = "immutable" if name.startswith("assets/") else "must-revalidate"
    assert kept in headers["cache-control"]
    again = caller("GET", f"/{name}", headers={"if-none-match": f'W/"x", {headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == headers["etag"]
    assert again.headers["access-control-allow-origin"] == "*"
    assert caller("GET", f"/{name}", headers={"if-none-match": '"x"'}).status_code == 200


@pytest.mark.parametrize(
    ("accepted", "zipped"),
    [
        ("gzip, deflate, br", True),
        ("br;q=1.0, gzip;q=0.5", True),
        ("br", False),
        ("gzip;q=0", False),
        ("identity, gzip;q=0.0, *", False),
        ("", False),
    ],
)
def test_whoever_can_gets_it_compressed(client: TestClient, accepted: str, zipped: bool) -> None:
    response = Caller(client)("GET", "/widget.js", headers={"accept-encoding": accepted})
    assert response.headers.get("content-encoding") == ("gzip" if zipped else None)
    assert response.headers["vary"] == "accept-encoding"
    assert response.content == (STATIC / "widget.js").read_bytes()
    size = int(response.headers["content-length"])
    assert size < 4_100 if zipped else size == len(response.content)
    again = {"accept-encoding": accepted, "if-none-match": response.headers["etag"]}
    assert Caller(client)("GET", "/widget.js", headers=again).status_code == 304


def test_the_entry_has_an_address_for_these_bytes_alone(client: TestClient) -> None:
    caller = Caller(client)
    response = caller("GET", f"/{pinned_entry().name}")
    assert response.content == (STATIC / "widget.js").read_bytes()
    assert "immutable" in response.headers["cache-control"]
    assert response.headers["access-control-allow-origin"] == "*"
    assert is_error(caller("GET", "/widget-0123456789abcdef.js"), 404, "not_found")


@pytest.mark.parametrize(
    "path",
    [
        "/assets/..%2fwidget.js",
        "/assets/..%2f..%2fapp.py",
        "/assets/%2e%2e/widget.js",
        "/assets/",
        "/assets/nothing.js",
        "/..%2fapp.js",
        "/nothing.js",
        "/assets%2f.js",
        "/page.html",
    ],
)
def test_no_path_leads_to_another_file(client: TestClient, path: str) -> None:
    assert is_error(Caller(client)("GET", path), 404, "not_found")


@pytest.mark.parametrize(
    ("path", "ancestors"),
    [("/", "frame-ancestors 'none'"), ("/embed", "frame-ancestors 'self' https://shop.example")],
)
def test_a_page_runs_nothing_but_the_widget(client: TestClient, path: str, ancestors: str) -> None:
    response = Caller(client)("GET", path)
    policy = response.headers["content-security-policy"].split("; ")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    for rule in (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "require-trusted-types-for 'script'",
        ancestors,
    ):
        assert rule in policy
    assert "unsafe" not in response.headers["content-security-policy"]
    assert "<style" not in response.text
    assert " style=" not in response.text
    assert response.text.count("<script") == response.text.count('<script type="module" src="') == 1
    assert "<chat-widget" in response.text


def test_a_page_lets_images_in_answers_load_from_where_they_may(host: Host) -> None:
    client = host(a_chat(Scripted("x"), image_origins=["http://pictures.example:80"]))
    policy = Caller(client)("GET", "/").headers["content-security-policy"]
    assert "img-src 'self' https: data: http://pictures.example;" in policy


def test_a_title_is_no_markup(host: Host) -> None:
    client = host(a_chat(Scripted("x"), title="</title><script>alert(1)</script>"))
    page = Caller(client)("GET", "/").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize("path", ["/config", "/health", "/nothing"])
def test_answers_are_never_taken_for_pages(client: TestClient, path: str) -> None:
    headers = Caller(client)("GET", path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "default-src 'none'"
