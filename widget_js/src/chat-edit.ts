/** The visitor's message as a form: what is sent takes its place, and drops all that followed it. */
import type { Kit } from './kit';
import { furnish } from './later';
import type { Message } from './message';

export function edit(kit: Kit, message: Message, element: HTMLElement): void {
  if (element.classList.contains('editing')) return;
  const { h, button, strings, chat, signal } = kit;
  const words = furnish(kit);
  const text = message.parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
  const input = h('textarea', { part: 'entry', 'aria-label': words.editMessage, dir: 'auto', rows: Math.min(8, text.split('\n').length + 1), oninput: check });
  const send = button({ part: 'button', onclick: submit }, strings.send);
  const form = h('div', { part: 'editor', onkeydown: key }, input, h('div', { class: 'row' }, button({ part: 'ghost', onclick: close }, words.cancel), send));
  input.value = text;
  kit.log.letGo();
  element.classList.add('editing');
  element.append(form);
  input.focus();
  form.scrollIntoView({ block: 'nearest' });
  const stop = chat.subscribe(check);
  signal.addEventListener('abort', stop);
  check();

  function check(): void {
    const { value } = input;
    const limit = kit.config().limits.messageCharacters;
    send.disabled = chat.state.status !== 'ready' || !value.trim() || [...value].length > limit;
    // Another tab, or an answer's end, has drawn the message anew.
    if (!form.isConnected) stop();
  }

  function submit(): void {
    if (send.disabled) return;
    close();
    void chat.edit(message.id, input.value.trim());
    kit.log.toEnd();
  }

  function close(): void {
    stop();
    form.remove();
    element.classList.remove('editing');
    kit.composer.focus();
  }

  function key(event: KeyboardEvent): void {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === 'Escape') {
      // Escape leaves the editor, and only the next one the panel.
      event.stopPropagation();
      close();
    } else if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      submit();
    }
  }
}
