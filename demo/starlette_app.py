"""A chat in a Starlette app. Run it: python demo/starlette_app.py"""

import os

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route

from chatwidget import ChatWidget
from chatwidget.providers import Demo, OpenAI

chat = ChatWidget(
    OpenAI("gpt-5-mini") if os.environ.get("OPENAI_API_KEY") else Demo(),
    title="Ask us",
    # demo/static_host is a page of another site, and may use this chat too.
    origins=["http://localhost:9000", "http://127.0.0.1:9000"],
)


async def home(request: Request) -> HTMLResponse:
    return HTMLResponse('<h1>Hello</h1><script type="module" src="/chat/widget.js"></script>')


app = Starlette(routes=[Route("/", home), Mount("/chat", chat)], lifespan=chat.lifespan)

if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ.get("PORT", "8000")))
