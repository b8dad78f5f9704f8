"""Any Python function as a provider."""

import inspect
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from typing import Any, cast, get_args

from chatwidget.chunks import Chunk, TextDelta, Yielded
from chatwidget.errors import ChatError, ProviderError
from chatwidget.messages import Message
from chatwidget.providers.attached import note
from chatwidget.providers.base import ChatRequest, Provider
from chatwidget.threads import in_thread

_Arguments = tuple[tuple[Any, ...], dict[str, Any]]
_NAMEABLE = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


class Function:
    """Answers with what a function yields or returns: `str`, or chunks such as `Status("…")`.

    The function is an async generator, a generator, a coroutine function or an ordinary one; what
    is not async runs in a thread of its own. It takes `(message)`, `(message, history)` with
    history a list of `{"role", "content"}` before this message, or, when its first parameter is
    named `request` or annotated `ChatRequest`, the whole request.

    One that takes `files` beside the message gets what the visitor attached to it, a list of
    `StoredFile`; what was attached earlier is in the history, under `"files"`. In the text of one
    that does not, files are named.

    Raises TypeError, at once, for a signature that none of these fit.
    """

    def __init__(self, function: Callable[..., Any], *, name: str | None = None) -> None:
        self.name = name or str(getattr(function, "__name__", type(function).__name__))
        self._function = function
        self._arguments = _arguments_for(function)

    async def stream(self, request: ChatRequest) -> AsyncIterator[Chunk]:
        try:
            async with aclosing(self._answer(*self._arguments(request))) as items:
                async for item in items:
                    yield self._chunk(item)
        except ChatError:
            raise
        except _Unfit as error:
            raise ProviderError("internal", hint=str(error)) from error
        except Exception as error:
            hint = f"{self.name} raised {type(error).__name__}"
            raise ProviderError("internal", hint=hint) from error

    async def aclose(self) -> None:
        """Nothing is kept between calls."""

    def _answer(
        self, arguments: tuple[Any, ...], named: dict[str, Any]
    ) -> AsyncGenerator[Any, None]:
        if _is_async(self._function):
            return _resolved(self._function(*arguments, **named))
        return _called_in_thread(lambda: self._function(*arguments, **named))

    def _chunk(self, item: Any) -> Chunk:
        if isinstance(item, str):
            return TextDelta(item)
        if isinstance(item, get_args(Yielded)):
            return cast("Chunk", item)
        kind = type(item).__name__
        if isinstance(item, Chunk):
            raise _Unfit(
                f"{self.name} yielded {kind}, which only the engine may write; "
                "to fail, raise ProviderError"
            )
        raise _Unfit(f"{self.name} yielded or returned {kind}: use str, or chunks like Status('…')")


class _Unfit(TypeError):
    """A function gave something that is no part of an answer."""


def as_provider(given: Provider | Callable[..., Any]) -> Provider:
    """Return `given` if it is a provider, or a provider that calls it if it is a function.

    Raises TypeError for anything else.
    """
    if isinstance(given, type):
        raise TypeError(f"{given.__name__} is a class: pass an instance, {given.__name__}(…)")
    if isinstance(given, Provider):
        return given
    if callable(given):
        return Function(given)
    raise TypeError(f"{given!r} is neither a provider nor a function")


async def _called_in_thread(call: Callable[[], Any]) -> AsyncGenerator[Any, None]:
    async with aclosing(in_thread(call)) as results:
        async for result in results:
            async with aclosing(_resolved(result)) as items:
                async for item in items:
                    yield item


async def _resolved(result: Any) -> AsyncGenerator[Any, None]:
    """Yield what there is in `result`: an awaitable, an async iterator or a value."""
    if inspect.isawaitable(result):
        result = await result
    if isinstance(result, AsyncIterable):
        iterator = aiter(result)
        try:
            async for item in iterator:
                yield item
        finally:
            if close := getattr(iterator, "aclose", None):
                await close()
    elif result is not None:
        yield result


def _is_async(function: Callable[..., Any]) -> bool:
    return any(
        inspect.iscoroutinefunction(each) or inspect.isasyncgenfunction(each)
        for each in (function, type(function).__call__)
    )


def _arguments_for(function: Callable[..., Any]) -> Callable[[ChatRequest], _Arguments]:
    try:
        signature = inspect.signature(function)
    except ValueError:  # some builtins have none
        return _message
    parameters = [*signature.parameters.values()]
    files = next((p for p in parameters[1:] if p.name == "files" and p.kind in _NAMEABLE), None)
    at = parameters.index(files) if files else 0
    if files:
        parameters.remove(files)
    places = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if not places and any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return _message_and_history
    required = [p for p in places if p.default is p.empty]
    keywords = [p for p in parameters if p.kind is p.KEYWORD_ONLY and p.default is p.empty]
    asks_request = bool(places) and _is_request(places[0])
    if not places or keywords or len(required) > (1 if asks_request else 2):
        raise TypeError(
            f"{getattr(function, '__name__', function)}{signature} can't answer a message: "
            "take (message), (message, history) or (request: ChatRequest); files may be asked for "
            "beside the first two"
        )
    if asks_request:
        arguments = _request
    elif len(required) > 1 or any(p.name == "history" for p in places[1:2]):
        arguments = _message_and_history_with_files if files else _message_and_history
    else:
        arguments = _message_with_files if files else _message
    return _and_files(arguments, at) if files else arguments


def _and_files(
    arguments: Callable[[ChatRequest], _Arguments], at: int
) -> Callable[[ChatRequest], _Arguments]:
    """Put the files among the arguments where they are asked for."""

    def extended(request: ChatRequest) -> _Arguments:
        given, files = arguments(request)[0], request.files_of()
        if at < len(given):
            return (*given[:at], files, *given[at:]), {}
        return given, {"files": files}

    return extended


def _is_request(parameter: inspect.Parameter) -> bool:
    annotation = parameter.annotation
    if isinstance(annotation, str):  # from __future__ import annotations
        annotation = annotation.rpartition(".")[2]
    return parameter.name == "request" or annotation in (ChatRequest, "ChatRequest")


def _request(request: ChatRequest) -> _Arguments:
    return (request,), {}


def _message(request: ChatRequest) -> _Arguments:
    return (_text(_asked(request)),), {}


def _message_with_files(request: ChatRequest) -> _Arguments:
    return (request.message,), {}


def _message_and_history(request: ChatRequest) -> _Arguments:
    history = [{"role": m.role, "content": _text(m)} for m in _before(request)]
    return (_text(_asked(request)), history), {}


def _message_and_history_with_files(request: ChatRequest) -> _Arguments:
    history: list[dict[str, Any]] = []
    for message in _before(request):
        said: dict[str, Any] = {"role": message.role, "content": message.text}
        history.append({**said, "files": f} if (f := request.files_of(message)) else said)
    return (request.message, history), {}


def _asked(request: ChatRequest) -> Message | None:
    return next((m for m in reversed(request.messages) if m.role == "user"), None)


def _before(request: ChatRequest) -> Sequence[Message]:
    messages = request.messages
    asked = max((at for at, message in enumerate(messages) if message.role == "user"), default=0)
    return messages[:asked]


def _text(message: Message | None) -> str:
    """Return the message's text, and the names of what was attached to it."""
    if message is None:
        return ""
    files = message.files if message.role == "user" else []
    return "\n\n".join([*map(note, files), *([message.text] if message.text or not files else [])])
