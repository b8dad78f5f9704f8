"""The same chat as a Gradio app.

Answers come from the same engine as in the widget: tools, limits, system prompt and history are
the server's. It knows nothing of HTTP; that part is Gradio's.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing, suppress
from typing import Any

import gradio as gr
from gradio.components.chatbot import MetadataDict

from chatwidget.app import ChatWidget
from chatwidget.bodies import checked_text
from chatwidget.chunks import Error
from chatwidget.continuation import REFUSED, Shown, continued, mark, shown_text
from chatwidget.engine import Engine
from chatwidget.errors import ChatError
from chatwidget.providers.base import Provider
from chatwidget.stores.base import RunRecord
from chatwidget.stores.memory import Memory
from chatwidget.transcript import Entry, Transcript

WINDOW = 0.05
"""Seconds between two updates: each costs Gradio a comparison of the whole conversation."""

SILENCE = 0.5
"""Seconds without news after which the last update is sent again. Gradio only looks at whether
the visitor is still there when it is given something, so this is how soon a page that was closed
ends its answer. (Its stop button cancels at once.)"""

_Update = list[gr.ChatMessage]


def chat_interface(
    provider: ChatWidget | Provider | Callable[..., Any], **kwargs: Any
) -> gr.ChatInterface:
    """Return a Gradio app in which `provider` answers.

        chat_interface(OpenAI(model="gpt-5-mini")).launch()

    A `ChatWidget` brings its tools, system prompt, store and limits along, and its title, greeting
    and suggestions. `kwargs` go to `gr.ChatInterface`
    (https://www.gradio.app/docs/gradio/chatinterface) and win; any number of visitors may ask at
    once unless `concurrency_limit` says otherwise.

    Raises TypeError for `fn`, `multimodal`, `additional_inputs` and `additional_outputs`.
    """
    for name in ("fn", "multimodal", "additional_inputs", "additional_outputs"):
        if kwargs.get(name):
            raise TypeError(f"chat_interface does not take {name}: its provider is asked with text")
    chat = provider
    if not isinstance(chat, ChatWidget):
        # Gradio's page keeps what was said; and its sessions are gone with the page.
        chat = ChatWidget(chat, store=Memory())

    async def answer(
        message: str, history: list[Any], request: gr.Request
    ) -> AsyncGenerator[_Update, None]:
        visitor_id = f"gradio:{request.session_hash}"
        try:
            record = await _ask(chat, message, history, request, visitor_id)
        except ChatError as error:
            yield [_message(Entry(f"⚠️ {error.message}"), REFUSED)]
            return
        async with aclosing(_updates(chat.engine, record)) as updates:
            async for update in updates:
                yield update

    config = chat.config
    defaults: dict[str, Any] = {
        "title": config.title,
        "description": config.subtitle,
        "examples": list(config.suggestions) or None,
        "api_name": "chat",
        "concurrency_limit": None,
    }
    if config.greeting and "chatbot" not in kwargs:
        defaults["chatbot"] = gr.Chatbot(placeholder=config.greeting, scale=1)
    interface = gr.ChatInterface(answer, **(defaults | kwargs))
    with interface:
        # Stop cancels the answer, which then can't show its own end any more.
        interface.textbox.stop(
            _stopped,
            interface.chatbot,
            [interface.chatbot, interface.chatbot_state],
            queue=False,
            show_progress="hidden",
            api_visibility="undocumented",
        )
    return interface


def _stopped(history: list[Any]) -> tuple[list[Any], list[Any]]:
    """Return what is shown without what says that something is going on."""
    kept = []
    for item in history:
        metadata = item.get("metadata") or {}
        if metadata.get("status") == "pending":
            if not shown_text(item):
                continue
            item = {**item, "metadata": {**metadata, "status": "done"}}
        kept.append(item)
    return kept, kept


async def _ask(
    chat: ChatWidget, text: str, history: Sequence[Any], request: gr.Request, visitor_id: str
) -> RunRecord:
    access, engine = chat.access, chat.engine
    text = checked_text(text, longest=access.limits.message_characters)
    address = access.address(request.request) if request.request else "gradio"
    await access.rates.message(visitor_id, address)
    await engine.store.open()
    conversation_id = await continued(engine, Shown(history), visitor_id)
    return await engine.ask(text, visitor_id=visitor_id, conversation_id=conversation_id)


async def _updates(engine: Engine, record: RunRecord) -> AsyncGenerator[_Update, None]:
    transcript, news = Transcript(), asyncio.Event()

    async def read() -> None:
        try:
            async with aclosing(engine.chunks(record)) as chunks:
                async for chunk in chunks:
                    transcript.add(chunk)
                    if transcript.entries:
                        news.set()
        except ChatError as error:
            transcript.add(Error(error.message, error.code, error.retryable))
        finally:
            news.set()

    reading = asyncio.create_task(read())
    try:
        while not reading.done():
            with suppress(TimeoutError):
                async with asyncio.timeout(SILENCE):
                    await news.wait()
            news.clear()
            yield _messages(transcript)
            await asyncio.sleep(WINDOW)
        await reading
        yield _messages(transcript)
    finally:
        # Stopped, or nobody there any more: Gradio has no way back to an answer.
        reading.cancel()
        if not transcript.ended:
            await asyncio.shield(_stop(engine, record))


async def _stop(engine: Engine, record: RunRecord) -> None:
    with suppress(ChatError):
        await engine.stop(record.conversation_id, visitor_id=record.owner)


def _messages(transcript: Transcript) -> _Update:
    ids = transcript.conversation_id, transcript.message_id
    entries = transcript.entries or [Entry(title="One moment", pending=True)]
    return [_message(entry, mark(*ids, number)) for number, entry in enumerate(entries)]


def _message(entry: Entry, entry_id: str) -> gr.ChatMessage:
    metadata = MetadataDict(id=entry_id)
    if entry.title is not None:
        metadata["title"] = entry.title
        metadata["status"] = "pending" if entry.pending else "done"
        if entry.duration is not None:
            metadata["duration"] = entry.duration
    # Of a plain string Gradio strips the indentation, and with it nested lists and code.
    content: list[Any] = [{"type": "text", "text": entry.text}]
    return gr.ChatMessage(content=content, metadata=metadata)
