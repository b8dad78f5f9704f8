"""A conversation with everything in it that a vendor's request must carry, or leave out."""

from chatwidget.messages import (
    Message,
    Part,
    ProviderPart,
    ReasoningPart,
    SourceUrlPart,
    StepPart,
    TextPart,
    ToolPart,
    user_message,
)
from chatwidget.providers import ToolSpec

WEATHER = ToolSpec(
    "get_weather",
    "The weather of a city",
    {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)


def with_tools(*own: Part) -> list[Message]:
    """Two turns; the first answer called two tools, having said `own` to itself before that."""
    answer = Message(
        "a1",
        "assistant",
        [
            StepPart(),
            ReasoningPart("Two cities, so two calls."),
            ProviderPart("somebody else", {"model": "demo", "item": {"secret": 1}, "blocks": [1]}),
            *own,
            TextPart("Let me look."),
            ToolPart("call.1", "get_weather", "output-available", {"city": "Oslo"}, {"sun": True}),
            ToolPart("call_2", "get_weather", "output-error", '{"ci', error_text="No arguments."),
            ToolPart("ws_1", "web_search", "output-available", {}, [], provider_executed=True),
            StepPart(),
            TextPart("Sunny in "),
            SourceUrlPart("s", "https://example.com"),
            TextPart("Oslo."),
        ],
    )
    return [user_message("u1", "Oslo and Rome?"), answer, user_message("u2", "Thanks \ud83d")]
