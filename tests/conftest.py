"""What all tests share."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from typing import Any
from uuid import uuid4

import pytest
import serving
from calling import Caller, new_token
from hypothesis import settings
from starlette.testclient import TestClient
from upstream import Upstream
from visiting import a_chat, mounted

from chatwidget import Attachments, ChatWidget
from chatwidget.providers import Scripted

# A busy machine is no failure.
settings.register_profile("tests", deadline=None, max_examples=50)
settings.load_profile("tests")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def own_database(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A chat that is given no store has one of its own in each test."""
    folder = tmp_path_factory.getbasetemp() / "default"
    folder.mkdir(exist_ok=True)
    monkeypatch.setenv("CHATWIDGET_DB", str(folder / f"{uuid4().hex}.db"))


@pytest.fixture
async def nothing_is_left_behind(anyio_backend: str) -> AsyncIterator[None]:
    """No task and no timer may outlive the test."""
    yield
    for _ in range(5):
        await asyncio.sleep(0)
    tasks = [repr(task) for task in asyncio.all_tasks()]
    assert [task for task in tasks if "TestRunner." not in task] == []
    loop: Any = asyncio.get_running_loop()
    assert [timer for timer in loop._scheduled if not timer.cancelled()] == []


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """`serve(app)` serves an ASGI app until the test is over and returns its address."""
    with ExitStack() as servers:

        def serve(app: Any, **options: Any) -> str:
            return servers.enter_context(serving.serve(app, **options))

        yield serve


@pytest.fixture(scope="session")
def _upstream() -> Iterator[Upstream]:
    with Upstream() as upstream:
        yield upstream


@pytest.fixture
def upstream(_upstream: Upstream) -> Iterator[Upstream]:
    """A provider's server; every test must leave it without open connections."""
    _upstream.reset()
    yield _upstream
    assert _upstream.wait_for_connections(0), "a connection was leaked"


@pytest.fixture
async def connect(upstream: Upstream) -> AsyncIterator[Any]:
    """Makes providers that talk to `upstream`: see `providers/connecting.py`."""
    from connecting import Connect  # the SDKs are slow to import, and few tests need them

    connect = Connect(upstream)
    yield connect
    await connect.aclose()


@pytest.fixture
def host() -> Iterator[Callable[[ChatWidget], TestClient]]:
    """`host(chat)` is a client of a host app that has the chat at `/chat`."""
    with ExitStack() as clients:
        yield lambda chat: clients.enter_context(TestClient(mounted(chat)))


@pytest.fixture
def client(host: Callable[[ChatWidget], TestClient]) -> TestClient:
    return host(
        a_chat(Scripted("Hello"), origins=["https://shop.example"], attachments=Attachments())
    )


@pytest.fixture
def owner(client: TestClient) -> Caller:
    """The visitor to whom the conversation `c_1` belongs."""
    caller = Caller(client, new_token(client))
    assert caller.ask(id="q1").status_code == 200
    return caller
