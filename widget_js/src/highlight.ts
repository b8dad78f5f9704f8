/**
 * Colours complete code blocks. Loaded with the first of them; imports nothing that the panel imports too (see kit.ts).
 *
 * Nodes only: of highlight.js its lists of tokens are used, and never its markup strings.
 */
import { engine } from './highlight-languages';
import { highlightStyles } from './styles-highlight';

/** Characters; longer blocks stay as they are, rather than hold up the page. */
const LONGEST = 20_000;

/** What highlight.js finds -> the class it gets; what is not here looks like what it stands in. */
const LOOKS: Record<string, string> = {};
for (const [look, scopes] of Object.entries({
  keyword: 'keyword selector-tag name doctag template-tag variable.language',
  string: 'string regexp char.escape symbol link addition',
  number: 'number literal bullet',
  comment: 'comment quote meta',
  title: 'title section',
  name: 'attr attribute property variable template-variable selector-id selector-class selector-attr selector-pseudo',
  type: 'type built_in',
  deletion: 'deletion',
  '': 'subst',
}))
  for (const scope of scopes.split(' ')) LOOKS[scope] = look;

type Run = [look: string, text: string];

/** Takes down what highlight.js finds, flat. */
class Runs {
  readonly runs: Run[] = [];
  readonly #open = [''];

  addText(text: string): void {
    this.#add(this.#open.at(-1)!, text);
  }

  startScope(scope: string): void {
    this.#open.push(LOOKS[scope] ?? LOOKS[scope.split('.')[0]!] ?? this.#open.at(-1)!);
  }

  endScope(): void {
    this.#open.pop();
  }

  openNode(scope: string): void {
    this.startScope(scope);
  }

  closeNode(): void {
    this.endScope();
  }

  __addSublanguage({ runs }: Runs): void {
    for (const run of runs) this.#add(...run);
  }

  finalize(): void {}

  toHTML(): string {
    return '';
  }

  #add(look: string, text: string): void {
    const last = this.runs.at(-1);
    if (last?.[0] === look) last[1] += text;
    else if (text) this.runs.push([look, text]);
  }
}

engine.configure({ __emitter: Runs });

let sheet: CSSStyleSheet | undefined;
let queue: Promise<unknown> = Promise.resolve();

/** Colours a block once nobody has anything selected; resolves when it is done, or will not be. */
export function highlight(code: HTMLElement, language: string): Promise<unknown> {
  const text = code.textContent!;
  if (!engine.getLanguage(language) || text.length > LONGEST) return queue;
  // A long history has many blocks: each has a task of its own.
  queue = queue.then(() => new Promise((resolve) => setTimeout(resolve)));
  return queue.then(() => (selecting(code) ? unselected(code) : undefined)).then(() => colour(code, language, text));
}

function colour(code: HTMLElement, language: string, text: string): void {
  const { runs } = engine.highlight(text, { language, ignoreIllegals: true })._emitter as unknown as Runs;
  // A grammar that failed halfway leaves half the text.
  if (runs.map(([, part]) => part).join('') !== text) return;
  const root = code.getRootNode() as Document | ShadowRoot;
  if (!sheet) (sheet = new CSSStyleSheet()).replaceSync(highlightStyles);
  if (root.adoptedStyleSheets?.includes(sheet!) === false) root.adoptedStyleSheets.push(sheet!);
  code.replaceChildren(...runs.map(([look, part]) => (look ? span(look, part) : part)));
}

function span(look: string, text: string): HTMLElement {
  const element = document.createElement('span');
  element.className = `hl-${look}`;
  element.textContent = text;
  return element;
}

/** As selection.ts has it: not every browser tells whose the selection in a shadow tree is, so that any counts. */
function selecting(code: HTMLElement): boolean {
  const root = code.getRootNode() as Document & { getSelection?: () => Selection | null };
  return (root.getSelection?.() ?? document.getSelection())?.type === 'Range';
}

function unselected(code: HTMLElement): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (selecting(code)) return;
      document.removeEventListener('selectionchange', look);
      resolve();
    };
    document.addEventListener('selectionchange', look);
  });
}
