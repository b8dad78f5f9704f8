"""Visitor tokens: only what we signed ourselves, and only while it holds."""

import base64
import json
import time
from typing import Any

import jwt
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chatwidget import tokens
from chatwidget.errors import BadToken
from chatwidget.tokens import Tokens, Visitor, new_visitor

SECRET = "a secret of sixty-four bytes, so that it would do for HS512 as well"
OTHER = "another one of thirty-two bytes, no"


def signed(secret: str = SECRET, algorithm: str = "HS256", **changed: Any) -> str:
    now = int(time.time())
    claims = {"sub": new_visitor().id, "aud": "chatwidget", "iat": now, "exp": now + 60} | changed
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(kept, secret, algorithm=algorithm)


def encoded(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_a_token_says_who_its_visitor_is_for_thirty_days() -> None:
    visitor = new_visitor()
    token, expires_at = Tokens(SECRET).issue(visitor)
    assert Tokens(SECRET).read(token) == visitor
    assert abs(expires_at - time.time() - 30 * 24 * 3600) < 60
    assert jwt.decode(token, options={"verify_signature": False})["exp"] == expires_at


def test_a_clock_that_was_set_back_costs_nobody_their_conversations() -> None:
    assert Tokens(SECRET).read(signed(iat=int(time.time()) + 3600))


def test_no_two_visitors_are_the_same() -> None:
    assert len({new_visitor().id for _ in range(1000)}) == 1000


@pytest.mark.parametrize(
    "token",
    [
        signed(OTHER),
        signed(algorithm="HS512"),
        signed(exp=int(time.time()) - 3600),
        signed(aud="something else"),
        signed(aud=None),
        signed(exp=None),
        signed(iat=None),
        signed(sub=None),
        signed(sub=""),
        signed(sub="admin"),
        signed(sub="v_short"),
        signed(exp="soon"),
        encoded({"alg": "none"}) + "." + encoded({"sub": new_visitor().id}) + ".",
        encoded({"alg": "none"}) + "." + signed().split(".", 1)[1],
        encoded({"alg": "HS256", "crit": ["b64"], "b64": False}) + "." + signed().split(".", 1)[1],
        encoded([]) + "." + signed().split(".", 1)[1],
        "",
        "..",
        "null",
        signed() + "\n",
        " " + signed(),
        signed()[:-1],
        signed() + "A",
        signed() + "!",
        signed() + "é",
        signed().replace(".", "\x00", 1),
        "[" * 100_000,
        encoded([[[[[]]]]]) * 1000 + "." + signed().split(".", 1)[1],
        "\ud800",
    ],
    ids=lambda token: ascii(token[:12]),
)
def test_anything_else_is_refused(token: str) -> None:
    with pytest.raises(BadToken) as caught:
        Tokens(SECRET).read(token)
    assert (caught.value.status, caught.value.code) == (401, "bad_token")


def test_the_cases_above_fail_for_their_own_reason() -> None:
    assert Tokens(SECRET).read(signed())


def test_an_expired_token_is_refused_though_it_was_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "LIFE", -3600)
    token, _ = Tokens(SECRET).issue(new_visitor())
    with pytest.raises(BadToken):
        Tokens(SECRET).read(token)


@given(st.text() | st.from_regex(r"[\w-]{1,90}\.[\w-]{1,400}\.[\w-]{43}", fullmatch=True))
def test_no_text_is_a_token_by_chance_nor_breaks_the_reader(text: str) -> None:
    with pytest.raises(BadToken):
        Tokens(SECRET).read(text)


TOKEN, _ = Tokens(SECRET).issue(Visitor("v_abcdefghijklmnopqrstuvwx"))


# All but the last one: 2 of its 6 bits are padding, which no signature covers.
@given(st.integers(0, len(TOKEN) - 2), st.sampled_from("ABCDwxyz0189-_.=+/ \n"))
def test_no_character_of_a_token_can_be_changed(at: int, character: str) -> None:
    assume(TOKEN[at] != character)
    with pytest.raises(BadToken):
        Tokens(SECRET).read(TOKEN[:at] + character + TOKEN[at + 1 :])


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.none() | st.lists(st.text())))
def test_no_header_gets_past_the_signature(header: dict[str, Any]) -> None:
    _, payload, signature = TOKEN.split(".")
    with pytest.raises(BadToken):
        Tokens(SECRET).read(f"{encoded(header)}.{payload}.{signature}")


# Secrets


def test_a_short_secret_is_refused_with_a_way_to_make_one() -> None:
    with pytest.raises(ValueError, match=r"secret has 31 bytes.*secrets.token_urlsafe\(32\)"):
        Tokens("x" * 31)
    with pytest.raises(ValueError, match="secret has 0 bytes"):
        Tokens("")
    Tokens("ü" * 16)


def test_the_secret_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATWIDGET_SECRET", SECRET)
    token, _ = Tokens().issue(new_visitor())
    assert Tokens(SECRET).read(token)
    with pytest.raises(BadToken):
        Tokens(OTHER).read(token)
    monkeypatch.setenv("CHATWIDGET_SECRET", "short")
    with pytest.raises(ValueError, match="CHATWIDGET_SECRET has 5 bytes"):
        Tokens()


@pytest.mark.parametrize("environment", [None, ""])
def test_without_a_secret_another_has_to_bring_one(
    environment: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if environment is None:
        monkeypatch.delenv("CHATWIDGET_SECRET", raising=False)
    else:
        monkeypatch.setenv("CHATWIDGET_SECRET", environment)
    tokens = Tokens()
    assert not tokens.has_key
    tokens.use(SECRET.encode())
    token, _ = tokens.issue(new_visitor())
    assert Tokens(SECRET).read(token)
