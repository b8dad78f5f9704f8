"""What visitors do with what was said: other conversations, other words, a judgement, a file."""

import re
from collections.abc import Callable

import pytest
from chat_page import ChatPage
from playwright.sync_api import FilePayload, Page, expect
from stage import Stage

Shot = Callable[[Page, str], None]

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763606060"
    "0000000400012734270a0000000049454e44ae426082"
)


@pytest.fixture
def several(chat: ChatPage, stage: Stage) -> ChatPage:
    """A chat with three conversations, the last of them open."""
    chat.open()
    for number, question in enumerate(("About kettles", "About teapots", "Über Tassen")):
        stage.plays.write(question, f"All I know: {question}.")
        if number:
            chat.page.get_by_role("button", name="New conversation").click()
            expect(chat.answers).to_have_count(0)
        chat.ask(question)
        chat.expect_answer(f"All I know: {question}.")
    return chat


def open_list(chat: ChatPage) -> None:
    chat.page.get_by_role("button", name="Conversations").click()
    expect(chat.page.get_by_role("region", name="Conversations")).to_be_visible()


def test_earlier_conversations_are_found_and_opened(several: ChatPage, shot: Shot) -> None:
    open_list(several)
    titles = several.page.locator("[part~=conversation] bdi")
    expect(titles).to_have_text(["Über Tassen", "About teapots", "About kettles"])
    shot(several.page, "conversations")
    several.page.get_by_role("searchbox").fill("kettl")
    expect(titles).to_have_text(["About kettles"])
    titles.first.click()
    several.expect_answer("All I know: About kettles.")
    expect(several.questions).to_have_count(1)
    several.page.reload()
    several.expect_answer("All I know: About kettles.")


def test_a_conversation_is_renamed_and_deleted(several: ChatPage) -> None:
    page = several.page
    open_list(several)
    row = page.get_by_role("listitem").filter(has_text="About teapots")
    row.get_by_role("button").first.focus()
    row.get_by_role("button", name="Rename").click()
    page.get_by_role("textbox", name="Rename").fill("Pots")
    page.get_by_role("textbox", name="Rename").press("Enter")
    expect(page.get_by_role("listitem").filter(has_text="Pots")).to_be_visible()
    row = page.get_by_role("listitem").filter(has_text="Über Tassen")
    row.get_by_role("button").first.focus()
    row.get_by_role("button", name="Delete").click()
    page.get_by_role("group").get_by_role("button", name="Delete").click()
    titles = page.locator("[part~=conversation] bdi")
    expect(titles).to_have_text(["Pots", "About kettles"])
    page.keyboard.press("Escape")
    # The one that was open is gone: there is a new one in its place.
    expect(several.answers).to_have_count(0)
    page.reload()
    open_list(several)
    expect(titles).to_have_text(["Pots", "About kettles"])


@pytest.mark.needs("cdp")
def test_a_conversation_is_saved_as_markdown(several: ChatPage) -> None:
    open_list(several)
    row = several.page.get_by_role("listitem").filter(has_text="About kettles")
    row.get_by_role("button").first.focus()
    with several.page.expect_download() as saving:
        row.get_by_role("button", name="Save as Markdown").click()
    assert saving.value.suggested_filename == "About kettles.md"
    text = saving.value.path().read_text()
    assert text.startswith("# About kettles\n")
    assert "All I know: About kettles." in text


def test_a_question_is_asked_in_other_words(chat: ChatPage, stage: Stage, shot: Shot) -> None:
    stage.plays.write("Wat?", "I beg your pardon?")
    stage.plays.write("What?", "That.")
    chat.open().ask("Wat?")
    chat.expect_answer("I beg your pardon?")
    chat.questions.last.hover()
    chat.page.get_by_role("button", name="Edit").click()
    editor = chat.page.get_by_role("textbox", name="Edit your message")
    expect(editor).to_have_value("Wat?")
    shot(chat.page, "editing")
    editor.fill("What?")
    editor.press("Enter")
    chat.expect_answer("That.")
    expect(chat.questions).to_have_count(1)
    expect(chat.questions).to_contain_text("What?")
    chat.page.reload()
    chat.expect_answer("That.")
    expect(chat.questions).to_have_count(1)


def test_a_judgement_may_have_words(chat: ChatPage, stage: Stage, shot: Shot) -> None:
    stage.plays.write("judge me", "As you like.")
    chat.open().ask("judge me")
    chat.expect_answer("As you like.")
    chat.page.get_by_role("button", name="Poor answer").click()
    words = chat.page.get_by_role("textbox", name=re.compile("good or wrong"))
    words.fill("Too short")
    shot(chat.page, "comment")
    chat.page.get_by_role("button", name="Send feedback").click()
    expect(words).to_have_count(0)
    chat.page.reload()
    expect(chat.page.get_by_role("button", name="Poor answer")).to_have_attribute(
        "aria-pressed", "true"
    )


def test_when_an_answer_came_is_told_on_demand(chat: ChatPage, stage: Stage, shot: Shot) -> None:
    stage.plays.write("what time is it", "Late.")
    chat.open().ask("what time is it")
    chat.expect_answer("Late.")
    chat.page.get_by_role("button", name="More").click()
    expect(chat.page.locator("[part~=menu] time")).to_be_visible()
    shot(chat.page, "menu")
    chat.page.keyboard.press("Escape")
    expect(chat.page.locator("[part~=menu]")).to_have_count(0)
    expect(chat.panel).to_be_visible()


def test_what_might_be_asked_next_is_one_press_away(
    chat: ChatPage, stage: Stage, shot: Shot
) -> None:
    from chatwidget import Suggestions

    stage.plays.write("blue?", "It comes in blue.", Suggestions(["And in green?", "How much?"]))
    stage.plays.write("And in green?", "In green, too.")
    chat.open().ask("blue?")
    chat.expect_answer("It comes in blue.")
    next_one = chat.page.get_by_role("button", name="And in green?")
    expect(next_one).to_be_visible()
    shot(chat.page, "follow-ups")
    next_one.click()
    chat.expect_answer("In green, too.")
    expect(next_one).to_be_hidden()


@pytest.mark.needs("real_input")
def test_files_are_attached_shown_and_kept(chat: ChatPage, shot: Shot) -> None:
    chat.open()
    files: list[FilePayload] = [
        {"name": "a dot.png", "mimeType": "image/png", "buffer": PNG},
        {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"Some notes"},
    ]
    chat.page.locator("input[type=file]").set_input_files(files)
    expect(chat.page.locator("[part~=file]")).to_have_count(2)
    expect(chat.send_button).to_be_enabled()
    shot(chat.page, "attached")
    chat.page.get_by_role("button", name="Remove notes.txt").click()
    expect(chat.page.locator("[part~=file]")).to_have_count(1)
    chat.ask("What is this?")
    chat.expect_ready()
    expect(chat.answer).to_contain_text("a dot.png")
    expect(chat.questions.last.get_by_role("img", name="a dot.png")).to_be_visible()
    chat.page.reload()
    expect(chat.questions.last.get_by_role("img", name="a dot.png")).to_be_visible()


def test_a_greeting_pops_up_once(chat: ChatPage, shot: Shot) -> None:
    chat.visit()
    add = "w => { w.setAttribute('popup', 'Looking for a kettle?'); w.remove(); }"
    put = "() => document.body.append(window.w)"
    chat.page.evaluate("window.w = document.querySelector('chat-widget')")
    chat.page.evaluate(f"({add})(window.w)")
    chat.page.evaluate(put)
    popup = chat.page.locator("[part~=popup]")
    expect(popup).to_contain_text("Looking for a kettle?")
    shot(chat.page, "popup")
    chat.page.get_by_role("button", name="Dismiss").click()
    expect(popup).to_have_count(0)
    assert chat.page.evaluate("Object.keys(localStorage).some((key) => key.endsWith(':popup'))")
