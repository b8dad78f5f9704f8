"""Providers whose SDKs talk to a test's own upstream."""

import ssl
from typing import Any

import anthropic
import openai
from upstream import Upstream

from chatwidget.providers import Anthropic, OpenAI, Provider

# Loading the certificates takes longer than most of these tests.
_TLS = ssl.create_default_context()


class Connect:
    """Makes providers: `connect("chat" | "responses" | "messages", **options)`."""

    def __init__(self, upstream: Upstream) -> None:
        self._url = upstream.url
        self._clients: list[openai.AsyncOpenAI | anthropic.AsyncAnthropic] = []

    def __call__(self, api: str, *, max_retries: int = 0, **options: Any) -> Provider:
        common: dict[str, Any] = {
            "api_key": "secret-key",
            "base_url": self._url,
            "max_retries": max_retries,
        }
        if api == "messages":
            http = anthropic.DefaultAsyncHttpxClient(verify=_TLS)
            theirs = anthropic.AsyncAnthropic(http_client=http, **common)
            self._clients.append(theirs)
            return Anthropic("demo", client=theirs, **options)
        http = openai.DefaultAsyncHttpxClient(verify=_TLS)
        client = openai.AsyncOpenAI(http_client=http, **common)
        self._clients.append(client)
        return OpenAI("demo", api=api, client=client, **options)  # type: ignore[arg-type]

    async def aclose(self) -> None:
        for client in self._clients:
            await client.close()
