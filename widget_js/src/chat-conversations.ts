/** The visitor's conversations, over the log: open, search, rename, save, delete. */
import type { Kit } from './kit';
import { furnish, SHAPES } from './later';
import { markdownOf } from './export';
import type { UIMessage } from './message';

interface Listed {
  id: string;
  title: string;
  /** ISO 8601. */
  updatedAt: string;
}

/** Milliseconds after the last key. */
const PATIENCE = 200;

export function list(kit: Kit): void {
  const open = kit.panel.querySelector('.conversations');
  if (open) open.dispatchEvent(new Event('close'));
  else new ConversationList(kit);
}

class ConversationList {
  readonly #kit: Kit;
  readonly #words;
  readonly #life = new AbortController();
  readonly #search: HTMLInputElement;
  readonly #rows: HTMLElement;
  readonly #note: HTMLElement;
  readonly #older: HTMLButtonElement;
  readonly #element: HTMLElement;
  #last: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The answer to an older question must not overwrite that to a newer one. */
  #asked = 0;

  constructor(kit: Kit) {
    this.#kit = kit;
    const { h, button, iconButton, strings } = kit;
    const words = (this.#words = furnish(kit));
    this.#search = h('input', { part: 'entry search', type: 'search', 'aria-label': words.search, placeholder: words.search, dir: 'auto', oninput: () => this.#searchSoon() });
    this.#rows = h('ul', {});
    this.#note = h('p', { class: 'muted', role: 'status' });
    this.#older = button({ part: 'ghost', hidden: true, onclick: () => this.#load(this.#last) }, words.older);
    this.#element = h(
      'div',
      { part: 'conversations', role: 'region', 'aria-label': strings.conversations, tabindex: -1, onkeydown: (event: KeyboardEvent) => this.#key(event), onclose: () => this.close() },
      h('div', { class: 'row' }, iconButton('back', 'back', words.back, () => this.close(), SHAPES.back), this.#search),
      this.#note,
      this.#rows,
      this.#older,
    );
    kit.signal.addEventListener('abort', () => this.close(), { signal: this.#life.signal });
    kit.log.element.before(this.#element);
    this.#cover(true);
    // The keyboard of a phone would cover what there is to choose from.
    (matchMedia('(hover: hover)').matches ? this.#search : this.#element).focus({ preventScroll: true });
    void this.#load();
  }

  close(): void {
    if (this.#life.signal.aborted) return;
    this.#life.abort();
    clearTimeout(this.#timer);
    this.#cover(false);
    const inside = this.#element.contains(this.#kit.shadow.activeElement);
    this.#element.remove();
    if (inside) this.#kit.panel.querySelector<HTMLElement>('.list')?.focus();
  }

  /** What lies under the list can't be reached while it is there. */
  #cover(on: boolean): void {
    const { log, composer, panel, set } = this.#kit;
    for (const element of [log.element, composer.element]) element.inert = on;
    set(panel.querySelector('.list')!, 'aria-expanded', on);
    if (!on) log.wake();
  }

  #searchSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#load(), PATIENCE);
  }

  async #load(before?: string): Promise<void> {
    const asked = ++this.#asked;
    const query = new URLSearchParams({ limit: '30', ...(this.#search.value.trim() && { q: this.#search.value.trim() }), ...(before && { before }) });
    try {
      const response = await this.#kit.chat.transport.request(`conversations?${query}`, this.#life.signal);
      const { conversations, more }: { conversations: Listed[]; more: boolean } = await response.json();
      if (asked !== this.#asked) return;
      if (!before) this.#rows.replaceChildren();
      this.#rows.append(...conversations.map((each) => this.#row(each)));
      this.#last = conversations.at(-1)?.id;
      this.#older.hidden = !more;
      this.#note.textContent = this.#rows.childElementCount ? '' : query.has('q') ? this.#words.notFound : this.#words.none;
    } catch {
      if (asked === this.#asked) this.#note.textContent = this.#words.unreachable;
    }
  }

  #row(listed: Listed): HTMLElement {
    const { h, button, iconButton, chat, set } = this.#kit;
    const words = this.#words;
    const current = listed.id === chat.state.conversationId;
    const name = h('bdi', {}, listed.title);
    const choose = button({ part: 'conversation', onclick: () => this.#open(listed.id) }, name, h('time', { datetime: listed.updatedAt }, this.#when(listed.updatedAt)));
    if (current) set(choose, 'aria-current', 'true');
    const row = h(
      'li',
      {},
      choose,
      h(
        'div',
        { class: 'tools' },
        iconButton('save', 'save', words.save, () => void this.#save(listed), SHAPES.save),
        iconButton('edit', 'rename', words.rename, () => this.#rename(row, listed)),
        iconButton('trash', 'remove', words.remove, () => this.#ask(row, listed), SHAPES.trash),
      ),
    );
    return row;
  }

  #open(id: string): void {
    const { chat, composer } = this.#kit;
    this.close();
    if (id !== chat.state.conversationId) void chat.open(id);
    composer.focus();
  }

  #rename(row: HTMLElement, listed: Listed): void {
    const { h, chat } = this.#kit;
    const input = h('input', { part: 'entry', 'aria-label': this.#words.rename, dir: 'auto', maxlength: 80, onkeydown: key, onblur: () => done(true) });
    input.value = listed.title;
    row.replaceChildren(input);
    input.select();
    input.focus();
    const redraw = (title: string) => {
      const drawn = this.#row({ ...listed, title });
      row.replaceWith(drawn);
      return drawn;
    };
    const { signal } = this.#life;
    let over = false;

    function done(keep: boolean, focus = false): void {
      if (over) return;
      over = true;
      const title = input.value.trim();
      const changed = keep && title && title !== listed.title;
      const drawn = redraw(changed ? title : listed.title);
      if (focus) drawn.querySelector<HTMLElement>('.rename')?.focus();
      if (!changed) return;
      chat.transport.request(`messages/${encodeURIComponent(listed.id)}`, signal, { method: 'PATCH', body: { title } }).catch(() => signal.aborted || drawn.replaceWith(redraw(listed.title)));
    }

    function key(event: KeyboardEvent): void {
      if (event.isComposing || (event.key !== 'Enter' && event.key !== 'Escape')) return;
      event.stopPropagation();
      event.preventDefault();
      done(event.key === 'Enter', true);
    }
  }

  #ask(row: HTMLElement, listed: Listed): void {
    const { h, button } = this.#kit;
    const words = this.#words;
    const back = () => {
      const drawn = this.#row(listed);
      row.replaceWith(drawn);
      drawn.querySelector<HTMLElement>('.remove')?.focus();
    };
    const no = button({ part: 'ghost', onclick: back }, words.keep);
    const escape = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      back();
    };
    row.replaceChildren(
      h(
        'div',
        { part: 'question', role: 'group', 'aria-label': words.removeQuestion, onkeydown: escape },
        h('bdi', {}, listed.title),
        h('span', {}, words.removeQuestion),
        h('div', { class: 'row' }, no, button({ part: 'button danger', onclick: () => void this.#remove(row, listed) }, words.remove)),
      ),
    );
    no.focus();
  }

  async #remove(row: HTMLElement, listed: Listed): Promise<void> {
    const { chat } = this.#kit;
    try {
      await chat.transport.request(`messages/${encodeURIComponent(listed.id)}`, this.#life.signal, { method: 'DELETE' });
    } catch {
      row.replaceWith(this.#row(listed));
      this.#note.textContent = this.#words.unreachable;
      return;
    }
    const next = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    (next?.querySelector<HTMLElement>('button') ?? this.#search).focus();
    if (!this.#rows.childElementCount) this.#note.textContent = this.#words.none;
    if (listed.id === chat.state.conversationId) await chat.open(null);
  }

  async #save(listed: Listed): Promise<void> {
    const { chat, h, strings } = this.#kit;
    const messages: UIMessage[] = [];
    try {
      for (let more = true; more; ) {
        const page = await chat.transport.history(listed.id, this.#life.signal, { before: messages[0]?.id });
        messages.unshift(...(page?.messages ?? []));
        more = !!page?.more && page.messages.length > 0;
      }
    } catch {
      this.#note.textContent = this.#words.unreachable;
      return;
    }
    const url = URL.createObjectURL(new Blob([markdownOf(listed.title, messages, strings)], { type: 'text/markdown' }));
    h('a', { href: url, download: `${fileName(listed.title)}.md` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }

  #when(iso: string): string {
    const { lang } = this.#kit.panel;
    const date = new Date(iso);
    const today = date.toDateString() === new Date().toDateString();
    return new Intl.DateTimeFormat(lang || undefined, today ? { timeStyle: 'short' } : { dateStyle: 'medium' }).format(date);
  }

  #key(event: KeyboardEvent): void {
    if (event.key !== 'Escape') return;
    // Escape closes the list, and only the next one the panel.
    event.stopPropagation();
    this.close();
  }
}

const fileName = (title: string): string => title.replace(/[^\p{L}\p{N} _-]+/gu, '').trim().slice(0, 60) || 'chat';
