"""A `SQLite` for as long as a block lasts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from chatwidget.stores.sqlite import SQLite


@asynccontextmanager
async def opened(path: Path, **options: Any) -> AsyncIterator[SQLite]:
    store = SQLite(path, **options)
    await store.open()
    try:
        yield store
    finally:
        await store.close()
