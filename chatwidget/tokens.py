"""Visitor tokens: a signed proof that a browser is the visitor it was yesterday.

Nobody logs in: the token is all that ties a visitor to their conversations, so whoever can forge
one can read them.
"""

import os
import re
import secrets
import time
from dataclasses import dataclass
from datetime import timedelta

import jwt

from chatwidget.errors import BadToken

LIFE = int(timedelta(days=30).total_seconds())
AUDIENCE = "chatwidget"
_ALGORITHM = "HS256"
# RFC 7518, section 3.2: a key of at least the size of the hash.
_SECRET_BYTES = 32
# Seconds by which the clocks of two workers may differ.
_CLOCKS_APART = 30
# A parser of base64 skips what it doesn't know, and one of JSON follows it as deep as it goes:
# neither is to meet anything that we can't have made.
_SHAPE = re.compile(r"[A-Za-z0-9_-]{1,100}\.[A-Za-z0-9_-]{1,500}\.[A-Za-z0-9_-]{43}")
_ID = re.compile(r"v_[A-Za-z0-9_-]{22,64}")


@dataclass(frozen=True)
class Visitor:
    """An anonymous visitor; `id` can't be guessed (144 random bits)."""

    id: str


def new_visitor() -> Visitor:
    """Return a visitor whom nobody has seen before."""
    return Visitor("v_" + secrets.token_urlsafe(18))


class Tokens:
    """Signs and reads visitor tokens.

    `secret` has at least 32 bytes and is the same in every worker; without it, the environment's
    `CHATWIDGET_SECRET` is taken, or what `use` brings. Raises ValueError for a shorter one.
    """

    def __init__(self, secret: str | None = None) -> None:
        self._key = _checked(secret, "secret") if secret is not None else _from_environment()

    @property
    def has_key(self) -> bool:
        """Whether tokens can be signed and read."""
        return self._key is not None

    def use(self, key: bytes) -> None:
        """Sign with `key` from now on."""
        self._key = key

    @property
    def _signing_key(self) -> bytes:
        assert self._key is not None, "a store brings the key when it is opened"
        return self._key

    def issue(self, visitor: Visitor) -> tuple[str, int]:
        """Return a token for `visitor` and when it expires (seconds since the epoch)."""
        now = int(time.time())
        expires_at = now + LIFE
        claims = {"sub": visitor.id, "aud": AUDIENCE, "iat": now, "exp": expires_at}
        return jwt.encode(claims, self._signing_key, algorithm=_ALGORITHM), expires_at

    def read(self, token: str) -> Visitor:
        """Return whose `token` it is. Raises `BadToken` unless we signed it and it still holds."""
        if not _SHAPE.fullmatch(token):
            raise BadToken(hint="This is no visitor token. POST /session gives one.")
        try:
            claims = jwt.decode(
                token,
                self._signing_key,
                algorithms=[_ALGORITHM],
                audience=AUDIENCE,
                leeway=_CLOCKS_APART,
                # A clock that was set back makes no token of ours a forgery.
                options={"require": ["sub", "aud", "iat", "exp"], "verify_iat": False},
            )
        except jwt.PyJWTError as error:
            raise BadToken(hint=f"{error}. POST /session gives a new token.") from error
        if not _ID.fullmatch(claims["sub"]):
            raise BadToken(hint="This token names no visitor.")
        return Visitor(claims["sub"])


def _from_environment() -> bytes | None:
    given = os.environ.get("CHATWIDGET_SECRET")
    return _checked(given, "CHATWIDGET_SECRET") if given else None


def _checked(secret: str, name: str) -> bytes:
    key = secret.encode()
    if len(key) < _SECRET_BYTES:
        raise ValueError(
            f"{name} has {len(key)} bytes, fewer than {_SECRET_BYTES}. Make one with: "
            'python -c "import secrets; print(secrets.token_urlsafe(32))"'
        )
    return key
