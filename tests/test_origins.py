"""Which pages may talk to us: our own, those on the list, and no other, however it is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from chatwidget.errors import OriginNotAllowed
from chatwidget.origins import Origin, Origins, parse_host, parse_origin

LISTED = Origins(["https://shop.example", "http://localhost:3000"])


def headers(**values: str) -> Headers:
    return Headers({"host": "chat.example"} | {k.replace("_", "-"): v for k, v in values.items()})


# Our own origin


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://chat.example", "chat.example"),
        ("https://chat.example", "chat.example:443"),
        ("http://chat.example", "chat.example:80"),
        ("https://Chat.Example", "chat.EXAMPLE"),
        ("http://localhost:8000", "localhost:8000"),
        ("http://127.0.0.1:8000", "127.0.0.1:8000"),
        ("http://[::1]:8000", "[::1]:8000"),
        ("http://[::1]", "[0:0:0:0:0:0:0:1]"),
    ],
)
def test_a_page_of_our_own_may_talk_to_us(origin: str, host: str) -> None:
    request = headers(origin=origin, host=host)
    assert Origins().is_same(request)
    Origins().check("POST", request)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://evil.example", "chat.example"),
        ("https://chat.example.evil.example", "chat.example"),
        ("https://chat.example", "chat.example:8443"),
        ("https://chat.example:8443", "chat.example"),
        ("http://chat.example", "chat.example:443"),
        ("http://chat.example:443", "chat.example"),
        ("https://sub.chat.example", "chat.example"),
        ("https://chat.example/", "chat.example"),
        ("https://chat.example/x", "chat.example"),
        ("https://user@chat.example", "chat.example"),
        ("https://chat.example#", "chat.example"),
        ("https://chat.example https://evil.example", "chat.example"),
        ("chat.example", "chat.example"),
        ("//chat.example", "chat.example"),
        ("https://", "chat.example"),
        ("https://chat.example:", "chat.example"),
        ("https://chat.example:0", "chat.example"),
        ("https://chat.example:99999", "chat.example"),
        ("https://chat.example", ""),
        ("https://[::1", "[::1"),
        ("https://[1:2]", "[1:2]"),
        ("file://", ""),
        ("null", "null"),
        ("null", "chat.example"),
        ("", "chat.example"),
        ("", ""),
    ],
)
def test_any_other_page_may_not(origin: str, host: str) -> None:
    request = Headers(raw=[(b"host", host.encode()), (b"origin", origin.encode("utf-8"))])
    assert not Origins().is_same(request)
    for method in ("GET", "POST", "DELETE"):
        with pytest.raises(OriginNotAllowed):
            Origins().check(method, request)


@pytest.mark.parametrize(
    "text",
    ["https://\u212aat.example", "https://a:0", "https://a:65536", "https://a:\u0663", "null", ""],
)
def test_these_are_no_origins(text: str) -> None:
    assert parse_origin(text) is None


def test_a_program_that_names_no_origin_is_served() -> None:
    assert Origins().is_same(headers())
    Origins().check("POST", headers())


def test_the_refusal_names_the_usual_cause() -> None:
    with pytest.raises(OriginNotAllowed) as caught:
        Origins().check("POST", headers(origin="https://shop.example", host="127.0.0.1:8000"))
    assert caught.value.hint is not None
    assert "proxy_set_header Host $host" in caught.value.hint
    assert "127.0.0.1:8000" in caught.value.hint
    assert "https://shop.example" in caught.value.hint


# What the browser itself says


def test_the_browsers_word_holds_behind_a_proxy_that_changes_the_host() -> None:
    request = headers(
        origin="https://shop.example", host="127.0.0.1:8000", sec_fetch_site="same-origin"
    )
    assert Origins().is_same(request)
    Origins().check("POST", request)


def test_a_sandboxed_page_is_refused_whatever_else_is_said() -> None:
    for site in ("same-origin", "none", "cross-site"):
        with pytest.raises(OriginNotAllowed):
            LISTED.check("POST", headers(origin="null", sec_fetch_site=site))


@pytest.mark.parametrize("site", ["cross-site", "same-site", "nonsense", ""])
def test_a_request_of_another_site_that_hides_its_origin_is_refused(site: str) -> None:
    request = headers(sec_fetch_site=site)
    assert not LISTED.is_same(request)
    for method in ("POST", "DELETE", "PUT"):
        with pytest.raises(OriginNotAllowed, match="may not use this chat"):
            LISTED.check(method, request)
    LISTED.check("GET", request)


def test_a_page_of_the_same_host_but_another_scheme_is_another_site() -> None:
    request = headers(origin="http://chat.example", sec_fetch_site="cross-site")
    assert not Origins().is_same(request)
    with pytest.raises(OriginNotAllowed):
        Origins().check("POST", request)


# The list


@pytest.mark.parametrize(
    "origin", ["https://shop.example", "https://shop.example:443", "http://localhost:3000"]
)
def test_a_listed_page_may_talk_to_us_but_is_not_our_own(origin: str) -> None:
    request = headers(origin=origin, sec_fetch_site="cross-site")
    LISTED.check("POST", request)
    assert not LISTED.is_same(request)


@pytest.mark.parametrize(
    "origin",
    [
        "http://shop.example",
        "https://shop.example:444",
        "https://www.shop.example",
        "https://shop.example.evil.example",
        "https://evil-shop.example",
        "http://localhost",
    ],
)
def test_the_list_is_exact(origin: str) -> None:
    with pytest.raises(OriginNotAllowed):
        LISTED.check("POST", headers(origin=origin))


def test_an_app_with_a_scheme_of_its_own_can_be_listed() -> None:
    Origins(["capacitor://localhost"]).check("POST", headers(origin="capacitor://localhost"))


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "null",
        "",
        "shop.example",
        "https://shop.example/",
        "https://shop.example/chat",
        "https://*.shop.example",
        "https://shop.example?x",
        "https://user:pass@shop.example",
        "https://läden.example",
        "https://shop.example:port",
        "https://shop example",
        None,
        7,
    ],
)
def test_what_is_no_origin_can_not_be_listed(origin: str) -> None:
    with pytest.raises(ValueError, match=r"is not an origin\. Write scheme, host"):
        Origins([origin])


def test_a_single_text_in_place_of_a_list_is_a_mistake() -> None:
    with pytest.raises(ValueError, match=r"give a list, like \['https://shop.example'\]"):
        Origins("https://shop.example")


# CORS


def test_a_listed_origin_is_told_that_it_may_read() -> None:
    request = headers(origin="https://shop.example")
    told = LISTED.cors_headers(request)
    assert told == {
        "vary": "Origin",
        "access-control-allow-origin": "https://shop.example",
        "access-control-expose-headers": "x-chatwidget-token, x-conversation-id, retry-after",
    }
    preflight = LISTED.preflight_headers(request)
    assert preflight.items() >= told.items()
    assert preflight["access-control-allow-methods"] == "GET, POST, PATCH, DELETE"
    assert preflight["access-control-allow-headers"] == "content-type, authorization, last-event-id"
    assert int(preflight["access-control-max-age"]) > 0
    assert "access-control-allow-credentials" not in preflight


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "*", "https://chat.example"])
def test_no_other_origin_is_told_anything(origin: str) -> None:
    assert LISTED.cors_headers(headers(origin=origin)) == {"vary": "Origin"}
    assert LISTED.preflight_headers(headers(origin=origin)) == {"vary": "Origin"}
    assert LISTED.cors_headers(headers()) == {"vary": "Origin"}


# Whatever is written


ORIGINS = st.builds(
    lambda scheme, host, port: f"{scheme}://{host}{port}",
    st.sampled_from(["http", "https", "HTTPS", "ftp", ""]),
    st.sampled_from(["shop.example", "SHOP.example", "[::1]", "[0::1]", "1.2.3.4", "", "a b", "é"]),
    st.sampled_from(["", ":80", ":443", ":3000", ":", ":0", ":-1", ":x", "/", "/x", "@b", "\n"]),
)


@given(st.text() | ORIGINS)
def test_an_origin_reads_as_itself_or_not_at_all(text: str) -> None:
    origin = parse_origin(text)
    if origin is not None:
        port = "" if origin.port is None else f":{origin.port}"
        assert parse_origin(f"{origin.scheme}://{origin.host}{port}") == origin
        assert text.lower().startswith(f"{origin.scheme}://")
        assert not set(text) & set("/@?#\\ \n*") - set("/")
        assert text.count("/") == 2


@given(st.text() | ORIGINS, st.text() | st.sampled_from(["shop.example", "[::1]:3000", "1.2.3.4"]))
def test_same_origin_is_never_wider_than_the_hosts_are_equal(text: str, host: str) -> None:
    raw = [(b"origin", text.encode()), (b"host", host.encode())]
    if Origins().is_same(Headers(raw=raw)):
        origin = parse_origin(text)
        assert origin is not None
        assert parse_host(host, origin.scheme) == (origin.host, origin.port)


@given(st.text() | ORIGINS)
def test_only_the_listed_origin_is_ever_reflected(text: str) -> None:
    told = LISTED.cors_headers(Headers(raw=[(b"origin", text.encode())]))
    if "access-control-allow-origin" in told:
        assert parse_origin(text) in {
            Origin("https", "shop.example", 443),
            Origin("http", "localhost", 3000),
        }
