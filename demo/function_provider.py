"""Your own function as the assistant. Run it: python demo/function_provider.py"""

import asyncio
import os
from collections.abc import AsyncIterator

import uvicorn

from chatwidget import ChatWidget, Status


async def echo(message: str, history: list[dict[str, str]]) -> AsyncIterator[str | Status]:
    """Yield text as it comes; `history` holds what was said before."""
    yield Status("Listening…")
    await asyncio.sleep(1)
    yield f"You have said **{len(history) // 2 + 1}** things. The last one was:\n\n> "
    for word in message.split():
        yield word + " "
        await asyncio.sleep(0.1)


# A chat is a whole app, too: this one is a page with nothing but the chat, at /.
app = ChatWidget(echo, title="Echo", greeting="Say something.")

if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ.get("PORT", "8000")))
