/** The panel's top: who one is talking to, other conversations, starting afresh, closing. */
import type { ChatActions } from './chat-actions';
import { h } from './elements';
import { iconButton } from './icons';
import type { Strings } from './strings';

export class ChatHeader {
  readonly element: HTMLElement;
  readonly #avatar = h('div', { part: 'avatar', 'aria-hidden': true });
  // <bdi>: a name in another script keeps its own order without turning the line around.
  readonly #heading = h('bdi');
  readonly #subtitle = h('bdi');
  readonly #list: HTMLButtonElement;
  readonly #fresh: HTMLButtonElement;

  constructor(strings: Strings, closable: boolean, actions: Pick<ChatActions, 'fresh' | 'more' | 'close'>) {
    this.#list = iconButton('list', 'list', strings.conversations, () => actions.more('list'));
    this.#fresh = iconButton('fresh', 'new', strings.fresh, actions.fresh);
    // No <header>: inside the widget's region it would be a banner in the wrong place.
    this.element = h(
      'div',
      { part: 'header' },
      h(
        'slot',
        { name: 'header' },
        this.#avatar,
        h('div', { class: 'names' }, h('div', { part: 'heading' }, this.#heading), h('div', { part: 'subtitle' }, this.#subtitle)),
      ),
      this.#list,
      this.#fresh,
      closable ? iconButton('close', 'close', strings.close, actions.close) : null,
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
  }

  /** There may be other conversations. */
  set several(several: boolean | undefined) {
    this.#list.hidden = !several;
  }
}
