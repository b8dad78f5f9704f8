"""Responses: our messages as a request, its stream as chunks. Knows no client.

https://platform.openai.com/docs/api-reference/responses-streaming
"""

import json
from collections.abc import Iterator
from typing import Any

from chatwidget.chunks import (
    Chunk,
    ProviderData,
    ReasoningDelta,
    SourceUrl,
    StepEnd,
    StopReason,
    TextDelta,
    ToolInputAvailable,
    ToolInputDelta,
    ToolInputStart,
    ToolOutputAvailable,
    Usage,
)
from chatwidget.errors import ProviderError
from chatwidget.files import StoredFile
from chatwidget.messages import Message, TextPart, ToolPart
from chatwidget.providers.attached import Attached, data_url, joined
from chatwidget.providers.base import ChatRequest
from chatwidget.providers.page_context import with_page
from chatwidget.providers.reading import Reading, tokens
from chatwidget.providers.steps import (
    arguments,
    call_id,
    calls_in,
    own_data,
    result,
    steps_of,
    well_formed,
)
from chatwidget.providers.tool_input import tool_input
from chatwidget.providers.upstream_errors import reported

ENCRYPTED = "reasoning.encrypted_content"

_INCOMPLETE: dict[str, StopReason] = {
    "max_output_tokens": "length",
    "content_filter": "content-filter",
}
# Tools that OpenAI runs itself, and the fields of them that nobody wants to read.
_HOSTED = ("web_search", "file_search", "code_interpreter", "image_generation", "mcp")
_DULL = {"id", "type", "status", "result", "container_id"}


def responses_call(request: ChatRequest, *, name: str, model: str, extras: bool) -> dict[str, Any]:
    """Return the arguments of `responses.create`.

    `extras`: ask for the encrypted reasoning and send it back, which models that do not reason
    refuse. Nothing is stored at OpenAI unless `params` say so.
    """
    request = with_page(request)
    params = dict(request.params)
    tools = [
        {
            "type": "function",
            "name": tool.name,
            "description": tool.description,
            "parameters": tool.parameters,
            "strict": False,  # true is the default, and wants every parameter to be required
        }
        for tool in request.tools
    ]
    tools += params.pop("tools", ())
    include = [ENCRYPTED] if extras else []
    include += [item for item in params.pop("include", ()) if item not in include]
    call: dict[str, Any] = {
        "model": model,
        "input": well_formed(list(_input(request, name, model if extras else ""))),
        "store": False,
    }
    if request.system:
        call["instructions"] = request.system
    if include:
        call["include"] = include
    if tools:
        call["tools"] = tools
        if request.tool_choice == "none":
            call["tool_choice"] = "none"
    return {**call, **params, "stream": True}


def _input(request: ChatRequest, name: str, model: str) -> Iterator[dict[str, Any]]:
    attached = Attached(request)
    for message in request.messages:
        if message.role == "user":
            yield {"role": "user", "content": _said(attached.pieces(message))}
        else:
            yield from _assistant(message, name, model)


def _said(pieces: list[StoredFile | str]) -> str | list[dict[str, Any]]:
    if (text := joined(pieces)) is not None:
        return text
    return [
        {"type": "input_text", "text": piece}
        if isinstance(piece, str)
        else {"type": "input_image", "image_url": data_url(piece), "detail": "auto"}
        for piece in pieces
    ]


def _assistant(message: Message, name: str, model: str) -> Iterator[dict[str, Any]]:
    for step in steps_of(message):
        reasoning: list[dict[str, Any]] = []
        phase: dict[str, str] = {}
        for part in step:
            if data := own_data(part, name, model):
                reasoning += [data["item"]] if "item" in data else []
                phase = {"phase": data["phase"]} if "phase" in data else phase
                continue
            if isinstance(part, TextPart) and part.text:
                said: dict[str, Any] = {"role": "assistant", "content": part.text, **phase}
            elif isinstance(part, ToolPart) and not part.provider_executed:
                said = {
                    "type": "function_call",
                    "call_id": call_id(part),
                    "name": part.tool_name,
                    "arguments": json.dumps(arguments(part)),
                }
            else:
                continue
            # Reasoning that nothing came of is refused: it goes along with what follows it.
            yield from reasoning
            reasoning = []
            yield said
        for call in calls_in(step):
            yield {
                "type": "function_call_output",
                "call_id": call_id(call),
                "output": result(call),
            }


class _Call:
    def __init__(self, call_id: str, name: str) -> None:
        self.id = call_id
        self.name = name
        self.text = ""


class ResponsesReading(Reading):
    """Reads the events of one stream."""

    def __init__(self, *, name: str, model: str) -> None:
        super().__init__(name=name, model=model)
        self._calls: dict[Any, _Call] = {}
        self._called = False
        self._reason: StopReason | None = None
        self._refused = False
        self._usage: Usage | None = None
        self._sources: dict[str, str | None] = {}

    def _rest(self) -> Iterator[Chunk]:
        for call in self._calls.values():
            yield tool_input(call.id, call.name, call.text, cut_off=True)
        for url, title in self._sources.items():
            yield SourceUrl(url, url, title)
        reason = self._reason or "interrupted"
        if reason == "stop" and self._called:
            reason = "tool-calls"
        if reason == "stop" and self._refused:
            reason = "content-filter"
        yield StepEnd(reason, self._usage, self._refused)

    def _event(self, event: Any) -> Iterator[Chunk]:
        match getattr(event, "type", None):
            case "response.output_text.delta":
                yield TextDelta(event.delta)
            case "response.refusal.delta":
                self._refused = True
                yield TextDelta(event.delta)
            case "response.reasoning_summary_text.delta" | "response.reasoning_text.delta":
                yield ReasoningDelta(event.delta)
            case "response.reasoning_summary_part.added" if getattr(event, "summary_index", 0):
                yield ReasoningDelta("\n\n")
            case "response.output_item.added":
                yield from self._added(event.output_index, event.item)
            case "response.function_call_arguments.delta":
                if call := self._calls.get(event.output_index):
                    call.text += event.delta
                    yield ToolInputDelta(call.id, event.delta)
            case "response.output_item.done":
                yield from self._done(event.output_index, event.item)
            case "response.output_text.annotation.added":
                self._source(event.annotation)
            case "response.completed" | "response.incomplete" | "response.failed":
                self._end(event.type, event.response)
            case "error":
                raise reported({"code": event.code, "message": event.message})
            case None if hasattr(event, "choices"):
                raise ProviderError(
                    "provider_error",
                    hint='the server speaks Chat Completions, not Responses: use api="chat"',
                    retryable=False,
                )

    def _added(self, index: int, item: Any) -> Iterator[Chunk]:
        if item.type == "function_call":
            self._calls[index] = _Call(item.call_id, item.name)
            yield ToolInputStart(item.call_id, item.name)
        elif item.type == "message" and getattr(item, "phase", None):
            yield ProviderData(self._name, {"model": self._model, "phase": item.phase})
        elif tool := _hosted(item):
            yield ToolInputStart(item.id, tool)

    def _done(self, index: int, item: Any) -> Iterator[Chunk]:
        if item.type == "function_call":
            call = self._calls.pop(index, None) or _Call(item.call_id, item.name)
            self._called = True
            yield tool_input(call.id, call.name, call.text or item.arguments or "")
        elif item.type == "reasoning" and getattr(item, "encrypted_content", None):
            echo = item.to_dict(exclude_none=True, warnings=False)
            echo.pop("status", None)
            yield ProviderData(self._name, {"model": self._model, "item": echo})
        elif tool := _hosted(item):
            fields = item.to_dict(exclude_none=True, warnings=False)
            shown = {key: value for key, value in fields.items() if key not in _DULL}
            yield ToolInputAvailable(item.id, tool, shown, provider_executed=True)
            status = {"status": getattr(item, "status", None) or "completed"}
            yield ToolOutputAvailable(item.id, status, provider_executed=True)

    def _end(self, kind: str, response: Any) -> None:
        if kind == "response.failed":
            raise reported({"code": getattr(response.error, "code", None)})
        if usage := getattr(response, "usage", None):
            self._usage = tokens(usage, "input_tokens", "output_tokens")
        self.ended = True
        self._reason = "stop"
        if kind == "response.incomplete":
            why = getattr(response.incomplete_details, "reason", None)
            self._reason = _INCOMPLETE.get(why or "", "other")

    def _source(self, annotation: Any) -> None:
        # The SDK leaves an annotation it has no type for as a dict.
        said = annotation if isinstance(annotation, dict) else vars(annotation)
        if said.get("type") == "url_citation" and str(said.get("url")).startswith("http"):
            self._sources.setdefault(said["url"], said.get("title"))


def _hosted(item: Any) -> str | None:
    kind = str(item.type).removesuffix("_call")
    return kind if kind in _HOSTED else None
