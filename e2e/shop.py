"""A site with a chat in each of two languages, on which every state can be caused."""

from html import escape

from stage import SECRET, UNLIMITED, Plays, axe
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send
from talk import TALKS, Talk

from chatwidget import Attachments, ChatWidget, Limits
from chatwidget.providers import Gate
from chatwidget.stores import Memory

LONGEST = 160
"""Characters of a message where the site allows little."""
PAGE = """\
<!doctype html>
<html lang="{talk.lang}" dir="{talk.dir}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; font: 17px/1.6 system-ui, sans-serif; }}
body {{ margin: 0; background: light-dark(#f3f1ec, #1e2124); color: light-dark(#333, #ccc); }}
main {{ max-width: 34em; margin-inline: auto; padding: 20px; }}
@media (min-width: 700px) {{
  main:not(:has(.inline)) {{ max-width: 400px; margin-inline-end: 0; }}
}}
.inline {{ display: block; height: 540px; border-radius: 20px; overflow: hidden; }}
main:has(.page) {{ max-width: none; padding: 0; }}
main:has(.page) > :not(.page) {{ position: absolute; clip-path: inset(50%); }}
</style>
<script type="module" src="/{talk.lang}/{chat}/widget.js" {data}></script>
</head>
<body><main><h1>{title}</h1><p>{text}</p>{inside}</main></body>
</html>
"""


class Slowness:
    """Lets what is asked about conversations wait from `begin` to `end`: a server that is slow."""

    def __init__(self) -> None:
        self._gate: Gate | None = None

    def begin(self) -> None:
        self._gate = Gate()

    def end(self) -> None:
        if self._gate:
            self._gate.open()
        self._gate = None

    def around(self, app: ASGIApp) -> ASGIApp:
        async def slow(scope: Scope, receive: Receive, send: Send) -> None:
            if self._gate and "/messages/" in scope.get("path", ""):
                await self._gate.wait()
            await app(scope, receive, send)

        return slow


def shop_app(plays: Plays, slowness: Slowness) -> Starlette:
    """Return the site: pages at /LANG/MODE.html, a chat at /LANG/chat, and one at /LANG/limited
    that takes one short message a minute."""
    little = Limits(
        messages_per_minute=1,
        messages_per_minute_per_ip=None,
        sessions_per_minute_per_ip=None,
        message_characters=LONGEST,
    )

    def chat(talk: Talk, limits: Limits) -> ChatWidget:
        return ChatWidget(
            plays,
            store=Memory(),
            title=talk.heading,
            subtitle=talk.subtitle,
            greeting=talk.greeting,
            suggestions=talk.suggestions,
            attachments=Attachments(),
            speech=True,
            secret=SECRET,
            limits=limits,
            heartbeat=2.0,
            grace=0.5,
        )

    chats = [
        Mount(f"/{talk.lang}/{name}", slowness.around(chat(talk, limits)))
        for talk in TALKS.values()
        for name, limits in (("chat", UNLIMITED), ("limited", little))
    ]
    return Starlette(routes=[*chats, Route("/axe.js", axe), Route("/{lang}/{mode}.html", page)])


async def page(request: Request) -> HTMLResponse:
    talk = TALKS[request.path_params["lang"]]
    mode = request.path_params["mode"]
    title, text = talk.page
    placed = f'<chat-widget mode="{mode}" class="{mode}"></chat-widget>'
    html = PAGE.format(
        talk=talk,
        title=escape(title),
        text=escape(text),
        chat="limited" if mode == "limited" else "chat",
        data=f'data-popup="{escape(talk.popup)}"' if mode == "popup" else "",
        inside=placed if mode in ("inline", "page") else "",
    )
    return HTMLResponse(html)
