"""The chunks an answer is made of: what providers yield, what the log holds, what the wire carries.

The types follow the UI message stream v1 of the AI SDK (https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol).
`StepEnd` and `ProviderData` are for the server alone and never leave it.
"""

import re
from typing import Any, Literal

import msgspec
from msgspec import Struct

FinishReason = Literal["stop", "length", "content-filter", "tool-calls", "error", "other"]
StopReason = Literal["stop", "length", "content-filter", "tool-calls", "interrupted", "other"]

_DATA_NAME = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")
_OUR_DATA = frozenset({"status", "suggestions"})


class Chunk(
    Struct, frozen=True, omit_defaults=True, rename="camel", tag_field="type", tag="unknown"
):
    """The base of every chunk; `type` is its tag on the wire."""


class Usage(Struct, frozen=True, rename="camel"):
    """What an answer cost, in tokens."""

    input_tokens: int = 0
    output_tokens: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.input_tokens + other.input_tokens, self.output_tokens + other.output_tokens
        )


class Start(Chunk, frozen=True, tag="start"):
    """The first chunk of every answer."""

    message_id: str
    message_metadata: dict[str, Any] = {}


class StartStep(Chunk, frozen=True, tag="start-step"):
    """One call of the provider begins; an answer with tools has several."""


class FinishStep(Chunk, frozen=True, tag="finish-step"):
    """One call of the provider is over."""


class TextStart(Chunk, frozen=True, tag="text-start"):
    id: str


class TextDelta(Chunk, frozen=True, tag="text-delta"):
    """A piece of visible text. Providers leave `id` empty: the engine numbers the parts."""

    delta: str
    id: str = ""


class TextEnd(Chunk, frozen=True, tag="text-end"):
    id: str


class ReasoningStart(Chunk, frozen=True, tag="reasoning-start"):
    id: str


class ReasoningDelta(Chunk, frozen=True, tag="reasoning-delta"):
    """A piece of the model's thinking, as far as its vendor shows it."""

    delta: str
    id: str = ""


class ReasoningEnd(Chunk, frozen=True, tag="reasoning-end"):
    id: str


class ToolInputStart(Chunk, frozen=True, tag="tool-input-start"):
    tool_call_id: str
    tool_name: str
    title: str | None = None


class ToolInputDelta(Chunk, frozen=True, tag="tool-input-delta"):
    """A piece of a tool call's arguments, as JSON text."""

    tool_call_id: str
    input_text_delta: str


class ToolInputAvailable(Chunk, frozen=True, tag="tool-input-available"):
    """A whole tool call: `input` is the parsed JSON of its arguments."""

    tool_call_id: str
    tool_name: str
    input: Any
    title: str | None = None
    provider_executed: bool = False


class ToolInputError(Chunk, frozen=True, tag="tool-input-error"):
    """A tool call whose arguments are not what the tool takes; `input` is what came instead."""

    tool_call_id: str
    tool_name: str
    input: Any
    error_text: str
    title: str | None = None


class ToolOutputAvailable(Chunk, frozen=True, tag="tool-output-available"):
    tool_call_id: str
    output: Any
    provider_executed: bool = False


class ToolOutputError(Chunk, frozen=True, tag="tool-output-error"):
    tool_call_id: str
    error_text: str
    provider_executed: bool = False


class SourceUrl(Chunk, frozen=True, tag="source-url"):
    """A web page that the answer rests on."""

    source_id: str
    url: str
    title: str | None = None


class SourceDocument(Chunk, frozen=True, tag="source-document"):
    """A document that the answer rests on."""

    source_id: str
    media_type: str
    title: str
    filename: str | None = None


class File(Chunk, frozen=True, tag="file"):
    """A file made by the model; `url` is http(s) or a data URL."""

    url: str
    media_type: str


class Status(Chunk, frozen=True, omit_defaults=False, tag="data-status"):
    """What the assistant is doing right now, shown until the next text: `Status("Searching…")`."""

    data: str | dict[str, str]
    transient: bool = True

    def __post_init__(self) -> None:
        if isinstance(self.data, str):
            msgspec.structs.force_setattr(self, "data", {"text": self.data})

    @property
    def text(self) -> str:
        return self.data["text"] if isinstance(self.data, dict) else self.data


class Abort(Chunk, frozen=True, tag="abort"):
    """The visitor stopped the answer; `Finish` follows."""

    reason: str = ""


class Error(Chunk, frozen=True, tag="error"):
    """The answer failed. Always the last chunk: readers of the protocol stop here.

    `error_text` is for a visitor's eyes, `retry_after` in seconds.
    """

    error_text: str
    code: str
    retryable: bool
    retry_after: float | None = None
    error_id: str | None = None


class Finish(Chunk, frozen=True, tag="finish"):
    """The answer is over, for the reason given."""

    finish_reason: FinishReason
    message_metadata: dict[str, Any] = {}


class StepEnd(Chunk, frozen=True, tag="step-end"):
    """What a provider yields last: why the model stopped and what the call cost.

    `interrupted` means that the stream ended without saying that it was complete.
    A function that simply returns is taken to have stopped.
    """

    reason: StopReason = "stop"
    usage: Usage | None = None
    refused: bool = False


class ProviderData(Chunk, frozen=True, tag="provider-data"):
    """Something only its own provider understands and wants back on the next call, in this place
    of the message: a signed thinking block, an encrypted reasoning item. Never sent to a browser.
    """

    provider: str
    data: dict[str, Any]


class Suggestions(Chunk, frozen=True, omit_defaults=False, tag="data-suggestions"):
    """What the visitor might ask next, as buttons below the answer: `Suggestions(["Why?"])`."""

    data: list[str] | dict[str, list[str]]

    def __post_init__(self) -> None:
        if isinstance(self.data, list):
            msgspec.structs.force_setattr(self, "data", {"texts": self.data})

    @property
    def texts(self) -> list[str]:
        return self.data["texts"] if isinstance(self.data, dict) else self.data


class Data(Chunk, frozen=True, tag="data"):
    """Something of your own for the page to draw: `Data("order", {"id": "A-1042"})`.

    `data` is any JSON; on the wire the chunk's type is `data-` and `name`, and a page draws it by
    the function of that name in the element's `parts`. One with the `id` of an earlier one of that
    name takes its place. Raises ValueError for a name that is none, or that is ours.
    """

    name: str
    data: Any
    id: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not _DATA_NAME.fullmatch(self.name):
            raise ValueError(f"Data: name={self.name!r} must be like 'order' or 'order-list'")
        if self.name in _OUR_DATA:
            raise ValueError(f"Data: the name {self.name!r} is taken")


Yielded = (
    TextDelta
    | ReasoningDelta
    | ToolInputStart
    | ToolInputDelta
    | ToolInputAvailable
    | ToolInputError
    | ToolOutputAvailable
    | ToolOutputError
    | SourceUrl
    | SourceDocument
    | File
    | Status
    | Suggestions
    | Data
    | StepEnd
    | ProviderData
)
"""What providers may yield; all else opens, closes and ends things, which is the engine's job."""

Wire = (
    Start
    | StartStep
    | FinishStep
    | TextStart
    | TextDelta
    | TextEnd
    | ReasoningStart
    | ReasoningDelta
    | ReasoningEnd
    | ToolInputStart
    | ToolInputDelta
    | ToolInputAvailable
    | ToolInputError
    | ToolOutputAvailable
    | ToolOutputError
    | SourceUrl
    | SourceDocument
    | File
    | Status
    | Suggestions
    | Data
    | Abort
    | Error
    | Finish
)
"""What the log holds and readers see."""
