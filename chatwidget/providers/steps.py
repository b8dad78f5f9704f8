"""What vendors' requests have in common: an assistant's message, step by step."""

import json
import re
from collections.abc import Iterator
from typing import Any

from chatwidget.messages import Message, Part, ProviderPart, StepPart, ToolPart

_NOT_IN_IDS = re.compile(r"[^A-Za-z0-9_-]")


def steps_of(message: Message) -> Iterator[list[Part]]:
    """Yield the parts of each call of the provider that the message is made of."""
    step: list[Part] = []
    for part in message.parts:
        if isinstance(part, StepPart):
            if step:
                yield step
            step = []
        else:
            step.append(part)
    if step:
        yield step


def calls_in(step: list[Part]) -> list[ToolPart]:
    """Return the calls of our own tools; those that a provider ran itself are its own affair."""
    return [part for part in step if isinstance(part, ToolPart) and not part.provider_executed]


def own_data(part: Part, provider: str, model: str) -> dict[str, Any] | None:
    """Return what this provider and model left in the message for themselves.

    Signed or encrypted data is worth nothing to another model, and may be refused by it.
    """
    if isinstance(part, ProviderPart) and part.provider == provider:
        return part.data if part.data.get("model") == model else None
    return None


def call_id(tool: ToolPart) -> str:
    """Return the call's id as the vendors with rules for it take it: a conversation may change
    its provider."""
    return _NOT_IN_IDS.sub("_", tool.tool_call_id)[:64]


def arguments(tool: ToolPart) -> dict[str, Any]:
    """Return the arguments as an object, which they need not be where the model made a mistake."""
    return tool.input if isinstance(tool.input, dict) else {"invalid": tool.input}


def result(tool: ToolPart) -> str:
    """Return what the tool gave, or how it failed, as text."""
    if tool.state == "output-error":
        return tool.error_text or "The tool failed."
    if isinstance(tool.output, str):
        return tool.output
    return json.dumps(tool.output, ensure_ascii=False)


def well_formed(value: Any) -> Any:
    """Return what JSON can hold with every lone surrogate replaced by U+FFFD: it can't be sent."""
    match value:
        case str() if not value.isascii():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case list():
            return [well_formed(each) for each in value]
        case dict():
            return {well_formed(key): well_formed(each) for key, each in value.items()}
    return value
