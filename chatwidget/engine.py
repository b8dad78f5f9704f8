"""The engine: starts runs, lets readers follow them, stops them, and ends them all in order."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping
from contextlib import aclosing, contextmanager, suppress
from typing import Any

from chatwidget import wire
from chatwidget.chunks import Chunk
from chatwidget.coalesce import Load
from chatwidget.config import History, Timeouts
from chatwidget.cut_answers import is_cut
from chatwidget.errors import (
    ChatError,
    ConversationBusy,
    InvalidMessage,
    NotFound,
    ProviderError,
    ShuttingDown,
    UnknownProvider,
)
from chatwidget.file_window import files_in
from chatwidget.history import for_provider
from chatwidget.ids import new_id, new_run_id
from chatwidget.keeper import Keeper
from chatwidget.messages import Message, user_message
from chatwidget.providers.base import ChatRequest, Provider
from chatwidget.replay import unfold
from chatwidget.run import Run, StopCause, failure
from chatwidget.stores.base import Batch, Lease, RunRecord, Store
from chatwidget.toolbox import Toolbox
from chatwidget.tools import Tool

logger = logging.getLogger("chatwidget")


SUSPICION = 30.0
"""Seconds to look for runs without a process: some leases."""

STOP_PATIENCE = 3.0
"""Seconds to wait for another process to stop a run."""


class _Live:
    """A run of this process, its task, and how many read it here, or lately elsewhere."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.readers = 0
        self.read_elsewhere = False
        self.task: asyncio.Task[None] | None = None
        self.lingering: asyncio.TimerHandle | None = None


class Engine:
    """Runs answers, apart from whoever reads them.

    A reader that goes away stops nothing; a run that nobody has read for `linger` seconds is
    ended and its upstream call closed. `stop` ends a run for everybody.
    """

    def __init__(
        self,
        providers: Mapping[str, Provider],
        *,
        store: Store,
        tools: Iterable[Tool],
        system: str | None,
        params: Mapping[str, Any],
        timeouts: Timeouts,
        history: History,
        max_tool_rounds: int,
        linger: float,
    ) -> None:
        self._providers = dict(providers)
        self.store = store
        self._tools = Toolbox(tools)
        self._system = system
        self._params = params
        self._timeouts = timeouts
        self._history = history
        self._max_tool_rounds = max_tool_rounds
        self._linger = linger
        self._beginning: set[asyncio.Task[RunRecord]] = set()
        self._live: dict[str, _Live] = {}
        self._readers = 0
        self._suspicious_until = 0.0
        self._keeper = Keeper(
            store,
            mine=self._live.keys,
            needed=lambda: bool(self._live or self._readers or self._is_suspicious()),
            told=self._told,
        )
        self._load = Load()
        self._closing = False

    async def ask(
        self,
        question: Message | str | None,
        *,
        visitor_id: str,
        conversation_id: str | None = None,
        replaces: str | None = None,
        continues: str | None = None,
        provider: str | None = None,
        context: Any = None,
    ) -> RunRecord:
        """Begin the answer to `question`, or find the run that the same request began before.

        `question` None answers the conversation's last question anew; `replaces` names the answer
        to drop. `continues` names an answer that was cut off, to be gone on with; one that is
        complete is told again, without a run. Raises
        `NotFound`, `ConversationBusy`, `InvalidMessage`, `UnknownProvider`, `ShuttingDown`,
        `StoreUnavailable`.
        """
        if self._closing:
            raise ShuttingDown
        chosen = self._provider(provider)
        if isinstance(question, str):
            question = user_message(new_id("m"), question)
        record = RunRecord(
            id=new_run_id(),
            conversation_id=conversation_id or new_id("c"),
            owner=visitor_id,
            message_id=continues or new_id("m"),
            question_id=question.id if question else "",
            replaces=replaces,
            continues=continues is not None,
        )
        # A visitor who leaves right now must not leave a run behind that nobody works on.
        beginning = asyncio.create_task(self._begin(record, question, chosen, context))
        self._beginning.add(beginning)
        beginning.add_done_callback(self._beginning.discard)
        return await asyncio.shield(beginning)

    async def follow(self, record: RunRecord, *, after: int = -1) -> AsyncGenerator[Batch, None]:
        """Yield the run's entries past number `after`: those there at once, then as they come.

        An unknown `after` gets everything from the start; a run whose log is gone is read from
        its stored message.
        """
        batches = self.store.follow(record.id, after) or self.store.follow(record.id)
        if batches is None:
            yield 0, [wire.encode(chunk) for chunk in await self._stored(record)]
            return
        with self._reading(record.id):
            async with aclosing(batches) as entries:  # type: ignore[type-var]
                async for batch in entries:
                    yield batch

    async def chunks(self, record: RunRecord) -> AsyncGenerator[Chunk, None]:
        """Yield the run's chunks from the start, for readers in this process."""
        async with aclosing(self.follow(record)) as batches:
            async for _, entries in batches:
                for entry in entries:
                    yield wire.decode(entry)

    async def resume(
        self, conversation_id: str, *, visitor_id: str, cursor: tuple[str, int] | None
    ) -> tuple[RunRecord, int] | None:
        """Return the run to follow and the entry to go on after; None if there is nothing.

        Raises `NotFound` to anyone but the owner.
        """
        await self.check_owner(conversation_id, visitor_id)
        if cursor is not None:
            record = await self.store.run(conversation_id, cursor[0])
            if record is not None:
                return record, cursor[1]
        live = await self.live(conversation_id)
        return (live, -1) if live else None

    async def live(self, conversation_id: str) -> RunRecord | None:
        """Return the run that is live in the conversation, or None.

        Whoever asks sees to it that the conversation is not kept busy by a process that is gone.
        """
        record = await self.store.live(conversation_id)
        if record is not None and record.id not in self._live:
            self._suspect()
        return record

    async def stop(self, conversation_id: str, *, visitor_id: str) -> bool:
        """End the conversation's run; True if there was one. Returns when its answer is stored,
        or after `STOP_PATIENCE` seconds if another process writes it.
        """
        await self.check_owner(conversation_id, visitor_id)
        record = await self.live(conversation_id)
        if record is None:
            return False
        if live := self._live.get(record.id):
            await self._end(live, "stopped")
        else:
            await self._end_elsewhere(record)
        return True

    async def delete(self, conversation_id: str, *, visitor_id: str) -> None:
        """End the conversation's run and forget the conversation."""
        await self.stop(conversation_id, visitor_id=visitor_id)
        await self.store.delete(conversation_id)

    async def rename(self, conversation_id: str, title: str, *, visitor_id: str) -> None:
        """Give the visitor's conversation another title. Raises `NotFound`."""
        await self.check_owner(conversation_id, visitor_id)
        await self.store.rename(conversation_id, title)

    async def check_owner(self, conversation_id: str, visitor_id: str) -> None:
        """Raise `NotFound` unless the conversation is there and the visitor's own."""
        conversation = await self.store.conversation(conversation_id)
        if conversation is None or conversation.owner != visitor_id:
            raise NotFound

    async def open(self) -> None:
        """Open the store and take questions, also again after `close`."""
        await self.store.open()
        self._closing = False
        self._suspect()  # of what was here before

    async def close(self, *, grace: float = 0.0) -> None:
        """End in order: no new runs; those there may finish for `grace` seconds and are then
        ended as interrupted, with their text stored; providers close, the store last.
        """
        await self.drain(grace=grace)
        await self._keeper.close()
        for provider in self._providers.values():
            try:
                await provider.aclose()
            except Exception:
                logger.exception("%s could not be closed", provider.name)
        await self.store.close()

    async def drain(self, *, grace: float) -> None:
        """Refuse new runs and bring the live ones to an end within `grace` seconds."""
        self._closing = True
        if self._beginning:
            await asyncio.wait(self._beginning, timeout=grace)
        tasks = [live.task for live in self._live.values() if live.task]
        if tasks and grace > 0:
            await asyncio.wait(tasks, timeout=grace)
        await asyncio.gather(*(self._end(live, "shutdown") for live in [*self._live.values()]))

    def _provider(self, name: str | None) -> Provider:
        if name is None:
            return next(iter(self._providers.values()))
        if name not in self._providers:
            raise UnknownProvider(hint=f"there is: {', '.join(self._providers)}")
        return self._providers[name]

    async def _begin(
        self, record: RunRecord, question: Message | None, provider: Provider, context: Any
    ) -> RunRecord:
        earlier = await self._answer(record) if record.continues else None
        if earlier is not None and not is_cut(earlier):
            # The wish was granted before, and the response to it lost: the answer is told again.
            return record
        try:
            begun = await self.store.begin(record, question)
        except ConversationBusy:
            await self.live(record.conversation_id)
            raise
        if begun.id == record.id:
            if earlier is not None:
                # Only from now on nobody else adds to it.
                earlier = await self.store.message(begun.conversation_id, begun.message_id)
            self._start(begun, provider, context, earlier)
        return begun

    def _suspect(self) -> None:
        self._suspicious_until = asyncio.get_running_loop().time() + SUSPICION
        self._keeper.look()

    def _is_suspicious(self) -> bool:
        return asyncio.get_running_loop().time() < self._suspicious_until

    async def _answer(self, record: RunRecord) -> Message:
        await self.check_owner(record.conversation_id, record.owner)
        message = await self.store.message(record.conversation_id, record.message_id)
        if message is None:
            raise NotFound
        if message.role != "assistant":
            raise InvalidMessage(hint="continue-message needs the id of an answer")
        return message

    def _start(
        self, record: RunRecord, provider: Provider, context: Any, earlier: Message | None
    ) -> None:
        async def prepare() -> ChatRequest:
            messages = await self.store.messages(
                record.conversation_id, limit=self._history.messages
            )
            if earlier is not None:
                messages = messages[:-1]
            files = await files_in(
                messages,
                self.store,
                conversation_id=record.conversation_id,
                window=self._history,
            )
            return ChatRequest(
                messages=for_provider(messages, self._history),
                files=files,
                file_characters=self._history.file_characters,
                system=self._system,
                tools=self._tools.specs,
                params=self._params,
                conversation_id=record.conversation_id,
                visitor_id=record.owner,
                context=context,
            )

        run = Run(
            record,
            provider=provider,
            prepare=prepare,
            append=lambda entry: self.store.append(record.id, entry),
            tools=self._tools,
            timeouts=self._timeouts,
            max_tool_rounds=self._max_tool_rounds,
            load=self._load,
            earlier=earlier,
        )
        live = self._live[record.id] = _Live(run)
        if self._closing:
            run.stop("shutdown")
        live.task = asyncio.create_task(self._run(live))
        self._wait_for_readers(live)
        self._keeper.look()

    async def _run(self, live: _Live) -> None:
        record = live.run.record
        try:
            message, end = await live.run.answer()
            await self.store.finish(record, message, end=end)
        except Exception as cause:
            error = cause if isinstance(cause, ChatError) else ChatError(retryable=True)
            logger.exception("answer %s is not stored [%s]", record.message_id, error.error_id)
            self.store.close_log(record.id, end=wire.encode(failure(error)))
        finally:
            del self._live[record.id]
            if live.lingering is not None:
                live.lingering.cancel()
            self._keeper.look()

    async def _end(self, live: _Live, cause: StopCause) -> None:
        live.run.stop(cause)
        if live.task is not None:
            await asyncio.wait([live.task])

    async def _end_elsewhere(self, record: RunRecord) -> None:
        await self.store.request_stop(record)
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_PATIENCE):
                async with aclosing(self.follow(record)) as batches:
                    async for _ in batches:
                        pass

    def _told(self, run_id: str, lease: Lease | None) -> None:
        live = self._live.get(run_id)
        if live is None:
            return
        if lease is None:
            live.run.stop("abandoned")
        elif lease.stop:
            live.run.stop("stopped")
        else:
            live.read_elsewhere = lease.read

    @contextmanager
    def _reading(self, run_id: str) -> Iterator[None]:
        self._readers += 1
        self._keeper.look()
        live = self._live.get(run_id)
        if live is not None:
            live.readers += 1
            if live.lingering is not None:
                live.lingering.cancel()
        try:
            yield
        finally:
            self._readers -= 1
            self._keeper.look()
            if live is not None:
                live.readers -= 1
                if live.readers == 0 and run_id in self._live:
                    self._wait_for_readers(live)

    def _wait_for_readers(self, live: _Live) -> None:
        loop = asyncio.get_running_loop()
        live.lingering = loop.call_later(self._linger, self._unread, live)

    def _unread(self, live: _Live) -> None:
        if live.read_elsewhere:
            self._wait_for_readers(live)
        else:
            live.run.stop("abandoned")

    async def _stored(self, record: RunRecord) -> list[Chunk]:
        message = await self.store.message(record.conversation_id, record.message_id)
        if message is None:
            return [failure(ProviderError("interrupted"))]
        return list(unfold(message, record.conversation_id))
