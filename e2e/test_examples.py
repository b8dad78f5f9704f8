"""The front-end examples in `demo/`, built as they are and opened."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from chat_page import ChatPage
from node import MODULES, ROOT, build_example, check_types, unpack_package
from playwright.sync_api import Page, expect
from stage import free_port, serving
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from chatwidget import ChatWidget
from chatwidget.providers import Scripted
from chatwidget.stores import Memory

FRAMEWORKS = ("react", "vue", "svelte")

pytestmark = pytest.mark.skipif(
    not (MODULES / "vue").exists(), reason="needs `npm ci` in widget_js"
)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the npm package in it, and copies of the examples."""
    folder = tmp_path_factory.mktemp("examples")
    unpack_package(folder)
    for name in FRAMEWORKS:
        shutil.copytree(ROOT / "demo" / name, folder / name)
    return folder


@pytest.fixture
def example(workshop: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    built = build_example(workshop / request.param)
    chat = ChatWidget(Scripted("Hello from there."), store=Memory(), secret="s" * 32)
    site = Starlette(
        routes=[Mount("/chat", chat), Mount("/", StaticFiles(directory=built, html=True))]
    )
    with serving(site, free_port()) as url:
        yield url


@pytest.mark.parametrize("example", FRAMEWORKS, indirect=True)
def test_an_example_chats_and_hears_of_the_answer(page: Page, example: str) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(example)
    expect(page.locator("#took")).to_have_text("Ask something")
    chat = ChatPage(page, example)
    suggestion = page.locator("[part~=suggestion]")
    expect(suggestion).to_have_text("Show me markdown")
    suggestion.click()
    chat.expect_answer("Hello from there.")
    expect(page.locator("#took")).to_have_text(re.compile(r"Answered in \d+ ms"))
    expect(page.locator("chat-widget")).to_have_count(1)
    assert errors == []


def test_the_react_example_is_typed(workshop: Path) -> None:
    check_types(workshop / "react")
