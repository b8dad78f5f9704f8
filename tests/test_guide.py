"""The clients of a common streaming guide, as they are, against the plain format.

They are what people paste: `guide_clients/` holds their reading loops word for word, bugs included
(two of the three decode every network read by itself, and none knows comments).
"""

import json
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from chatwidget import ChatWidget, ReasoningDelta, Status
from chatwidget.chunks import ToolInputAvailable, ToolOutputAvailable
from chatwidget.providers import Gate, Scripted, fail

Serve = Callable[..., str]

CLIENTS = ("react_basic", "react_better", "vanilla")
HERE = Path(__file__).parent / "guide_clients"

VERSE = "Früh übt sich,\nwer 👩‍👩‍👧‍👦 will\r\n\n  „Größe“ \u2028 日本語 🦊\u0301\n\ndata: [DONE]\n"


@pytest.fixture
def site(serve: Serve) -> Callable[[Scripted], str]:
    def start(provider: Scripted) -> str:
        chat = ChatWidget(provider, secret="s" * 32)
        return serve(Starlette(routes=[Mount("/chat", chat)], lifespan=chat.lifespan))

    return start


@contextmanager
def running(*command: str) -> Iterator[IO[bytes]]:
    """Run a program and give its output, as it comes. It must end by itself, and well."""
    program = shutil.which(command[0])
    assert program, f"{command[0]} is missing: it is needed for these tests"
    with subprocess.Popen([program, *command[1:]], stdout=subprocess.PIPE) as process:
        watchdog = threading.Timer(30, process.kill)
        watchdog.start()
        try:
            assert process.stdout
            yield process.stdout
            assert process.wait() == 0
        finally:
            process.kill()
            watchdog.cancel()


def client(name: str, origin: str) -> Any:
    return running("node", str(HERE / f"{name}.mjs"), origin, "Tell me")


def states(output: IO[bytes]) -> Iterator[dict[str, Any]]:
    """What the page shows after every change."""
    shown: dict[str, Any] = {"response": "", "isStreaming": False, "error": None}
    for line in output:
        shown |= json.loads(line)
        yield dict(shown)


@pytest.mark.parametrize("name", CLIENTS)
@pytest.mark.parametrize(
    "pieces",
    [(VERSE,), tuple(VERSE), (VERSE * 60,)],
    ids=["in one piece", "by character", "in a burst"],
)
def test_lines_umlauts_and_emoji_arrive_whole(
    site: Callable[[Scripted], str], name: str, pieces: tuple[str, ...]
) -> None:
    with client(name, site(Scripted(*pieces))) as output:
        *_, last = states(output)

    assert last == {"response": "".join(pieces), "isStreaming": False, "error": None}


@pytest.mark.parametrize("name", CLIENTS)
def test_the_first_words_are_there_before_the_last_are_made(
    site: Callable[[Scripted], str], name: str
) -> None:
    gate = Gate()
    with client(name, site(Scripted("Hel", gate, "lo"))) as output:
        seen = states(output)
        begun = next(state for state in seen if state["response"])
        assert begun == {"response": "Hel", "isStreaming": True, "error": None}
        gate.open()
        *_, last = seen

    assert last == {"response": "Hello", "isStreaming": False, "error": None}


@pytest.mark.parametrize("name", CLIENTS)
def test_what_a_client_does_not_know_does_not_get_into_the_text(
    site: Callable[[Scripted], str], name: str
) -> None:
    provider = Scripted(
        Status("Searching…"),
        ReasoningDelta("Hm."),
        "Hel",
        ToolInputAvailable("t", "search", {"q": "ü"}, provider_executed=True),
        ToolOutputAvailable("t", ["found"], provider_executed=True),
        "lo",
    )
    with client(name, site(provider)) as output:
        *_, last = states(output)

    assert last["response"] == "Hello"


@pytest.mark.parametrize("name", ["react_better", "vanilla"])
def test_an_error_is_a_sentence_that_can_be_shown(
    site: Callable[[Scripted], str], name: str
) -> None:
    with client(name, site(Scripted("Half", fail("provider_overloaded")))) as output:
        *_, last = states(output)

    assert last["response"] == "Half"
    assert last["error"] == "The assistant is very busy right now. Please try again."


def test_curl_prints_the_answer_as_it_is_made(site: Callable[[Scripted], str]) -> None:
    gate = Gate()
    url = site(Scripted("Code ", gate, "flöws\n"))
    with running(
        *("curl", "-sS", "-N", "-X", "POST", f"{url}/chat/stream"),
        *("-H", "Content-Type: application/json"),
        *("-d", '{"message": "Write a haiku about programming"}'),
    ) as output:
        lines = (line.decode().rstrip("\n") for line in output)
        assert next(line for line in lines if line.startswith("data: ")) == (
            'data: {"content":"Code "}'
        )
        gate.open()
        rest = [line for line in lines if line.startswith("data: ")]

    assert rest == [
        'data: {"content":"fl\\u00f6ws\\n"}',
        'data: {"done":true}',
        "data: [DONE]",
    ]
