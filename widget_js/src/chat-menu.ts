/** What is seldom wanted of an answer: when it came, and to hear it. */
import type { Kit } from './kit';
import { furnish, SHAPES } from './later';
import type { Message } from './message';

let reading: { id: string; stop(): void } | undefined;

export function menu(kit: Kit, message: Message, element: HTMLElement): void {
  const { h, button, icon, set, panel } = kit;
  const words = furnish(kit);
  const opener = element.querySelector<HTMLElement>('.more')!;
  const open = panel.querySelector<HTMLElement>('.menu');
  open?.remove();
  if (open?.parentElement === opener.parentElement) return;
  const { createdAt } = message.metadata;
  const items: Node[] = [];
  if (createdAt) items.push(h('time', { datetime: createdAt }, moment(createdAt, panel.lang)));
  if ('speechSynthesis' in globalThis) {
    const on = reading?.id === message.id;
    items.push(button({ part: 'menu-item', role: 'menuitem', onclick: () => finish(on ? quiet : () => read(message.id, element, panel.lang)) }, icon('speaker', SHAPES.speaker), on ? words.quiet : words.aloud));
  }
  const box = h('div', { part: 'menu', role: 'menu', 'aria-label': words.more, tabindex: -1, onkeydown: key }, ...items);
  opener.after(box);
  set(opener, 'aria-expanded', true);
  (box.querySelector('button') ?? box).focus();
  const away = new AbortController();
  kit.shadow.addEventListener('pointerdown', (event) => !event.composedPath().includes(box) && close(), { signal: away.signal });
  kit.signal.addEventListener('abort', () => away.abort(), { signal: away.signal });

  function close(): void {
    away.abort();
    box.remove();
    set(opener, 'aria-expanded', false);
  }

  function finish(act: () => void): void {
    close();
    opener.focus();
    act();
  }

  function key(event: KeyboardEvent): void {
    if (event.key !== 'Escape' && event.key !== 'Tab') return;
    if (event.key === 'Escape') event.stopPropagation();
    finish(() => {});
  }
}

const moment = (iso: string, lang: string) => new Intl.DateTimeFormat(lang || undefined, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(iso));

function quiet(): void {
  reading?.stop();
}

/** Paragraph by paragraph: engines cut off an utterance that is long, and some never end it. */
function read(id: string, element: HTMLElement, lang: string): void {
  quiet();
  const queue = [...element.querySelectorAll('.text :is(p, li, h1, h2, h3, h4, h5, h6, td, th)')]
    .filter((block) => !block.querySelector('p, li'))
    .map((block) => block.textContent?.trim())
    .filter((text) => text);
  reading = {
    id,
    stop() {
      speechSynthesis.cancel();
      reading = undefined;
    },
  };
  queue.forEach((text, index) => {
    const utterance = new SpeechSynthesisUtterance(text);
    utterance.lang = element.lang || lang;
    if (index === queue.length - 1) utterance.onend = () => (reading = undefined);
    speechSynthesis.speak(utterance);
  });
}
