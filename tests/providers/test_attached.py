"""What visitors attached reaches each vendor in its own shape, through its own SDK."""

import base64
import json
from typing import Any

import pytest
from asking import ask, conversation, transcript
from connecting import Connect
from pictures import PNG
from upstream import Answer, Upstream

from chatwidget.files import StoredFile
from chatwidget.messages import FilePart, Message, TextPart, user_message
from chatwidget.providers import ChatRequest

pytestmark = pytest.mark.anyio

APIS = ("chat", "responses", "messages")
every_api = pytest.mark.parametrize("api", APIS)
ANSWER = {
    "chat": Answer(body=transcript("chat_text")),
    "responses": Answer(body=transcript("responses_text")),
    "messages": Answer(body=transcript("anthropic_text")),
}
BASE64 = base64.b64encode(PNG).decode()
URL = f"data:image/png;base64,{BASE64}"

CAT = StoredFile(id="f_cat", name="cat.png", media_type="image/png", data=PNG)
NOTES = StoredFile(
    id="f_notes", name="notes.md", media_type="text/markdown", data="# Grüße".encode()
)
IMAGE: dict[str, Any] = {
    "chat": {"type": "image_url", "image_url": {"url": URL}},
    "responses": {"type": "input_image", "image_url": URL, "detail": "auto"},
    "messages": {
        "type": "image",
        "source": {"type": "base64", "media_type": "image/png", "data": BASE64},
    },
}
BLOCK = '<file name="notes.md">\n# Grüße\n</file>'


def with_files(name: str, text: str, *files: StoredFile) -> Message:
    return user_message(name, text, [FilePart(f.id, f.media_type, f.name) for f in files])


def asking(*messages: Message, shown: tuple[StoredFile, ...] = (CAT, NOTES), **more: Any) -> Any:
    return conversation(*messages, files={file.id: file for file in shown}, **more)


def an_answer(name: str = "a1", text: str = "I see.") -> Message:
    return Message(name, "assistant", [TextPart(text)])


def text_part(api: str, text: str) -> dict[str, str]:
    return {"type": "input_text" if api == "responses" else "text", "text": text}


async def sent(
    upstream: Upstream, connect: Connect, api: str, request: ChatRequest
) -> list[dict[str, Any]]:
    """Return the messages that the vendor gets."""
    upstream.answers(ANSWER[api])
    heard = await ask(connect(api), request)
    assert heard.complete
    body = upstream.requests[0].json
    messages: list[dict[str, Any]] = body["input" if api == "responses" else "messages"]
    return messages


@every_api
async def test_an_image_and_a_text_go_along_with_the_question(
    upstream: Upstream, connect: Connect, api: str
) -> None:
    request = asking(with_files("q1", "What is this?", CAT, NOTES))
    (message,) = await sent(upstream, connect, api, request)
    assert message == {
        "role": "user",
        "content": [IMAGE[api], text_part(api, BLOCK), text_part(api, "What is this?")],
    }


@every_api
async def test_a_question_may_be_an_image_and_nothing_else(
    upstream: Upstream, connect: Connect, api: str
) -> None:
    (message,) = await sent(upstream, connect, api, asking(with_files("q1", "", CAT)))
    assert message == {"role": "user", "content": [IMAGE[api]]}


@every_api
async def test_without_images_the_content_is_text_as_it_ever_was(
    upstream: Upstream, connect: Connect, api: str
) -> None:
    request = asking(with_files("q1", "Sum it up.", NOTES))
    (message,) = await sent(upstream, connect, api, request)
    if api == "messages":
        assert message["content"] == [text_part(api, BLOCK), text_part(api, "Sum it up.")]
    else:
        assert message["content"] == f"{BLOCK}\n\nSum it up."


@every_api
async def test_a_file_that_is_not_shown_any_more_is_named(
    upstream: Upstream, connect: Connect, api: str
) -> None:
    request = asking(
        with_files("q1", "What is this?", CAT, NOTES),
        an_answer(),
        user_message("q2", "And now?"),
        shown=(),
    )
    messages = await sent(upstream, connect, api, request)
    words = ["[image: cat.png]", "[file: notes.md]", "What is this?"]
    if api == "messages":
        assert messages[0]["content"] == [text_part(api, text) for text in words]
    else:
        assert messages[0]["content"] == "\n\n".join(words)


@every_api
async def test_a_file_is_shown_where_it_was_attached_last(
    upstream: Upstream, connect: Connect, api: str
) -> None:
    request = asking(
        with_files("q1", "This?", CAT), an_answer(), with_files("q2", "And this?", CAT)
    )
    messages = await sent(upstream, connect, api, request)
    assert json.dumps(messages).count(BASE64) == 1
    assert messages[2]["content"] == [IMAGE[api], text_part(api, "And this?")]


async def test_text_files_have_so_many_characters_together_the_newest_first(
    upstream: Upstream, connect: Connect
) -> None:
    old = StoredFile(id="f_old", name="old.txt", media_type="text/plain", data=b"o" * 100)
    new = StoredFile(id="f_new", name="new.txt", media_type="text/plain", data=b"n" * 60)
    request = asking(
        with_files("q1", "Old?", old),
        an_answer(),
        with_files("q2", "New?", new),
        shown=(old, new),
        file_characters=100,
    )
    messages = await sent(upstream, connect, "chat", request)
    assert messages[2]["content"] == f'<file name="new.txt">\n{"n" * 60}\n</file>\n\nNew?'
    assert messages[0]["content"] == (
        f'<file name="old.txt">\n{"o" * 40}\n[cut off after 40 of 100 characters]\n</file>\n\nOld?'
    )


@every_api
@pytest.mark.parametrize(
    ("status", "said"),
    [
        (400, "Invalid content type. image_url is only supported by certain models."),
        (400, "This model does not support vision."),
        (400, "messages[0].content must be a string"),
        (404, "No endpoints found that support image input"),
        (422, "unknown variant `image_url`, expected `text`"),
        (400, "messages.0.content.0.image.source.base64: image exceeds 5 MB maximum"),
        (400, "Could not process image"),
        (413, "Request too large"),
    ],
)
async def test_a_model_that_can_not_take_an_image_says_so_in_our_words(
    upstream: Upstream, connect: Connect, api: str, status: int, said: str
) -> None:
    body = json.dumps({"error": {"message": said, "type": "invalid_request_error"}}).encode()
    upstream.answers(Answer(body=body, status=status, content_type="application/json"))
    heard = await ask(connect(api), asking(with_files("q1", "This?", CAT)))
    assert heard.error
    assert (heard.error.code, heard.error.retryable) == ("file_refused", False)
    assert heard.error.message == "The assistant could not read an attached image."
    assert said not in str(heard.error.hint)


@every_api
@pytest.mark.parametrize(
    ("status", "said", "shown", "code"),
    [
        (400, "image_url is only supported by certain models", (), "provider_error"),
        (400, "Unknown parameter: temperature", (CAT,), "provider_error"),
        (400, "prompt is too long: with images", (CAT,), "context_too_long"),
        (429, "too many image tokens per minute", (CAT,), "provider_rate_limited"),
        (401, "no key for vision", (CAT,), "provider_auth"),
    ],
)
async def test_what_has_nothing_to_do_with_images_is_what_it_was(
    upstream: Upstream,
    connect: Connect,
    api: str,
    status: int,
    said: str,
    shown: tuple[StoredFile, ...],
    code: str,
) -> None:
    body = json.dumps({"error": {"message": said}}).encode()
    upstream.answers(Answer(body=body, status=status, content_type="application/json"))
    heard = await ask(connect(api), asking(with_files("q1", "This?", *shown), shown=shown))
    assert heard.error
    assert heard.error.code == code
