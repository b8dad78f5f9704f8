"""OpenAI, and the many servers that speak as it does."""

import os
from collections.abc import AsyncIterator, Mapping
from typing import Any, Literal, cast

from msgspec.structs import replace

from chatwidget.chunks import Chunk
from chatwidget.errors import ProviderError
from chatwidget.providers.attached import has_images
from chatwidget.providers.base import ChatRequest
from chatwidget.providers.openai_chat import ChatReading, chat_call
from chatwidget.providers.openai_responses import ResponsesReading, responses_call

try:
    import openai
except ModuleNotFoundError as error:
    raise ImportError('OpenAI needs its SDK: pip install "chatwidget[openai]"') from error

from chatwidget.providers.upstream_errors import translated

Api = Literal["responses", "chat"]


class OpenAI:
    """Answers with a model of OpenAI's, or of any compatible server: `OpenAI("gpt-5-mini")`,
    `OpenAI("llama3.2", base_url="http://localhost:11434/v1")`.

    `api` is `"responses"` at OpenAI itself and `"chat"` (Chat Completions) with a `base_url` of
    your own, unless you say otherwise. `client` is an `openai.AsyncOpenAI` (or Azure's) of yours,
    which you also close. `params` go into every call, under those of the `ChatWidget`; its `tools`
    may name tools that the provider runs itself. `max_retries` count only until the first byte.

    Raises ImportError without the SDK, ValueError or TypeError for settings that make no sense.
    """

    def __init__(
        self,
        model: str,
        *,
        api: Api | None = None,
        api_key: str | None = None,
        base_url: str | None = None,
        client: openai.AsyncOpenAI | None = None,
        name: str = "openai",
        params: Mapping[str, Any] | None = None,
        max_retries: int = 2,
    ) -> None:
        if api not in (None, "responses", "chat"):
            raise ValueError(f'OpenAI: api={api!r} must be "responses" or "chat"')
        if isinstance(client, openai.OpenAI):
            raise TypeError("OpenAI: client must be an openai.AsyncOpenAI, not the blocking one")
        self.name = name
        self._model = model
        self._base_url = base_url or os.environ.get("OPENAI_BASE_URL") or None
        self._api_key = api_key
        self._api: Api = api or _usual_api(client, self._base_url)
        self._client = client
        self._client_is_ours = client is None
        self._params = dict(params or {})
        self._max_retries = max_retries
        self._extras = True

    async def stream(self, request: ChatRequest) -> AsyncIterator[Chunk]:
        request = replace(request, params={**self._params, **request.params})
        kind = ResponsesReading if self._api == "responses" else ChatReading
        reading = kind(name=self.name, model=self._model)
        content_type = ""
        with translated(reading, images=has_images(request)):
            stream = await self._call(request)
            async with stream:
                content_type = stream.response.headers.get("content-type", "none")
                async for event in stream:
                    for chunk in reading.take(event):
                        yield chunk
        for chunk in reading.close(content_type):
            yield chunk

    async def aclose(self) -> None:
        if self._client is not None and self._client_is_ours:
            client, self._client = self._client, None
            await client.close()

    async def _call(self, request: ChatRequest) -> openai.AsyncStream[Any]:
        try:
            return await self._create(request, extras=self._extras)
        except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
            refusal = _refused_extra(error)
            if not self._extras or not refusal:
                raise
            stream = await self._create(request, extras=False)
            # Asked once: the same model will not learn it.
            self._extras = refusal != "never"
            return stream

    async def _create(self, request: ChatRequest, *, extras: bool) -> openai.AsyncStream[Any]:
        client = self._open()
        responses = self._api == "responses"
        create: Any = client.responses.create if responses else client.chat.completions.create
        build = responses_call if responses else chat_call
        call = build(request, name=self.name, model=self._model, extras=extras)
        return cast("openai.AsyncStream[Any]", await create(**call))

    def _open(self) -> openai.AsyncOpenAI:
        if self._client is None:
            key = self._api_key or os.environ.get("OPENAI_API_KEY")
            try:
                self._client = openai.AsyncOpenAI(
                    # Servers of one's own seldom want a key, the SDK always does.
                    api_key=key or ("none" if self._base_url else None),
                    base_url=self._base_url,
                    max_retries=self._max_retries,
                )
            except openai.OpenAIError as error:
                raise ProviderError(
                    "provider_auth", hint="no API key: set OPENAI_API_KEY, or pass api_key"
                ) from error
        return self._client


def _usual_api(client: openai.AsyncOpenAI | None, base_url: str | None) -> Api:
    url = str(client.base_url) if client is not None else base_url
    return "responses" if url is None or "//api.openai.com/" in f"{url}/" else "chat"


def _refused_extra(error: openai.APIStatusError) -> Literal["never", "this time"] | None:
    """Whether a server refused a request for what we could do without: the usage of Chat
    Completions, or the encrypted reasoning (which another key or model can't read)."""
    text = f"{error.param} {error.body}".lower()
    if "stream_options" in text or error.param == "include" or "encrypted content is not" in text:
        return "never"
    return "this time" if "encrypted" in text else None
