"""What a store is: conversations, their messages, and the live log of every run."""

import math
from collections.abc import AsyncIterator, Collection
from typing import Protocol

from msgspec import Struct

from chatwidget.errors import TooLarge
from chatwidget.files import FileRecord
from chatwidget.messages import Message

FORGOTTEN_AT_ONCE = 20
"""Conversations that one question makes room of, where they are forgotten some time: more than one,
so that they don't pile up; few, so that the question does not wait."""

UNUSED = 3600.0
"""Seconds after which a file that no message uses may be dropped."""

Batch = tuple[int, list[bytes]]
"""The number of the first entry, and the entries (encoded chunks)."""


class Conversation(Struct, frozen=True):
    """A conversation, the visitor it belongs to, its name, and when it was last asked something
    (epoch seconds)."""

    id: str
    owner: str
    title: str = ""
    updated_at: float = 0.0


SECRET_BYTES = 32


class RunRecord(Struct, frozen=True, kw_only=True):
    """One answer being written, or written.

    `id` marks the frames of its log; `message_id` is the answer's, `question_id` the user
    message's that it answers, `replaces` the earlier answer's in whose place it is written. One
    that `continues` goes on with the message `message_id`, which is there already.
    """

    id: str
    conversation_id: str
    owner: str
    message_id: str
    question_id: str
    replaces: str | None = None
    continues: bool = False


class Lease(Struct, frozen=True):
    """What the worker that writes a run is told when it renews its hold on it.

    `stop`: somebody asked for the run's end. `read`: somebody follows it in another process, or
    did so within the last few seconds.
    """

    stop: bool = False
    read: bool = False


class Orphan(Struct, frozen=True):
    """A run whose worker is gone, and the entries that it left."""

    run: RunRecord
    entries: list[bytes]


class Store(Protocol):
    """Keeps conversations, messages and live logs. Ids are opaque strings.

    `append` is called once a frame, on the event loop: it numbers the entry, hands it to this
    process's readers at once and must not block; a durable store writes behind. All else is
    asynchronous and raises `StoreUnavailable` when the store can't be reached.

    Where several processes share a store, the one that began a run writes it, for as long as it
    calls `renew` about twice a second. Every process calls `orphans` about once a second.
    """

    async def open(self) -> None:
        """Make the store ready. Harmless when repeated."""

    async def close(self) -> None:
        """Write what is not yet written and let everything go."""

    async def ping(self) -> None:
        """Raise `StoreUnavailable` if the store can't be used right now."""

    async def conversation(self, conversation_id: str) -> Conversation | None:
        """Return the conversation, or None."""

    async def conversations(
        self, owner: str, *, matching: str = "", before: str | None = None, limit: int = 50
    ) -> list[Conversation]:
        """Return the visitor's conversations, the one last asked something first.

        `matching` is a part of the title, in letters of either case; `before` the conversation
        that the page before this one ended with: none if it is not there.
        """

    async def rename(self, conversation_id: str, title: str) -> None:
        """Give the conversation another title. Harmless if it is not there."""

    async def secret(self) -> bytes:
        """Return 32 random bytes: always the same, for as long as what is stored is there, and in
        every process that shares it."""

    async def messages(
        self, conversation_id: str, *, before: str | None = None, limit: int | None = None
    ) -> list[Message]:
        """Return the last `limit` finished messages before message `before`, oldest first; none
        if there is no message `before`."""

    async def message(self, conversation_id: str, message_id: str) -> Message | None:
        """Return one finished message of the conversation, or None."""

    async def begin(self, run: RunRecord, question: Message | None) -> RunRecord:
        """Register a run and return it; or return the run that this request began earlier.

        In one atomic step: the conversation is made if it is not there; the same question again
        (same id and text), or the same `replaces` again, finds its first run; another question
        under a known id takes the place of the old one and of all that follows it. Without a
        `question` the answer `replaces` (by default the last one) and all after it is dropped
        and its question is answered anew.

        `replaces` may also name a question, whose answer is then dropped; that, and naming none,
        finds the earlier run only while it is live.

        A run that `continues` goes on with the answer `message_id`, the last message, which stays
        as it is until `finish` puts another in its place; the same wish again finds its run while
        it is live.

        The files that the question names (`Message.files`) are used from now on, for as long as
        it is there; the same id and text with other files is another question.

        Raises `NotFound` if the conversation is another owner's or has nothing to replace,
        `ConversationBusy` while another run is live in it, `InvalidMessage` for a question under
        an answer's id, and `FileGone` for one with a file that its owner does not have here.
        """

    async def live(self, conversation_id: str) -> RunRecord | None:
        """Return the run that is live in the conversation, or None."""

    async def run(self, conversation_id: str, run_id: str) -> RunRecord | None:
        """Return a run of the conversation whose log is still kept, or None."""

    def append(self, run_id: str, entry: bytes) -> None:
        """Add an encoded chunk to the run's log."""

    def follow(self, run_id: str, after: int = -1) -> AsyncIterator[Batch] | None:
        """Return all entries past number `after`, those there in one batch, then as they come.

        `run_id` is of a record that this store returned. None if the log is not kept (any more),
        or has no entry `after`.

        The entries of a run that another process writes come as they become durable there. It may
        be ahead of them: then `after` is waited for, and if it never comes (that process was
        killed) the entries are returned from number 0. They stop without the answer's end if the
        writer is gone and nobody takes its place.
        """

    async def finish(self, run: RunRecord, message: Message, *, end: bytes | None = None) -> None:
        """Store the answer (in the place of one with the same id), add `end` to its log and close
        it, free the conversation.

        One step: whoever reads `end` may rely on the rest. Harmless when repeated, and for a run
        that is another process's by now. If it raises, `close_log` is the way to let readers go.
        """

    def close_log(self, run_id: str, *, end: bytes) -> None:
        """Add `end` to the log of a run that can't be finished, and let its readers end."""

    async def renew(self, run_ids: Collection[str]) -> dict[str, Lease]:
        """Keep hold of the runs that this process writes.

        A run that is missing from what is returned is this process's no more: it is over, was
        taken for an orphan, or its conversation was deleted. Nothing more of it will be stored.
        """

    async def request_stop(self, run: RunRecord) -> None:
        """Ask whoever writes the run to stop it (see `Lease`). Harmless if it is over."""

    async def orphans(self) -> list[Orphan]:
        """Take over the runs whose worker has stopped renewing them, each by one process only.

        They are this process's from now on: renew them, append what is missing, `finish` them.
        """

    async def feedback(
        self, conversation_id: str, message_id: str, value: str | None, comment: str | None
    ) -> bool:
        """Set or take back a visitor's judgement of an answer; False if there is no such answer."""

    async def put_file(self, file: FileRecord, data: bytes, *, room: int) -> None:
        """Keep a file for a question to come, whose conversation need not be there yet. Harmless
        when repeated.

        In one atomic step: files that no message uses and that came more than `UNUSED` seconds ago
        are dropped, whosesoever they are. Then, `file` included, the files of its conversation and
        owner may have no more than `room` bytes, nor may those of its owner that are unused.

        Raises `TooLarge` (see `no_room`), and `NotFound` if the conversation is another owner's.
        """

    async def file(self, conversation_id: str, file_id: str) -> FileRecord | None:
        """Return what is known of a file of the conversation, or None."""

    async def file_data(self, conversation_id: str, file_id: str) -> bytes | None:
        """Return the content of a file of the conversation, or None."""

    async def delete(self, conversation_id: str) -> None:
        """Forget the conversation and all that belongs to it, files too."""


def no_room() -> TooLarge:
    """Return the error for a file that would be too much altogether."""
    return TooLarge("This conversation can't hold any more files.", hint="Attachments.total_bytes")


def check_seconds(**settings: float) -> None:
    """Raise ValueError for a setting that is no number of seconds."""
    for name, seconds in settings.items():
        if not 0 <= seconds < math.inf:
            raise ValueError(f"{name}={seconds!r} is no number of seconds")
