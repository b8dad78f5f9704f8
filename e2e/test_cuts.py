"""Two hundred cuts at random bytes: what is on the page is what is in the log, byte for byte."""

import random
from typing import Any

import pytest
from chat_page import ChatPage
from cutting_proxy import CuttingProxy
from playwright.sync_api import Page
from stage import Stage

WORDS = [f"wörd{number} **fett** 😀👩‍👩‍👧 \n\n" for number in range(40)]

# The element's own client, with short waits; and what it is given to read, counted beside it.
ASK = """async ({endpoint, question}) => {
  const { Chat } = await import(`${endpoint}/client.js`);
  const read = [];
  const spy = async (input, init) => {
    const response = await fetch(input, init);
    if (!response.headers.get('content-type')?.includes('event-stream')) return response;
    const [ours, theirs] = response.body.tee();
    const text = [];
    read.push(text);
    (async () => {
      const reader = ours.pipeThrough(new TextDecoderStream()).getReader();
      try {
        for (let next; !(next = await reader.read()).done; ) text.push(next.value);
      } catch {}
    })();
    return new Response(theirs, response);
  };
  const timing = { base: 1, cap: 10, firstTries: 50, tries: 200 };
  const chat = new Chat({ endpoint, storage: null, fetch: spy, timing });
  // As the element does when it is opened.
  void chat.config();
  await chat.send(question);
  const { messages, error } = chat.state;
  window.asked = chat;
  const shown = messages.at(-1).parts.map((part) => part.text ?? '').join('');
  return { shown, error, streams: read.map((text) => text.join('')) };
}"""

KEPT = """async () => {
  const { transport, state } = window.asked;
  const path = `messages/${state.conversationId}`;
  const response = await transport.request(path, new AbortController().signal);
  const { messages } = await response.json();
  window.asked.destroy();
  return messages.map((message) => message.parts.map((part) => part.text ?? '').join(''));
}"""


def frame_ids(streams: list[str]) -> list[int]:
    """Return the numbers of all frames that came whole, in order."""
    whole = [block for text in streams for block in text.split("\n\n")[:-1]]
    heads = [block.split("\n")[0] for block in whole if block.startswith("id: ")]
    return [int(head.rpartition("-")[2]) for head in heads]


def ask(page: Page, endpoint: str, question: str) -> Any:
    return page.evaluate(ASK, {"endpoint": endpoint, "question": question})


@pytest.mark.timeout(180)
def test_two_hundred_cuts_at_random_bytes(
    page: Page, proxy: CuttingProxy, stage: Stage, browser_name: str
) -> None:
    seeds = 200 if browser_name == "chromium" else 20
    ChatPage(page, proxy.url).visit()
    endpoint = f"{proxy.url}/chat"
    text = "".join(WORDS)
    stage.plays.write("not cut", *WORDS)
    ask(page, endpoint, "not cut")  # and load the client
    before = proxy.passed
    assert ask(page, endpoint, "not cut")["shown"] == text
    size = proxy.passed - before
    for seed in range(seeds):
        chance = random.Random(seed)
        question = f"cut {seed}"
        script = stage.plays.write(question, *WORDS)
        if browser_name == "chromium":
            page.context.clear_cookies()  # a new visitor, whom no token is known of
        cuts = proxy.cuts
        proxy.cut_after(*(chance.randrange(1, size) for _ in range(chance.randrange(1, 4))))
        told = ask(page, endpoint, question)
        proxy.cut_after()
        assert proxy.cuts > cuts, seed
        assert told["error"] is None, seed
        assert told["shown"] == text, seed
        assert page.evaluate(KEPT) == [question, text], seed
        numbers = frame_ids(told["streams"])
        assert numbers == list(range(len(numbers))), seed
        assert len(script.requests) == 1, seed
