/**
 * What an answer holds beside its text: thinking and tool calls, one quiet line each that opens to show what is inside, links to sources and files, and what the page draws itself.
 *
 * Loaded with the first of them. Imports nothing that the panel imports too, and is handed its tools: a chunk that shared modules with the panel would cost the panel a round trip.
 */
import { DataView } from './chat-data';
import type { Kit } from './kit';
import type { FilePart, Part, ReasoningPart, SourcePart, SuggestionsPart, ToolPart } from './message';
import type { StreamedText } from './streamed-text';
import { later } from './strings-later';
import { stepStyles } from './styles-step';

export interface PartView {
  readonly element: HTMLElement;
  draw(part: Part, live: boolean): void;
}

let sheet: CSSStyleSheet | undefined;

export function partView(part: Part, kit: Kit): PartView {
  if (!sheet) (sheet = new CSSStyleSheet()).replaceSync(stepStyles);
  if (!kit.shadow.adoptedStyleSheets.includes(sheet!)) kit.shadow.adoptedStyleSheets.push(sheet!);
  if (part.type === 'reasoning' || isTool(part)) return new ChatStep(kit);
  if (part.type === 'data-suggestions') return { element: followUps(part as SuggestionsPart, kit), draw: () => {} };
  if (part.type.startsWith('data-')) return new DataView(kit);
  if (part.type === 'file' && !isWeb(part.url)) return { element: ownFile(part, kit), draw: () => {} };
  return { element: link(part as SourcePart | FilePart, kit), draw: () => {} };
}

class ChatStep implements PartView {
  readonly element: HTMLElement;
  readonly #kit: Kit;
  readonly #line: HTMLButtonElement;
  readonly #label: HTMLElement;
  readonly #state: HTMLElement;
  readonly #body: HTMLElement;
  #part: ReasoningPart | ToolPart | undefined;
  #live = false;
  #began: number | undefined;
  #took: number | undefined;
  #text: StreamedText | undefined;

  constructor(kit: Kit) {
    const { h, button, icon } = (this.#kit = kit);
    this.#label = h('span', { class: 'label' });
    this.#state = h('span', { class: 'state' });
    this.#body = h('div', { part: 'step-body', hidden: true });
    this.#line = button({ part: 'step-toggle', 'aria-expanded': false, onclick: () => this.#toggle() }, icon('chevron'), this.#label, this.#state);
    this.element = h('div', { part: 'step' }, this.#line, this.#body);
  }

  draw(part: ReasoningPart | ToolPart, live: boolean): void {
    this.#part = part;
    this.#live = live;
    const running = live && (part.state === 'streaming' || !!part.state?.startsWith('input'));
    this.#label.classList.toggle('shimmer', running);
    this.#label.textContent = isTool(part) ? toolLabel(part) : this.#thinking(running);
    if (isTool(part)) this.#drawState(running ? 'running' : part.state === 'output-available' ? 'done' : 'failed');
    if (!this.#body.hidden) this.#drawBody();
  }

  #thinking(running: boolean): string {
    const { fill, strings } = this.#kit;
    if (running) {
      this.#began ??= performance.now();
      return strings.thinking;
    }
    if (this.#began !== undefined) this.#took ??= Math.max(1, Math.round((performance.now() - this.#began) / 1000));
    return this.#took ? fill(strings.thoughtFor, this.#took) : strings.thought;
  }

  #drawState(state: string): void {
    const { h, icon, strings } = this.#kit;
    if (this.#state.dataset.state === state) return;
    this.#state.dataset.state = state;
    if (state === 'running') this.#state.replaceChildren(h('span', { class: 'spinner' }));
    else if (state === 'done') this.#state.replaceChildren(icon('check'));
    else this.#state.replaceChildren(icon('alert'), h('span', { class: 'sr' }, strings.toolFailed));
  }

  #toggle(): void {
    this.#body.hidden = !this.#body.hidden;
    this.#kit.set(this.#line, 'aria-expanded', !this.#body.hidden);
    if (!this.#body.hidden) this.#drawBody();
  }

  // Drawn only while open: nobody pays for what nobody looks at.
  #drawBody(): void {
    const part = this.#part!;
    if (isTool(part)) this.#drawData(part);
    else {
      if (!this.#text) this.#body.append((this.#text = this.#kit.text()).element);
      this.#text.draw(part, this.#live && part.state === 'streaming');
    }
  }

  #drawData(part: ToolPart): void {
    const { h, strings } = this.#kit;
    const data: [string, unknown][] = [
      [strings.toolInput, part.input ?? part.inputText],
      [strings.toolOutput, part.errorText || part.output],
    ];
    this.#body.replaceChildren(
      ...data
        .filter(([, value]) => value != null)
        .flatMap(([name, value]) => [h('div', {}, name), h('pre', { tabindex: 0, role: 'group', 'aria-label': name, dir: 'ltr' }, json(value))]),
    );
  }
}

const isTool = (part: Part): part is ToolPart => part.type.startsWith('tool-');

/** `tool-search_handbook` is "Search handbook", unless the tool brought a title. */
export function toolLabel({ type, title }: ToolPart): string {
  if (title) return title;
  const words = type
    .slice('tool-'.length)
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/[_\-.]+/g, ' ')
    .trim()
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const json = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value, null, 2));

/** What might be asked next. The style sheet hides them once something else was. */
function followUps({ data }: SuggestionsPart, { h, button, actions, strings }: Kit): HTMLElement {
  const name = strings.next ?? later.next;
  const texts = data.texts.map((text) => button({ part: 'suggestion', dir: 'auto', onclick: () => actions.send(text) }, text));
  return h('div', { part: 'suggestions', role: 'group', 'aria-label': name }, ...texts);
}

/** A file that was sent in this conversation. */
function ownFile(part: FilePart, kit: Kit): HTMLElement {
  const place = kit.h('div', { class: 'file-place' });
  import('./chat-file').then(
    ({ drawFile }) => drawFile(place, part, kit),
    () => place.append(part.filename ?? part.mediaType),
  );
  return place;
}

const isWeb = (url: string): boolean => /^https?:\/\//i.test(url);

/** Only web addresses become links: a model wrote them. */
function link(part: SourcePart | FilePart, { h }: Kit): HTMLElement {
  const { url = '', title, filename } = part as SourcePart;
  const words = title || filename || url.replace(/^https?:\/\/(www\.)?/, '');
  if (!isWeb(url)) return h('span', { part: 'source' }, words);
  return h('a', { part: 'source', href: url, target: '_blank', rel: 'noopener noreferrer nofollow ugc' }, words);
}
