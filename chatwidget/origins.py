"""Which web pages may talk to us, and what CORS tells their browsers.

The rule: our own origin, and an exact list. It guards visitors against other sites, not us
against programs that can send any header they like.
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

from starlette.datastructures import Headers

from chatwidget.errors import OriginNotAllowed

_ORIGIN = re.compile(r"([a-z][a-z0-9+.-]*)://(.+)")
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9_-][a-z0-9._-]*)(?::([0-9]{1,5}))?")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

# Seconds for which a browser may keep a preflight's answer; Chromium takes no more.
_PREFLIGHT_AGE = "7200"


@dataclass(frozen=True)
class Origin:
    """Scheme, host and port of a web page, each in one way of writing only."""

    scheme: str
    host: str
    port: int | None

    def __str__(self) -> str:
        """As browsers write it."""
        default = self.port is None or self.port == _DEFAULT_PORTS.get(self.scheme)
        return f"{self.scheme}://{self.host}" + ("" if default else f":{self.port}")


def parse_origin(text: str) -> Origin | None:
    """Return the origin that `text` names, or None if it is none (as `null` isn't)."""
    # Before lower(): it turns some characters beyond ASCII into ASCII ones.
    match = _ORIGIN.fullmatch(text.lower()) if text.isascii() else None
    if not match:
        return None
    scheme, authority = match.groups()
    place = parse_host(authority, scheme)
    return Origin(scheme, *place) if place else None


def parse_host(text: str, scheme: str) -> tuple[str, int | None] | None:
    """Return host and port of a `Host` header, the scheme's default port where it names none."""
    match = _HOST.fullmatch(text.lower()) if text.isascii() else None
    if not match:
        return None
    host, port = match.groups()
    if host.startswith("["):
        try:
            host = f"[{ipaddress.IPv6Address(host[1:-1]).compressed}]"
        except ValueError:
            return None
    if port is None:
        return host, _DEFAULT_PORTS.get(scheme)
    return (host, int(port)) if 0 < int(port) < 65536 else None


def parse_origins(texts: Iterable[str], *, name: str) -> list[Origin]:
    """Return the origins of the setting `name`. Raises ValueError for anything else in it."""
    if isinstance(texts, str):
        raise ValueError(f"{name}={texts!r}: give a list, like [{texts!r}]")
    return [_listed(text, name) for text in texts]


class Origins:
    """Our own origin and the exact list `allowed`, like `["https://shop.example"]`.

    Raises ValueError for anything in the list that is not an origin.
    """

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self._allowed = frozenset(parse_origins(allowed, name="origins"))

    def is_same(self, headers: Headers) -> bool:
        """Whether a request comes from a page of our own origin, or from no page at all."""
        origin = headers.get("origin")
        if origin == "null":
            return False
        site = headers.get("sec-fetch-site")
        if site is not None:
            # The browser's own word, which no page can forge; it also holds behind a proxy that
            # changes the Host header.
            return site in ("same-origin", "none")
        return origin is None or _same_place(origin, headers.get("host", ""))

    def check(self, method: str, headers: Headers) -> None:
        """Raise `OriginNotAllowed` for a request from a page of a foreign origin."""
        origin = headers.get("origin")
        if self.is_same(headers) or self._is_listed(origin):
            return
        if origin is None and method in _SAFE_METHODS:
            return  # a link or a <script>: browsers name no origin there, nor show the answer
        raise OriginNotAllowed(hint=_hint(origin, headers.get("host", "")))

    def cors_headers(self, headers: Headers) -> dict[str, str]:
        """Return the CORS headers of an answer. An unlisted origin is never told anything."""
        vary = {"vary": "Origin"}
        origin = headers.get("origin")
        if origin is None or not self._is_listed(origin):
            return vary
        return vary | {
            "access-control-allow-origin": origin,
            "access-control-expose-headers": "x-chatwidget-token, x-conversation-id, retry-after",
        }

    def preflight_headers(self, headers: Headers) -> dict[str, str]:
        """Return the headers that answer a preflight (`OPTIONS`) request."""
        cors = self.cors_headers(headers)
        if "access-control-allow-origin" not in cors:
            return cors
        return cors | {
            "access-control-allow-methods": "GET, POST, PATCH, DELETE",
            "access-control-allow-headers": "content-type, authorization, last-event-id",
            "access-control-max-age": _PREFLIGHT_AGE,
        }

    def _is_listed(self, origin: str | None) -> bool:
        return origin is not None and parse_origin(origin) in self._allowed


def _same_place(origin: str, host: str) -> bool:
    parsed = parse_origin(origin)
    return parsed is not None and (parsed.host, parsed.port) == parse_host(host, parsed.scheme)


def _listed(text: str, name: str) -> Origin:
    origin = parse_origin(text) if isinstance(text, str) else None
    if origin is None:
        raise ValueError(
            f"{name}: {text!r} is not an origin. Write scheme, host and, if it is not the "
            "default, port, as in 'https://shop.example' or 'http://localhost:3000': no path, no "
            "slash at the end, no wildcard; host names beyond ASCII as 'xn--…'."
        )
    return origin


def _hint(origin: str | None, host: str) -> str:
    if origin is None:
        return "The browser says that this request was made by another site, and not by which."
    return (
        f"The page's origin {origin[:200]!r} is neither ours (the Host header says {host[:200]!r}) "
        "nor in origins=[…]. Behind a proxy, pass the Host header on "
        "(nginx: proxy_set_header Host $host;) or list the origin."
    )
