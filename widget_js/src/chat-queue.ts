/** A message that waits for the running answer's end: seen above the composer, taken back with one press, never lost. */
import type { Kit } from './kit';
import { furnish } from './later';

/** One a panel. */
const waiting = new WeakMap<HTMLElement, (more: string) => void>();

export function queue(kit: Kit): void {
  const { h, iconButton, chat, composer, actions, panel, signal } = kit;
  const words = furnish(kit);
  let text = composer.text.trim();
  clear('');
  const add = waiting.get(panel);
  if (add) return add(text);

  const shown = h('div', { class: 'words', dir: 'auto' }, text);
  const chip = h('div', { part: 'queued', role: 'group', 'aria-label': words.queued }, h('div', {}, h('small', {}, words.queued), shown), iconButton('close', 'unqueue', words.unqueue, takeBack));
  composer.element.prepend(chip);
  actions.say(words.queued);
  waiting.set(panel, (more) => {
    text = `${text}\n\n${more}`;
    shown.textContent = text;
  });
  const stop = chat.subscribe(look);
  signal.addEventListener('abort', takeBack, { once: true });
  // Whoever leaves finds it in the composer when they come back.
  addEventListener('pagehide', keep);
  look();

  function look(): void {
    const { status, error, messages } = chat.state;
    if (status !== 'ready') return;
    if (error || messages.at(-1)?.metadata.stopped) return takeBack();
    end();
    // Not within the news of the other's end: that has to be told to the end first.
    queueMicrotask(() => actions.send(text) || clear(text));
  }

  function takeBack(): void {
    end();
    clear([text, composer.text].filter(Boolean).join('\n\n'));
    composer.focus();
  }

  function clear(left: string): void {
    composer.text = left;
    actions.draft(left);
  }

  function keep(): void {
    actions.draft([text, composer.text].filter(Boolean).join('\n\n'));
  }

  function end(): void {
    stop();
    chip.remove();
    waiting.delete(panel);
    signal.removeEventListener('abort', takeBack);
    removeEventListener('pagehide', keep);
  }
}
