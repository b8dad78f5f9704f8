"""The providers: what answers. Each vendor's SDK is imported when its provider is asked for."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chatwidget.providers.anthropic import Anthropic as Anthropic
    from chatwidget.providers.base import ChatRequest as ChatRequest
    from chatwidget.providers.base import Provider as Provider
    from chatwidget.providers.base import ToolSpec as ToolSpec
    from chatwidget.providers.demo import Demo as Demo
    from chatwidget.providers.function import Function as Function
    from chatwidget.providers.function import as_provider as as_provider
    from chatwidget.providers.openai import OpenAI as OpenAI
    from chatwidget.providers.scripted import Gate as Gate
    from chatwidget.providers.scripted import Scripted as Scripted
    from chatwidget.providers.scripted import fail as fail
    from chatwidget.providers.scripted import pause as pause

_HOME = {
    "Anthropic": "anthropic",
    "ChatRequest": "base",
    "Demo": "demo",
    "Function": "function",
    "Gate": "scripted",
    "OpenAI": "openai",
    "Provider": "base",
    "Scripted": "scripted",
    "ToolSpec": "base",
    "as_provider": "function",
    "fail": "scripted",
    "pause": "scripted",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(_HOME)
