"""Which models this machine can ask, by the keys that are in its environment."""

import os
from collections.abc import Mapping
from importlib.util import find_spec

from chatwidget import providers as available
from chatwidget.providers.base import Provider

MODELS = {"openai": "gpt-5-mini", "anthropic": "claude-sonnet-5-5"}
"""The models that are asked unless another is chosen: quick and cheap ones."""

KEYS = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}
"""The variable that makes a provider usable; both SDKs read theirs themselves."""

NAMES = (*KEYS, "demo")


class NotSetUp(Exception):
    """A provider can't be used here; the text says what to do about it."""


def default_name(environment: Mapping[str, str] = os.environ) -> str:
    """Return the first provider with a key, or `demo`, which needs none."""
    return next((name for name, key in KEYS.items() if environment.get(key)), "demo")


def provider(
    name: str, *, model: str | None = None, environment: Mapping[str, str] = os.environ
) -> Provider:
    """Return the provider called `name`, asking `model`. Raises `NotSetUp`."""
    if name == "demo":
        return available.Demo()
    if not environment.get(KEYS[name]):
        raise NotSetUp(f"set {KEYS[name]}")
    if find_spec(name) is None:
        raise NotSetUp(f'pip install "chatwidget[{name}]"')
    vendor = available.OpenAI if name == "openai" else available.Anthropic
    return vendor(model or MODELS[name])


def providers(
    first: str, *, model: str | None = None, environment: Mapping[str, str] = os.environ
) -> tuple[dict[str, Provider], dict[str, str]]:
    """Return all usable providers, `first` (asking `model`) in front, and what the others lack.

    Raises `NotSetUp` if it is `first` that can't be used.
    """
    usable = {first: provider(first, model=model, environment=environment)}
    lacking: dict[str, str] = {}
    for name in NAMES:
        if name == first:
            continue
        try:
            usable[name] = provider(name, environment=environment)
        except NotSetUp as error:
            lacking[name] = str(error)
    return usable, lacking
