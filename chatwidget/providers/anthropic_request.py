"""Our messages as a request of Anthropic's Messages API. Knows no client and no stream."""

from collections.abc import Iterator
from typing import Any

from chatwidget.files import StoredFile
from chatwidget.messages import Message, TextPart, ToolPart
from chatwidget.providers.attached import Attached, base64_of
from chatwidget.providers.base import ChatRequest
from chatwidget.providers.page_context import with_page
from chatwidget.providers.steps import (
    arguments,
    call_id,
    calls_in,
    own_data,
    result,
    steps_of,
    well_formed,
)


def messages_call(
    request: ChatRequest, *, name: str, model: str, max_tokens: int, thinking: Any
) -> dict[str, Any]:
    """Return the arguments of `messages.create`."""
    request = with_page(request)
    params = dict(request.params)
    tools = [
        {"name": tool.name, "description": tool.description, "input_schema": tool.parameters}
        for tool in request.tools
    ]
    tools += params.pop("tools", ())
    call: dict[str, Any] = {
        "model": model,
        "max_tokens": max_tokens,
        "messages": well_formed(_messages(request, name, model)),
    }
    if request.system:
        call["system"] = request.system
    if thinking:
        call["thinking"] = thinking
    if tools:
        call["tools"] = tools
        if request.tool_choice == "none":
            call["tool_choice"] = {"type": "none"}
    return {**call, **params, "stream": True}


def _messages(request: ChatRequest, name: str, model: str) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    attached = Attached(request)
    for message in request.messages:
        if message.role == "user":
            _say(messages, "user", [_block(piece) for piece in attached.pieces(message)])
        else:
            for role, blocks in _assistant(message, name, model):
                _say(messages, role, blocks)
    return messages


def _block(piece: StoredFile | str) -> dict[str, Any]:
    if isinstance(piece, str):
        return {"type": "text", "text": piece}
    source = {"type": "base64", "media_type": piece.media_type, "data": base64_of(piece)}
    return {"type": "image", "source": source}


def _say(messages: list[dict[str, Any]], role: str, blocks: list[dict[str, Any]]) -> None:
    if messages and messages[-1]["role"] == role:
        messages[-1]["content"] += blocks
    elif blocks:
        messages.append({"role": role, "content": blocks})


def _assistant(
    message: Message, name: str, model: str
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for step in steps_of(message):
        said: list[dict[str, Any]] = []
        held: list[dict[str, Any]] = []
        for part in step:
            block: dict[str, Any] | None = None
            if data := own_data(part, name, model):
                held += data["blocks"]
            elif isinstance(part, TextPart) and part.text.strip():
                block = {"type": "text", "text": part.text}
            elif isinstance(part, ToolPart) and not part.provider_executed:
                block = {
                    "type": "tool_use",
                    "id": call_id(part),
                    "name": part.tool_name,
                    "input": arguments(part),
                }
            # No message may end with thinking, so it goes along with what came of it.
            if block is not None:
                said += [*held, block]
                held = []
        yield "assistant", said
        yield "user", [_result(call) for call in calls_in(step)]


def _result(call: ToolPart) -> dict[str, Any]:
    block = {"type": "tool_result", "tool_use_id": call_id(call), "content": result(call)}
    return {**block, "is_error": True} if call.state == "output-error" else block
