"""Who is asking, and whether they may: origin, visitor and rate limits put together."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from limits.aio.storage import Storage
from starlette.datastructures import Headers
from starlette.requests import Request

from chatwidget.client_address import client_address
from chatwidget.config import Limits
from chatwidget.errors import BadToken
from chatwidget.origins import Origins
from chatwidget.rate_limits import RateLimits
from chatwidget.tokens import LIFE, Tokens, Visitor, new_visitor

COOKIE = "chatwidget"
TOKEN_HEADER = "x-chatwidget-token"


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who sent a request.

    `address` stands for the client in rate limits, `headers` belong in the answer: the token of a
    visitor who brought none.
    """

    visitor: Visitor
    address: str
    is_new: bool
    headers: dict[str, str]


class Access:
    """Lets requests in. See `Tokens` for `secret`, `Origins` for `origins`, `RateLimits` for the
    rest."""

    def __init__(
        self,
        *,
        secret: str | None = None,
        origins: Iterable[str] = (),
        limits: Limits | None = None,
        storage: Storage | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self.tokens = Tokens(secret)
        self.origins = Origins(origins)
        self.rates = RateLimits(self.limits, storage=storage)

    def admit(self, request: Request) -> Caller:
        """Return who sent `request`: a bearer token says so, or else, on our own origin, a cookie;
        without either it is a new visitor.

        Raises `OriginNotAllowed`, and `BadToken` for a bearer token that is not valid.
        """
        self.origins.check(request.method, request.headers)
        is_same = self.origins.is_same(request.headers)
        known = self._bearer(request.headers)
        if known is None and is_same:
            known = self._cookie(request.headers)
        visitor = known or new_visitor()
        return Caller(
            visitor=visitor,
            address=self.address(request),
            is_new=known is None,
            headers={} if known else self._introduction(visitor, request, is_same=is_same),
        )

    def address(self, request: Request) -> str:
        """Return what stands for the client of `request` in rate limits."""
        return client_address(
            request.client.host if request.client else None,
            request.headers.getlist("x-forwarded-for"),
            trusted_proxies=self.limits.trusted_proxies,
        )

    async def count_message(self, caller: Caller) -> None:
        """Count a message of `caller`. Raises `RateLimited`."""
        await self.rates.message(caller.visitor.id, caller.address)

    async def count_file(self, caller: Caller) -> None:
        """Count a file of `caller`. Raises `RateLimited`."""
        await self.rates.file(caller.visitor.id, caller.address)

    async def count_session(self, caller: Caller) -> None:
        """Count a session of `caller`. Raises `RateLimited`."""
        await self.rates.session(caller.address)

    def _bearer(self, headers: Headers) -> Visitor | None:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        return self.tokens.read(token.strip()) if scheme.lower() == "bearer" else None

    def _cookie(self, headers: Headers) -> Visitor | None:
        for token in _cookies(headers):
            try:
                return self.tokens.read(token)
            except BadToken:
                continue  # left by another mount or an older secret: nobody's fault
        return None

    def _introduction(self, visitor: Visitor, request: Request, *, is_same: bool) -> dict[str, str]:
        token, _ = self.tokens.issue(visitor)
        headers = {TOKEN_HEADER: token}
        if is_same:
            path = quote(request.scope.get("root_path", ""), safe="/") or "/"
            secure = "; Secure" if request.url.scheme == "https" else ""
            headers["set-cookie"] = (
                f"{COOKIE}={token}; Path={path}; Max-Age={LIFE}; HttpOnly; SameSite=Lax{secure}"
            )
        return headers


def _cookies(headers: Headers) -> Iterator[str]:
    # All of that name: mounts at "/" and "/chat" have one each, and a browser sends both.
    for header in headers.getlist("cookie"):
        for pair in header.split(";"):
            name, _, value = pair.strip().partition("=")
            if name == COOKIE:
                yield value
