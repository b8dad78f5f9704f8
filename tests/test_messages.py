"""Messages as a browser sees them."""

from chatwidget.chunks import Usage
from chatwidget.messages import (
    DataPart,
    Message,
    Metadata,
    ProviderPart,
    ReasoningPart,
    SourceDocumentPart,
    StepPart,
    TextPart,
    ToolPart,
    user_message,
)

CREATED = "2026-01-02T03:04:05.678+00:00"


def test_a_browser_sees_a_ui_message_without_what_is_the_providers_own() -> None:
    message = Message(
        "m_1",
        "assistant",
        [
            StepPart(),
            ProviderPart("openai", {"secret": "x"}),
            ReasoningPart("Hm."),
            ToolPart("a", "find", "output-available", {"x": 1}, 2, title="Find"),
            ToolPart("b", "find"),
            TextPart("Hello"),
            SourceDocumentPart("s", "text/plain", "Handbook"),
            DataPart("order", {"id": "A-1"}, "o1"),
        ],
        Metadata(created_at=CREATED, finish_reason="stop", usage=Usage(1, 2), refused=True),
    )
    tool = {"type": "tool-find", "toolCallId": "a", "state": "output-available"}
    assert message.to_ui() == {
        "id": "m_1",
        "role": "assistant",
        "parts": [
            {"type": "step-start"},
            {"type": "reasoning", "text": "Hm."},
            {**tool, "input": {"x": 1}, "output": 2, "title": "Find"},
            {"type": "tool-find", "toolCallId": "b", "state": "input-streaming"},
            {"type": "text", "text": "Hello"},
            {
                "type": "source-document",
                "sourceId": "s",
                "mediaType": "text/plain",
                "title": "Handbook",
            },
            {"type": "data-order", "data": {"id": "A-1"}, "id": "o1"},
        ],
        "metadata": {
            "createdAt": CREATED,
            "finishReason": "stop",
            "refused": True,
            "usage": {"inputTokens": 1, "outputTokens": 2},
        },
    }


def test_a_users_message_is_its_text() -> None:
    message = user_message("q1", "Hello")
    assert message.text == "Hello"
    assert message.to_ui()["parts"] == [{"type": "text", "text": "Hello"}]
