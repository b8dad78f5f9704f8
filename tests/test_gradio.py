"""The Gradio variant, on a real Gradio server, spoken to as its page speaks to it."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from serving import free_port, until

from chatwidget import ChatWidget, Limits, Status, tool
from chatwidget.chunks import ReasoningDelta, ToolInputAvailable
from chatwidget.providers import Gate, Scripted, fail, pause

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["GRADIO_NUM_PORTS"] = "1"

from chatwidget.gradio import chat_interface

# Gradio's own: it asks pandas for an option that pandas is about to drop.
pytestmark = pytest.mark.filterwarnings("ignore:.*no_silent_downcasting.*")

Launch = Callable[..., str]
Update = list[dict[str, Any]]


@pytest.fixture
def launch() -> Iterator[Launch]:
    """`launch(provider, **kwargs)` serves a chat_interface and returns its address."""
    running = []

    # Where no loop runs, Gradio makes one for each of its locks and never closes it.
    async def start(provider: Any, **kwargs: Any) -> str:
        interface = chat_interface(provider, **kwargs)
        running.append(interface)
        interface.launch(
            server_name="127.0.0.1", server_port=free_port(), prevent_thread_lock=True, quiet=True
        )
        return str(interface.local_url)

    yield lambda provider, **kwargs: asyncio.run(start(provider, **kwargs))
    for interface in running:
        interface.close(verbose=False)


class Visitor:
    """One page: its session, and its questions one after the other."""

    def __init__(self, url: str) -> None:
        self._api = f"{url}gradio_api"
        self._session = uuid4().hex
        self._http = httpx2.Client(timeout=20)
        config = self._http.get(f"{url}config").json()
        chat = (d for d in config["dependencies"] if d["api_name"] == "chat")
        self._function: int = next(chat)["id"]
        self._event = ""
        self.raw = ""

    @contextmanager
    def ask(self, text: str) -> Iterator[Iterator[Update]]:
        """Give what is shown of the answer, again and again; leaving closes the page."""
        question = {
            "data": [text, None],
            "fn_index": self._function,
            "session_hash": self._session,
            "event_data": None,
            "trigger_id": None,
        }
        joined = self._http.post(f"{self._api}/queue/join", json=question)
        self._event = joined.json()["event_id"]
        data, session = f"{self._api}/queue/data", {"session_hash": self._session}
        with self._http.stream("GET", data, params=session) as response:
            yield self._updates(response)

    def answer(self, text: str) -> Update:
        """Return what is shown in the end."""
        with self.ask(text) as updates:
            return list(updates)[-1]

    def stop(self) -> None:
        """Do what the stop button does."""
        stopping = {
            "session_hash": self._session,
            "fn_index": self._function,
            "event_id": self._event,
        }
        self._http.post(f"{self._api}/cancel", json=stopping).raise_for_status()

    def _updates(self, response: httpx2.Response) -> Iterator[Update]:
        shown: Any = None
        for line in response.iter_lines():
            self.raw += line
            if not line.startswith("data: "):
                continue
            message = json.loads(line[6:])
            if message["msg"] == "process_generating":
                assert message["success"], message
                shown = _patched(shown, message["output"]["data"][0])
                yield shown
            elif message["msg"] == "process_completed":
                assert message["success"], message
                return


def _patched(shown: Any, change: Any) -> Any:
    """Gradio sends the first update whole and then only what has changed."""
    if shown is None:
        return change
    shown = json.loads(json.dumps(shown))
    for action, path, value in change:
        if not path:
            shown = shown + value if action == "append" else value
            continue
        *way, last = path
        target = shown
        for step in way:
            target = target[step]
        match action:
            case "replace":
                target[last] = value
            case "append":
                target[last] += value
            case "add" if isinstance(target, list):
                target.insert(last, value)
            case "add":
                target[last] = value
            case "delete":
                del target[last]
    return shown


def texts(update: Update) -> list[str]:
    return ["".join(part["text"] for part in message["content"]) for message in update]


def kinds(update: Update) -> list[tuple[str | None, str | None]]:
    found = (message["metadata"] for message in update)
    return [(metadata.get("title"), metadata.get("status")) for metadata in found]


def test_an_answer_is_shown_as_it_is_written(launch: Launch) -> None:
    gate = Gate()
    url = launch(Scripted("1. Hel", gate, "lo\n   - wörld 🦊"))

    with Visitor(url).ask("Hi") as updates:
        assert texts(next(updates)) == ["1. Hel"]
        gate.open()
        *_, last = updates

    assert texts(last) == ["1. Hello\n   - wörld 🦊"]
    assert kinds(last) == [(None, None)]


def test_a_conversation_is_remembered_and_nobody_elses(launch: Launch) -> None:
    provider = Scripted("One").then("Two").then("Three")
    url = launch(ChatWidget(provider, system="Be kind.", secret="s" * 32))
    visitor = Visitor(url)
    visitor.answer("First")
    visitor.answer("Second")
    Visitor(url).answer("Third")

    said = [[message.text for message in request.messages] for request in provider.requests]
    assert said == [["First"], ["First", "One", "Second"], ["Third"]]
    visitors = [request.visitor_id for request in provider.requests]
    assert visitors[0] == visitors[1] != visitors[2]
    assert {request.system for request in provider.requests} == {"Be kind."}


def test_thoughts_status_and_tools_are_lines_of_their_own(launch: Launch) -> None:
    @tool(title="Look it up")
    def look_up(word: str) -> str:
        """Look a word up."""
        return f"{word}: known"

    thinking, searching = Gate(), Gate()
    provider = Scripted(
        ReasoningDelta("Hm."),
        thinking,
        Status("Searching…"),
        searching,
        ToolInputAvailable("t1", "look_up", {"word": "tea"}),
    ).then("It is known.")
    chat = ChatWidget(provider, tools=[look_up], secret="s" * 32)

    with Visitor(launch(chat)).ask("Tea?") as updates:
        first = next(updates)
        assert (texts(first), kinds(first)) == (["Hm."], [("Thinking", "pending")])
        thinking.open()
        status = next(update for update in updates if len(update) == 2)
        assert kinds(status)[1] == ("Searching…", "pending")
        searching.open()
        *_, last = updates

    assert kinds(last) == [("Thought", "done"), ("Look it up", "done"), (None, None)]
    assert texts(last)[2] == "It is known."
    assert '"word": "tea"' in texts(last)[1]
    assert "tea: known" in texts(last)[1]
    assert last[1]["metadata"]["duration"] >= 0
    assert len({message["metadata"]["id"] for message in last}) == 3


def test_an_error_is_a_sentence_below_what_was_said(launch: Launch) -> None:
    visitor = Visitor(launch(Scripted("Half", fail("provider_overloaded"))))

    assert texts(visitor.answer("Hi")) == [
        "Half",
        "⚠️ The assistant is very busy right now. Please try again.",
    ]


def test_the_text_of_an_exception_reaches_nobody(launch: Launch) -> None:
    def broken(message: str) -> str:
        raise RuntimeError("password=hunter2")

    visitor = Visitor(launch(broken))

    assert texts(visitor.answer("Hi")) == ["⚠️ Something went wrong on our side."]
    assert "hunter2" not in visitor.raw


def test_a_question_that_is_refused_says_why_and_is_not_remembered(launch: Launch) -> None:
    provider = Scripted("Yes")
    limits = Limits(message_characters=5)
    visitor = Visitor(launch(ChatWidget(provider, limits=limits, secret="s" * 32)))

    assert texts(visitor.answer("Far too long")) == [
        "⚠️ This message is too long: at most 5 characters."
    ]
    assert texts(visitor.answer("Short")) == ["Yes"]
    assert [[m.text for m in request.messages] for request in provider.requests] == [["Short"]]


def test_a_chats_rate_limit_holds_here_too(launch: Launch) -> None:
    limits = Limits(messages_per_minute=1)
    visitor = Visitor(launch(ChatWidget(Scripted("Yes"), limits=limits, secret="s" * 32)))
    # Two, if the clock's minute turned between them: the limit counts by it.
    answers = [texts(visitor.answer(question))[-1] for question in ("One", "Two", "Three")]

    assert answers[0] == "Yes"
    assert answers[2] == "⚠️ Too many messages at once. Please wait a moment."


def test_visitors_do_not_wait_for_each_other(launch: Launch) -> None:
    gate = Gate()
    url = launch(Scripted("Hel", gate, "lo"))

    with Visitor(url).ask("Hi") as first, Visitor(url).ask("Hi") as second:
        assert texts(next(first)) == texts(next(second)) == ["Hel"]
        gate.open()
        assert texts([*first][-1]) == texts([*second][-1]) == ["Hello"]


@pytest.mark.parametrize("said", [(), ("Half",)], ids=["before the first word", "half way"])
def test_stop_ends_a_silent_upstream_at_once(launch: Launch, said: tuple[str, ...]) -> None:
    provider = Scripted(*said, Gate(), "never").then("Again")
    visitor = Visitor(launch(provider))

    with visitor.ask("Hi") as updates:
        next(updates)
        visitor.stop()
        until(lambda: provider.cancelled, seconds=2)

    assert texts(visitor.answer("And now?")) == ["Again"]


def test_closing_the_page_ends_a_silent_upstream_within_moments(launch: Launch) -> None:
    provider = Scripted(Gate(), "never")

    with Visitor(launch(provider)).ask("Hi") as updates:
        assert kinds(next(updates)) == [("One moment", "pending")]

    until(lambda: provider.cancelled, seconds=4)


def test_there_are_at_most_twenty_updates_a_second_and_the_last_one_is_whole(
    launch: Launch,
) -> None:
    words = [f"{number} " for number in range(300)]
    script = [line for word in words for line in (word, pause(0.002))]

    with Visitor(launch(Scripted(*script))).ask("Count") as updates:
        began = time.monotonic()
        shown = list(updates)
        seconds = time.monotonic() - began

    assert texts(shown[-1]) == ["".join(words)]
    assert 5 < len(shown) <= seconds * 20 + 3


@pytest.mark.anyio
async def test_what_the_chat_says_of_itself_is_shown_unless_it_is_overridden() -> None:
    chat = ChatWidget(
        Scripted("x"),
        title="Ask us",
        subtitle="About tea",
        greeting="Hello!",
        suggestions=["Why?"],
        secret="s" * 32,
    )

    interface = chat_interface(chat)
    assert (interface.title, interface.description) == ("Ask us", "About tea")
    assert interface.chatbot.placeholder == "Hello!"
    assert interface.examples == ["Why?"]
    assert interface.concurrency_limit is None

    overridden = chat_interface(chat, title="Else", concurrency_limit=3)
    assert (overridden.title, overridden.concurrency_limit) == ("Else", 3)


def test_what_only_text_can_answer_is_refused_at_once() -> None:
    with pytest.raises(TypeError, match="does not take multimodal"):
        chat_interface(Scripted("x"), multimodal=True)


def test_the_package_itself_does_without_gradio() -> None:
    code = "import sys, chatwidget, chatwidget.cli; sys.exit('gradio' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
