"""What a screen reader hears. That axe-core finds nothing in any state, test_states.py sees to."""

from axe import violations
from chat_page import ChatPage
from everything import EVERYTHING, STEPS
from playwright.sync_api import expect
from stage import Stage

from chatwidget.chunks import ReasoningDelta
from chatwidget.providers import Gate, fail


def streaming(chat: ChatPage, stage: Stage) -> None:
    stage.plays.write("axe streaming", ReasoningDelta("Hm."), "Some **words**", Gate())
    chat.open().ask("axe streaming")
    expect(chat.answer).to_have_text("Some words")


def test_axe_finds_nothing_in_an_answer_that_holds_one_of_each(
    chat: ChatPage, stage: Stage
) -> None:
    stage.plays.write("axe everything", *EVERYTHING)
    chat.open().ask("axe everything")
    chat.expect_ready()
    expect(chat.answer).to_contain_text("The end: Grüße")
    chat.unfold(STEPS)
    assert violations(chat.page) == []


def test_axe_finds_nothing_on_the_chats_own_page(chat: ChatPage) -> None:
    chat.visit("own")
    expect(chat.input).to_be_visible()
    assert violations(chat.page) == []


def test_the_log_is_named_and_not_read_token_by_token(chat: ChatPage, stage: Stage) -> None:
    streaming(chat, stage)
    log = chat.page.get_by_role("log", name="Conversation")
    expect(log).to_have_attribute("aria-live", "off")
    expect(chat.answers.last).to_have_attribute("aria-busy", "true")


def test_sentences_are_heard_as_they_are_finished(chat: ChatPage, stage: Stage) -> None:
    gate = Gate()
    stage.plays.write("speak", "The first **sen", "tence** is done. The sec", gate, "ond one too.")
    chat.open()
    region = chat.page.locator("[aria-live=polite]")
    expect(region).to_be_attached()
    chat.ask("speak")
    expect(region).to_contain_text("The first sentence is done.")
    expect(region).not_to_contain_text("The sec")
    gate.open()
    expect(region).to_contain_text("The second one too.")


def test_an_error_is_an_alert(chat: ChatPage, stage: Stage) -> None:
    stage.plays.write("axe failing", "Half", fail("provider_overloaded"))
    chat.open().ask("axe failing")
    expect(chat.page.get_by_role("alert").filter(has_text="very busy")).to_be_visible()


HEARD = """() => {
  const heard = (window.heard = []);
  const root = document.querySelector('chat-widget').shadowRoot;
  const region = root.querySelector('[aria-live=polite]');
  new MutationObserver(() => region.textContent && heard.push(region.textContent))
    .observe(region, { childList: true });
}"""


def test_a_whole_exchange_as_a_screen_reader_has_it(chat: ChatPage, stage: Stage) -> None:
    """What is heard, and what is then found in the tree: sentences, never tokens."""
    gate = Gate()
    words = "There are **two** ways. The first is\n\n1. to wait,\n2. to ask.\n\nThat is all."
    pieces = [words[at : at + 4] for at in range(0, len(words), 4)]
    stage.plays.write("read to me", *pieces[:7], gate, *pieces[7:])
    chat.open()
    chat.page.evaluate(HEARD)
    chat.ask("read to me")
    chat.page.wait_for_function("() => window.heard.join(' ').includes('There are two ways.')")
    gate.open()
    chat.expect_ready()
    chat.page.wait_for_function("() => window.heard.join(' ').includes('That is all.')")
    heard = " ".join(chat.page.evaluate("() => window.heard"))
    assert heard.startswith("Answering…")
    told = "There are two ways. The first is 1. to wait 2. to ask. That is all."
    assert heard.removeprefix("Answering…").split() == told.split()
    expect(chat.panel).to_match_aria_snapshot("""
      - dialog "Ask Ada":
        - button "Conversations"
        - button "New conversation"
        - button "Close chat"
        - log "Conversation":
          - article "You":
            - text: read to me
            - button "Edit"
          - article "Assistant":
            - paragraph:
              - text: There are
              - strong: two
              - text: ways. The first is
            - list:
              - listitem:
                - paragraph: to wait,
              - listitem:
                - paragraph: to ask.
            - paragraph: That is all.
            - button "Copy"
            - button "Answer again"
            - button "Good answer"
            - button "Poor answer"
            - button "More"
        - textbox "Message"
        - button "Send" [disabled]
    """)
