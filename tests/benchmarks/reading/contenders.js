/** Four ways to show an answer while it grows, behind one door: `begin(name, words)`, then `stream(chunks)`. */
import 'deep-chat';
import { marked } from 'marked';
import * as smd from 'streaming-markdown';
import { StreamedText } from '../../../widget_js/src/streamed-text';
import { english } from '../../../widget_js/src/strings';
import { panelSheet } from '../../../widget_js/src/styles';

/** Words in a chunk: what models send. */
const CHUNK = 4;

/** All that answers are made of; about as many words as are streamed while it is measured, so that each run has some of everything. */
const SECTION = `## What to do next

Some *words* of a **long** answer, with \`code\` and a [link](https://example.org), as they come from a model that likes to
explain things at length, and then once more in other words, for those who have not followed it so far.

- The first thing is short.
- The second one has **strong** words in it, and \`a_name\` too.
- The third goes on for a while, because there is more to say about it than about the others.
  1. It has parts.
  2. And each of them has words.

\`\`\`python
def greet(name: str) -> str:
    """Return a greeting."""
    words = ["Hello", name]
    return " ".join(words)  # two of them
\`\`\`

| What | How many | Why |
|---|---|---|
| Words | many | they are needed |
| Rows | three | *enough* for now |
| Cells | nine | three times three |

> A quote of somebody, who said it much better than it could be said here.

And a paragraph at the end of it, which is as plain as most paragraphs are: it has words, commas and a full stop. Then
there is another sentence, and one more after it, so that it takes a line or two, or three where the window is narrow.

`;

/** @returns {string[]} chunks that join to `words` words and more, from where `skip` words end */
function chunks(words, skip = 0) {
  const pieces = SECTION.match(/\S+\s*/g);
  const found = [];
  for (let at = skip; at < skip + words; at += CHUNK)
    found.push(Array.from({ length: CHUNK }, (_, index) => pieces[(at + index) % pieces.length]).join(''));
  return found;
}

const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));

/** A box that scrolls, and follows its end as every chat does. */
function box() {
  document.adoptedStyleSheets = [panelSheet()];
  const log = document.createElement('div');
  log.style.cssText = 'height: 600px; width: 400px; overflow: auto';
  log.className = 'panel';
  document.body.replaceChildren(log);
  return { log, follow: () => (log.scrollTop = log.scrollHeight) };
}

function plain(writer) {
  const { log, follow } = box();
  const text = document.createElement('div');
  text.className = 'text';
  log.append(text);
  const write = writer(text);
  return {
    write(chunk) {
      write(chunk);
      follow();
    },
    shown: () => text.textContent.length,
  };
}

const CONTENDERS = {
  chatwidget() {
    const { log, follow } = box();
    const text = new StreamedText({ imageOrigins: [], strings: english });
    const part = { text: '' };
    log.append(text.element);
    return {
      write(chunk) {
        part.text += chunk;
        text.draw(part, true);
        follow();
      },
      shown: () => text.element.textContent.length,
    };
  },

  'streaming-markdown': () =>
    plain((element) => {
      const parser = smd.parser(smd.default_renderer(element));
      return (chunk) => smd.parser_write(parser, chunk);
    }),

  'marked, innerHTML': () =>
    plain((element) => {
      let source = '';
      return (chunk) => (element.innerHTML = marked.parse((source += chunk)));
    }),

  /** The whole element, because its drawing can't be had without it. */
  async 'deep-chat'() {
    const chat = document.createElement('deep-chat');
    chat.style.cssText = 'height: 600px; width: 400px';
    const asked = new Promise((resolve) => {
      chat.connect = { stream: true, handler: (_, signals) => resolve(signals) };
    });
    document.body.replaceChildren(chat);
    while (!chat.shadowRoot?.querySelector('#text-input')) await frame();
    chat.submitUserMessage({ text: 'Go on' });
    const signals = await asked;
    signals.onOpen();
    return {
      write: (chunk) => void signals.onResponse({ text: chunk }),
      shown: () => chat.shadowRoot.querySelector('#messages').textContent.length,
    };
  },
};

let contender;
let position;

/** Shows an answer of `words` words, and resolves when nothing is drawn any more. */
globalThis.begin = async (name, words) => {
  contender = await CONTENDERS[name]();
  contender.write(chunks(words).join(''));
  position = words;
  let before = -1;
  for (let still = 0; still < 20; still++) {
    await frame();
    const shown = contender.shown();
    if (shown !== before) still = 0;
    before = shown;
  }
  return before;
};

/** Writes so many more chunks, one in each frame; resolves when the last is drawn. */
globalThis.stream = async (count) => {
  for (const chunk of chunks(count * CHUNK, position)) {
    await frame();
    contender.write(chunk);
  }
  await frame();
  await frame();
};
