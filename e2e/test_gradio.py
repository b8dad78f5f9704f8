"""The Gradio page streams, shows what is thought, and stops."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from stage import Plays, free_port

from chatwidget.chunks import ReasoningDelta
from chatwidget.gradio import chat_interface
from chatwidget.providers import Gate, fail


@pytest.fixture(scope="session")
def gradio(plays: Plays) -> Iterator[str]:
    interface = chat_interface(plays, analytics_enabled=False)
    port = free_port()
    interface.launch(
        server_name="127.0.0.1", server_port=port, prevent_thread_lock=True, quiet=True
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        interface.close(verbose=False)


def ask(page: Page, url: str, text: str) -> None:
    page.goto(url)
    field = page.get_by_role("textbox")
    expect(field).to_be_visible(timeout=30_000)
    field.fill(text)
    field.press("Enter")


def test_it_streams_and_shows_what_is_thought(page: Page, gradio: str, plays: Plays) -> None:
    gate = Gate()
    plays.write(
        "gradio words", ReasoningDelta("Let me think."), "The first words, ", gate, "the end."
    )
    ask(page, gradio, "gradio words")
    expect(page.get_by_text("The first words,")).to_be_visible(timeout=20_000)
    expect(page.get_by_text("the end.")).not_to_be_visible()
    gate.open()
    expect(page.get_by_text("The first words, the end.")).to_be_visible()
    expect(page.get_by_text("Thought").first).to_be_visible()


def test_its_stop_button_ends_the_upstream_call(page: Page, gradio: str, plays: Plays) -> None:
    script = plays.write("gradio stop", "Only this", Gate())
    ask(page, gradio, "gradio stop")
    expect(page.get_by_text("Only this")).to_be_visible(timeout=20_000)
    page.locator("button.stop-button").click()
    deadline = time.monotonic() + 10
    while not script.cancelled:
        assert time.monotonic() < deadline, "the upstream call goes on"
        page.wait_for_timeout(50)


def test_an_error_is_a_sentence(page: Page, gradio: str, plays: Plays) -> None:
    plays.write("gradio error", "Half", fail("provider_overloaded"))
    ask(page, gradio, "gradio error")
    expect(page.get_by_text("The assistant is very busy right now.")).to_be_visible(timeout=20_000)
