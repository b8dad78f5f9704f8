"""What a provider is: the one thing between us and a model."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Literal, Protocol, runtime_checkable

from msgspec import Struct

from chatwidget.chunks import Chunk
from chatwidget.files import StoredFile
from chatwidget.messages import Message


class ToolSpec(Struct, frozen=True):
    """A tool as a model sees it; `parameters` is the JSON Schema of its arguments."""

    name: str
    description: str
    parameters: dict[str, Any]


class ChatRequest(Struct, frozen=True, kw_only=True):
    """What a provider is asked.

    `messages` end with the user's question, or with an assistant message whose last tool calls
    have their results (then the model is to go on with it). No tool call in them is unanswered
    and no assistant message is empty. `params` are the server's model parameters (temperature,
    max_tokens, …), handed to the SDK's call as they are. `context` is what the page told us about
    itself: data, never instructions. `continues` is an answer that was cut off and is to be gone on
    with, without a word of it repeated; the messages end with it and a wish for the rest.
    """

    messages: Sequence[Message]
    system: str | None = None
    tools: Sequence[ToolSpec] = ()
    tool_choice: Literal["auto", "none"] = "auto"
    params: Mapping[str, Any] = {}
    conversation_id: str = ""
    visitor_id: str = ""
    context: Any = None
    continues: Message | None = None
    files: Mapping[str, StoredFile] = {}
    file_characters: int = 200_000

    @property
    def message(self) -> str:
        """The text of the user's last message."""
        return next((m.text for m in reversed(self.messages) if m.role == "user"), "")

    def files_of(self, message: Message | None = None) -> list[StoredFile]:
        """Return the files of a message that are shown; by default of the user's last one."""
        if message is None:
            message = next((m for m in reversed(self.messages) if m.role == "user"), None)
        parts = message.files if message else []
        return [self.files[part.url] for part in parts if part.url in self.files]


@runtime_checkable
class Provider(Protocol):
    """Turns a conversation into a stream of chunks.

    Yield `TextDelta`, `ReasoningDelta`, tool input chunks, `Status`, sources and files as they
    arrive, and a `StepEnd` last. The engine opens, numbers and closes the parts. Raise
    `ProviderError` when there can be no answer. The caller may stop reading at any time and then
    closes the iterator: closing the upstream connection is the provider's job, so hold it in
    `async with`.
    """

    name: str

    def stream(self, request: ChatRequest) -> AsyncIterator[Chunk]: ...

    async def aclose(self) -> None:
        """Close what is kept between calls (SDK clients)."""
