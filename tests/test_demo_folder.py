"""The examples in `demo/`: each one starts as it is, without a key, and answers."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from serving import free_port, until

DEMO = Path(__file__).parent.parent / "demo"
EXAMPLES = ("fastapi_app.py", "function_provider.py", "gradio_app.py", "starlette_app.py")


@contextmanager
def running(example: str) -> Iterator[httpx2.Client]:
    """Run an example as its first line says, on a free port, and give a client of it."""
    port = free_port()
    keyless = {name: value for name, value in os.environ.items() if not name.endswith("_API_KEY")}
    settings = {"PORT": str(port), "GRADIO_ANALYTICS_ENABLED": "False", "GRADIO_NUM_PORTS": "1"}
    with (
        subprocess.Popen(
            [sys.executable, str(DEMO / example)],
            env={**keyless, **settings},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
        httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as web,
    ):
        watchdog = threading.Timer(50, process.kill)
        watchdog.start()
        try:
            until(lambda: process.poll() is not None or _answers(web), seconds=40)
            assert process.poll() is None, process.stderr and process.stderr.read()
            yield web
        finally:
            process.kill()
            watchdog.cancel()


def _answers(web: httpx2.Client) -> bool:
    try:
        web.get("/")
    except httpx2.TransportError:
        return False
    return True


def answer(web: httpx2.Client, path: str) -> str:
    with web.stream("POST", path, json={"message": "hello there"}) as response:
        assert response.status_code == 200, response.read()
        return "\n".join(line for line in response.iter_lines() if line.startswith("data: "))


@pytest.mark.parametrize("example", ["starlette_app.py", "fastapi_app.py"])
def test_a_mounted_chat_answers(example: str) -> None:
    with running(example) as web:
        assert '<script type="module" src="/chat/widget.js"></script>' in web.get("/").text
        script = web.get("/chat/widget.js")
        assert script.status_code == 200
        assert script.headers["access-control-allow-origin"] == "*"
        assert answer(web, "/chat/stream").endswith('data: {"done":true}\ndata: [DONE]')


def test_a_function_answers_and_is_a_whole_app() -> None:
    with running("function_provider.py") as web:
        assert 'mode="page"' in web.get("/").text
        told = answer(web, "/stream")
        assert '{"thinking":"Listening\\u2026"}' in told
        assert '{"content":"hello "}' in told


def test_gradio_answers() -> None:
    with running("gradio_app.py") as web:
        api = "/gradio_api/call/chat"
        event = web.post(api, json={"data": ["hello"]}).json()["event_id"]
        with web.stream("GET", f"{api}/{event}") as response:
            assert "event: generating" in response.iter_lines()


def test_the_static_page_may_use_the_chat_of_the_starlette_example() -> None:
    page = (DEMO / "static_host" / "index.html").read_text(encoding="utf-8")
    (source,) = re.findall(r'<script type="module" src="http://localhost:8000(\S+)"', page)
    (host,) = re.findall(r"on (http://localhost:9\d+)", page)

    with running("starlette_app.py") as web:
        assert web.get(source, headers={"origin": host}).status_code == 200
        asking = {"access-control-request-method": "POST", "origin": host}
        asking["access-control-request-headers"] = "content-type,authorization"
        allowed = web.options("/chat/messages", headers=asking)
        assert allowed.headers["access-control-allow-origin"] == host
        stranger = web.options("/chat/messages", headers=asking | {"origin": "http://localhost:1"})
        assert "access-control-allow-origin" not in stranger.headers


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_says_how_to_run_it_and_is_short(example: str) -> None:
    lines = (DEMO / example).read_text(encoding="utf-8").splitlines()

    assert lines[0].endswith(f'Run it: python demo/{example}"""')
    assert len(lines) <= 35
