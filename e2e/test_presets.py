"""Looks: which setting is the strongest, and that all of it can be read whatever the accent is."""

from typing import Any

import pytest
from chat_page import ChatPage
from playwright.sync_api import expect
from stage import Stage, free_port, serving
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route

from chatwidget import ChatWidget
from chatwidget.providers import fail
from chatwidget.stores import Memory

ACCENTS = [
    "#ffff00", "#ffffff", "#000000", "#808080", "#39ff14", "#ff00ff",
    "#767676", "#fbf8f0", "#1e1b17", "#0000ff", "#ff0000", "#12695c",
]  # fmt: skip
PRESETS = ["", "paper", "compact", "soft", "contrast"]

# Pairs that have to differ by so much (WCAG 2.2, 1.4.3 and 1.4.11): what, its own ground, how much.
CONTRASTS = """() => {
  const { shadowRoot } = document.querySelector('chat-widget');
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const rgb = colour => {
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map(c => c / 255);
  };
  const luminance = colour => {
    const [r, g, b] = rgb(colour).map(c => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const contrast = (a, b) => {
    const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (light + .05) / (dark + .05);
  };
  const style = (name, pseudo) => getComputedStyle(shadowRoot.querySelector(name), pseudo);
  const ground = style('.panel').backgroundColor;
  const send = style('[part~=send]');
  const bubble = style('[part~=bubble]');
  return [
    ['text', contrast(style('.panel').color, ground), 4.5],
    ['quiet text', contrast(style('.subtitle').color, ground), 4.5],
    ['the empty input', contrast(style('.input', '::placeholder').color, ground), 4.5],
    ['a link', contrast(style('.text a').color, ground), 4.5],
    ['the button to send', contrast(send.color, send.backgroundColor), 4.5],
    ['the words of the visitor', contrast(bubble.color, bubble.backgroundColor), 4.5],
    ['an error', contrast(style('.error').color, style('.error').backgroundColor), 4.5],
    ['its sign', contrast(style('.error .icon').color, style('.error').backgroundColor), 3],
    ['its button', contrast(style('.retry').color, style('.retry').backgroundColor), 4.5],
    ['the frame of the input', contrast(style('.field').borderTopColor, ground), 3],
    ['the focus', contrast(style('.send').outlineColor, ground), 3],
  ]
    .filter(([, there, wanted]) => there < wanted)
    .map(([name, there]) => `${name}: ${there.toFixed(2)}`);
}"""


@pytest.mark.needs("media")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_whatever_the_accent_all_can_be_read(
    chat: ChatPage, stage: Stage, scheme: Any, browser_name: str
) -> None:
    if browser_name != "chromium":
        pytest.skip("what a colour is comes from one formula: once is enough")
    stage.plays.write("colours", "A [link](https://example.org).")
    stage.plays.write("broken", fail("provider_overloaded"))
    # Still, or a colour would be on its way to the next one.
    chat.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    chat.open().ask("colours")
    chat.expect_ready()
    chat.ask("broken")
    expect(chat.error).to_be_visible()
    chat.input.fill("something to send")
    chat.input.press("Tab")
    widget = chat.page.locator("chat-widget")
    faint = {}
    for preset in PRESETS:
        widget.evaluate("(e, preset) => e.setAttribute('preset', preset)", preset)
        root = chat.page.locator(f".root[data-preset={preset}]" if preset else ".root")
        expect(root).to_be_attached()
        for accent in ACCENTS:
            widget.evaluate("(e, accent) => e.setAttribute('accent', accent)", accent)
            if found := chat.page.evaluate(CONTRASTS):
                faint[preset, accent] = found
    assert faint == {}


def test_an_attribute_is_stronger_than_the_tag_and_that_than_the_page_and_the_server(
    chat: ChatPage,
) -> None:
    """Each of four looks is taken away in turn, and the next one is seen."""
    server = ChatWidget(
        lambda message: message,
        store=Memory(),
        title="Server",
        disclaimer="Server",
        suggestions=["Server?"],
        radius=4,
        density=0.5,
        preset="paper",
    )

    async def page(request: Request) -> HTMLResponse:
        return HTMLResponse("""<!doctype html><html lang=en><meta charset=utf-8>
            <style>.styled { --chatwidget-radius: 12px }</style>
            <script type=module src=/chat/widget.js data-radius=16 data-title=Tag
              data-disclaimer=Tag data-suggestions="Tag?|Or not?"></script>""")

    app = Starlette(routes=[Route("/", page), Mount("/chat", server)])
    with serving(app, free_port()) as url:
        chat.page.goto(url)
        widget = chat.page.locator("chat-widget")
        widget.evaluate(
            "e => Object.assign(e, { radius: '24px', heading: 'Own', disclaimer: 'Own' })"
        )
        widget.evaluate("e => e.classList.add('styled')")
        chat.launcher.click()
        heading, footer = chat.page.locator("[part=heading]"), chat.page.locator("[part=footer]")
        expect(chat.panel).to_have_css("border-top-left-radius", "24px")
        expect(heading).to_have_text("Own")
        expect(footer).to_have_text("Own")

        widget.evaluate("e => Object.assign(e, { radius: null, heading: null, disclaimer: null })")
        expect(chat.panel).to_have_css("border-top-left-radius", "16px")
        expect(heading).to_have_text("Tag")
        expect(footer).to_have_text("Tag")
        expect(chat.page.locator("[part=suggestion]")).to_have_text(["Tag?", "Or not?"])

        chat.page.evaluate("customElements.get('chat-widget').defaults = { endpoint: '/chat' }")
        widget.evaluate("e => e.setAttribute('radius', '')")
        expect(chat.panel).to_have_css("border-top-left-radius", "12px")
        expect(heading).to_have_text("Server")
        expect(footer).to_have_text("Server")
        expect(chat.page.locator("[part=suggestion]")).to_have_text(["Server?"])

        widget.evaluate("e => e.classList.remove('styled')")
        expect(chat.panel).to_have_css("border-top-left-radius", "4px")
        expect(chat.page.locator("[part=thread]")).to_have_css("padding-left", "9px")
        expect(chat.page.locator(".root[data-preset=paper]")).to_be_attached()
