"""The demo site: the page of a shop that does not exist, with the chat on it."""

from collections.abc import Callable, Mapping
from pathlib import Path

from jinja2 import Environment, PackageLoader, select_autoescape
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from chatwidget.app import ChatWidget
from chatwidget.config import Attachments
from chatwidget.errors import UnknownProvider
from chatwidget.providers.base import Provider
from chatwidget.responses import json_response
from chatwidget.stores.memory import Memory
from chatwidget.version import __version__

FILES = Path(__file__).parent / "demo_site"

WORDS = (
    ("markdown", "lists, links, quotes"),
    ("code", "a function, with a copy button"),
    ("table", "in rows and columns"),
    ("long", "two thousand words, quickly"),
    ("slow", "nothing for three seconds"),
    ("think", "thoughts before the answer"),
    ("tool", "a call, and what came of it"),
    ("error", "fails half way; then retry"),
)
"""What the demo provider understands, and what it does then."""

QUESTIONS = (
    "How long does the kettle take to boil?",
    "Compare gas, electric and induction in a table",
    "How do I get limescale off enamel?",
)

SYSTEM = (
    "You answer questions on the website of Halden & Daughters, a small workshop that makes "
    "enamel kettles. This is a demonstration and the shop does not exist; say so if anyone wants "
    "to buy something. On sale, when there is any: Kettle No. 3, pine green, 1.2 litres, 940 g, "
    "for gas, electric and induction, boils in 4 minutes on gas, 84 euros. It is sold out until "
    "March. Be brief and friendly, and use Markdown where it helps."
)

# As strict as a host page can be: the widget has to live with it.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' https: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
    "require-trusted-types-for 'script'"
)


def demo_app(
    providers: Mapping[str, Provider], *, lacking: Mapping[str, str] | None = None
) -> Starlette:
    """Return the site: the shop at `/`, the same with the chat inline at `/inline`, the chat's
    routes at `/chat`.

    The first of `providers` answers there. `lacking` says, by name, what other providers would
    need: the hint for whoever asks for `/chat/stream/<name>`.
    """
    name = next(iter(providers))
    scripted = name == "demo"
    chat = ChatWidget(
        providers,
        title="Halden & Daughters",
        subtitle="Usually answers at once",
        greeting="Hello! Ask about the kettle, or try one of these.",
        suggestions=[word for word, _ in WORDS[:4]] if scripted else QUESTIONS,
        disclaimer="A demonstration: nothing here is for sale.",
        accent="#1f5442",
        system=SYSTEM,
        attachments=Attachments(),
        store=Memory(),
    )
    template = Environment(
        loader=PackageLoader("chatwidget"),
        autoescape=select_autoescape(),
        trim_blocks=True,
        lstrip_blocks=True,
    ).get_template("demo.html")

    def page(mode: str) -> Callable[[Request], Response]:
        def show(request: Request) -> Response:
            html = template.render(
                mode=mode,
                root=request.scope.get("root_path", ""),
                scripted=scripted,
                provider=name,
                words=WORDS,
                questions=QUESTIONS,
                version=__version__,
            )
            headers = {"content-security-policy": _POLICY, "cache-control": "no-cache"}
            return Response(html, media_type="text/html", headers=headers)

        return show

    return Starlette(
        routes=[
            Route("/", page("bubble")),
            Route("/inline", page("inline")),
            Mount("/demo", StaticFiles(directory=FILES)),
            Route("/favicon.ico", lambda request: FileResponse(FILES / "icon.svg")),
            *(
                Route(f"/chat/stream/{other}", _refuse(hint), methods=["POST"])
                for other, hint in (lacking or {}).items()
            ),
            Mount("/chat", chat),
        ],
        lifespan=chat.lifespan,
    )


def _refuse(hint: str) -> Callable[[Request], Response]:
    def refuse(request: Request) -> Response:
        error = UnknownProvider(hint=hint)
        body = {"code": error.code, "message": error.message, "hint": hint}
        return json_response(body, status=error.status)

    return refuse
