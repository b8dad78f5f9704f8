"""`SQLite` is a store."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from suite import StoreSuite

from chatwidget.stores.sqlite import SQLite

pytestmark = pytest.mark.anyio


class TestSQLite(StoreSuite):
    @pytest.fixture
    async def store(self, tmp_path: Path) -> AsyncIterator[SQLite]:
        store = SQLite(tmp_path / "chat.db")
        await store.open()
        yield store
        await store.close()

    @pytest.fixture
    async def forgetful(self, tmp_path: Path) -> AsyncIterator[SQLite]:
        store = SQLite(tmp_path / "chat.db", retention=0)
        await store.open()
        yield store
        await store.close()
