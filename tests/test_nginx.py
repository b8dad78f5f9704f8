"""`demo/nginx.conf` in a real nginx: what it lets through, and when."""

import base64
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pictures import PNG
from serving import free_port, until
from starlette.applications import Starlette
from starlette.routing import Mount

from chatwidget import Attachments, ChatWidget, Limits
from chatwidget.providers import Gate, Scripted

CONFIG = Path(__file__).parent.parent / "demo" / "nginx.conf"

# What Debian's own nginx.conf has around a site, for a server that is not root.
OUTER = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 64; }}
http {{
    default_type application/octet-stream;
    access_log off;
    gzip on;
    gzip_types *;
    # As if another proxy had taken it away: the configuration has to do without our header.
    proxy_ignore_headers X-Accel-Buffering;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""

Proxied = Callable[..., httpx2.Client]


def program() -> str:
    found = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("nginx is not installed: apt-get install nginx-light")
        pytest.skip("nginx is not installed: apt-get install nginx-light")
    return found


@contextmanager
def nginx(folder: Path, upstream: str) -> Iterator[str]:
    """Run nginx with the demo's configuration in front of `upstream` and give its address."""
    port = free_port()
    site = CONFIG.read_text(encoding="utf-8")
    ours = {"listen 8080;": f"listen 127.0.0.1:{port};", "127.0.0.1:8000": upstream}
    for there, here in ours.items():
        assert site.count(there) == 1, f"{CONFIG.name} has no {there!r} to replace any more"
        site = site.replace(there, here)
    (folder / "site.conf").write_text(site, encoding="utf-8")
    outer = folder / "nginx.conf"
    outer.write_text(OUTER.format(folder=folder), encoding="utf-8")
    command = [program(), "-p", str(folder), "-c", str(outer), "-e", "stderr"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            until(lambda: process.poll() is not None or _listens(port))
            assert process.poll() is None, process.stderr and process.stderr.read()
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.communicate()


def _listens(port: int) -> bool:
    try:
        httpx2.get(f"http://127.0.0.1:{port}/chat/health")
    except httpx2.TransportError:
        return False
    return True


@pytest.fixture
def proxied(serve: Callable[..., str], tmp_path: Path) -> Iterator[Proxied]:
    """`proxied(provider)` puts a chat behind nginx and returns a client of it."""
    opened: list[Any] = []

    def start(provider: Scripted, *, root_path: str = "", **settings: Any) -> httpx2.Client:
        chat = ChatWidget(provider, secret="s" * 32, **settings)
        app = Starlette(routes=[Mount("/chat", chat)], lifespan=chat.lifespan)
        upstream = serve(app, root_path=root_path).removeprefix("http://")
        running = nginx(tmp_path, upstream)
        address = running.__enter__()
        client = httpx2.Client(base_url=address, timeout=20)
        opened.extend([running, client])
        return client

    yield start
    for each in reversed(opened):
        each.__exit__(None, None, None)


def deltas(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        if found := re.match(r'data: {"type":"text-delta".*"delta":"([^"]*)"', line):
            yield found[1]


QUESTION = {"id": "c_1", "message": {"id": "m_1", "text": "Hi"}}


def test_each_token_is_through_before_the_next_is_made(proxied: Proxied) -> None:
    # More than one: the first travels with the headers, which are enough to fill a small buffer.
    gates = [Gate() for _ in range(5)]
    tokens = [f"token{number} " for number in range(6)]
    script = [line for pair in zip(tokens, gates, strict=False) for line in pair]
    web = proxied(Scripted(*script, tokens[-1]))

    with web.stream("POST", "/chat/messages", json=QUESTION) as response:
        assert response.status_code == 200
        assert "content-encoding" not in response.headers
        words = deltas(response.iter_lines())
        for token, gate in zip(tokens, gates, strict=False):
            assert next(words) == token
            gate.open()
        assert [*words] == tokens[-1:]


def test_the_first_byte_is_through_before_the_provider_says_anything(proxied: Proxied) -> None:
    gate = Gate()
    web = proxied(Scripted(gate, "Hello"))

    with web.stream("POST", "/chat/stream", json={"message": "Hi"}) as response:
        lines = response.iter_lines()
        assert next(lines) == ": open"
        gate.open()
        assert 'data: {"content":"Hello"}' in lines


def test_a_lost_connection_is_taken_up_where_it_broke(proxied: Proxied) -> None:
    gate = Gate()
    web = proxied(Scripted("Hel", gate, "lo"))
    with web.stream("POST", "/chat/messages", json=QUESTION) as response:
        visitor = {"authorization": f"Bearer {response.headers['x-chatwidget-token']}"}
        seen = ""
        for line in response.iter_lines():
            seen = line.removeprefix("id: ") if line.startswith("id: ") else seen
            if "text-delta" in line:
                break

    gate.open()
    cursor = {**visitor, "last-event-id": seen}
    rest = web.get("/chat/messages/c_1/stream", headers=cursor)
    assert [*deltas(iter(rest.text.splitlines()))] == ["lo"]
    assert "[DONE]" in rest.text


def test_stop_goes_through_and_closes_the_upstream(proxied: Proxied) -> None:
    provider = Scripted("Hel", Gate(), "never")
    web = proxied(provider)

    with web.stream("POST", "/chat/messages", json=QUESTION) as response:
        visitor = {"authorization": f"Bearer {response.headers['x-chatwidget-token']}"}
        lines = response.iter_lines()
        assert next(deltas(lines)) == "Hel"
        stopped = web.post("/chat/messages/c_1/stop", json={}, headers=visitor)
        assert stopped.json() == {"stopped": True}
        assert any('"type":"abort"' in line for line in lines)

    assert provider.cancelled == 1


def test_a_visitor_who_leaves_is_seen_to_leave(proxied: Proxied) -> None:
    provider = Scripted("Hel", Gate(), "never")
    web = proxied(provider, linger=0.1)

    with web.stream("POST", "/chat/messages", json=QUESTION) as response:
        assert next(deltas(response.iter_lines())) == "Hel"

    until(lambda: provider.cancelled)


def test_every_visitor_has_an_address_of_their_own(proxied: Proxied) -> None:
    limits = Limits(messages_per_minute_per_ip=1, trusted_proxies=1)
    web = proxied(Scripted("Hello"), limits=limits)
    ask = {"message": "Hi"}

    assert web.post("/chat/stream", json=ask).status_code == 200
    refused = web.post("/chat/stream", json=ask, headers={"x-forwarded-for": "203.0.113.9"})
    assert refused.status_code == 429, "what a client says of itself must not count"


def test_the_chat_knows_its_own_origin(proxied: Proxied) -> None:
    web = proxied(Scripted("Hello"))
    own = str(web.base_url).rstrip("/")

    same = web.post("/chat/stream", json={"message": "Hi"}, headers={"origin": own})
    assert same.status_code == 200
    other = web.post(
        "/chat/stream", json={"message": "Hi"}, headers={"origin": "https://evil.example"}
    )
    assert other.status_code == 403


def test_a_prefix_that_the_app_does_not_know(proxied: Proxied) -> None:
    gate = Gate()
    web = proxied(Scripted("Hel", gate, "lo"), root_path="/support")

    with web.stream("POST", "/support/chat/messages", json=QUESTION) as response:
        assert "Path=/support/chat;" in response.headers["set-cookie"]
        words = deltas(response.iter_lines())
        assert next(words) == "Hel"
        gate.open()
        assert [*words] == ["lo"]
    assert web.get("/support/chat/page.css").status_code == 200


def test_files_go_through_as_large_as_they_may_be(proxied: Proxied) -> None:
    allowed = Attachments()
    web = proxied(Scripted("So."), attachments=allowed)
    files = [PNG + bytes([number]) * (allowed.bytes - len(PNG)) for number in range(allowed.files)]
    sent = [base64.b64encode(file).decode() for file in files]
    body = {"name": "cat.png", "mediaType": "image/png", "data": sent[0]}
    response = web.post("/chat/messages/c_1/files", json=body)
    assert response.status_code == 200, response.text
    file = response.json()
    back = web.get(f"/chat/messages/c_1/files/{file['id']}")
    assert back.content == files[0]
    parts = [{"type": "file", "url": f"data:image/png;base64,{data}"} for data in sent]
    question = {"id": "c_1", "message": {"id": "m_1", "parts": parts}}
    response = web.post("/chat/messages", json=question)
    assert response.status_code == 200
    assert [*deltas(iter(response.text.split("\n")))] == ["So."]
