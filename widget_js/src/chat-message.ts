/** One message: its parts, what became of it, and what can be done with it. */
import type { PartView } from './chat-step';
import { button, h, set } from './elements';
import { icon, iconButton } from './icons';
import type { Kit } from './kit';
import type { Message, Metadata, Part, TextPart } from './message';
import type { Strings } from './strings';

export class ChatMessage {
  readonly element: HTMLElement;
  readonly #kit: Kit;
  readonly #foot = h('div', { class: 'foot' });
  #views: (PartView & { kind: string })[] = [];
  #drawn = '';

  constructor({ role }: Message, kit: Kit) {
    this.#kit = kit;
    const name = role === 'user' ? kit.strings.you : kit.strings.assistant;
    this.element = h('article', { part: `message ${role}-message`, 'aria-label': name }, this.#foot);
  }

  /** `live`: it is being written; `last`: nothing comes after it. */
  draw(message: Message, live: boolean, last: boolean): void {
    const now = `${message.version} ${live} ${last} ${this.#kit.config().version}`;
    if (now === this.#drawn) return;
    this.#drawn = now;
    this.element.classList.toggle('live', live);
    set(this.element, 'aria-busy', live || null);
    if (message.role === 'user') this.#drawQuestion(message);
    else this.#drawParts(message.parts, live);
    this.#foot.replaceChildren(...(live ? [] : this.#footOf(message, last)));
  }

  #drawQuestion(message: Message): void {
    const text = textOf(message);
    const files = message.parts
      .filter(({ type }) => type === 'file')
      .map((part) => {
        const view = later(part, this.#kit);
        view.draw(part, false);
        return view.element;
      });
    this.element.replaceChildren(...files, ...(text ? [h('div', { part: 'bubble' }, h('div', { dir: 'auto' }, text))] : []), this.#foot);
  }

  #drawParts(parts: readonly Part[], live: boolean): void {
    const visible = parts.filter((part) => part.type !== 'step-start' && (part as TextPart).text !== '');
    visible.forEach((part, index) => {
      let view = this.#views[index];
      if (view?.kind !== part.type) {
        view?.element.remove();
        view = this.#views[index] = { kind: part.type, ...this.#viewOf(part) };
        (this.#views[index + 1]?.element ?? this.#foot).before(view.element);
      }
      // Only the last text can still be written to; those before it have no cursor.
      view.draw(part, live && (part.type !== 'text' || index === visible.length - 1));
    });
    // While it is live, missing parts are a replay that has not caught up yet.
    if (!live) for (const extra of this.#views.splice(visible.length)) extra.element.remove();
  }

  #viewOf(part: Part): PartView {
    if (part.type !== 'text') return later(part, this.#kit);
    const view = this.#kit.text();
    return { element: view.element, draw: (next, live) => view.draw(next as TextPart, live) };
  }

  #footOf(message: Message, last: boolean): Node[] {
    const { strings, config, actions } = this.#kit;
    const { features } = config();
    const { id, role, metadata } = message;
    const { stopped, interrupted, finishReason, error } = metadata;
    const rows: Node[] = [];
    const tools: Node[] = [];
    const mark = markOf(metadata, strings, role, last);
    const text = textOf(message);
    if (mark) rows.push(h('span', { part: 'mark' }, mark));
    if (role === 'user') tools.push(iconButton('edit', 'action edit', strings.edit, () => actions.more('edit', message, this.element)));
    else if (last) {
      if (text && features.continue && (stopped || interrupted || finishReason === 'length' || error?.code === 'interrupted'))
        rows.push(button({ part: 'link proceed', onclick: actions.proceed }, strings.proceed));
      else if (interrupted) rows.push(button({ part: 'link retry', onclick: actions.regenerate }, strings.retry));
    }
    if (role !== 'user' && text) tools.push(this.#copyButton(text));
    if (role !== 'user' && text && !error) {
      if (last && features.regenerate) tools.push(iconButton('again', 'action', strings.again, actions.regenerate));
      if (features.feedback)
        for (const value of ['up', 'down'] as const) {
          const chosen = metadata.feedback === value;
          const thumb = iconButton('thumb', `action ${value}`, strings[value], () => actions.feedback(id, chosen ? null : value, this.element));
          set(thumb, 'aria-pressed', chosen);
          tools.push(thumb);
        }
      tools.push(iconButton('more', 'action more', strings.more, () => actions.more('menu', message, this.element)));
    }
    if (tools.length) rows.push(h('div', { part: 'actions' }, ...tools));
    return rows;
  }

  #copyButton(text: string): HTMLButtonElement {
    const { strings, actions } = this.#kit;
    const copy = iconButton('copy', 'action', strings.copy, async () => {
      if (!(await actions.copy(text, this.element))) return;
      copy.replaceChildren(icon('check'));
      setTimeout(() => copy.replaceChildren(icon('copy')), 2000);
    });
    return copy;
  }
}

/** A view whose code is fetched with the first of its kind; what is drawn until then is drawn when it is there. */
function later(part: Part, kit: Kit): PartView {
  const element = h('div', { class: 'beside' });
  let latest: [Part, boolean] | undefined;
  let view: PartView | undefined;
  import('./chat-step').then(
    ({ partView }) => {
      view = partView(part, kit);
      element.append(view.element);
      if (latest) view.draw(...latest);
    },
    // Without a network for it, the text is what matters.
    () => {},
  );
  return {
    element,
    draw: (...now) => {
      latest = now;
      view?.draw(...now);
    },
  };
}

export function textOf(message: { parts: readonly Part[] }): string {
  return message.parts
    .filter((part): part is TextPart => part.type === 'text')
    .map((part) => part.text)
    .join('\n\n');
}

function markOf({ error, stopped, interrupted, refused, finishReason }: Metadata, strings: Strings, role: string, last: boolean): string | false | undefined {
  // The last failure has a card of its own.
  if (error) return !last && (strings[role === 'user' ? 'unsent' : 'failed']);
  if (stopped) return strings.stopped;
  if (interrupted) return strings.interrupted;
  if (refused || finishReason === 'content-filter') return strings.refused;
  return finishReason === 'length' && strings.tooLong;
}
