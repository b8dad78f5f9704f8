"""Access: who sent a request, and what a visitor who brought no token is handed."""

from http.cookies import SimpleCookie

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from chatwidget.access import TOKEN_HEADER, Access
from chatwidget.config import Limits
from chatwidget.errors import BadToken, OriginNotAllowed, RateLimited
from chatwidget.tokens import LIFE, Tokens, Visitor, new_visitor

pytestmark = pytest.mark.anyio

SECRET = "a secret of thirty-two bytes, yes"
VISITOR = new_visitor()
TOKEN, _ = Tokens(SECRET).issue(VISITOR)
FOREIGN, _ = Tokens("another one of thirty-two bytes, no").issue(new_visitor())


@pytest.fixture
def access() -> Access:
    return Access(secret=SECRET, origins=["https://shop.example"])


def request(
    *,
    method: str = "POST",
    scheme: str = "https",
    root_path: str = "/chat",
    peer: str | None = "203.0.113.7",
    **headers: str,
) -> Request:
    named = {"host": "chat.example"} | {k.replace("_", "-"): v for k, v in headers.items()}
    return Request(
        {
            "type": "http",
            "method": method,
            "scheme": scheme,
            "path": f"{root_path}/messages",
            "root_path": root_path,
            "query_string": b"",
            "client": (peer, 50000) if peer else None,
            "headers": [(name.encode(), value.encode()) for name, value in named.items()],
        }
    )


def test_a_bearer_token_says_who_is_asking(access: Access) -> None:
    for scheme in ("Bearer", "bearer", "BEARER"):
        caller = access.admit(request(authorization=f"{scheme} {TOKEN}"))
        assert (caller.visitor, caller.is_new, caller.headers) == (VISITOR, False, {})


@pytest.mark.parametrize("token", [FOREIGN, "", "null", "x" * 100_000, "\xff"])
def test_a_bad_bearer_token_is_an_error_even_beside_a_good_cookie(
    token: str, access: Access
) -> None:
    with pytest.raises(BadToken):
        access.admit(request(authorization=f"Bearer {token}", cookie=f"chatwidget={TOKEN}"))


def test_another_kind_of_authorization_is_not_ours(access: Access) -> None:
    assert access.admit(request(authorization="Basic dTpw")).is_new
    known = access.admit(request(authorization="Basic dTpw", cookie=f"chatwidget={TOKEN}"))
    assert known.visitor == VISITOR


def test_a_visitor_without_a_token_is_handed_one_that_works(access: Access) -> None:
    caller = access.admit(request())
    assert caller.is_new
    again = access.admit(request(authorization=f"Bearer {caller.headers[TOKEN_HEADER]}"))
    assert (again.visitor, again.is_new) == (caller.visitor, False)


def test_the_cookie_is_kept_from_scripts_other_sites_and_other_paths(access: Access) -> None:
    caller = access.admit(request(origin="https://chat.example"))
    cookie = SimpleCookie(caller.headers["set-cookie"])["chatwidget"]
    assert cookie.value == caller.headers[TOKEN_HEADER]
    assert cookie["httponly"]
    assert cookie["secure"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/chat"
    assert cookie["domain"] == ""
    assert int(cookie["max-age"]) == LIFE


def test_the_cookie_is_secure_on_https_only(access: Access) -> None:
    assert "Secure" not in access.admit(request(scheme="http")).headers["set-cookie"]


@pytest.mark.parametrize(
    ("root_path", "told"),
    [("", "Path=/;"), ("/a b;c", "Path=/a%20b%3Bc;"), ("/ü", "Path=/%C3%BC;")],
)
def test_a_path_can_not_add_to_the_cookie(root_path: str, told: str, access: Access) -> None:
    assert told in access.admit(request(root_path=root_path)).headers["set-cookie"]


@pytest.mark.parametrize(
    "headers",
    [{}, {"origin": "https://chat.example"}, {"sec_fetch_site": "same-origin"}],
)
def test_the_cookie_counts_on_our_own_origin(headers: dict[str, str], access: Access) -> None:
    caller = access.admit(request(cookie=f"a=b; chatwidget={TOKEN}", **headers))
    assert (caller.visitor, caller.headers) == (VISITOR, {})


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://shop.example"},
        {"origin": "https://shop.example", "sec_fetch_site": "same-site"},
        {"method": "GET", "sec_fetch_site": "same-site"},
        {"method": "GET", "sec_fetch_site": "cross-site"},
    ],
)
def test_from_any_other_origin_the_cookie_neither_counts_nor_is_set(
    headers: dict[str, str], access: Access
) -> None:
    caller = access.admit(request(cookie=f"chatwidget={TOKEN}", **headers))
    assert caller.visitor != VISITOR
    assert list(caller.headers) == [TOKEN_HEADER]


@pytest.mark.parametrize(
    "cookie", ["chatwidget=", "chatwidget=junk", f"chatwidget={FOREIGN}", ";=;"]
)
def test_a_bad_cookie_makes_a_new_visitor(cookie: str, access: Access) -> None:
    caller = access.admit(request(cookie=cookie))
    assert caller.is_new
    assert "set-cookie" in caller.headers


def test_a_cookie_of_another_mount_does_not_hide_ours(access: Access) -> None:
    for cookie in (
        f"chatwidget={FOREIGN}; chatwidget={TOKEN}",
        f"chatwidget={TOKEN}; chatwidget={FOREIGN}",
    ):
        assert access.admit(request(cookie=cookie)).visitor == VISITOR


def test_a_foreign_origin_is_refused_before_its_token_is_read(access: Access) -> None:
    for authorization in (f"Bearer {TOKEN}", "Bearer junk"):
        with pytest.raises(OriginNotAllowed):
            access.admit(request(origin="https://evil.example", authorization=authorization))


async def test_messages_are_limited_by_address_whatever_the_token() -> None:
    access = Access(secret=SECRET, limits=Limits(messages_per_minute_per_ip=3))
    for _ in range(3):
        await access.count_message(access.admit(request()))
    for fresh in (access.admit(request()), access.admit(request(authorization=f"Bearer {TOKEN}"))):
        with pytest.raises(RateLimited):
            await access.count_message(fresh)
    await access.count_message(access.admit(request(peer="203.0.113.8")))


async def test_a_spoofed_address_does_not_help() -> None:
    for proxies, addresses in ((0, ("1.1.1.1", "2.2.2.2")), (1, ("1.1.1.1, 9.9.9.9", "9.9.9.9"))):
        access = Access(
            secret=SECRET, limits=Limits(sessions_per_minute_per_ip=1, trusted_proxies=proxies)
        )
        first, second = (access.admit(request(x_forwarded_for=text)) for text in addresses)
        await access.count_session(first)
        with pytest.raises(RateLimited):
            await access.count_session(second)


def test_a_browser_that_keeps_the_cookie_stays_the_same_visitor_under_its_mount() -> None:
    access = Access(secret=SECRET)
    seen: list[Visitor] = []

    def endpoint(request: Request) -> PlainTextResponse:
        caller = access.admit(request)
        seen.append(caller.visitor)
        return PlainTextResponse("hello", headers=caller.headers)

    inner = Starlette(routes=[Route("/messages", endpoint, methods=["POST"])])
    with TestClient(Starlette(routes=[Mount("/deep/chat", inner)])) as browser:
        for _ in range(2):
            browser.post("/deep/chat/messages", headers={"origin": "http://testserver"})
        (cookie,) = browser.cookies.jar
    assert seen[0] == seen[1]
    assert cookie.path == "/deep/chat"
