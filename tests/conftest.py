"""What all tests share."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import serving


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """`serve(app)` serves an ASGI app until the test is over and returns its address."""
    with ExitStack() as servers:

        def serve(app: Any, **options: Any) -> str:
            return servers.enter_context(serving.serve(app, **options))

        yield serve
