"""The widget lives on pages it knows nothing about, and they with it."""

from collections.abc import Callable, Iterator

import pytest
from chat_page import ChatPage
from everything import EVERYTHING, STEPS
from playwright.sync_api import Page, expect
from stage import PAGES, Stage, serving
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from chatwidget.pages import pinned_entry


@pytest.fixture
def other_site(stage: Stage, other_port: int) -> Iterator[str]:
    """A site on another origin, whose pages load the widget from the stage."""

    async def page(request: Request) -> HTMLResponse:
        html = (PAGES / f"{request.path_params['name']}.html").read_text()
        return HTMLResponse(html.replace('src="/chat/', f'src="{stage.url}/chat/'))

    with serving(Starlette(routes=[Route("/pages/{name}.html", page)]), other_port) as url:
        yield url


def test_the_page_pays_for_the_entry_alone_until_somebody_chats(
    chat: ChatPage, stage: Stage
) -> None:
    asked: list[str] = []
    chat.page.on("request", lambda request: asked.append(request.url))
    chat.visit()
    expect(chat.launcher).to_be_visible()
    chat.page.wait_for_load_state("networkidle")
    ours = [url.removeprefix(stage.url) for url in asked if "/chat/" in url]
    assert ours == ["/chat/widget.js"]


def test_a_page_is_not_moved_by_it(chat: ChatPage, browser_name: str) -> None:
    if browser_name != "chromium":
        pytest.skip("only Chromium reports layout shifts")
    chat.page.add_init_script(
        "window.shifts = []; new PerformanceObserver(list => shifts.push(...list.getEntries()))"
        ".observe({ type: 'layout-shift', buffered: true })"
    )
    chat.visit()
    expect(chat.launcher).to_be_visible()
    chat.page.wait_for_load_state("networkidle")
    # Entries are handed over after a frame that was drawn.
    chat.page.evaluate(
        "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    assert chat.page.evaluate("shifts.length") == 0


def test_two_chats_on_a_page_are_two(page: Page, stage: Stage) -> None:
    stage.plays.write("to one", "One here.")
    stage.plays.write("to two", "Two here.")
    page.goto(f"{stage.url}/pages/two.html")
    for name in ("one", "two"):
        field = page.locator(f"#{name} [part~=input]")
        field.fill(f"to {name}")
        field.press("Enter")
    expect(page.locator("#one [part~=assistant-message] .text")).to_have_text("One here.")
    expect(page.locator("#two [part~=assistant-message] .text")).to_have_text("Two here.")
    expect(page.locator("[part~=user-message]")).to_have_count(2)


def test_hostile_css_does_not_reach_inside(
    chat: ChatPage, stage: Stage, shot: Callable[[Page, str], None]
) -> None:
    stage.plays.write("styled?", "Not by them.")
    chat.open("hostile").ask("styled?")
    chat.expect_answer("Not by them.")
    style = chat.answer.evaluate(
        "e => { const s = getComputedStyle(e);"
        " return [s.color, s.textTransform, s.letterSpacing, s.fontFamily] }"
    )
    assert style[0] != "rgb(255, 0, 255)"
    assert style[1] == "none"
    assert style[2] in ("normal", "0px")
    assert "cursive" not in style[3]
    button = chat.send_button.bounding_box()
    panel = chat.panel.bounding_box()
    assert button is not None
    assert panel is not None
    assert button["width"] < 60
    assert 300 < panel["width"] < 500
    shot(chat.page, "hostile-css")


def test_the_widget_does_not_change_the_page(chat: ChatPage) -> None:
    chat.visit("inline")
    heading = chat.page.locator("h1")
    before = heading.evaluate("e => JSON.stringify({...getComputedStyle(e)})")
    globals_before = chat.page.evaluate("Object.keys(window).length")
    expect(chat.input).to_be_visible()
    assert heading.evaluate("e => JSON.stringify({...getComputedStyle(e)})") == before
    assert chat.page.evaluate("Object.keys(window).length") == globals_before


def test_it_works_under_a_strict_policy_with_trusted_types(
    chat: ChatPage, stage: Stage, complaints: list[str], breaches: Callable[[], list[str]]
) -> None:
    stage.plays.write("everything, strictly", *EVERYTHING)
    chat.open("strict").ask("everything, strictly")
    chat.expect_ready()
    expect(chat.answer).to_contain_text("The end: Grüße")
    chat.unfold(STEPS)
    assert breaches() == []
    assert complaints == []
    chat.page.evaluate("document.querySelector('h1').setAttribute('style', 'color: red')")
    assert breaches() != [], "the page's policy is not in force"


def test_it_works_from_another_origin(
    page: Page, stage: Stage, other_site: str, complaints: list[str]
) -> None:
    stage.plays.write("from afar", "Loud and clear.")
    chat = ChatPage(page, other_site).open()
    chat.ask("from afar")
    chat.expect_answer("Loud and clear.")
    page.reload()
    chat.expect_answer("Loud and clear.")
    assert complaints == []


def test_it_works_in_a_frame_of_another_origin(page: Page, stage: Stage, other_site: str) -> None:
    stage.plays.write("framed", "In the picture.")
    page.goto(f"{other_site}/pages/framed.html")
    framed = page.frame_locator("iframe")
    framed.locator("[part~=input]").fill("framed")
    framed.locator("[part~=input]").press("Enter")
    answer = framed.locator("[part~=assistant-message] .text")
    expect(answer).to_have_text("In the picture.")
    page.reload()
    expect(answer).to_have_text("In the picture.")


def test_a_script_that_is_there_twice_makes_one_chat(chat: ChatPage) -> None:
    chat.visit("twice")
    expect(chat.launcher).to_be_visible()
    chat.page.wait_for_load_state("networkidle")
    expect(chat.page.locator("chat-widget")).to_have_count(1)


def test_removed_and_added_again_it_goes_on(chat: ChatPage, stage: Stage) -> None:
    stage.plays.write("stay", "I will.")
    chat.open().ask("stay")
    chat.expect_answer("I will.")
    chat.page.evaluate(
        "() => { const chat = document.querySelector('chat-widget'); chat.remove();"
        " return new Promise(done => setTimeout(() => { document.body.append(chat); done() })) }"
    )
    expect(chat.launcher).to_be_visible()
    if not chat.input.is_visible():
        chat.launcher.click()
    expect(chat.answer).to_have_text("I will.")


def test_beside_another_version_of_itself_the_first_wins(
    chat: ChatPage, stage: Stage, complaints: list[str]
) -> None:
    stage.plays.write("which one?", "The first.")
    asked: list[str] = []
    chat.page.on("request", lambda request: asked.append(request.url.removeprefix(stage.url)))
    chat.open("versions").ask("which one?")
    chat.expect_answer("The first.")
    chat.page.evaluate("document.body = document.body.cloneNode(false)")
    expect(chat.launcher).to_be_visible()
    expect(chat.page.locator("chat-widget")).to_have_count(1)
    assert [path for path in asked if path.startswith("/limited/")] == ["/limited/widget.js"]
    assert complaints == []


@pytest.fixture
def pinned_site(stage: Stage, other_port: int) -> Iterator[str]:
    """A site on another origin with a pinned tag: right on one page, wrong on the other, and old
    on a third."""
    entry = pinned_entry()
    pages = {
        "right": (entry.name, entry.integrity),
        "wrong": (entry.name, "sha384-" + "A" * 64),
        "old": ("widget-0123456789abcdef.js", entry.integrity),
    }

    async def page(request: Request) -> HTMLResponse:
        name, integrity = pages[request.path_params["name"]]
        html = (PAGES / "plain.html").read_text()
        pinned = f'src="{stage.url}/chat/{name}" integrity="{integrity}" crossorigin="anonymous"'
        return HTMLResponse(html.replace('src="/chat/widget.js"', pinned))

    with serving(Starlette(routes=[Route("/pages/{name}.html", page)]), other_port) as url:
        yield url


def test_a_pinned_script_loads_and_finds_the_rest(
    page: Page, stage: Stage, pinned_site: str, complaints: list[str]
) -> None:
    stage.plays.write("pinned?", "To the byte.")
    chat = ChatPage(page, pinned_site).open("right").ask("pinned?")
    chat.expect_answer("To the byte.")
    assert complaints == []


@pytest.mark.parametrize("name", ["wrong", "old"])
def test_other_bytes_than_the_pinned_do_not_run(page: Page, pinned_site: str, name: str) -> None:
    page.add_init_script(
        "addEventListener('error', ({ target }) => { window.refused = target.src }, true)"
    )
    ChatPage(page, pinned_site).visit(name)
    page.wait_for_function("window.refused")
    assert page.evaluate("customElements.get('chat-widget') === undefined")
    expect(page.locator("h1")).to_have_text("A plain page")


def test_moved_in_one_step_it_keeps_its_draft_and_place(chat: ChatPage) -> None:
    chat.open()
    chat.input.fill("half a thought")
    chat.page.evaluate(
        "() => document.querySelector('main').append(document.querySelector('chat-widget'))"
    )
    expect(chat.input).to_have_value("half a thought")


@pytest.mark.needs("route")
def test_an_entry_that_can_not_load_the_rest_says_so_and_tries_again(chat: ChatPage) -> None:
    chat.page.route("**/assets/**", lambda route: route.abort())
    chat.visit()
    chat.launcher.click()
    regret = chat.page.locator("[part~=regret]")
    expect(regret).to_be_visible()
    chat.page.unroute("**/assets/**")
    regret.click()
    expect(chat.input).to_be_visible()


def test_without_storage_it_still_chats(chat: ChatPage, stage: Stage) -> None:
    stage.plays.write("no memory", "None needed.")
    chat.page.add_init_script(
        "for (const name of ['localStorage', 'sessionStorage'])"
        " Object.defineProperty(window, name, { get() { throw new DOMException('blocked') } })"
    )
    chat.open().ask("no memory")
    chat.expect_answer("None needed.")


def test_in_a_sandboxed_frame_it_chats_if_the_frame_has_an_origin(page: Page, stage: Stage) -> None:
    stage.plays.write("sandbox", "Sand.")
    page.goto(f"{stage.url}/pages/sandboxed.html")
    framed = page.frame_locator("[title='With an origin']")
    framed.locator("[part~=input]").fill("sandbox")
    framed.locator("[part~=input]").press("Enter")
    expect(framed.locator("[part~=assistant-message] .text")).to_have_text("Sand.")
    nobody = page.frame_locator("[title='Without an origin']")
    nobody.locator("[part~=input]").fill("sandbox")
    nobody.locator("[part~=input]").press("Enter")
    expect(nobody.locator("[part~=error]")).to_be_visible()
    expect(nobody.locator("[part~=user-message]")).to_have_text("sandbox")
