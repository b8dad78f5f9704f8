"""Whether typing and scrolling stay at 60 frames a second with 1,000 messages in the log.

    make long-log    # PYTHONPATH=e2e python tests/benchmarks/reading/long_log.py [messages]

The real widget on the real server in Chromium; only the history is made up, and comes in pages as
the server would send it. A frame's price is the CPU time of the main thread in the browser's trace
(60 frames a second leave 16.7 ms); the time between two frames is the wall's, so that what else the
machine does is in it.
"""

import json
import sys
from collections.abc import Callable
from itertools import pairwise
from statistics import median, quantiles
from typing import Any
from urllib.parse import parse_qs, urlsplit

from chat_page import ChatPage
from engines import launch_options
from main_thread import watching
from playwright.sync_api import Browser, CDPSession, Page, Route, expect, sync_playwright
from stage import Plays, free_port, host_app, serving

from chatwidget.providers import pause

PAGE = 50
TYPED = "How do I get from here to there, and what would it cost me?"
ANSWER = """Some *words* of a **long** answer, with `code` and a [link](https://example.org).

- The first thing is short.
- The second one has **strong** words in it.

```python
def greet(name: str) -> str:
    return f"Hello {name}"
```

And a paragraph at the end of it, which is as plain as most paragraphs are."""

FRAMES = """() => {
  window.frames_ = [];
  const next = at => { window.frames_.push(at); window.loop_ = requestAnimationFrame(next); };
  window.loop_ = requestAnimationFrame(next);
}"""
# A log that never left its top does not reach it.
TO_TOP = """async log => {
  for (const top of [200, 0]) {
    log.scrollTop = top;
    for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
  }
}"""
STOP = "() => { cancelAnimationFrame(window.loop_); return window.frames_; }"


def conversation(count: int) -> list[dict[str, Any]]:
    return [
        {
            "id": f"m{number}",
            "role": "assistant" if number % 2 else "user",
            "parts": [{"type": "text", "text": ANSWER if number % 2 else f"Question {number}?"}],
            "metadata": {"finishReason": "stop"} if number % 2 else {},
        }
        for number in range(count)
    ]


def history(messages: list[dict[str, Any]]) -> Callable[[Route], None]:
    """Return what answers for the server."""

    def answer(route: Route) -> None:
        before = parse_qs(urlsplit(route.request.url).query).get("before", [""])[0]
        end = int(before.removeprefix("m") or len(messages))
        page = messages[max(0, end - PAGE) : end]
        body = {"id": "c", "messages": page, "running": None, "more": end > PAGE}
        route.fulfill(body=json.dumps(body), content_type="application/json")

    return answer


def watch(browser: Browser, page: Page, title: str, act: Callable[[], None]) -> None:
    """Do `act` and print what its frames cost."""
    with watching(browser, page) as thread:
        page.evaluate(FRAMES)
        act()
        seen = page.evaluate(STOP)
    between = [after - before for before, after in pairwise(seen)]
    prices = thread.frame_prices
    print(
        f"{title:34}{len(prices):7}{median(prices):9.1f}{quantiles(prices, n=100)[-1]:7.1f}"
        f"{thread.longest_task:14.1f}{median(between):12.1f}{quantiles(between, n=20)[-1]:7.1f}"
    )


def scroll(session: CDPSession, chat: ChatPage, pixels: int) -> None:
    box = chat.log.bounding_box()
    assert box is not None
    session.send(
        "Input.synthesizeScrollGesture",
        {
            "x": box["x"] + box["width"] / 2,
            "y": box["y"] + box["height"] / 2,
            "yDistance": pixels,
            "speed": 2_500,
            "gestureSourceType": "mouse",
        },
    )


def measure(browser: Browser, url: str, plays: Plays, count: int) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.set_default_timeout(60_000)
    chat = ChatPage(page, url).open().ask("hello")
    chat.expect_ready()
    page.route("**/chat/messages/*?limit=*", history(conversation(count)))
    with watching(browser, page) as opening:
        page.reload()
        expect(chat.questions.last).to_be_visible()
    everyone = page.locator("[part~=message]")
    with watching(browser, page) as loading:
        while (there := everyone.count()) < count:
            chat.log.evaluate(TO_TOP)
            page.wait_for_function(
                """there => document.querySelector('chat-widget').shadowRoot
                  .querySelectorAll('[part~=message]').length > there""",
                arg=there,
            )
    print(f"{count:,} messages; longest task while the first {PAGE} came", end=" ")
    print(f"{opening.longest_task:.0f} ms, the others {loading.longest_task:.0f} ms\n")
    print(f"{'':41}  ms of a frame        longest   ms between frames")
    print(f"{'':34} frames   median    p99       task      median    p95")
    session = page.context.new_cdp_session(page)
    watch(
        browser, page, "scrolling down, from the beginning", lambda: scroll(session, chat, -15_000)
    )
    watch(browser, page, "scrolling up", lambda: scroll(session, chat, 10_000))
    chat.input.focus()
    watch(browser, page, "typing, in the middle", lambda: page.keyboard.type(TYPED, delay=30))
    chat.to_end.click()
    watch(browser, page, "typing, at the end", lambda: page.keyboard.type(TYPED, delay=30))
    pieces = [part for word in (ANSWER * 3).split(" ") for part in (pause(0.01), f"{word} ")]
    plays.write("tell me", *pieces)
    # By the element itself: what Playwright reads of a page to find things in it takes seconds.
    ask = "document.querySelector('chat-widget').send('tell me')"
    watch(browser, page, "an answer, at the end", lambda: page.evaluate(ask))
    page.close()


def main(count: int) -> None:
    plays = Plays()
    with (
        serving(host_app(plays, origins=[]), free_port()) as url,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(**launch_options(playwright.chromium))
        try:
            measure(browser, url, plays, count)
        finally:
            browser.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
