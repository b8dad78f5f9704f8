"""One run: reads the provider, runs the tools, writes the log, and always comes to an end."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
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
    ToolInputStart,
    ToolOutputAvailable,
    ToolOutputError,
    Usage,
)
from chatwidget.coalesce import Coalescer, Load
from chatwidget.config import Timeouts
from chatwidget.errors import ChatError, ProviderError, new_error_id
from chatwidget.history import repaired
from chatwidget.messages import Fold, Message
from chatwidget.parts import Parts
from chatwidget.providers.base import ChatRequest, Provider
from chatwidget.stores.base import RunRecord
from chatwidget.tools import Tool, ToolError
from chatwidget.wire import encode, mend

StopCause = Literal["stopped", "abandoned", "shutdown"]

logger = logging.getLogger("chatwidget")

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

    `prepare` returns the request for the provider; `append` takes each encoded chunk.
    """

    def __init__(
        self,
        record: RunRecord,
        *,
        provider: Provider,
        prepare: Callable[[], Awaitable[ChatRequest]],
        append: Callable[[bytes], None],
        tools: Mapping[str, Tool],
        timeouts: Timeouts,
        max_tool_rounds: int,
        load: Load,
    ) -> None:
        self.record = record
        self._provider = provider
        self._prepare = prepare
        self._append = append
        self._tools = tools
        self._timeouts = timeouts
        self._max_tool_rounds = max_tool_rounds
        self._fold = Fold(record.message_id)
        self._parts = Parts()
        self._coalescer = Coalescer(self._write, load)
        self._cause: StopCause | None = None
        self._work: asyncio.Task[Chunk] | None = None
        self._in_step = False

    def stop(self, cause: StopCause) -> None:
        """End the answer as soon as possible; what there is of it is kept."""
        self._cause = self._cause or cause
        if self._work is not None:
            self._work.cancel()

    async def answer(self) -> Message:
        """Write the whole answer, its end included, and return it. Raises nothing."""
        metadata = {
            "conversationId": self.record.conversation_id,
            "createdAt": self._fold.metadata.created_at,
        }
        self._put(Start(self.record.message_id, metadata))
        self._work = asyncio.create_task(self._rounds())
        if self._cause is not None:
            self._work.cancel()
        try:
            end = await self._work
        except asyncio.CancelledError:
            end = self._stopped(self._cause or "shutdown")
        except ChatError as error:
            end = self._failed(error)
        except Exception as error:
            end = self._failed(ProviderError("internal"), error)
        self._close_step()
        if self._cause == "stopped":
            self._put(Abort("stopped"))
        self._put(end)
        return self._fold.message

    async def _rounds(self) -> Chunk:
        usage: Usage | None = None
        try:
            async with asyncio.timeout(self._timeouts.total):
                request = await self._prepare()
                asked = request.messages
                for calls_left in range(self._max_tool_rounds, -1, -1):
                    end, calls, failed = await self._step(request)
                    if end.usage is not None:
                        usage = end.usage if usage is None else usage + end.usage
                    if not (calls or failed) or end.reason in ("length", "interrupted"):
                        return self._finished(end, usage)
                    await self._call_tools(calls)
                    self._close_step()
                    so_far = cast("Message", repaired(self._fold.message))
                    request = replace(
                        request,
                        messages=[*asked, so_far],
                        tool_choice="auto" if calls_left > 1 else "none",
                    )
        except TimeoutError:
            raise ProviderError("provider_timeout") from None
        raise ProviderError(
            "too_many_tool_rounds", hint=f"more than {self._max_tool_rounds} rounds of tool calls"
        )

    async def _step(self, request: ChatRequest) -> _Step:
        self._put(StartStep())
        self._in_step = True
        calls: list[ToolInputAvailable] = []
        end, failed, count = StepEnd(), False, 0
        clock = asyncio.get_running_loop().time
        async with (
            aclosing(self._provider.stream(request)) as chunks,  # type: ignore[type-var]
            asyncio.timeout(self._timeouts.first_token) as deadline,
        ):
            async for chunk in chunks:
                deadline.reschedule(clock() + self._timeouts.idle)
                if isinstance(chunk, StepEnd):
                    end = chunk
                    break
                if isinstance(chunk, ToolInputAvailable) and not chunk.provider_executed:
                    calls.append(chunk)
                failed = failed or isinstance(chunk, ToolInputError)
                self._put(self._titled(chunk))
                count += 1
                if count % _BREATH == 0:
                    await asyncio.sleep(0)
        return _Step(end, calls, failed)

    async def _call_tools(self, calls: list[ToolInputAvailable]) -> None:
        async with asyncio.TaskGroup() as group:
            for call in calls:
                group.create_task(self._call_tool(call))

    async def _call_tool(self, call: ToolInputAvailable) -> None:
        tool = self._tools.get(call.tool_name)
        if tool is None:
            text = f"There is no tool {call.tool_name!r}."
            self._put(ToolOutputError(call.tool_call_id, text))
            return
        try:
            output = await tool.run(call.input)
        except ToolError as error:
            self._put(ToolOutputError(call.tool_call_id, str(error)))
        except Exception:
            error_id = new_error_id()
            logger.exception("tool %s failed [%s]", tool.name, error_id)
            self._put(ToolOutputError(call.tool_call_id, f"The tool failed ({error_id})."))
        else:
            self._put(ToolOutputAvailable(call.tool_call_id, output))

    def _titled(self, chunk: Chunk) -> Chunk:
        if isinstance(chunk, ToolInputStart | ToolInputAvailable) and chunk.title is None:
            tool = self._tools.get(chunk.tool_name)
            if tool is not None and tool.title:
                return replace(chunk, title=tool.title)
        return chunk

    def _finished(self, end: StepEnd, usage: Usage | None) -> Chunk:
        interrupted = end.reason == "interrupted"
        if self._fold.empty:
            raise ProviderError("interrupted" if interrupted else "empty_answer")
        metadata: dict[str, Any] = {"usage": usage} if usage else {}
        if end.reason == "interrupted":
            return Finish("other", {**metadata, "interrupted": True})
        if end.refused:
            metadata["refused"] = True
        return Finish(end.reason, metadata)

    def _stopped(self, cause: StopCause) -> Chunk:
        if cause == "stopped":
            return Finish("other", {"stopped": True})
        if cause == "abandoned":
            return Finish("other", {"interrupted": True})
        return self._failed(ProviderError("interrupted"))

    def _failed(self, error: ChatError, cause: Exception | None = None) -> Chunk:
        logger.error(
            "answer %s failed: %s%s [%s]",
            self.record.message_id,
            error.code,
            f" ({error.hint})" if error.hint else "",
            error.error_id,
            exc_info=cause or error.__cause__,
        )
        return Error(error.message, error.code, error.retryable, error.retry_after, error.error_id)

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
        try:
            data = encode(chunk)
        except UnicodeEncodeError:
            chunk = mend(chunk)
            data = encode(chunk)
        self._fold.add(chunk)
        if not isinstance(chunk, ProviderData):
            self._append(data)
