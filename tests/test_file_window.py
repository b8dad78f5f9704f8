"""Which files go to a provider: the question's own, and the newest before it."""

from collections.abc import Sequence

import pytest
from pictures import PNG
from running import an_engine, ask_and_read, only

from chatwidget.chunks import Error
from chatwidget.config import History
from chatwidget.errors import ProviderError
from chatwidget.file_window import MOST_BYTES, files_in
from chatwidget.files import FileRecord, StoredFile
from chatwidget.messages import (
    FilePart,
    Message,
    MessageError,
    Metadata,
    TextPart,
    user_message,
)
from chatwidget.providers import ChatRequest, Scripted, fail
from chatwidget.stores.memory import Memory

pytestmark = pytest.mark.anyio


class Sizes(Memory):
    """A store whose files are as large as it is told, and have no content."""

    def __init__(self, **sizes: int) -> None:
        super().__init__()
        self._sizes = sizes

    async def file(self, conversation_id: str, file_id: str) -> FileRecord | None:
        if file_id not in self._sizes:
            return None
        return FileRecord(
            id=file_id,
            conversation_id=conversation_id,
            owner="v_1",
            name=f"{file_id}.png",
            media_type="image/png",
            size=self._sizes[file_id],
        )

    async def file_data(self, conversation_id: str, file_id: str) -> bytes | None:
        return b""


def asked(*files: str) -> Message:
    parts = [FilePart(file, "image/png", "x.png") for file in files]
    return user_message("_".join(["q", *files]), "Well?", parts)


def answered(error: str | None = None) -> Message:
    failure = MessageError(error, "No.") if error else None
    return Message("a", "assistant", [TextPart("So.")], Metadata(error=failure))


async def shown(messages: Sequence[Message], *, files: int = 8, **sizes: int) -> list[str]:
    ids = [file.url for message in messages for file in message.files]
    store = Sizes(**(dict.fromkeys(ids, 1) | sizes))
    found = await files_in(messages, store, conversation_id="c_1", window=History(files=files))
    return sorted(found)


async def test_the_newest_are_shown() -> None:
    messages = [asked("a", "b"), answered(), asked("c"), answered(), asked()]
    assert await shown(messages) == ["a", "b", "c"]
    assert await shown(messages, files=1) == ["c"]
    assert await shown(messages, files=0) == []


async def test_the_question_shows_all_it_has() -> None:
    messages = [asked("a"), answered(), asked("b", "c", "d")]
    assert await shown(messages, files=1) == ["b", "c", "d"]
    assert await shown(messages, files=0, b=MOST_BYTES, c=MOST_BYTES) == ["b", "c", "d"]


async def test_a_file_that_is_attached_again_counts_once() -> None:
    messages = [asked("a"), answered(), asked("b"), answered(), asked("b")]
    assert await shown(messages, files=2) == ["a", "b"]


async def test_earlier_ones_are_left_out_where_they_are_too_large() -> None:
    messages = [asked("a"), answered(), asked("b"), answered(), asked("c")]
    assert await shown(messages, b=MOST_BYTES) == ["c"]


async def test_after_a_file_was_refused_it_is_not_sent_again() -> None:
    messages = [asked("a"), answered("file_refused"), asked("b"), answered(), asked()]
    assert await shown(messages) == ["b"]


async def test_after_any_other_failure_it_is() -> None:
    messages = [asked("a"), answered("provider_timeout"), asked()]
    assert await shown(messages) == ["a"]


async def attach(store: Memory, name: str = "cat.png", data: bytes = PNG) -> FilePart:
    file = FileRecord(
        id=f"f_{name}",
        conversation_id="c_1",
        owner="v_1",
        name=name,
        media_type="image/png",
        size=len(data),
    )
    await store.put_file(file, data, room=10_000)
    return FilePart(file.id, file.media_type, name)


def cat() -> StoredFile:
    return StoredFile(id="f_cat.png", name="cat.png", media_type="image/png", data=PNG)


def files_of(request: ChatRequest) -> list[StoredFile]:
    return [*request.files.values()]


async def test_a_provider_gets_the_files_with_the_question_and_with_what_follows() -> None:
    provider, store = Scripted("A cat."), Memory()
    engine = an_engine(provider, store=store, history=History(file_characters=500))
    part = await attach(store)
    await ask_and_read(engine, user_message("q1", "What is this?", [part]))
    await ask_and_read(engine, user_message("q2", "Is it?"))
    await ask_and_read(engine, None)
    assert [files_of(request) for request in provider.requests] == [[cat()]] * 3
    first, second, again = provider.requests
    assert first.files_of() == [cat()]
    assert second.files_of() == []
    assert second.files_of(second.messages[0]) == [cat()]
    assert [message.text for message in again.messages] == ["What is this?", "A cat.", "Is it?"]
    assert first.file_characters == 500
    await engine.close()


async def test_a_conversation_goes_on_after_a_file_that_the_provider_refused() -> None:
    provider, store = Scripted(fail("file_refused")).then("Without it."), Memory()
    engine = an_engine(provider, store=store)
    part = await attach(store)
    chunks = await ask_and_read(engine, user_message("q1", "What is this?", [part]))
    assert only(Error, chunks).error_text == ProviderError("file_refused").message
    await ask_and_read(engine, user_message("q2", "Then tell me a joke."))
    assert files_of(provider.requests[1]) == []
    await engine.close()
