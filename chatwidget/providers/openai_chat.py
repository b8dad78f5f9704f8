"""Chat Completions: our messages as a request, its stream as chunks. Knows no client.

The lowest common denominator of compatible servers, and as varied as they are
(https://platform.openai.com/docs/api-reference/chat/streaming is the book they go by).
"""

import json
from collections.abc import Iterator
from typing import Any

from chatwidget.chunks import (
    Chunk,
    ProviderData,
    ReasoningDelta,
    StepEnd,
    StopReason,
    TextDelta,
    Usage,
)
from chatwidget.files import StoredFile
from chatwidget.messages import Message, Part, ReasoningPart, TextPart
from chatwidget.providers.attached import Attached, data_url, joined
from chatwidget.providers.base import ChatRequest
from chatwidget.providers.page_context import with_page
from chatwidget.providers.reading import Reading, tokens
from chatwidget.providers.steps import (
    arguments,
    calls_in,
    own_data,
    result,
    steps_of,
    well_formed,
)
from chatwidget.providers.tool_calls import ToolCalls

_REASONS: dict[str, StopReason] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool-calls",
    "function_call": "tool-calls",
    "content_filter": "content-filter",
    "error": "interrupted",
    "insufficient_system_resource": "interrupted",  # DeepSeek
}


def chat_call(request: ChatRequest, *, name: str, model: str, extras: bool) -> dict[str, Any]:
    """Return the arguments of `chat.completions.create`; `extras`: what some servers refuse."""
    request = with_page(request)
    params = dict(request.params)
    tools = [
        {
            "type": "function",
            "function": {
                "name": tool.name,
                "description": tool.description,
                "parameters": tool.parameters,
            },
        }
        for tool in request.tools
    ]
    tools += params.pop("tools", ())
    call: dict[str, Any] = {
        "model": model,
        "messages": well_formed(_messages(request, name, model)),
    }
    if tools:
        call["tools"] = tools
        if request.tool_choice == "none":
            call["tool_choice"] = "none"
    if extras:
        call["stream_options"] = {"include_usage": True}
    return {**call, **params, "stream": True}


def _messages(request: ChatRequest, name: str, model: str) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    if request.system:
        messages.append({"role": "system", "content": request.system})
    attached = Attached(request)
    for at, message in enumerate(request.messages):
        if message.role == "user":
            messages.append({"role": "user", "content": _said(attached.pieces(message))})
        else:
            going_on = at == len(request.messages) - 1
            messages += _assistant(message, name, model, going_on=going_on)
    return messages


def _said(pieces: list[StoredFile | str]) -> str | list[dict[str, Any]]:
    # Many servers take nothing but a string, so it is one wherever it can be.
    if (text := joined(pieces)) is not None:
        return text
    return [
        {"type": "text", "text": piece}
        if isinstance(piece, str)
        else {"type": "image_url", "image_url": {"url": data_url(piece)}}
        for piece in pieces
    ]


def _assistant(
    message: Message, name: str, model: str, *, going_on: bool
) -> Iterator[dict[str, Any]]:
    for step in steps_of(message):
        text = "".join(part.text for part in step if isinstance(part, TextPart))
        calls = calls_in(step)
        if not text and not calls:
            continue
        said: dict[str, Any] = {"role": "assistant", "content": text or None}
        echo = next((data for part in step if (data := own_data(part, name, model))), {})
        if calls:
            said["tool_calls"] = [
                {
                    "id": call.tool_call_id,
                    "type": "function",
                    "function": {"name": call.tool_name, "arguments": json.dumps(arguments(call))},
                    **echo.get("calls", {}).get(call.tool_call_id, {}),
                }
                for call in calls
            ]
        # DeepSeek wants its thoughts back while tools are being called, and never after that.
        if going_on and (field := echo.get("reasoning")):
            said[field] = _reasoning(step)
        yield said
        for call in calls:
            yield {"role": "tool", "tool_call_id": call.tool_call_id, "content": result(call)}


def _reasoning(step: list[Part]) -> str:
    return "".join(part.text for part in step if isinstance(part, ReasoningPart))


class ChatReading(Reading):
    """Reads the chunks of one stream; forgiving, since every server has its own ways."""

    def __init__(self, *, name: str, model: str) -> None:
        super().__init__(name=name, model=model)
        self._calls = ToolCalls()
        self._reasoning_field: str | None = None
        self._reason: StopReason | None = None
        self._refused = False
        self._usage: Usage | None = None

    def _event(self, event: Any) -> Iterator[Chunk]:
        if usage := getattr(event, "usage", None):
            self._usage = tokens(usage, "prompt_tokens", "completion_tokens")
        for choice in getattr(event, "choices", None) or ():
            if getattr(choice, "index", 0):  # one answer is what was asked for
                continue
            if delta := getattr(choice, "delta", None):
                yield from self._delta(delta)
            if reason := getattr(choice, "finish_reason", None):
                self._reason = _REASONS.get(reason, "other")
                self.ended = True

    def _rest(self) -> Iterator[Chunk]:
        reason = self._reason or "interrupted"
        if self._calls:
            yield from self._calls.finish(cut_off=reason in ("length", "interrupted"))
            if reason in ("stop", "other"):
                reason = "tool-calls"
            if self._reasoning_field or self._calls.extra:
                echo = {"reasoning": self._reasoning_field, "calls": self._calls.extra}
                yield ProviderData(self._name, {"model": self._model, **echo})
        if self._refused and reason == "stop":
            reason = "content-filter"
        yield StepEnd(reason, self._usage, self._refused)

    def _delta(self, delta: Any) -> Iterator[Chunk]:
        extra = getattr(delta, "model_extra", None) or {}
        for field in ("reasoning_content", "reasoning"):
            if isinstance(text := extra.get(field), str) and text:
                self._reasoning_field = field
                yield ReasoningDelta(text)
                break
        yield from _content(getattr(delta, "content", None))
        if refusal := getattr(delta, "refusal", None):
            self._refused = True
            yield TextDelta(refusal)
        for piece in getattr(delta, "tool_calls", None) or ():
            yield from self._calls.take(piece)


def _content(content: Any) -> Iterator[Chunk]:
    if isinstance(content, str):
        if content:
            yield TextDelta(content)
    elif isinstance(content, list):  # Mistral: parts instead of a text
        for part in content:
            kind = part.get("type") if isinstance(part, dict) else None
            if kind == "text" and part.get("text"):
                yield TextDelta(part["text"])
            elif kind == "thinking":
                for thought in part.get("thinking") or ():
                    if text := thought.get("text"):
                        yield ReasoningDelta(text)
