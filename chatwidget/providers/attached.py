"""What visitors attached, as models take it: images as they are, text with its name around it."""

import base64

from chatwidget.files import StoredFile, is_image
from chatwidget.messages import FilePart, Message
from chatwidget.providers.base import ChatRequest


class Attached:
    """The files of a request, each where it was attached last; anywhere else it is only named.

    Text files together have `request.file_characters`, the newest first.
    """

    def __init__(self, request: ChatRequest) -> None:
        self._shown: dict[tuple[str, str], StoredFile | str] = {}
        room, seen = request.file_characters, set[str]()
        for message in reversed(request.messages):
            for part in message.files if message.role == "user" else ():
                file = request.files.get(part.url)
                if file is None or file.id in seen:
                    continue
                seen.add(file.id)
                self._shown[message.id, file.id] = file if file.is_image else _block(file, room)
                room = max(room - len(file.text), 0)

    def pieces(self, message: Message) -> list[StoredFile | str]:
        """Return what the user's message is made of, in order: images, and texts that are not
        empty."""
        files = [self._shown.get((message.id, part.url), note(part)) for part in message.files]
        return [*files, message.text] if message.text or not files else files


def joined(pieces: list[StoredFile | str]) -> str | None:
    """Return the pieces as one text; None if there are images among them."""
    texts = [piece for piece in pieces if isinstance(piece, str)]
    return "\n\n".join(texts) if len(texts) == len(pieces) else None


def note(part: FilePart) -> str:
    """Return what stands for a file that is not shown."""
    return f"[{'image' if is_image(part.media_type) else 'file'}: {part.filename or 'unnamed'}]"


def base64_of(file: StoredFile) -> str:
    """Return the file's content in base64."""
    return base64.b64encode(file.data).decode()


def data_url(file: StoredFile) -> str:
    """Return the file as a URL that holds it."""
    return f"data:{file.media_type};base64,{base64_of(file)}"


def has_images(request: ChatRequest) -> bool:
    """Whether a model has to be able to see in order to answer."""
    return any(file.is_image for file in request.files.values())


def _block(file: StoredFile, room: int) -> str:
    text = file.text
    if len(text) > room:
        text = f"{text[:room]}\n[cut off after {room} of {len(text)} characters]"
    return f'<file name="{file.name}">\n{text}\n</file>'
