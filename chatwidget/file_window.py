"""Which of the files that visitors attached go to a provider: so many that none costs too much."""

from collections.abc import Sequence

from chatwidget.config import History
from chatwidget.files import StoredFile
from chatwidget.messages import Message
from chatwidget.stores.base import Store

MOST_BYTES = 20_000_000
"""Bytes of earlier files beyond which no more of them go along: vendors take about 32 MB in all, a
third more than the files have."""

REFUSED = "file_refused"


async def files_in(
    messages: Sequence[Message], store: Store, *, conversation_id: str, window: History
) -> dict[str, StoredFile]:
    """Return the newest files of the conversation, by their ids; all that the question has.

    Once an answer has failed because of a file, those before it are not sent again: else no
    question after it could be answered.
    """
    found: dict[str, StoredFile] = {}
    size = 0
    for file_id, is_asked in _newest_first(messages):
        if file_id in found:
            continue
        if not is_asked and len(found) >= window.files:
            break
        record = await store.file(conversation_id, file_id)
        if record is None:
            continue
        size += record.size
        if not is_asked and size > MOST_BYTES:
            break
        data = await store.file_data(conversation_id, file_id)
        if data is not None:
            found[file_id] = StoredFile(
                id=file_id, name=record.name, media_type=record.media_type, data=data
            )
    return found


def _newest_first(messages: Sequence[Message]) -> list[tuple[str, bool]]:
    """Return the ids of files, and whether it is the question that has them."""
    ids: list[tuple[str, bool]] = []
    asked = next((m for m in reversed(messages) if m.role == "user"), None)
    for message in reversed(messages):
        if message.metadata.error and message.metadata.error.code == REFUSED:
            break
        if message.role == "user":
            ids += [(file.url, message is asked) for file in message.files]
    return ids
