"""The stores, by name. Each is imported when it is asked for: `Redis` needs `chatwidget[redis]`."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chatwidget.stores.base import Store as Store
    from chatwidget.stores.memory import Memory as Memory
    from chatwidget.stores.redis import Redis as Redis
    from chatwidget.stores.sqlite import SQLite as SQLite

_HOME = {"Memory": "memory", "Redis": "redis", "SQLite": "sqlite", "Store": "base"}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(_HOME)
