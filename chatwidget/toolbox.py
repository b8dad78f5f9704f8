"""The tools of a chat, and how a model's calls become results."""

import asyncio
import logging
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from chatwidget.chunks import (
    Chunk,
    ToolInputAvailable,
    ToolInputStart,
    ToolOutputAvailable,
    ToolOutputError,
)
from chatwidget.errors import new_error_id
from chatwidget.providers.base import ToolSpec
from chatwidget.tools import Tool, ToolError

logger = logging.getLogger("chatwidget")


class Toolbox:
    """Tools by name. Raises ValueError for two of the same name."""

    def __init__(self, tools: Iterable[Tool] = ()) -> None:
        self._tools: dict[str, Tool] = {}
        for tool in tools:
            if tool.name in self._tools:
                raise ValueError(
                    f"two tools are named {tool.name!r}: @tool(name=…) tells them apart"
                )
            self._tools[tool.name] = tool

    @property
    def specs(self) -> Sequence[ToolSpec]:
        """The tools as a model sees them."""
        return [tool.spec for tool in self._tools.values()]

    def titled(self, chunk: Chunk) -> Chunk:
        """Return the chunk with its tool's title, where it has none of its own."""
        if isinstance(chunk, ToolInputStart | ToolInputAvailable) and chunk.title is None:
            tool = self._tools.get(chunk.tool_name)
            if tool is not None and tool.title:
                return replace(chunk, title=tool.title)
        return chunk

    async def answer(self, call: ToolInputAvailable) -> ToolOutputAvailable | ToolOutputError:
        """Run the tool that `call` names and return its result, or for the model what went wrong.

        Raises nothing: an exception's text stays in the log, only `ToolError`'s is for the model.
        """
        tool = self._tools.get(call.tool_name)
        if tool is None:
            return ToolOutputError(call.tool_call_id, f"There is no tool {call.tool_name!r}.")
        try:
            return ToolOutputAvailable(call.tool_call_id, await tool.run(call.input))
        except ToolError as error:
            return ToolOutputError(call.tool_call_id, str(error))
        except (Exception, asyncio.CancelledError) as error:
            task = asyncio.current_task()
            if isinstance(error, asyncio.CancelledError) and task and task.cancelling():
                raise
            error_id = new_error_id()
            logger.exception("tool %s failed [%s]", tool.name, error_id)
            return ToolOutputError(call.tool_call_id, f"The tool failed ({error_id}).")
