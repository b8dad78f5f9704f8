"""Asking a provider, and what its chunks add up to."""

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chatwidget.chunks import (
    Chunk,
    ReasoningDelta,
    StepEnd,
    TextDelta,
    ToolInputAvailable,
    ToolInputDelta,
    ToolInputError,
)
from chatwidget.errors import ProviderError
from chatwidget.messages import Message, user_message
from chatwidget.providers import ChatRequest, Provider


def transcript(name: str) -> bytes:
    """Return one of our own transcripts."""
    return (Path(__file__).parents[1] / "transcripts" / f"{name}.sse").read_bytes()


def question(text: str = "Hello?", **fields: Any) -> ChatRequest:
    return ChatRequest(messages=[user_message("u1", text)], **fields)


def conversation(*messages: Message, **fields: Any) -> ChatRequest:
    return ChatRequest(messages=messages, **fields)


@dataclass
class Heard:
    """Everything a provider said, and the error it ended with, if it did."""

    chunks: list[Chunk] = field(default_factory=list)
    error: ProviderError | None = None

    @property
    def text(self) -> str:
        return "".join(chunk.delta for chunk in self.chunks if isinstance(chunk, TextDelta))

    @property
    def reasoning(self) -> str:
        return "".join(chunk.delta for chunk in self.chunks if isinstance(chunk, ReasoningDelta))

    @property
    def calls(self) -> list[ToolInputAvailable | ToolInputError]:
        return self.of(ToolInputAvailable, ToolInputError)

    @property
    def end(self) -> StepEnd | None:
        ends = self.of(StepEnd)
        assert len(ends) <= 1
        assert not ends or ends[0] is self.chunks[-1]
        return ends[0] if ends else None

    @property
    def complete(self) -> bool:
        return self.end is not None and self.end.reason != "interrupted"

    def of(self, *kinds: type[Any]) -> list[Any]:
        return [chunk for chunk in self.chunks if isinstance(chunk, kinds)]

    def pieces_of(self, call_id: str) -> str:
        deltas: Sequence[ToolInputDelta] = self.of(ToolInputDelta)
        return "".join(d.input_text_delta for d in deltas if d.tool_call_id == call_id)


async def ask(provider: Provider, request: ChatRequest | None = None) -> Heard:
    """Read one answer to its end."""
    heard = Heard()
    try:
        async with aclosing(provider.stream(request or question())) as chunks:  # type: ignore[type-var]
            async for chunk in chunks:
                heard.chunks.append(chunk)
    except ProviderError as error:
        heard.error = error
    return heard
