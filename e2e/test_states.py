"""Every state is drawn, in the visitor's language with no English left, and fit for everybody."""

import re
from collections.abc import Iterator

import pytest
from axe import violations
from engines import reason_against
from playwright.sync_api import BrowserType, expect
from playwright.sync_api import TimeoutError as Late
from states import GROUPS, Scene, State
from talk import ARABIC
from words import pattern, words_of

READ = """() => {
  const read = [];
  for (const e of document.querySelector('chat-widget').shadowRoot.querySelectorAll('*')) {
    if (e.closest('.text code, pre, figcaption') || !e.checkVisibility()) continue;
    for (const name of ['aria-label', 'title', 'placeholder']) read.push(e.getAttribute(name));
    read.push([...e.childNodes].map(n => n.nodeType === 3 ? n.data : ' ').join(''));
  }
  return read.map(text => text?.trim()).filter(text => text);
}"""
"""What is read or heard of a chat: texts and names."""

AS_IT_IS = {"Chat", "Markdown", "html", "png", "txt"}
"""Latin words that are right in Arabic, too: `Chat` is what all is called until it is there."""


def read(scene: Scene) -> list[str]:
    found: list[str] = scene.page.evaluate(READ)
    return found


def expect_words(scene: Scene, state: State, lang: str) -> None:
    """Wait until the state's words are read, in that language."""
    words = words_of(lang)
    try:
        scene.page.wait_for_function(
            f"patterns => {{ const read = ({READ})();"
            " return patterns.every(p => read.some(text => new RegExp(`^${p}$`).test(text))) }",
            arg=[pattern(words[name]).pattern for name in state.words],
        )
    except Late:
        raise AssertionError(f"{lang}: {state.words} are not all in {read(scene)}") from None


def english_left(scene: Scene, lang: str) -> Iterator[str]:
    """Give what is read in English although `lang` has words for it."""
    here = words_of(lang)
    foreign = [pattern(word) for name, word in words_of("en").items() if here.get(name) != word]
    for text in read(scene):
        # The shop speaks Arabic: besides, there every Latin letter is one too many.
        letters = lang == "ar" and set(re.findall(r"(?<!e_)\b[A-Za-z]{2,}\b", text)) - AS_IT_IS
        known = text not in AS_IT_IS and any(word.fullmatch(text) for word in foreign)
        if letters or known:
            yield text


def speak(scene: Scene, lang: str) -> None:
    """Change the language of the chat while it is open."""
    scene.page.evaluate(
        "lang => Object.assign(document.querySelector('chat-widget'),"
        " { lang, dir: lang === 'ar' ? 'rtl' : 'ltr' })",
        lang,
    )
    expect(scene.chat.panel).to_have_attribute("lang", lang)


def darken(scene: Scene) -> None:
    scene.page.evaluate(
        "document.documentElement.style.colorScheme ="
        " document.querySelector('chat-widget').theme = 'dark'"
    )


@pytest.mark.timeout(180)
@pytest.mark.parametrize("group", GROUPS)
def test_every_state_is_drawn_translated_and_accessible(
    scene: Scene, browser_type: BrowserType, subtests: pytest.Subtests, group: str
) -> None:
    """One page goes through all of them: an Arabic visitor's by day, then a German one's by night.

    English is what all other tests are in.
    """
    # It takes seconds and finds the same in each engine: in one, by day and by night.
    thorough = browser_type.name == "chromium"
    if thorough:
        scene.scripts = ("/axe.js",)
    scene.talk = ARABIC
    fetched = False
    for state in GROUPS[group]:
        if any(reason_against(browser_type, need) for need in state.needs):
            continue
        if state.lasting and not fetched:
            # What is fetched for a language now is there when the network is gone.
            fetched = True
            scene.open()
            speak(scene, "de")
        with subtests.test(state.name):
            state.cause(scene)
            expect_state(scene, state, "ar")
            if thorough:
                assert violations(scene.page) == []
            if state.lasting:
                speak(scene, "de")
                expect_state(scene, state, "de")
            if thorough:
                darken(scene)
                assert violations(scene.page) == []


def expect_state(scene: Scene, state: State, lang: str) -> None:
    state.expect(scene)
    expect_words(scene, state, lang)
    assert list(english_left(scene, lang)) == []
