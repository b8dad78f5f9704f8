"""What WCAG 2.2 asks of sizes and distances, beyond what axe-core looks at."""

import pytest
from chat_page import ChatPage
from everything import EVERYTHING, STEPS
from playwright.sync_api import expect
from stage import Stage

# Smaller than 24 px, and so near to another that no circle of 24 px has room around each.
SMALL_TARGETS = """() => {
  const { shadowRoot } = document.querySelector('chat-widget');
  const targets = [...shadowRoot.querySelectorAll('button, textarea, input, summary')]
    .filter(e => e.checkVisibility({ visibilityProperty: true }));
  const boxes = targets.map(e => e.getBoundingClientRect());
  const distance = (a, b) =>
    Math.hypot(a.x + a.width / 2 - b.x - b.width / 2, a.y + a.height / 2 - b.y - b.height / 2);
  return targets
    .filter((_, at) => Math.min(boxes[at].width, boxes[at].height) < 24
      && boxes.some((other, index) => index !== at && distance(boxes[at], other) < 24))
    .map(e => e.outerHTML.slice(0, 120));
}"""

SPACED = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    * { line-height: 1.5 !important; letter-spacing: .12em !important }
    * { word-spacing: .16em !important }
    p { margin-bottom: 2em !important }`);
  const { shadowRoot } = document.querySelector('chat-widget');
  shadowRoot.adoptedStyleSheets = [...shadowRoot.adoptedStyleSheets, sheet];
}"""

CUT_OFF = """() => {
  const { shadowRoot } = document.querySelector('chat-widget');
  return [...shadowRoot.querySelectorAll('button, p, [part]')]
    .filter(e => e.checkVisibility() && /hidden|clip/.test(getComputedStyle(e).overflow)
      && (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1))
    .map(e => e.getAttribute('part') || e.tagName);
}"""


@pytest.fixture
def told(chat: ChatPage, stage: Stage) -> ChatPage:
    """A chat with all that an answer can have in it."""
    stage.plays.write("everything", *EVERYTHING)
    chat.open().ask("everything")
    chat.expect_ready()
    chat.unfold(STEPS)
    return chat


def test_what_is_pressed_is_large_enough(told: ChatPage) -> None:
    """Success criterion 2.5.8."""
    assert told.page.evaluate(SMALL_TARGETS) == []
    told.page.get_by_role("button", name="Conversations").click()
    expect(told.page.locator("[part~=conversation]").first).to_be_visible()
    assert told.page.evaluate(SMALL_TARGETS) == []


def test_text_that_is_spaced_out_is_not_cut_off(told: ChatPage) -> None:
    """Success criterion 1.4.12."""
    before = told.page.evaluate(CUT_OFF)
    told.page.evaluate(SPACED)
    assert told.page.evaluate(CUT_OFF) == before
    assert told.log.evaluate("e => e.scrollWidth <= e.clientWidth")


@pytest.mark.needs("viewport")
@pytest.mark.parametrize("height", [480, 256])
def test_320_pixels_are_enough(told: ChatPage, height: int) -> None:
    """Success criterion 1.4.10: 320 by 256 are left of 1280 by 1024 at 400 %."""
    told.page.set_viewport_size({"width": 320, "height": height})
    assert told.page.evaluate("document.documentElement.scrollWidth") <= 320
    assert told.log.evaluate("e => e.scrollWidth <= e.clientWidth")
    assert told.log.evaluate("e => e.clientHeight") >= height / 4, "room to read in"
    for control in (told.input, told.send_button, told.panel.get_by_role("button", name="Close")):
        expect(control).to_be_in_viewport(ratio=1)
