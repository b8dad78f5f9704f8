"""The stream of Anthropic's Messages API as chunks. Knows no client and no request.

https://docs.anthropic.com/en/api/messages-streaming
"""

import json
from collections.abc import Iterator, Mapping
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
    ToolInputError,
    ToolInputStart,
    ToolOutputAvailable,
    ToolOutputError,
    Usage,
)
from chatwidget.providers.reading import Reading
from chatwidget.providers.tool_input import tool_input
from chatwidget.providers.upstream_errors import reported

_REASONS: dict[str, StopReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "tool_use": "tool-calls",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "content-filter",
}
_CALLS = ("tool_use", "server_tool_use", "mcp_tool_use")
# Blocks that only the API understands, and wants back as they were.
_OPAQUE = ("thinking", "redacted_thinking", "compaction")


class MessagesReading(Reading):
    """Reads the events (as JSON objects) of one stream, or of several where the model paused.

    `content` is what it has said so far, in the form that the API wants it back in to go on.
    """

    def __init__(self, *, name: str, model: str) -> None:
        super().__init__(name=name, model=model)
        self.content: list[dict[str, Any]] = []
        self._open: dict[int, dict[str, Any]] = {}
        self._pieces: dict[int, list[str]] = {}
        self._hosted: dict[str, dict[str, Any]] = {}
        self._reason: str | None = None
        self._spent: list[dict[str, int]] = []
        self._sources: dict[str, str | None] = {}

    @property
    def paused(self) -> bool:
        """Whether the model wants to go on, after a tool that the API runs for it."""
        return self._reason == "pause_turn"

    def _rest(self) -> Iterator[Chunk]:
        for index, block in self._open.items():
            if block.get("type") == "tool_use":
                yield self._call(index, block, cut_off=self._reason != "tool_use")
        for url, title in self._sources.items():
            yield SourceUrl(url, url, title)
        reason = _REASONS.get(self._reason, "other") if self._reason else "interrupted"
        yield StepEnd(reason, self._usage(), self._reason == "refusal")

    def _event(self, event: Mapping[str, Any]) -> Iterator[Chunk]:
        match event.get("type"):
            case "message_start":
                self._reason, self._open, self.ended = None, {}, False
                self._spent.append({})
                self._count(event["message"].get("usage"))
            case "content_block_start":
                yield from self._start(event["index"], dict(event["content_block"]))
            case "content_block_delta":
                yield from self._delta(event["index"], event["delta"])
            case "content_block_stop":
                yield from self._stop(event["index"])
            case "message_delta":
                self._reason = event["delta"].get("stop_reason") or self._reason
                self._count(event.get("usage"))
                self.ended = self._reason is not None
            case "error":
                raise reported(event.get("error"))

    def _start(self, index: int, block: dict[str, Any]) -> Iterator[Chunk]:
        self._open[index], self._pieces[index] = block, []
        kind = block.get("type")
        if kind in ("text", "thinking") and (text := block.get(kind)):
            self._pieces[index].append(text)
            yield TextDelta(text) if kind == "text" else ReasoningDelta(text)
        elif kind in _CALLS:
            yield ToolInputStart(block["id"], block["name"])

    def _delta(self, index: int, delta: Mapping[str, Any]) -> Iterator[Chunk]:
        if index not in self._open:
            yield from self._start(index, {"type": "text"})
        block, pieces = self._open[index], self._pieces[index]
        match delta.get("type"):
            case "text_delta":
                pieces.append(delta["text"])
                yield TextDelta(delta["text"])
            case "thinking_delta":
                pieces.append(delta["thinking"])
                yield ReasoningDelta(delta["thinking"])
            case "input_json_delta" if delta["partial_json"]:
                pieces.append(delta["partial_json"])
                if block.get("type") in _CALLS:
                    yield ToolInputDelta(block["id"], delta["partial_json"])
            case "signature_delta":
                block["signature"] = delta["signature"]
            case "compaction_delta":
                block.update({key: value for key, value in delta.items() if key != "type"})
            case "citations_delta":
                citation = delta["citation"]
                block["citations"] = [*(block.get("citations") or ()), citation]
                if str(citation.get("url")).startswith("http"):
                    self._sources.setdefault(citation["url"], citation.get("title"))

    def _stop(self, index: int) -> Iterator[Chunk]:
        block = self._open.pop(index, {})
        kind = block.get("type", "")
        if kind in ("text", "thinking"):
            block[kind] = "".join(self._pieces[index])
        if kind in _CALLS:
            call = self._call(index, block)
            block["input"] = call.input
            if kind != "tool_use":
                self._hosted[block["id"]] = block
            yield call
        elif kind.endswith("_tool_result"):
            yield from self._result(block)
        elif kind in _OPAQUE and (kind != "thinking" or block.get("signature")):
            yield self._echo(block)
        if kind and (kind != "text" or block["text"].strip()):
            self.content.append(block)

    def _call(
        self, index: int, block: dict[str, Any], *, cut_off: bool = False
    ) -> ToolInputAvailable | ToolInputError:
        text = "".join(self._pieces[index])
        if not text and block.get("input"):
            text = json.dumps(block["input"])
        hosted = block["type"] != "tool_use"
        return tool_input(
            block["id"], block["name"], text, provider_executed=hosted, cut_off=cut_off
        )

    def _result(self, block: dict[str, Any]) -> Iterator[Chunk]:
        call_id, content = block["tool_use_id"], block.get("content")
        call = self._hosted.pop(call_id, None)
        if call is None:
            return
        error = content.get("error_code") if isinstance(content, dict) else None
        if error:
            yield ToolOutputError(call_id, str(error), provider_executed=True)
        else:
            yield ToolOutputAvailable(call_id, _readable(content), provider_executed=True)
        yield self._echo(call, block)  # neither of the two is accepted without the other

    def _echo(self, *blocks: dict[str, Any]) -> ProviderData:
        return ProviderData(self._name, {"model": self._model, "blocks": list(blocks)})

    def _count(self, usage: Mapping[str, Any] | None) -> None:
        # Cumulative within a stream: later numbers replace earlier ones.
        counts = {key: value for key, value in (usage or {}).items() if isinstance(value, int)}
        if self._spent:
            self._spent[-1].update(counts)

    def _usage(self) -> Usage | None:
        spent = [
            Usage(
                counts.get("input_tokens", 0)
                + counts.get("cache_read_input_tokens", 0)
                + counts.get("cache_creation_input_tokens", 0),
                counts.get("output_tokens", 0),
            )
            for counts in self._spent
            if counts
        ]
        return sum(spent[1:], spent[0]) if spent else None


def _readable(content: Any) -> Any:
    """A tool's result without what is encrypted."""
    if isinstance(content, list):
        return [_readable(item) for item in content]
    if isinstance(content, dict):
        return {key: item for key, item in content.items() if not key.startswith("encrypted")}
    return content
