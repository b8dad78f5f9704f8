"""The files and pages we serve: the widget, a full page of it, and one for iframes.

Files come from a fixed list, made once: no path of a request ever reaches the file system.
"""

import gzip
import hashlib
import re
from base64 import b64encode
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, PackageLoader, select_autoescape
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chatwidget.config import WidgetConfig
from chatwidget.errors import NotFound

STATIC = Path(__file__).parent / "static"

_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
_ENTRY = "widget.js"
# Not one that is refused by `gzip;q=0`: https://www.rfc-editor.org/rfc/rfc9110#field.accept-encoding
_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))")
_FOREVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "public, max-age=0, must-revalidate"
_ANYWHERE = {
    # Module scripts are fetched with CORS, from pages we know nothing about.
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
}


class _File:
    def __init__(self, path: Path, *, immutable: bool) -> None:
        self._body, self._zipped = _contents(path)
        self._name = hashlib.sha256(self._body).hexdigest()[:32]
        self._headers = {
            **_ANYWHERE,
            "content-type": _TYPES[path.suffix],
            "cache-control": _FOREVER if immutable else _ASK_AGAIN,
            "vary": "accept-encoding",
        }

    def response(self, request: Request) -> Response:
        body, headers = self._body, {**self._headers, "etag": f'"{self._name}"'}
        if _GZIP.search(request.headers.get("accept-encoding", "")):
            body = self._zipped
            headers |= {"etag": f'"{self._name}-gzip"', "content-encoding": "gzip"}
        if headers["etag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers)


@cache
def _contents(path: Path) -> tuple[bytes, bytes]:
    """Return a file and the same compressed: once a process, and never while somebody waits."""
    body = path.read_bytes()
    return body, gzip.compress(body, mtime=0)


class PinnedEntry(NamedTuple):
    """The widget's entry under an address that changes with its content."""

    name: str
    integrity: str
    """As a tag's `integrity` says it."""


def pinned_entry() -> PinnedEntry:
    """Return what a tag needs that takes these bytes and no others."""
    body = (STATIC / _ENTRY).read_bytes()
    digest = b64encode(hashlib.sha384(body).digest()).decode()
    return PinnedEntry(f"widget-{hashlib.sha256(body).hexdigest()[:16]}.js", f"sha384-{digest}")


class Pages:
    """`origins`: which sites may show the embed page in a frame, besides our own."""

    def __init__(self, config: WidgetConfig, *, origins: Iterable[str]) -> None:
        templates = Environment(
            loader=PackageLoader("chatwidget"), autoescape=select_autoescape(), trim_blocks=True
        )
        self._html = templates.get_template("page.html").render(config=config)
        self._images = " ".join(["'self' https: data:", *config.images_from()])
        self._ancestors = " ".join(["'self'", *origins])
        self._files = {
            path.relative_to(STATIC).as_posix(): _File(path, immutable=path.parent != STATIC)
            for path in STATIC.rglob("*")
            if path.suffix in _TYPES
        }
        # Beside the other, so that what it loads is found from it in the same way.
        self._files[pinned_entry().name] = _File(STATIC / _ENTRY, immutable=True)

    def table(self) -> list[Route]:
        """Return the routes of every page and file."""
        return [
            Route("/", self.page, methods=["GET"]),
            Route("/embed", self.embed, methods=["GET"]),
            Route("/assets/{name}", self.file, methods=["GET"]),
            Route("/{name}.js", self.script, methods=["GET"]),
            Route("/{name}.css", self.sheet, methods=["GET"]),
        ]

    async def page(self, request: Request) -> Response:
        """`GET /`: the widget on a page of its own."""
        return _page(self._html, images=self._images, ancestors="'none'")

    async def embed(self, request: Request) -> Response:
        """`GET /embed`: the same for an iframe."""
        return _page(self._html, images=self._images, ancestors=self._ancestors)

    async def script(self, request: Request) -> Response:
        """`GET /widget.js`: the entry, also by its content's name; and the client for those who
        draw themselves."""
        return self._file(f"{request.path_params['name']}.js", request)

    async def sheet(self, request: Request) -> Response:
        """`GET /page.css`: what our own two pages look like."""
        return self._file(f"{request.path_params['name']}.css", request)

    async def file(self, request: Request) -> Response:
        """`GET /assets/…`: the hashed rest of the widget."""
        return self._file(f"assets/{request.path_params['name']}", request)

    def _file(self, name: str, request: Request) -> Response:
        if name not in self._files:
            raise NotFound
        return self._files[name].response(request)


def _page(body: str, *, images: str, ancestors: str) -> Response:
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        f"img-src {images}; base-uri 'none'; form-action 'none'; "
        f"require-trusted-types-for 'script'; frame-ancestors {ancestors}"
    )
    return Response(
        body,
        media_type="text/html",
        headers={
            "content-security-policy": policy,
            "referrer-policy": "no-referrer",
            "cache-control": "no-cache",
        },
    )
