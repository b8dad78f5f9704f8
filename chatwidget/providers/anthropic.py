"""Anthropic's models, by the Messages API."""

import os
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from typing import Any, cast

from msgspec.structs import replace

from chatwidget.chunks import Chunk
from chatwidget.errors import ProviderError
from chatwidget.providers.anthropic_reading import MessagesReading
from chatwidget.providers.anthropic_request import messages_call
from chatwidget.providers.attached import has_images
from chatwidget.providers.base import ChatRequest

try:
    import anthropic
except ModuleNotFoundError as error:
    raise ImportError('Anthropic needs its SDK: pip install "chatwidget[anthropic]"') from error

from chatwidget.providers.upstream_errors import reported, translated

_CONTINUATIONS = 8
"""How often a model that paused for one of its own tools is asked to go on."""


class Anthropic:
    """Answers with one of Anthropic's models: `Anthropic("claude-sonnet-4-5")`.

    `max_tokens` is the longest answer. `thinking` is the API's own setting, for instance
    `{"type": "adaptive", "display": "summarized"}`. `client` is an `anthropic.AsyncAnthropic` of
    yours, which you also close. `params` go into every call, under those of the `ChatWidget`; its
    `tools` may name tools that Anthropic runs itself, such as web search. `max_retries` count only
    until the first byte.

    Raises ImportError without the SDK, TypeError for a blocking client.
    """

    def __init__(
        self,
        model: str,
        *,
        max_tokens: int = 4096,
        thinking: Mapping[str, Any] | None = None,
        api_key: str | None = None,
        base_url: str | None = None,
        client: anthropic.AsyncAnthropic | None = None,
        name: str = "anthropic",
        params: Mapping[str, Any] | None = None,
        max_retries: int = 2,
    ) -> None:
        if isinstance(client, anthropic.Anthropic):
            raise TypeError(
                "Anthropic: client must be an anthropic.AsyncAnthropic, not the blocking one"
            )
        self.name = name
        self._model = model
        self._max_tokens = max_tokens
        self._thinking = thinking
        self._api_key = api_key
        self._base_url = base_url
        self._client = client
        self._client_is_ours = client is None
        self._params = dict(params or {})
        self._max_retries = max_retries

    async def stream(self, request: ChatRequest) -> AsyncIterator[Chunk]:
        call = messages_call(
            replace(request, params={**self._params, **request.params}),
            name=self.name,
            model=self._model,
            max_tokens=self._max_tokens,
            thinking=self._thinking,
        )
        asked = call["messages"]
        reading = MessagesReading(name=self.name, model=self._model)
        content_type = ""
        for _ in range(_CONTINUATIONS + 1):
            with translated(reading, images=has_images(request)):
                stream = await self._create(call)
                async with stream:
                    content_type = stream.response.headers.get("content-type", "none")
                    async with aclosing(_events(stream)) as events:
                        async for event in events:
                            for chunk in reading.take(event):
                                yield chunk
            if not reading.paused:
                break
            call["messages"] = [*asked, {"role": "assistant", "content": reading.content}]
        for chunk in reading.close(content_type):
            yield chunk

    async def aclose(self) -> None:
        if self._client is not None and self._client_is_ours:
            client, self._client = self._client, None
            await client.close()

    async def _create(self, call: dict[str, Any]) -> anthropic.AsyncStream[Any]:
        create: Any = self._open().messages.create
        try:
            return cast("anthropic.AsyncStream[Any]", await create(**call))
        except TypeError as error:  # the SDK has no class of its own for this
            if "authentication" not in str(error):
                raise
            raise ProviderError(
                "provider_auth", hint="no API key: set ANTHROPIC_API_KEY, or pass api_key"
            ) from error

    def _open(self) -> anthropic.AsyncAnthropic:
        if self._client is None:
            self._client = anthropic.AsyncAnthropic(
                # Servers of one's own seldom want a key, the SDK always does.
                api_key=self._api_key or ("none" if self._base_url and not _has_key() else None),
                base_url=self._base_url,
                max_retries=self._max_retries,
            )
        return self._client


def _has_key() -> bool:
    return bool(os.environ.get("ANTHROPIC_API_KEY") or os.environ.get("ANTHROPIC_AUTH_TOKEN"))


async def _events(stream: anthropic.AsyncStream[Any]) -> AsyncGenerator[dict[str, Any], None]:
    """Yield the stream's events as JSON objects.

    The SDK's own iterator drops events that have no `event:` line, as some servers send them, and
    raises an error in the stream as a response with status 200.
    """
    frames = cast("AsyncGenerator[Any, None]", stream.raw_events(stream.response))
    async with aclosing(frames):
        async for frame in frames:
            if frame.event == "error" and not frame.data.startswith("{"):
                raise reported(None)
            if frame.data and frame.data != "[DONE]":
                event = frame.json()
                if isinstance(event, dict):
                    yield event
