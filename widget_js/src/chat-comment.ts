/** After a thumb: what was good or wrong, in the visitor's own words if they like. */
import type { Kit } from './kit';
import { furnish } from './later';

export function comment(kit: Kit, messageId: string, value: 'up' | 'down', element: HTMLElement): void {
  const { h, button, chat, actions } = kit;
  const words = furnish(kit);
  element.querySelector('.comment')?.remove();
  const input = h('textarea', { part: 'entry', rows: 2, 'aria-label': words.comment, placeholder: words.comment, dir: 'auto', maxlength: 2000 });
  const form = h(
    'div',
    { part: 'comment', onkeydown: key },
    input,
    h('div', { class: 'row' }, button({ part: 'ghost', onclick: close }, words.cancel), button({ part: 'button', onclick: send }, words.commentSend)),
  );
  // The focus stays on the thumb: most have said all they want to say.
  element.append(form);

  function send(): void {
    const text = input.value.trim();
    close();
    if (!text) return;
    void chat.feedback(messageId, value, text);
    kit.emit('feedback', { messageId, value, comment: text });
    actions.say(words.thanks);
  }

  function close(): void {
    const inside = form.contains(kit.shadow.activeElement);
    form.remove();
    if (inside) element.querySelector<HTMLElement>(`.${value}`)?.focus();
  }

  function key(event: KeyboardEvent): void {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    close();
  }
}
