/** The panel's top: who one is talking to, starting afresh, closing. */
import type { ChatActions } from './chat-actions';
import { button, h } from './elements';
import { iconButton } from './icons';
import type { Strings } from './strings';

export class ChatHeader {
  readonly element: HTMLElement;
  readonly #avatar = h('div', { part: 'avatar', 'aria-hidden': true });
  // <bdi>: a name in another script keeps its own order without turning the line around.
  readonly #heading = h('bdi');
  readonly #subtitle = h('bdi');
  readonly #fresh: HTMLButtonElement;
  readonly #question: HTMLElement;
  readonly #yes: HTMLButtonElement;

  constructor(strings: Strings, closable: boolean, actions: Pick<ChatActions, 'fresh' | 'close'>) {
    this.#fresh = iconButton('compose', 'new', strings.fresh, () => this.#ask(true));
    this.#yes = button({ part: 'button', onclick: () => this.#answer(actions.fresh) }, strings.freshYes);
    this.#question = h(
      'div',
      { part: 'question', role: 'group', 'aria-label': strings.freshQuestion, hidden: true, onkeydown: (event: KeyboardEvent) => this.#key(event) },
      strings.freshQuestion,
      h('div', {}, this.#yes, button({ part: 'ghost', onclick: () => this.#ask(false) }, strings.freshNo)),
    );
    // No <header>: inside the widget's region it would be a banner in the wrong place.
    this.element = h(
      'div',
      { part: 'header' },
      h(
        'div',
        { class: 'bar' },
        h(
          'slot',
          { name: 'header' },
          this.#avatar,
          h('div', { class: 'names' }, h('div', { part: 'heading' }, this.#heading), h('div', { part: 'subtitle' }, this.#subtitle)),
        ),
        this.#fresh,
        closable ? iconButton('close', 'close', strings.close, actions.close) : null,
      ),
      this.#question,
    );
  }

  show(heading: string, subtitle: string, picture: string): void {
    this.#heading.textContent = heading;
    this.#subtitle.textContent = subtitle;
    this.#avatar.textContent = [...heading.trim()][0]?.toUpperCase() ?? '';
    // The initial stays behind a picture that does not come.
    if (picture) this.#avatar.append(h('img', { src: picture, alt: '', onerror: (event: Event) => (event.target as Element).remove() }));
  }

  /** There is something to leave behind. */
  set used(used: boolean) {
    this.#fresh.hidden = !used;
    if (!used) this.#question.hidden = true;
  }

  #ask(asking: boolean): void {
    this.#question.hidden = !asking;
    (asking ? this.#yes : this.#fresh).focus();
  }

  #answer(fresh: () => void): void {
    this.#ask(false);
    fresh();
  }

  #key(event: KeyboardEvent): void {
    if (event.key !== 'Escape') return;
    // Escape closes the question, and only the next one the panel.
    event.stopPropagation();
    this.#ask(false);
  }
}
