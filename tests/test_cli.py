"""The command line, as a program of its own."""

import base64
import hashlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec

import httpx2
import pytest
from serving import free_port
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chatwidget import cli, environment
from chatwidget.demo_app import WORDS
from chatwidget.pages import STATIC
from chatwidget.providers.demo import KEYWORDS

Started = tuple[subprocess.Popen[str], list[str]]


def plain_environment(settings: Mapping[str, str] | None = None) -> Mapping[str, str]:
    """The environment without anybody's keys."""
    own = {name: value for name, value in os.environ.items() if not name.endswith("_API_KEY")}
    return {**own, **(settings or {})}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "chatwidget", *arguments],
        env=plain_environment(),
        capture_output=True,
        text=True,
        timeout=30,
    )


@contextmanager
def started(
    *arguments: str, lines: int, settings: Mapping[str, str] | None = None
) -> Iterator[Started]:
    """Start the program and give it with its first `lines` of output."""
    with subprocess.Popen(
        [sys.executable, "-m", "chatwidget", *arguments],
        env=plain_environment(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        watchdog = threading.Timer(40, process.kill)
        watchdog.start()
        try:
            assert process.stdout
            yield process, [process.stdout.readline().strip() for _ in range(lines)]
        finally:
            process.kill()
            watchdog.cancel()


def interrupt(process: subprocess.Popen[str]) -> str:
    """Press Ctrl-C; return what it still says."""
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=20)
    return rest


def test_demo_serves_the_shop_and_the_chat() -> None:
    with started("demo", "--port", "0", lines=2) as (process, (address, who)):
        assert re.fullmatch(r"http://127\.0\.0\.1:[1-9][0-9]+", address)
        assert "demo provider" in who
        with httpx2.Client(base_url=address, timeout=20) as web:
            page = web.get("/")
            assert page.status_code == 200
            assert '<script type="module" src="/chat/widget.js"></script>' in page.text
            assert "unsafe" not in page.headers["content-security-policy"]
            assert not re.search(r"<style|<script>|\sstyle=|\son[a-z]+=", page.text)
            for found in re.findall(r'(?:href|src)="(/demo/[^"]+)"', page.text):
                assert web.get(found).status_code == 200, found
            assert all(f'data-ask="{word}"' in page.text for word in KEYWORDS)
            assert 'mode="inline"' in web.get("/inline").text
            assert 'mode="page"' in web.get("/chat/").text
            with web.stream("POST", "/chat/stream", json={"message": "hello"}) as answer:
                frames = [line for line in answer.iter_lines() if line.startswith("data: ")]
        assert len(frames) > 10
        assert frames[-2:] == ['data: {"done":true}', "data: [DONE]"]

        assert interrupt(process) == ""
        assert process.returncode == 0


def test_providers_answer_by_name_and_say_what_they_lack() -> None:
    key = {"OPENAI_API_KEY": "sk-test"}
    demo = ("demo", "--port", "0", "--provider", "demo")
    with started(*demo, lines=1, settings=key) as (_, (address,)):
        by_name = httpx2.post(f"{address}/chat/stream/demo", json={"message": "hi"})
        assert "data: [DONE]" in by_name.text

        refused = httpx2.post(f"{address}/chat/stream/anthropic", json={"message": "hi"})
        assert refused.status_code == 404
        assert refused.json()["code"] == "unknown_provider"
        assert refused.json()["hint"] == "set ANTHROPIC_API_KEY"

        wrong = httpx2.post(f"{address}/chat/stream/nobody", json={"message": "hi"})
        assert wrong.json()["code"] == "unknown_provider"
        assert "demo, openai" in wrong.json()["hint"]


def test_gradio_serves_the_same_chat() -> None:
    port = free_port()
    with started("gradio", "--port", str(port), lines=2) as (process, (address, who)):
        assert address == f"http://127.0.0.1:{port}"
        assert "demo provider" in who
        api = f"{address}/gradio_api/call/chat"
        event = httpx2.post(api, json={"data": ["hello"]}).json()["event_id"]
        with httpx2.stream("GET", f"{api}/{event}", timeout=20) as answer:
            assert "event: generating" in answer.iter_lines()

        assert interrupt(process) == ""
        assert process.returncode == 0


def test_a_port_that_is_taken_is_one_line_and_a_hint() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for command in ("demo", "gradio"):
            result = run(command, "--port", str(port))
            assert result.returncode == 1
            assert result.stdout == ""
            assert result.stderr == (
                f"chatwidget {command}: port {port} is taken: choose another with --port, "
                "or --port 0 for a free one\n"
            )


def test_an_address_that_is_not_ours_is_one_line() -> None:
    result = run("demo", "--host", "192.0.2.1", "--port", "0")

    assert result.returncode == 1
    assert re.fullmatch(r"chatwidget demo: can't listen on 192\.0\.2\.1 .+\n", result.stderr)


def test_a_provider_without_its_key_says_which() -> None:
    result = run("demo", "--provider", "openai")

    assert result.returncode == 1
    assert result.stderr == (
        "chatwidget demo: set OPENAI_API_KEY, or use --provider demo, which needs no key\n"
    )


@pytest.mark.parametrize(
    ("command", "module", "hint"),
    [
        (["demo"], "uvicorn", 'pip install "chatwidget[demo]"'),
        (["gradio"], "gradio", 'pip install "chatwidget[gradio]"'),
        (["demo", "--provider", "anthropic"], "anthropic", 'pip install "chatwidget[anthropic]"'),
    ],
)
def test_what_is_not_installed_is_named(
    command: list[str],
    module: str,
    hint: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def without(name: str) -> object:
        return None if name == module else find_spec(name)

    monkeypatch.setattr(cli, "find_spec", without)
    monkeypatch.setattr(environment, "find_spec", without)
    monkeypatch.setitem(os.environ, "ANTHROPIC_API_KEY", "sk-ant-test")

    assert cli.main(command) == 1
    assert hint in capsys.readouterr().err


@pytest.mark.parametrize(
    ("keys", "name"),
    [
        ({}, "demo"),
        ({"OPENAI_API_KEY": ""}, "demo"),
        ({"ANTHROPIC_API_KEY": "a"}, "anthropic"),
        ({"ANTHROPIC_API_KEY": "a", "OPENAI_API_KEY": "b"}, "openai"),
    ],
)
def test_the_first_key_decides_who_answers(keys: dict[str, str], name: str) -> None:
    assert environment.default_name(keys) == name


def test_a_vendors_model_answers_when_its_key_is_set(serve: Callable[..., str]) -> None:
    asked = []

    async def completions(request: Request) -> Response:
        asked.append(await request.json())
        chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-x"}
        choices = [
            {"index": 0, "delta": {"content": "Hi"}, "finish_reason": None},
            {"index": 0, "delta": {}, "finish_reason": "stop"},
        ]
        lines = [f"data: {json.dumps({**chunk, 'choices': [choice]})}\n\n" for choice in choices]
        return Response("".join([*lines, "data: [DONE]\n\n"]), media_type="text/event-stream")

    route = Route("/v1/chat/completions", completions, methods=["POST"])
    upstream = f"{serve(Starlette(routes=[route]))}/v1"
    keys = {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": upstream}
    with started("demo", "--port", "0", "--model", "gpt-x", lines=2, settings=keys) as (
        _,
        (address, who),
    ):
        assert who == "Answers come from openai (OPENAI_API_KEY is set)."
        answer = httpx2.post(f"{address}/chat/stream", json={"message": "hello"}, timeout=20)
        page = httpx2.get(address).text

    assert 'data: {"content":"Hi"}' in answer.text
    assert asked[0]["model"] == "gpt-x"
    assert "Halden" in asked[0]["messages"][0]["content"]
    assert "Answers come from openai" in page


def test_snippet_prints_the_tag_to_paste() -> None:
    assert run("snippet", "--url", "https://shop.example/chat/").stdout == (
        '<script type="module" src="https://shop.example/chat/widget.js"></script>\n'
    )


def test_a_snippet_can_pin_the_script_to_its_bytes() -> None:
    tag = run("snippet", "--sri", "--url", "https://shop.example/chat").stdout
    found = re.fullmatch(
        r'<script type="module" src="https://shop\.example/chat/(widget-[0-9a-f]{16}\.js)"'
        r' integrity="sha384-(\S+)" crossorigin="anonymous"></script>\n',
        tag,
    )
    assert found
    entry = (STATIC / "widget.js").read_bytes()
    assert base64.b64decode(found[2]) == hashlib.sha384(entry).digest()


def test_a_snippet_needs_a_whole_address(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["snippet", "--url", "shop.example/chat"]) == 1

    said = capsys.readouterr()
    assert said.out == ""
    assert "https://" in said.err


@pytest.mark.parametrize("port", ["eighty", "-1", "65536"])
def test_a_port_is_a_number(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(["demo", f"--port={port}"])

    assert f"{port} is not a port" in capsys.readouterr().err


def test_the_version_is_the_packages() -> None:
    assert run("--version").stdout == f"chatwidget {version('chatwidget')}\n"


def test_the_page_offers_every_word_that_the_demo_knows() -> None:
    assert tuple(word for word, _ in WORDS) == KEYWORDS
