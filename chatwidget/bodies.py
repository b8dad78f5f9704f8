"""What clients send: read under a limit, parsed, and checked before anything is stored or paid."""

import asyncio
import re
from typing import Any, Literal, TypeVar

import msgspec
from msgspec import Struct
from starlette.requests import Request

from chatwidget.errors import (
    BadRequest,
    InvalidMessage,
    JsonOnly,
    MessageTooLong,
    NotFound,
    TooLarge,
)
from chatwidget.ids import CLIENT_ID, new_id
from chatwidget.messages import TITLE_CHARACTERS, FilePart, Message, user_message

T = TypeVar("T")

Trigger = Literal["submit-message", "regenerate-message", "continue-message"]

CONTEXT_BYTES = 16 * 1024
"""Of what a page may tell about itself: a model reads it with each question."""

PATIENCE = 20.0
"""Seconds without a byte after which the rest of a body is not waited for any more: a server that
is told to stop waits for every request that it has begun to read."""


class MessagesBody(Struct, rename="camel"):
    """`POST /messages`, as `useChat` sends it. Of `messages` only the last one counts."""

    id: str | None = None
    messages: list[Any] | None = None
    message: Any = None
    trigger: Trigger = "submit-message"
    message_id: str | None = None
    context: Any = None


class StreamBody(Struct):
    """`POST /stream`: the plain format's question."""

    message: str
    conversation: str | None = None


class FileBody(Struct, rename="camel"):
    """`POST /messages/{id}/files`; `data` is base64 in JSON."""

    name: str
    media_type: str
    data: bytes


class ConversationBody(Struct):
    """What `PATCH /messages/{id}` takes: the conversation's new title."""

    title: str


class FeedbackBody(Struct, rename="camel"):
    """`POST /messages/{id}/feedback`."""

    message_id: str
    value: Literal["up", "down"] | None = None
    comment: str | None = None


async def read_json(
    request: Request, kind: type[T], *, limit: int, too_large: TooLarge | None = None
) -> T:
    """Return the request's JSON body as a `kind`.

    `limit` in bytes: what is larger is refused before it is buffered. Raises `JsonOnly`,
    `TooLarge` (or what is given), `BadRequest` (no JSON, or not all of it) and `InvalidMessage`
    (JSON of another shape).
    """
    too_large = too_large or TooLarge(hint=f"at most {limit} bytes")
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise JsonOnly(hint="send the header content-type: application/json")
    length = declared_length(request)
    if length is not None and length > limit:
        raise too_large
    body = bytearray()
    clock = asyncio.get_running_loop().time
    try:
        async with asyncio.timeout(PATIENCE) as deadline:
            async for piece in request.stream():
                deadline.reschedule(clock() + PATIENCE)
                body += piece
                if len(body) > limit:
                    raise too_large
    except TimeoutError:
        hint = f"after {len(body)} bytes of the body nothing came for {PATIENCE:g} seconds"
        raise BadRequest(hint=hint) from None
    try:
        return msgspec.json.decode(body or b"{}", type=kind)
    except msgspec.ValidationError as error:
        raise InvalidMessage(hint=str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(hint=f"the body is not JSON: {error}") from error


def declared_length(request: Request) -> int | None:
    """Return how many bytes the request says that its body has; None if it does not say."""
    return whole_number(request.headers.get("content-length", ""))


def whole_number(text: str) -> int | None:
    """Return the number that `text` writes in decimal digits, or None."""
    # int() takes more than digits, and refuses thousands of them with an error of its own.
    return int(text) if re.fullmatch("[0-9]{1,18}", text) else None


def conversation_in(request: Request) -> str:
    """Return the id in the path. One of another shape than ours can't be anybody's: `NotFound`."""
    found: str = request.path_params["conversation"]
    if not CLIENT_ID.fullmatch(found):
        raise NotFound
    return found


def conversation_id(value: str | None) -> str | None:
    """Return a conversation id that a client brought. Raises `InvalidMessage`."""
    if value is not None and not CLIENT_ID.fullmatch(value):
        raise InvalidMessage(hint=f"a conversation id matches {CLIENT_ID.pattern}")
    return value


def question(body: MessagesBody, *, longest: int, most_files: int = 0) -> Message:
    """Return the user's message, its files as the client names them.

    Raises `InvalidMessage`, `MessageTooLong` (in characters).
    """
    raw = body.message if body.message is not None else (body.messages or [None])[-1]
    if isinstance(raw, str):
        raw = {"text": raw}
    if not isinstance(raw, dict):
        raise InvalidMessage(hint="send message (text or a UIMessage) or messages (UIMessage[])")
    if raw.get("role", "user") != "user":
        raise InvalidMessage(hint="the last message must be the user's")
    message_id = raw.get("id") or new_id("m")
    if not isinstance(message_id, str) or not CLIENT_ID.fullmatch(message_id):
        raise InvalidMessage(hint=f"a message id matches {CLIENT_ID.pattern}")
    text, files = _text(raw), _files(raw, most=most_files)
    has_text = bool(text.strip()) or not files
    return user_message(message_id, checked_text(text, longest=longest) if has_text else "", files)


def checked_context(context: Any) -> Any:
    """Return what the page told about itself. Raises `InvalidMessage` if it is too much."""
    size = len(msgspec.json.encode(context))
    if size > CONTEXT_BYTES:
        raise InvalidMessage(
            hint=f"the page's context has {size} bytes as JSON, the limit is {CONTEXT_BYTES}"
        )
    return context


def title(text: str) -> str:
    """Return the title in one line. Raises `InvalidMessage` if it is empty, `MessageTooLong`."""
    return " ".join(checked_text(text, longest=TITLE_CHARACTERS).split())


def checked_text(text: str, *, longest: int) -> str:
    """Return the text without NULs. Raises `InvalidMessage` if it is empty, `MessageTooLong`."""
    if not text.strip():
        raise InvalidMessage(hint="the message has no text")
    if len(text) > longest:
        raise MessageTooLong(
            f"This message is too long: at most {longest} characters.",
            hint=f"{len(text)} characters, the limit is {longest}",
        )
    return text.replace("\0", "\ufffd")


def _text(raw: dict[str, Any]) -> str:
    text = raw.get("text", raw.get("content"))
    if isinstance(text, str):
        return text
    parts = raw.get("parts")
    if not isinstance(parts, list):
        raise InvalidMessage(hint="the message has neither text nor parts")
    return "".join(_text_of_part(part) for part in parts)


def _text_of_part(part: object) -> str:
    match part:
        case {"type": "text", "text": str(text)}:
            return text
        case {"type": "file"}:
            return ""
    raise InvalidMessage(hint="only text and file parts are understood")


def _files(raw: dict[str, Any], *, most: int) -> list[FilePart]:
    parts = raw.get("parts")
    found = [_file(part) for part in parts if _is_file(part)] if isinstance(parts, list) else []
    if len(found) > most:
        raise InvalidMessage(
            f"At most {most} files can be sent at once." if most else None,
            hint=f"at most files={most}"
            if most
            else "files are off: see ChatWidget(attachments=…)",
        )
    return found


def _is_file(part: object) -> bool:
    return isinstance(part, dict) and part.get("type") == "file"


def _file(part: dict[str, Any]) -> FilePart:
    url, name = part.get("url"), part.get("filename")
    if not isinstance(url, str) or not isinstance(name, str | None):
        raise InvalidMessage(hint="a file part has a url and perhaps a filename, both texts")
    if not CLIENT_ID.fullmatch(url) and url[:5].lower() != "data:":
        raise InvalidMessage(
            hint="a file part's url is the id that POST /messages/{id}/files gave, or a data: URL"
        )
    return FilePart(url, "", name)
