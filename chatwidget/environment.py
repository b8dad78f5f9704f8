"""Which models this machine can ask, by the keys that are in its environment."""

import os
from collections.abc import Mapping
from importlib.util import find_spec

from chatwidget import providers as available
from chatwidget.providers.base import Provider

KEYS = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}
"""The variable that makes a provider usable; both SDKs read theirs themselves."""

NAMES = (*KEYS, "demo")


class NotSetUp(Exception):
    """A provider can't be used here; the text says what to do about it."""


def default_name(environment: Mapping[str, str] = os.environ) -> str:
    """Return the first provider with a key, or `demo`, which needs none."""
    return next((name for name, key in KEYS.items() if environment.get(key)), "demo")


def provider(name: str, environment: Mapping[str, str] = os.environ) -> Provider:
    """Return the provider called `name`. Raises `NotSetUp`."""
    if name == "demo":
        return available.Demo()
    if not environment.get(KEYS[name]):
        raise NotSetUp(f"set {KEYS[name]}")
    if find_spec(name) is None:
        raise NotSetUp(f'pip install "chatwidget[{name}]"')
    chosen: Provider = available.OpenAI() if name == "openai" else available.Anthropic()
    return chosen


def providers(
    first: str, environment: Mapping[str, str] = os.environ
) -> tuple[dict[str, Provider], dict[str, str]]:
    """Return all usable providers, `first` in front, and what the others lack, by name.

    Raises `NotSetUp` if it is `first` that can't be used.
    """
    usable, lacking = {first: provider(first, environment)}, {}
    for name in NAMES:
        if name == first:
            continue
        try:
            usable[name] = provider(name, environment)
        except NotSetUp as error:
            lacking[name] = str(error)
    return usable, lacking
