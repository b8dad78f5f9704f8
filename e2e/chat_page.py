"""The widget on a page, in the words of a visitor."""

from playwright.sync_api import Locator, Page, expect

WORDS = 20_000
"""Milliseconds within which an answer that needs no waiting is whole."""


class ChatPage:
    """One page with one chat on it; `url` is the site's."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.launcher = page.locator("[part~=launcher]")
        self.panel = page.locator("[part~=panel]")
        self.log = page.locator("[part~=log]")
        self.input = page.locator("[part~=input]")
        self.send_button = page.locator("[part~=send][data-does=send]")
        self.stop_button = page.locator("[part~=send][data-does=stop]")
        self.questions = page.locator("[part~=user-message]")
        self.answers = page.locator("[part~=assistant-message]")
        self.error = page.locator("[part~=error]")
        self.retry = page.locator("[part~=retry]")
        self.to_end = page.locator("[part~=to-end]")
        self.pill = page.locator("[part~=connection]")
        self.cursor = page.locator(".cursor")

    def visit(self, name: str = "plain", url: str | None = None) -> "ChatPage":
        """Go to a test page."""
        self.page.goto(f"{url or self.url}/pages/{name}.html")
        return self

    def open(self, name: str = "plain", url: str | None = None) -> "ChatPage":
        """Go to a test page and open the bubble."""
        self.visit(name, url)
        self.launcher.click()
        expect(self.input).to_be_visible()
        return self

    def ask(self, text: str) -> "ChatPage":
        """Write a message and send it with Enter."""
        self.input.fill(text)
        self.input.press("Enter")
        return self

    @property
    def answer(self) -> Locator:
        """The text of the last answer."""
        return self.answers.last.locator(".text").last

    def expect_answer(self, text: str) -> None:
        """Wait until the last answer is complete and reads `text`."""
        self.expect_ready()
        expect(self.answer).to_have_text(text, timeout=WORDS)

    def expect_ready(self) -> None:
        """Wait until nothing is being written."""
        expect(self.send_button).to_be_attached(timeout=WORDS)
        expect(self.answers.last).not_to_have_attribute("aria-busy", "true", timeout=WORDS)

    def unfold(self, count: int) -> None:
        """Open the lines of thinking and tools, of which there are `count`."""
        toggles = self.page.locator(".step-toggle")
        expect(toggles).to_have_count(count)
        for toggle in toggles.all():
            toggle.click()
            expect(toggle).to_have_attribute("aria-expanded", "true")

    def distance_from_end(self) -> float:
        """Pixels between what is seen of the log and its end."""
        distance: float = self.log.evaluate("e => e.scrollHeight - e.scrollTop - e.clientHeight")
        return distance
