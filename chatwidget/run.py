"""One run: reads the provider, runs the tools, writes the log, and always comes to an end."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Literal, NamedTuple, cast

from msgspec.structs import replace

from chatwidget.chunks import (
    Abort,
    Chunk,
    Error,
    Finish,
    FinishStep,
    ProviderData,
    Start,
    StartStep,
    StepEnd,
    ToolInputAvailable,
    ToolInputError,
    Usage,
)
from chatwidget.coalesce import Coalescer, Load
from chatwidget.config import Timeouts
from chatwidget.cut_answers import opening, wish
from chatwidget.errors import ChatError, ProviderError
from chatwidget.fold import Fold
from chatwidget.history import repaired
from chatwidget.messages import Message
from chatwidget.parts import Parts, checked
from chatwidget.providers.base import ChatRequest, Provider
from chatwidget.stores.base import RunRecord
from chatwidget.toolbox import Toolbox
from chatwidget.wire import encode, mend

StopCause = Literal["stopped", "abandoned", "shutdown"]

logger = logging.getLogger("chatwidget")

PATIENCE = 2.0
"""Seconds that a provider and its tools have to let go in once they are stopped."""
_BREATH = 64
"""Chunks after which a provider that never waits lets the event loop do other work."""


class _Step(NamedTuple):
    """How one call of the provider ended, and the tool calls to be run; `failed` ones can't be,
    and the model is told so."""

    end: StepEnd
    calls: list[ToolInputAvailable]
    failed: bool


class Run:
    """Writes one answer: `await run.answer()` once, `run.stop(…)` at any time.

    `prepare` returns the request for the provider; `append` takes each encoded chunk. `earlier` is
    what there is of the answer already: it is told again, and gone on with.
    """

    def __init__(
        self,
        record: RunRecord,
        *,
        provider: Provider,
        prepare: Callable[[], Awaitable[ChatRequest]],
        append: Callable[[bytes], None],
        tools: Toolbox,
        timeouts: Timeouts,
        max_tool_rounds: int,
        load: Load,
        earlier: Message | None = None,
    ) -> None:
        self.record = record
        self._earlier = earlier
        self._provider = provider
        self._prepare = prepare
        self._append = append
        self._tools = tools
        self._timeouts = timeouts
        self._max_tool_rounds = max_tool_rounds
        self._fold = Fold(record.message_id)
        self._parts = Parts()
        self._coalescer = Coalescer(self._write, load)
        self._stopping: asyncio.Future[StopCause] = asyncio.get_running_loop().create_future()
        self._usage: Usage | None = None
        self._in_step = False
        self._over = False

    def stop(self, cause: StopCause) -> None:
        """End the answer as soon as possible; what there is of it is kept."""
        if not self._stopping.done():
            self._stopping.set_result(cause)

    async def answer(self) -> tuple[Message, bytes]:
        """Write the answer but for its last chunk; return the whole of it, and that chunk encoded.

        Readers may take the last chunk for a word that the answer is stored, so whoever stores it
        appends it.
        """
        self._open()
        end = await self._outcome()
        self._close_step()
        if isinstance(end, Finish) and end.message_metadata.get("stopped"):
            self._put(Abort("stopped"))
        self._over = True
        self._fold.add(end)
        return self._fold.message, encode(end)

    def _open(self) -> None:
        if self._earlier is None:
            message = self._fold.message
            created_at = message.metadata.created_at
            place = {"conversationId": self.record.conversation_id, "createdAt": created_at}
            self._put(Start(message.id, place))
            return
        for chunk in opening(self._earlier, self.record.conversation_id):
            if isinstance(chunk, StartStep):
                self._close_step()
                self._in_step = True
            self._put(chunk)

    async def _outcome(self) -> Chunk:
        work = asyncio.create_task(self._rounds())
        either: list[asyncio.Future[Any]] = [work, self._stopping]
        try:
            if not self._stopping.done():
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            self.stop("shutdown")  # the event loop itself is being closed
        if self._stopping.done() and (not work.done() or work.cancelled()):
            work.cancel()
            await asyncio.wait([work], timeout=PATIENCE)
            self._complain(work)
            return self._stopped(self._stopping.result())
        try:
            return work.result()
        except ChatError as error:
            return self._failed(error)
        except asyncio.CancelledError as error:
            return self._failed(ProviderError("interrupted"), error)
        except Exception as error:
            return self._failed(ProviderError("internal"), error)

    async def _rounds(self) -> Chunk:
        try:
            async with asyncio.timeout(self._timeouts.total):
                request = await self._prepare()
                asked = request.messages
                if self._earlier is not None:
                    request = replace(
                        request, messages=[*asked, *self._shown(), wish()], continues=self._earlier
                    )
                for calls_left in range(self._max_tool_rounds, -1, -1):
                    choice: Literal["auto", "none"] = "auto" if calls_left else "none"
                    end, calls, failed = await self._step(replace(request, tool_choice=choice))
                    self._count(end.usage)
                    if not (calls or failed) or end.reason in ("length", "interrupted"):
                        return self._finished(end)
                    if calls_left:
                        await self._call_tools(calls)
                        self._close_step()
                        so_far = cast("Message", repaired(self._fold.message))
                        request = replace(request, messages=[*asked, so_far], continues=None)
        except TimeoutError:
            raise ProviderError("provider_timeout") from None
        raise ProviderError(
            "too_many_tool_rounds", hint=f"more than {self._max_tool_rounds} rounds of tool calls"
        )

    def _shown(self) -> list[Message]:
        shown = repaired(self._earlier) if self._earlier else None
        return [shown] if shown else []

    async def _step(self, request: ChatRequest) -> _Step:
        if not self._parts.goes_on:
            self._put(StartStep())
            self._in_step = True
        calls: list[ToolInputAvailable] = []
        end, failed, count = StepEnd(), False, 0
        clock = asyncio.get_running_loop().time
        async with (
            _closing(self._provider.stream(request)) as chunks,
            asyncio.timeout(self._timeouts.first_token) as deadline,
        ):
            async for chunk in chunks:
                deadline.reschedule(clock() + self._timeouts.idle)
                chunk = self._tools.titled(checked(chunk))
                if isinstance(chunk, StepEnd):
                    end = chunk
                    break
                if isinstance(chunk, ToolInputAvailable) and not chunk.provider_executed:
                    calls.append(chunk)
                failed = failed or isinstance(chunk, ToolInputError)
                self._put(chunk)
                count += 1
                if count % _BREATH == 0:
                    await asyncio.sleep(0)
        return _Step(end, calls, failed)

    async def _call_tools(self, calls: list[ToolInputAvailable]) -> None:
        async def answer(call: ToolInputAvailable) -> None:
            self._put(await self._tools.answer(call))

        async with asyncio.TaskGroup() as group:
            for call in calls:
                group.create_task(answer(call))

    def _count(self, usage: Usage | None) -> None:
        if usage is not None:
            self._usage = usage if self._usage is None else self._usage + usage

    def _finished(self, end: StepEnd) -> Chunk:
        interrupted = end.reason == "interrupted"
        # A refusal needs no words: that it is one is what the visitor is told.
        if self._fold.empty and not end.refused:
            raise ProviderError("interrupted" if interrupted else "empty_answer")
        if end.reason == "interrupted":
            return Finish("other", self._metadata(interrupted=True))
        return Finish(end.reason, self._metadata(refused=end.refused))

    def _stopped(self, cause: StopCause) -> Chunk:
        if cause == "stopped":
            return Finish("other", self._metadata(stopped=True))
        if cause == "abandoned":
            return Finish("other", self._metadata(interrupted=True))
        return self._failed(ProviderError("interrupted", hint="the server is stopping"))

    def _metadata(self, **flags: bool) -> dict[str, Any]:
        usage = {"usage": self._usage} if self._usage else {}
        return {**usage, **{name: True for name, is_so in flags.items() if is_so}}

    def _failed(self, error: ChatError, cause: BaseException | None = None) -> Error:
        logger.error(
            "answer %s failed: %s%s [%s]",
            self.record.message_id,
            error.code,
            f" ({error.hint})" if error.hint else "",
            error.error_id,
            exc_info=cause or error.__cause__,
        )
        return failure(error)

    def _complain(self, work: asyncio.Task[Chunk]) -> None:
        if not work.done():
            logger.error("%s does not let go of an answer that was stopped", self._provider.name)
        elif not work.cancelled() and (error := work.exception()):
            logger.warning("%s failed while it was stopped", self._provider.name, exc_info=error)

    def _close_step(self) -> None:
        if self._in_step:
            self._in_step = False
            for chunk in self._parts.close():
                self._coalescer.write(chunk)
            self._coalescer.write(FinishStep())

    def _put(self, chunk: Chunk) -> None:
        for each in self._parts.take(chunk):
            self._coalescer.write(each)

    def _write(self, chunk: Chunk) -> None:
        if self._over:
            return
        try:
            data = encode(chunk)
        except UnicodeEncodeError:
            chunk = mend(chunk)
            data = encode(chunk)
        self._fold.add(chunk)
        if not isinstance(chunk, ProviderData):
            self._append(data)


def failure(error: ChatError) -> Error:
    """Return `error` as the last chunk of an answer."""
    return Error(error.message, error.code, error.retryable, error.retry_after, error.error_id)


@asynccontextmanager
async def _closing(chunks: AsyncIterator[Chunk]) -> AsyncIterator[AsyncIterator[Chunk]]:
    try:
        yield chunks
    finally:
        if close := getattr(chunks, "aclose", None):
            try:
                await close()
            except Exception:
                # Everything that it had to say has been said.
                logger.exception("a provider's stream could not be closed")
