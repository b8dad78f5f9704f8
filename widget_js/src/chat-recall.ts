/** What was asked before, in the composer again: up to older questions, down to newer ones, as long as nothing is changed in them. */
import type { Kit } from './kit';
import type { TextPart } from './message';

export function recall({ chat, composer, actions, signal }: Kit): void {
  const input = composer.element.querySelector('textarea')!;
  const asked = chat.state.messages
    .filter(({ role }) => role === 'user')
    .map(({ parts }) => parts.map((part) => (part as TextPart).text ?? '').join(''))
    .filter(Boolean);
  let at = asked.length;
  const life = new AbortController();
  signal.addEventListener('abort', () => life.abort(), { signal: life.signal });
  input.addEventListener('keydown', key, { signal: life.signal });
  go(-1);

  function key(event: KeyboardEvent): void {
    const { selectionStart, value } = input;
    if (value !== asked[at]) return life.abort();
    const by = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0;
    // Whoever has moved in the text moves on in it.
    if (!by || event.isComposing || selectionStart !== value.length) return;
    event.preventDefault();
    go(by);
  }

  function go(by: number): void {
    at = Math.max(0, at + by);
    composer.text = asked[at] ?? '';
    input.setSelectionRange(input.value.length, input.value.length);
    actions.draft(input.value);
    if (at >= asked.length) life.abort();
  }
}
