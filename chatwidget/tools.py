"""Python functions that a model may call: `@tool`.

    @tool
    async def order_status(order_id: Annotated[str, "As on the receipt, like A-1042"]) -> str:
        \"""Look up where an order is.\"""

A tool knows its own arguments and how to run; who asks, how often and what becomes of the result
is the engine's affair.
"""

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, overload

import anyio
import msgspec

from chatwidget.providers.base import ToolSpec
from chatwidget.signatures import Arguments, arguments_of, description_of
from chatwidget.threads import call_in_thread

# What both OpenAI and Anthropic take as the name of a tool.
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


class ToolError(Exception):
    """A tool could not do what it was asked; `text` is for the model to act on.

    A tool may raise it itself: `raise ToolError("There is no order A-1042.")`. The text of any
    other exception stays in the log.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(text)


class ToolInputInvalid(ToolError):
    """The model called a tool with arguments that don't fit its signature."""


class ToolTimeout(ToolError):
    """A tool took longer than its `timeout`."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Tool:
    """A function and what a model is told of it. Calling it calls the function.

    Attributes: `name`, `description`, `parameters` (JSON Schema of the arguments), `title` (what
    visitors see while it runs) and `timeout` (seconds).
    """

    function: Callable[..., Any]
    name: str
    description: str
    arguments: Arguments
    title: str | None
    timeout: float

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)

    @property
    def parameters(self) -> dict[str, Any]:
        return self.arguments.schema

    @property
    def spec(self) -> ToolSpec:
        """The tool as a model sees it."""
        return ToolSpec(self.name, self.description, self.parameters)

    async def run(self, input: Any) -> Any:
        """Call the function with `input`, the arguments as a JSON object, and return its result
        as JSON types.

        A sync function runs in a thread, with the caller's context variables; after a timeout or
        a cancellation nobody waits for the thread any more, but nothing can end it.

        Raises `ToolInputInvalid`, `ToolTimeout`, and whatever the function raises.
        """
        keywords = self._keywords(input)
        with anyio.move_on_after(self.timeout) as scope:
            return to_json(await self._call(keywords))
        assert scope.cancelled_caught
        raise ToolTimeout(f"{self.name} did not finish within {self.timeout:g} seconds.")

    async def _call(self, keywords: Mapping[str, Any]) -> Any:
        if inspect.iscoroutinefunction(self.function):
            return await self.function(**keywords)
        result = await call_in_thread(lambda: self.function(**keywords))
        return await result if inspect.isawaitable(result) else result

    def _keywords(self, input: Any) -> dict[str, Any]:
        try:
            return self.arguments.read(input)
        except msgspec.ValidationError as error:
            takes = ", ".join(self.arguments.names) or "no arguments"
            raise ToolInputInvalid(
                f"The arguments of {self.name} are not valid: {error}. It takes: {takes}. "
                "Correct them and call it again."
            ) from error


@overload
def tool(function: Callable[..., Any], /) -> Tool: ...
@overload
def tool(
    *, name: str | None = None, title: str | None = None, timeout: float = 30.0
) -> Callable[[Callable[..., Any]], Tool]: ...
def tool(
    function: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    title: str | None = None,
    timeout: float = 30.0,
) -> Tool | Callable[[Callable[..., Any]], Tool]:
    """Make a tool of a function, sync or async: as `@tool`, or `@tool(title="Look up an order")`.

    The model is told the docstring's first paragraph, the types, and what `Annotated[str, "…"]`
    or the docstring say of each parameter. `name` is the function's own unless given, `title` is
    what visitors see while it runs, `timeout` is in seconds.

    Raises TypeError for a signature that no model could call, ValueError for a bad option.
    """
    if timeout <= 0:
        raise ValueError(f"timeout={timeout!r}: must be above 0 (seconds)")

    def decorate(function: Callable[..., Any]) -> Tool:
        named = name or str(getattr(function, "__name__", ""))
        if not _NAME.fullmatch(named):
            raise ValueError(
                f"{named!r} can't name a tool: use 1 to 64 of A-Z, a-z, 0-9, _ and - "
                '(@tool(name="…"))'
            )
        return Tool(
            function=function,
            name=named,
            description=description_of(function) or named.replace("_", " "),
            arguments=arguments_of(function),
            title=title,
            timeout=timeout,
        )

    return decorate if function is None else decorate(function)


def to_json(value: Any) -> Any:
    """Return `value` as JSON types: dataclasses, Structs, pydantic models, dates and sets are
    turned into what JSON has, everything else into its `str`."""
    try:
        return msgspec.json.decode(msgspec.json.encode(value, enc_hook=_plain))
    except (TypeError, ValueError, RecursionError, msgspec.MsgspecError):
        # Lone surrogates, keys that JSON can't have, a list that holds itself.
        return str(value).encode(errors="replace").decode()


def _plain(value: Any) -> Any:
    dump = getattr(value, "model_dump", None)
    return dump(mode="json") if callable(dump) else str(value)
