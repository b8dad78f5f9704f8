/** Where the visitor writes. Knows keys, drafts and limits, nothing of what happens to a sent text. */
import type { ChatActions } from './chat-actions';
import { button, h, set } from './elements';
import { icon } from './icons';
import { fill, type Strings } from './strings';

type Actions = Pick<ChatActions, 'send' | 'stop' | 'draft' | 'say' | 'more'>;

/** An Enter this soon after a composition ended, in ms, is the one that ended it (Safari sends it afterwards). */
const COMPOSED = 60;

export class ChatComposer {
  readonly element: HTMLElement;
  readonly #input: HTMLTextAreaElement;
  readonly #button: HTMLButtonElement;
  readonly #disclaimer = h('slot', { name: 'footer', dir: 'auto' });
  readonly #note = h('div', { part: 'count', id: 'count' });
  readonly #strings: Strings;
  readonly #actions: Actions;
  #limit = Infinity;
  #busy = false;
  #load = 0;
  #stoppable = true;
  #composedAt = -Infinity;

  constructor(strings: Strings, actions: Actions) {
    this.#strings = strings;
    this.#actions = actions;
    this.#input = h('textarea', {
      part: 'input',
      rows: 1,
      enterkeyhint: 'send',
      'aria-label': strings.message,
      'aria-describedby': 'count',
      oninput: () => this.#edited(),
      onkeydown: (event: KeyboardEvent) => this.#key(event),
      oncompositionend: (event: CompositionEvent) => (this.#composedAt = event.timeStamp),
    });
    this.#button = button({ part: 'send', onclick: () => this.#press() });
    this.element = h(
      'div',
      { part: 'composer' },
      h('div', { part: 'field' }, this.#input, this.#button),
      this.#note,
      h('div', { part: 'footer' }, this.#disclaimer),
    );
    this.#draw();
  }

  get text(): string {
    return this.#input.value;
  }

  set text(text: string) {
    this.#input.value = text;
    this.#grow();
    this.#draw();
  }

  set placeholder(text: string) {
    this.#input.placeholder = text;
  }

  set disclaimer(text: string) {
    this.#disclaimer.textContent = text;
  }

  set limit(characters: number) {
    this.#limit = characters;
    this.#draw();
  }

  /** While an answer is written, the send button stops it, if that is allowed. */
  busy(busy: boolean, stoppable: boolean): void {
    if (busy === this.#busy && stoppable === this.#stoppable) return;
    this.#busy = busy;
    this.#stoppable = stoppable;
    this.#draw();
  }

  /** Beside the text: 1, there is something to send; -1, it is not there yet. */
  set load(load: number) {
    this.#load = load;
    this.#draw();
  }

  focus(): void {
    // The page must not jump to a corner because a chat opened there.
    this.#input.focus({ preventScroll: true });
  }

  #key(event: KeyboardEvent): void {
    if (event.key === 'ArrowUp' && !this.#input.value) this.#actions.more('recall');
    if (event.key !== 'Enter' || event.shiftKey) return;
    // keyCode 229 is the one sign of a running composition that every browser gives.
    if (event.isComposing || event.keyCode === 229 || event.timeStamp - this.#composedAt < COMPOSED) return;
    event.preventDefault();
    if (!this.#busy) this.#send();
    else if (!this.#wanting) this.#actions.more('queue');
  }

  #press(): void {
    if (this.#busy) this.#actions.stop();
    else this.#send();
    // On a phone the keyboard stays as it is; elsewhere the visitor writes on.
    if (matchMedia('(hover: hover)').matches) this.focus();
  }

  #send(): void {
    const over = this.#length() - this.#limit;
    if (over > 0) this.#actions.say(fill(this.#strings.over, over));
    else if (!this.#wanting && this.#actions.send(this.#input.value.trim())) {
      this.text = '';
      this.#actions.draft('');
    }
  }

  /** Too little to send, or too much. */
  get #wanting(): boolean {
    return this.#load < 0 || this.#length() > this.#limit || !(this.#load || this.#input.value.trim());
  }

  #edited(): void {
    this.#grow();
    this.#draw();
    this.#actions.draft(this.#input.value);
  }

  /** In code points, as the server counts. */
  #length(): number {
    const { value } = this.#input;
    return value.length < this.#limit * 0.8 ? value.length : [...value].length;
  }

  #grow(): void {
    if (CSS.supports('field-sizing', 'content')) return;
    this.#input.style.height = 'auto';
    this.#input.style.height = `${this.#input.scrollHeight}px`;
  }

  #draw(): void {
    const left = this.#limit - this.#length();
    const over = left < 0;
    this.#note.textContent =
      left > this.#limit * 0.1 ? '' : fill(over ? this.#strings.over : this.#strings.left, Math.abs(left));
    this.#note.classList.toggle('over', over);
    // The first strong letter decides, but an empty field points where the page does.
    set(this.#input, 'dir', this.#input.value ? 'auto' : null);
    set(this.#input, 'aria-invalid', over ? 'true' : null);
    const name = this.#busy && this.#stoppable ? 'stop' : 'send';
    if (this.#button.dataset.does !== name) {
      this.#button.dataset.does = name;
      this.#button.replaceChildren(icon(name));
      set(this.#button, 'aria-label', this.#strings[name]);
      set(this.#button, 'title', this.#strings[name]);
    }
    this.#button.disabled = name === 'send' && (this.#busy || this.#wanting);
  }
}
