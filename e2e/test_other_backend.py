"""The widget before a back end that is not ours: the AI SDK's own, in Node, with one route."""

import subprocess
import time
from collections.abc import Iterator

import httpx2
import pytest
from chat_page import ChatPage
from node import MODULES, ROOT
from playwright.sync_api import Page, expect
from stage import Stage

pytestmark = pytest.mark.skipif(not (MODULES / "ai").exists(), reason="needs `npm ci` in widget_js")


@pytest.fixture(scope="module", params=["ai", "ai-v6"])
def backend(request: pytest.FixtureRequest) -> Iterator[str]:
    program = ROOT / "widget_js" / "test" / "ai-backend.mjs"
    with subprocess.Popen(
        ["node", str(program), request.param], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


@pytest.fixture
def chat(page: Page, stage: Stage, backend: str) -> ChatPage:
    # Before the module runs, as a page would have written it.
    page.add_init_script(
        "new MutationObserver((_, watch) => { const tag = document.querySelector('script[src]');"
        f" if (tag) {{ tag.dataset.endpoint = '{backend}'; watch.disconnect() }} }})"
        ".observe(document, { childList: true, subtree: true })"
    )
    return ChatPage(page, stage.url)


def state_of(backend: str) -> str:
    last: str = httpx2.get(f"{backend}/seen").json()[-1]["state"]
    return last


def test_it_streams_an_answer_and_tells_it_all_that_was_said(chat: ChatPage, backend: str) -> None:
    troubles: list[str] = []
    chat.page.on("pageerror", lambda error: troubles.append(str(error)))
    chat.open().ask("Hello")
    chat.expect_answer("word1 word2 word3 word4 word5")
    chat.ask("And again")
    expect(chat.answers).to_have_count(2)
    chat.expect_answer("word1 word2 word3 word4 word5")
    last = httpx2.get(f"{backend}/seen").json()[-1]
    assert (last["asked"], last["history"], last["state"]) == ("And again", 3, "done")
    expect(chat.error).to_have_count(0)
    expect(chat.pill).to_be_hidden()
    assert troubles == []


def test_an_error_is_shown_in_the_back_ends_words_beside_what_was_written(chat: ChatPage) -> None:
    chat.open().ask("please fail")
    expect(chat.error).to_contain_text("The model is on holiday.")
    expect(chat.answer).to_contain_text("word1 word2")
    expect(chat.retry).to_be_visible()


def test_stop_closes_the_connection(chat: ChatPage, backend: str) -> None:
    chat.open().ask("a long one")
    expect(chat.answer).to_contain_text("word3")
    chat.stop_button.click()
    chat.expect_ready()
    expect(chat.error).to_have_count(0)
    deadline = time.monotonic() + 5
    while (state := state_of(backend)) == "running" and time.monotonic() < deadline:
        pass
    assert state == "aborted"


def test_after_a_reload_the_chat_is_ready_without_a_complaint(chat: ChatPage) -> None:
    chat.open().ask("Hello")
    chat.expect_answer("word1 word2 word3 word4 word5")
    chat.page.reload()
    expect(chat.input).to_be_visible()
    # It keeps no history, and the page keeps no second one.
    expect(chat.questions).to_have_count(0)
    expect(chat.error).to_have_count(0)
    expect(chat.pill).to_be_hidden()
    chat.ask("Once more")
    chat.expect_answer("word1 word2 word3 word4 word5")
