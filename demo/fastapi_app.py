"""A chat with a tool in a FastAPI app. Run it: python demo/fastapi_app.py"""

import os
from datetime import date

import uvicorn
from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from chatwidget import ChatWidget, tool
from chatwidget.providers import Anthropic, Demo


@tool
def days_until(day: date) -> int:
    """Count the days from today until a day."""
    return (day - date.today()).days


provider = Anthropic("claude-sonnet-5-5") if os.environ.get("ANTHROPIC_API_KEY") else Demo()
chat = ChatWidget(provider, tools=[days_until], system="You know the calendar. Be brief.")

app = FastAPI(lifespan=chat.lifespan)
app.mount("/chat", chat)


@app.get("/", response_class=HTMLResponse)
async def home() -> str:
    return '<h1>Hello</h1><script type="module" src="/chat/widget.js"></script>'


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ.get("PORT", "8000")))
