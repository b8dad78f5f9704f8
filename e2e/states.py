"""Every state that a visitor can meet: how it is really caused, and what must then be seen.

Tests go through this table, and so do the screenshots.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass

from chat_page import ChatPage
from cutting_proxy import CuttingProxy
from PIL import Image, ImageDraw
from playwright.sync_api import FilePayload, Page, expect
from shop import LONGEST, Slowness
from stage import Plays, early_in_a_minute
from talk import Talk

from chatwidget import Suggestions
from chatwidget.chunks import (
    ReasoningDelta,
    SourceUrl,
    Status,
    StepEnd,
    ToolInputAvailable,
    ToolInputStart,
    ToolOutputAvailable,
    ToolOutputError,
)
from chatwidget.providers import Gate, fail
from chatwidget.providers.scripted import Line


class Scene:
    """A page of the shop behind a network that can fail, and what is said there."""

    def __init__(
        self, page: Page, talk: Talk, plays: Plays, proxy: CuttingProxy, slowness: Slowness
    ) -> None:
        self.page = page
        self.talk = talk
        self.plays = plays
        self.proxy = proxy
        self.slowness = slowness
        self.chat = ChatPage(page, proxy.url)
        self.scripts: tuple[str, ...] = ()
        """To be had on each page before there can be trouble."""
        self._offline = False

    def visit(self, mode: str = "plain") -> None:
        """Go to a page of the shop as somebody who has never been there."""
        self.calm()
        address = f"{self.proxy.url}/{self.talk.lang}/{mode}.html"
        if self.page.url.startswith(self.proxy.url):
            self.page.evaluate("localStorage.clear(); sessionStorage.clear()")
            self.page.context.clear_cookies()
        self.page.goto(address)
        for script in self.scripts:
            self.page.add_script_tag(url=script)

    def open(self, mode: str = "plain") -> None:
        """Go there and open the chat, until it can be used."""
        self.visit(mode)
        if mode not in ("inline", "page"):
            self.chat.launcher.click()
        expect(self.chat.input).to_be_visible()
        expect(self.chat.log.get_by_text(self.talk.greeting)).to_be_visible()

    def ask(self, *lines: Line, question: str | None = None) -> None:
        """Ask, and have `lines` for an answer."""
        question = question or self.talk.question
        self.plays.write(question, *lines)
        self.chat.ask(question)

    def answered(self, *lines: Line, question: str | None = None) -> None:
        """Ask, and wait until `lines` are the whole answer."""
        answers = self.chat.answers.count()
        self.ask(*lines, question=question)
        expect(self.chat.answers).to_have_count(answers + 1)
        self.chat.expect_ready()

    def press(self, part: str) -> None:
        """Press the last of the buttons with that part."""
        self.page.locator(f"[part~={part}]").last.click()

    def go_offline(self) -> None:
        """Take the browser's network away."""
        self._offline = True
        self.page.context.set_offline(True)
        self.proxy.cut()

    def calm(self) -> None:
        """End all trouble."""
        self.slowness.end()
        if self._offline:
            self._offline = False
            self.page.context.set_offline(False)
        self.proxy.resume()


@dataclass(frozen=True)
class State:
    """A state: its `name`, how to `cause` it, the `parts` that are then seen, those that are
    `absent`, and those of the widget's own `words` that are read or heard.

    `lasting`: it outlives a change of the language. `needs` are abilities of the engine, as in
    engines.py; `wide` pictures take in the page.
    """

    name: str
    cause: Callable[[Scene], None]
    parts: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    lasting: bool = True
    needs: tuple[str, ...] = ()
    wide: bool = False

    def expect(self, scene: Scene) -> None:
        """Wait until all its parts are seen, and nothing fades any more."""
        for selector in self.parts:
            expect(scene.page.locator(selector).last).to_be_visible()
        for selector in self.absent:
            expect(scene.page.locator(selector)).to_have_count(0)
        settle(scene.page)


def settle(page: Page) -> None:
    """Wait until nothing that is seen moves, but what moves for ever."""
    page.wait_for_function(
        "() => [document, document.querySelector('chat-widget').shadowRoot]"
        ".flatMap(root => root.getAnimations()).every(a => a.playState !== 'running'"
        " || a.effect.getComputedTiming().iterations === Infinity"
        " || !a.effect.target.checkVisibility({ contentVisibilityAuto: true }))"
    )


def part(*names: str) -> tuple[str, ...]:
    return tuple(f"[part~={name}]" for name in names)


def closed(scene: Scene) -> None:
    scene.visit()


def popup(scene: Scene) -> None:
    scene.visit("popup")


def unread(scene: Scene) -> None:
    gate = Gate()
    scene.open()
    scene.ask(scene.talk.half, gate)
    expect(scene.chat.answer).to_have_text(scene.talk.half)
    scene.press("close")
    gate.open()


def unloaded(scene: Scene) -> None:
    scene.visit()
    expect(scene.chat.launcher).to_be_visible()
    # What was kept of an earlier visit needs no network.
    scene.page.evaluate(
        "document.querySelector('chat-widget').setAttribute('lang', document.documentElement.lang)"
    )
    scene.proxy.refuse()
    scene.chat.launcher.click()


def one_answer(scene: Scene, mode: str = "plain") -> None:
    scene.open(mode)
    scene.answered(scene.talk.answer)


def connecting(scene: Scene) -> None:
    one_answer(scene)
    scene.slowness.begin()
    scene.page.reload()


def empty(scene: Scene) -> None:
    scene.open()


def waiting(scene: Scene) -> None:
    scene.open()
    scene.ask(Gate())


def typing(scene: Scene) -> None:
    scene.open()
    scene.ask(scene.talk.half, Gate())
    expect(scene.chat.answer).to_have_text(scene.talk.half)


def thinking(scene: Scene) -> None:
    scene.open()
    scene.ask(ReasoningDelta(scene.talk.thought), Gate())


def tool(scene: Scene) -> None:
    talk = scene.talk
    scene.open()
    scene.ask(
        ReasoningDelta(talk.thought),
        ToolInputStart("call_1", "look_up", title=talk.tool),
        ToolInputAvailable("call_1", "look_up", {"page": 12}, provider_executed=True),
        Status(talk.doing),
        Gate(),
    )
    expect(scene.page.get_by_text(talk.doing)).to_be_visible()


def answered(scene: Scene) -> None:
    scene.open()
    scene.answered(scene.talk.rich)


def steps(scene: Scene) -> None:
    talk = scene.talk
    scene.open()
    scene.answered(
        ReasoningDelta(talk.thought),
        ToolInputStart("call_1", "look_up", title=talk.tool),
        ToolInputAvailable("call_1", "look_up", {"page": 12}, provider_executed=True),
        ToolOutputAvailable("call_1", {"hobs": 3}, provider_executed=True),
        ToolInputStart("call_2", "stock", title=talk.other_tool),
        ToolInputAvailable("call_2", "stock", {"kettle": 7}, provider_executed=True),
        ToolOutputError("call_2", "504", provider_executed=True),
        talk.answer,
        SourceUrl("source_1", "https://example.org/handbook", title=talk.source),
        Suggestions([talk.more]),
    )
    scene.page.locator(".step-toggle").first.click()
    scene.page.locator(".step-toggle").last.click()


def stopped(scene: Scene) -> None:
    typing(scene)
    scene.chat.stop_button.click()


def reconnecting(scene: Scene) -> None:
    typing(scene)
    scene.proxy.refuse()


def offline(scene: Scene) -> None:
    typing(scene)
    scene.go_offline()


def limited(scene: Scene) -> None:
    scene.open("limited")
    early_in_a_minute()
    scene.answered(scene.talk.answer)
    scene.ask(question=scene.talk.more)


def unsent(scene: Scene) -> None:
    limited(scene)
    expect(scene.chat.error).to_be_visible()
    scene.ask(question=scene.talk.suggestions[0])


def over(scene: Scene) -> None:
    scene.open("limited")
    scene.chat.input.fill(scene.talk.long)
    assert len(scene.talk.long) > LONGEST


def cut_short(scene: Scene) -> None:
    scene.open()
    scene.ask(scene.talk.half, StepEnd("length"))


def refused(scene: Scene) -> None:
    scene.open()
    scene.ask(StepEnd("content-filter", refused=True))


def interrupted(scene: Scene) -> None:
    scene.open()
    scene.ask(scene.talk.half, StepEnd("interrupted"))


def failed(scene: Scene) -> None:
    scene.open()
    scene.ask(scene.talk.half, fail("provider_overloaded"))


def failed_for_good(scene: Scene) -> None:
    scene.open()
    scene.ask(fail("provider_auth"))


def gone(scene: Scene) -> None:
    one_answer(scene)
    scene.proxy.refuse()
    scene.ask(question=scene.talk.more)


def conversations(scene: Scene) -> None:
    scene.open()
    for number, (question, answer) in enumerate(scene.talk.earlier):
        if number:
            scene.press("new")
            expect(scene.chat.answers).to_have_count(0)
        scene.answered(answer, question=question)
    scene.press("list")
    expect(scene.page.locator("[part~=conversation]")).to_have_count(len(scene.talk.earlier))


def deleting(scene: Scene) -> None:
    conversations(scene)
    # What can be done with one is shown to those who point at it, or have the focus there.
    scene.page.locator("[part~=conversation]").last.focus()
    scene.press("remove")


def menu(scene: Scene) -> None:
    one_answer(scene)
    scene.press("more")


def editing(scene: Scene) -> None:
    one_answer(scene)
    scene.chat.questions.last.hover()
    scene.press("edit")


def commenting(scene: Scene) -> None:
    one_answer(scene)
    scene.press("down")


def queued(scene: Scene) -> None:
    typing(scene)
    scene.chat.ask(scene.talk.more)


def photograph() -> bytes:
    """Return a picture of a kettle, as PNG."""
    picture = Image.new("RGB", (300, 200), "#dfe7e4")
    pencil = ImageDraw.Draw(picture)
    pencil.rectangle((0, 150, 300, 200), fill="#b9a48c")
    pencil.arc((100, 20, 200, 110), 180, 360, fill="#4a3b31", width=9)
    pencil.polygon([(60, 92), (110, 110), (100, 130)], fill="#0e5a4f")
    pencil.ellipse((90, 65, 210, 185), fill="#12695c")
    pencil.rectangle((90, 165, 210, 185), fill="#b9a48c")
    pencil.ellipse((143, 52, 157, 68), fill="#4a3b31")
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def files(scene: Scene) -> list[FilePayload]:
    return [
        {"name": "1.png", "mimeType": "image/png", "buffer": photograph()},
        {
            "name": f"{scene.talk.tool}.txt",
            "mimeType": "text/plain",
            "buffer": scene.talk.long.encode(),
        },
    ]


def attached(scene: Scene) -> None:
    scene.open()
    scene.page.locator("input[type=file]").set_input_files(files(scene))
    expect(scene.page.locator("[part~=file]")).to_have_count(2)
    scene.chat.input.fill(scene.talk.question)
    expect(scene.chat.send_button).to_be_enabled()


def sent(scene: Scene) -> None:
    attached(scene)
    scene.plays.write(scene.talk.question, scene.talk.answer)
    scene.chat.input.press("Enter")
    expect(scene.chat.answers).to_have_count(1)
    scene.chat.expect_ready()


def unwanted(scene: Scene) -> None:
    scene.open()
    page: FilePayload = {"name": "1.html", "mimeType": "text/html", "buffer": b"<p>"}
    scene.page.locator("input[type=file]").set_input_files(page)


def inline(scene: Scene) -> None:
    one_answer(scene, "inline")


def own_page(scene: Scene) -> None:
    scene.open("page")
    scene.answered(scene.talk.rich)


RESTING = [
    State("closed", closed, part("launcher"), ("open",), lasting=False),
    State("popup", popup, part("popup"), lasting=False),
    # Before anything else was loaded: what was is kept, and needs no network.
    State("could not be loaded", unloaded, part("regret"), lasting=False),
    State("new answer", unread, (".unread .dot",), ("openUnread",), lasting=False),
    State("empty", empty, part("empty", "suggestion"), ("placeholder", "conversations")),
    State("connecting", connecting, (".tail.connecting",)),
    State("inline", inline, part("actions"), ("copy", "again", "up", "down"), wide=True),
    State("page", own_page, (".text table", "figure"), ("copy", "more"), wide=True),
]
ANSWERING = [
    State("waiting", waiting, (".dots",), ("stop",)),
    State("thinking", thinking, part("step"), ("thinking",)),
    State("using a tool", tool, (".spinner", "[part~=activity]"), ("thought",)),
    State("typing", typing, (".cursor",), ("stop",)),
    State("answered", answered, (".text table", "figure"), ("copy", "again", "up", "down", "more")),
    State("steps and sources", steps, part("step-body", "source", "suggestion"), lasting=False),
    State("queued", queued, part("queued"), ("queued", "unqueue"), lasting=False),
    State("stopped", stopped, part("mark", "proceed"), ("stopped", "proceed")),
]
TROUBLE = [
    State("reconnecting", reconnecting, ("[part~=connection]:not(:empty)",), ("reconnecting",)),
    State(
        "offline",
        offline,
        ("[part~=connection]:not(:empty)",),
        ("offline",),
        lasting=False,  # Firefox fetches nothing then, not even what it has kept.
        needs=("offline",),
    ),
    State("rate-limited", limited, part("error"), ("errors.rate_limited", "retryIn")),
    State("not sent", unsent, part("mark", "error"), ("unsent", "retryIn")),
    State("message too long", over, part("count"), ("over",)),
    State("answer too long", cut_short, part("mark", "proceed"), ("tooLong", "proceed")),
    State("refused", refused, part("mark"), ("refused",)),
    State("interrupted", interrupted, part("mark", "proceed"), ("interrupted", "proceed")),
    State(
        "failed",
        failed,
        part("error", "retry"),
        ("errors.provider_overloaded", "retry", "reference"),
    ),
    State(
        "failed for good",
        failed_for_good,
        part("error"),
        ("errors.provider_auth",),
        absent=part("retry"),
    ),
    State("server gone", gone, part("error", "retry"), ("unreachable", "retry")),
]
BESIDE = [
    State(
        "conversations",
        conversations,
        part("conversation"),
        ("back", "search", "rename", "save", "remove"),
        lasting=False,
    ),
    State("deleting", deleting, part("question"), ("removeQuestion", "keep"), lasting=False),
    State("menu", menu, part("menu"), (), lasting=False),
    State("editing", editing, part("editor"), ("editMessage", "cancel", "send"), lasting=False),
    State("commenting", commenting, part("comment"), ("comment", "commentSend"), lasting=False),
    State(
        "files", attached, part("file"), ("attach", "detach"), lasting=False, needs=("real_input",)
    ),
    State("files sent", sent, part("sent-file"), lasting=False, needs=("real_input",)),
    State(
        "file refused",
        unwanted,
        part("file-note"),
        ("wrongKind",),
        absent=part("file"),
        lasting=False,
        needs=("real_input",),
    ),
]
GROUPS = {"resting": RESTING, "answering": ANSWERING, "trouble": TROUBLE, "beside": BESIDE}
STATES = [state for group in GROUPS.values() for state in group]
