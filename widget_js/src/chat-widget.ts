/**
 * The element: attributes and lifecycle in, events out. Draws nothing but the launcher, and loads the panel when somebody wants to chat.
 * Importing this module defines no tag and touches no page, so it can be imported on a server.
 */
import type { AnswerTiming } from './answer-watch';
import type { ChatPanel, Rich } from './chat-panel';
import type { ChatError } from './failure';
import { drawLauncher, type Launcher } from './launcher';
import { launcherWords } from './launcher-words';
import type { Message } from './message';
import { importPanel } from './panel-import';
import { recall, remember } from './tab-memory';

const TEXTS = ['endpoint', 'mode', 'theme', 'accent', 'heading', 'subtitle', 'greeting', 'placeholder', 'position', 'popup', 'storage-key', 'preset', 'radius', 'font', 'density', 'avatar', 'disclaimer', 'anchor'] as const;
const RICH = ['strings', 'headers', 'context', 'suggestions', 'parts'] as const;

const camel = (name: string) => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

// There is no HTMLElement on a server.
const Base = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

export interface ChatWidget extends Rich {
  endpoint: string;
  mode: string;
  theme: string;
  accent: string;
  heading: string;
  subtitle: string;
  greeting: string;
  placeholder: string;
  position: string;
  popup: string;
  storageKey: string;
  preset: string;
  radius: string;
  font: string;
  density: string;
  avatar: string;
  disclaimer: string;
  anchor: string;
}

/**
 * A chat: a bubble in the corner, a box in the page, or a whole page.
 *
 * @element chat-widget
 * @attr {string} endpoint - Where the chat's routes are. Default: the folder that the script came from.
 * @attr {bubble|inline|page} mode - Default: bubble.
 * @attr {auto|light|dark} theme - `auto` is the page's own colour scheme if it has chosen one, else the system's.
 * @attr {string} accent - Any CSS colour. Text on it and links made from it keep their contrast.
 * @attr {string} heading - Who one is talking to.
 * @attr {string} subtitle - A line under the heading.
 * @attr {string} greeting - Shown before the first message.
 * @attr {string} placeholder - Shown in the empty input.
 * @attr {end|start} position - The corner of the bubble.
 * @attr {string} popup - A greeting that pops up beside the bubble, until the visitor has answered it or sent it away.
 * @attr {paper|compact|soft|contrast} preset - A look. The accent stays yours.
 * @attr {string} radius - Of the panel's corners: pixels, or a CSS length. Nothing inside is rounder.
 * @attr {string} font - Names of fonts.
 * @attr {number} density - A factor for the room between things, from 0.5 to 2.
 * @attr {string} avatar - The address of a picture; else the heading's first letter.
 * @attr {string} disclaimer - A line under the input.
 * @attr {end|question} anchor - Where the log goes with a new question: to its end, following the answer, or so that the question is at its top and stays there.
 * @attr {string} storage-key - Keeps several chats with one endpoint apart.
 * @attr {boolean} open - The bubble's panel is open.
 * @attr {string} lang - The language of the widget's own words; else the page's.
 * @attr {ltr|rtl} dir - Else the page's.
 * @prop {Partial<Strings>} strings - Replaces any of the widget's own words.
 * @prop {object|function} headers - Sent with each request; a function may be async.
 * @prop {unknown} context - About the page, sent with each message as data; a function is called each time.
 * @prop {string[]} suggestions - First questions to choose from. As an attribute: a text with `|` between them.
 * @prop {object} parts - Functions that draw the site's own data in answers: `order(data, before)` for each `Data("order", …)`; returns a node, a text or null. `before` is what it returned for the same part's earlier data.
 * @fires chatwidget-ready - The panel is there and its history loaded.
 * @fires chatwidget-open
 * @fires chatwidget-close
 * @fires chatwidget-before-send - Cancelable; `detail.text` may be changed.
 * @fires chatwidget-message - The visitor's message was sent: `{message}`.
 * @fires chatwidget-first-text - The first text of an answer is there: `{firstTextMs}`, null for one taken up after a reload.
 * @fires chatwidget-answer - An answer is complete: `{message, text, finishReason, timing: {firstTextMs, totalMs}}`.
 * @fires chatwidget-feedback - The visitor judged an answer: `{messageId, value}`, null for a judgement taken back; again with `comment` when words follow.
 * @fires chatwidget-error - `{code, message, retryable, retryAt, errorId}`.
 * @slot launcher-icon - Replaces the launcher's picture.
 * @slot header - Replaces avatar, heading and subtitle.
 * @slot empty - Replaces the greeting.
 * @slot footer - Replaces the line under the composer.
 * @cssstate open - The bubble's panel is open.
 * @cssstate streaming - An answer is asked for or written.
 * @cssstate error - The last answer failed.
 * @cssstate offline - There is no network, or the chat could not be loaded.
 * @csspart launcher - The button in the corner.
 * @csspart popup - The greeting beside the launcher; with `popup-text` and `popup-close`.
 * @csspart regret - Says that the chat could not be loaded.
 * @csspart panel - All but the launcher.
 * @csspart header
 * @csspart avatar
 * @csspart heading
 * @csspart subtitle
 * @csspart tool - Every button that is a picture; also `list`, `new`, `close`, `back`, `action`, `edit`, `up`, `down`, `more`, `rename`, `save`, `remove`, `unqueue`, `attach`, `detach` and `dictate`.
 * @csspart button - Every filled button.
 * @csspart link - A button that reads like a link.
 * @csspart retry - Tries again.
 * @csspart proceed - Goes on with an answer that was cut off.
 * @csspart ghost - Every outlined button; also `older`.
 * @csspart log - The box that scrolls.
 * @csspart thread - What is in it.
 * @csspart empty - Greeting and suggestions.
 * @csspart greeting
 * @csspart suggestions
 * @csspart suggestion
 * @csspart message - Also `user-message` or `assistant-message`.
 * @csspart bubble - Around the visitor's words.
 * @csspart mark - Says that an answer was stopped, cut off or refused.
 * @csspart actions - Under an answer.
 * @csspart step - Thinking, or the use of a tool; with `step-toggle` and `step-body`.
 * @csspart data - Around what `parts` drew.
 * @csspart source - A link to a source or file.
 * @csspart copy-code - The button of a code block.
 * @csspart activity - What the assistant is doing just now.
 * @csspart error - What went wrong.
 * @csspart to-end - The way back to the newest message.
 * @csspart connection - Says that the connection is in trouble.
 * @csspart composer
 * @csspart editor - The visitor's message as a form.
 * @csspart comment - A form for words on a thumb.
 * @csspart menu - What is seldom wanted of an answer; with `menu-item`.
 * @csspart conversations - The list of the visitor's conversations.
 * @csspart conversation - One of them.
 * @csspart entry - Every field that is not the composer's; `search` is the one above the conversations.
 * @csspart files - Files for the next message; each a `file`, and `file-note` for what was wrong with one.
 * @csspart sent-file - A file in a message.
 * @csspart queued - A message that waits for the answer's end.
 * @csspart field - The frame around input and button.
 * @csspart input
 * @csspart send - Also stops.
 * @csspart count - Characters left.
 * @csspart footer - The line under the composer.
 * @cssprop --chatwidget-accent - Any colour.
 * @cssprop --chatwidget-on-accent - Text on the accent; black or white by contrast.
 * @cssprop --chatwidget-link - The accent as a colour for text; made readable from it.
 * @cssprop --chatwidget-bg - The background.
 * @cssprop --chatwidget-fg - The text. Muted text, lines and surfaces are mixed from it and the background.
 * @cssprop --chatwidget-muted - Quiet text.
 * @cssprop --chatwidget-border - Lines.
 * @cssprop --chatwidget-surface - Code, hovered buttons.
 * @cssprop --chatwidget-user-bg - Behind the visitor's words.
 * @cssprop --chatwidget-user-fg - The visitor's words.
 * @cssprop --chatwidget-danger - Errors.
 * @cssprop --chatwidget-font - Default: the system's.
 * @cssprop --chatwidget-font-mono - For code.
 * @cssprop --chatwidget-font-size - Default: 15px. All other sizes follow.
 * @cssprop --chatwidget-density - A factor for the room between things. Default: 1.
 * @cssprop --chatwidget-radius - Of the panel's corners. Default: 20px.
 * @cssprop --chatwidget-width - Of a bubble's panel. Default: 400px.
 * @cssprop --chatwidget-height - Of a bubble's panel (680px), of an inline chat (600px), of a page (100dvh).
 * @cssprop --chatwidget-measure - The widest a line of the log gets. Default: 720px.
 * @cssprop --chatwidget-offset - From the corner. Default: 20px.
 * @cssprop --chatwidget-launcher-size - Default: 56px.
 * @cssprop --chatwidget-z-index - Default: 2147483000.
 */
export class ChatWidget extends Base {
  static readonly observedAttributes = [...TEXTS, 'open', 'lang', 'dir'];

  /** What the script tag says, weaker than the element's own attributes. */
  static defaults: Record<string, string> = {};

  /** Called when an element has come into the page, or left it for good. */
  static watch: (element: ChatWidget, here: boolean) => void = () => {};

  readonly #internals: ElementInternals | undefined;
  readonly #rich: Rich = {};
  readonly #launcher!: Launcher;
  /** Calls that came before the element was in a page. */
  readonly #early: (() => void)[] = [];
  #life: AbortController | undefined;
  #panel: ChatPanel | undefined;
  #loading: Promise<ChatPanel> | undefined;

  // The panel is handed these, so they bring their element along.
  readonly #option = (name: string): string | null => this.getAttribute(name) ?? ChatWidget.defaults[name] ?? null;

  readonly #emit = (type: string, detail: object, cancelable = false): boolean =>
    this.dispatchEvent(new CustomEvent(`chatwidget-${type}`, { detail, cancelable, bubbles: true, composed: true }));

  readonly #flag = (state: string, on: boolean): void => {
    try {
      this.#internals?.states[on ? 'add' : 'delete'](state);
    } catch {
      // Older Chromium takes only names that begin with dashes.
    }
  };

  constructor() {
    super();
    this.#launcher = drawLauncher(this.attachShadow({ mode: 'open' }), () => this.toggle());
    const { button } = this.#launcher;
    // About to be pressed: the panel may be on its way already.
    button.onpointerenter = button.onfocus = () => void importPanel().catch(() => {});
    try {
      this.#internals = this.attachInternals();
    } catch {
      // Only :state() is missing then.
    }
  }

  /** Calling it opens the panel. Setting it does the same as the attribute, for frameworks that set what they find. */
  get open(): () => void {
    return () => void this.toggleAttribute('open', true);
  }

  set open(open: boolean) {
    this.toggleAttribute('open', !!open);
  }

  close(): void {
    this.toggleAttribute('open', false);
  }

  toggle(): void {
    this.toggleAttribute('open');
  }

  /** Sends a text as if the visitor had written it. Resolves when it is answered: with false if it was not taken. */
  async send(text: string): Promise<boolean> {
    const answered = (await this.#ready()).send(text);
    await answered;
    return !!answered;
  }

  /** Stops the answer that is being written. */
  async stop(): Promise<void> {
    await this.#panel?.stop();
  }

  /** Begins a new conversation. */
  async clear(): Promise<void> {
    await (await this.#ready()).clear();
  }

  async focusInput(): Promise<void> {
    (await this.#ready()).focus();
  }

  /** Puts a text into the input, for the visitor to send. */
  async setDraft(text: string): Promise<void> {
    (await this.#ready()).draft(text);
  }

  connectedCallback(): void {
    this.#adopt();
    const { mode, open } = ChatWidget.defaults;
    // The stylesheet needs to see it.
    if (mode && !this.hasAttribute('mode')) this.setAttribute('mode', mode);
    ChatWidget.watch(this, true);
    // Moved within the page: all is still there.
    if (this.#life) return;
    this.#life = new AbortController();
    this.#dress();
    for (const go of this.#early.splice(0)) go();
    if (this.#mode) return this.#loadWhenSeen(this.#life.signal);
    const before = recall(this.#key);
    if (this.hasAttribute('open')) this.#toggled();
    else if (before === '1' || (open !== undefined && before !== '0')) this.open = true;
    else if (this.popup) this.#popUp(this.#life.signal);
  }

  disconnectedCallback(): void {
    // Whoever moves an element takes it out and puts it back in one go.
    queueMicrotask(() => {
      if (!this.isConnected) ChatWidget.watch(this, false);
      if (!this.isConnected) this.#end();
    });
  }

  attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    if (before === now || !this.#life) return;
    if (name === 'open') {
      if (before === null || now === null) this.#toggled();
    } else if (/^(endpoint|mode|storage-key)$/.test(name)) {
      this.#end();
      this.connectedCallback();
    } else this.#dress();
  }

  /** Null for a bubble, which is also what an unknown mode is. */
  get #mode(): string | null {
    return /^(inline|page)$/.test(this.mode) ? this.mode : null;
  }

  get #key(): string {
    return `chatwidget:open:${this.endpoint}:${this.storageKey}`;
  }

  /** Properties that were set before the tag was defined hide the accessors: they are set again, through them. */
  #adopt(): void {
    const own = this as unknown as Record<string, unknown>;
    for (const name of [...TEXTS, ...RICH, 'open'].map(camel))
      if (Object.hasOwn(own, name)) {
        const value = own[name];
        delete own[name];
        own[name] = value;
      }
  }

  #dress(): void {
    if (this.#panel) return void this.#panel.update();
    const { root, button } = this.#launcher;
    const label = this.strings?.open ?? launcherWords(this)[0];
    root.classList.toggle('inline', !!this.#mode);
    root.classList.toggle('start', this.position === 'start');
    root.style.setProperty('--own-accent', this.#option('accent'));
    root.setAttribute('aria-label', this.heading || 'Chat');
    button.setAttribute('aria-label', label);
  }

  #popUp(signal: AbortSignal): void {
    import('./popup').then(
      ({ popUp }) => popUp(this, this.#launcher.root, this.#key, signal),
      () => {},
    );
  }

  #loadWhenSeen(signal: AbortSignal): void {
    const observer = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        observer.disconnect();
        this.#try();
      },
      { rootMargin: '200px' },
    );
    observer.observe(this);
    signal.onabort = () => observer.disconnect();
  }

  /** Loads the panel; a failure has been shown when it rejects. */
  #load(): Promise<ChatPanel> {
    return (this.#loading ??= this.#start(this.#life!).catch((cause: unknown) => {
      this.#loading = undefined;
      this.#regret(launcherWords(this)[1]);
      // So that the next press tries again.
      this.close();
      throw cause;
    }));
  }

  #try(): void {
    this.#load().catch(() => {});
  }

  async #start(life: AbortController): Promise<ChatPanel> {
    const { root } = this.#launcher;
    root.classList.add('loading');
    try {
      const { ChatPanel } = await importPanel();
      const panel = new ChatPanel({
        element: this,
        shadow: this.shadowRoot!,
        ...this.#launcher,
        mode: this.#mode,
        rich: this.#rich,
        option: this.#option,
        emit: this.#emit,
        flag: this.#flag,
        close: () => this.close(),
      });
      await panel.start();
      if (life.signal.aborted) panel.destroy();
      else this.#panel = panel;
      this.#regret('');
      return panel;
    } finally {
      root.classList.remove('loading');
    }
  }

  #regret(words: string): void {
    this.#launcher.regret.textContent = words;
    this.#flag('offline', !!words);
  }

  async #ready(): Promise<ChatPanel> {
    if (!this.#life) await new Promise<void>((go) => this.#early.push(go));
    return this.#load();
  }

  #toggled(): void {
    if (this.#mode) return this.#try();
    const open = this.hasAttribute('open');
    const { root, button } = this.#launcher;
    remember(this.#key, open ? '1' : '0');
    this.#flag('open', open);
    root.classList.toggle('open', open);
    button.setAttribute('aria-expanded', `${open}`);
    if (open)
      this.#load().then(
        (panel) => this.hasAttribute('open') && panel.show(),
        () => {},
      );
    else this.#panel?.hide();
    this.#emit(open ? 'open' : 'close', {});
  }

  #end(): void {
    this.#life?.abort();
    this.#panel?.destroy();
    this.#life = this.#panel = this.#loading = undefined;
    this.#launcher.root.classList.remove('open');
  }

  static {
    for (const name of [...TEXTS, ...RICH]) {
      const rich = RICH.includes(name as never);
      Object.defineProperty(this.prototype, camel(name), {
        get(this: ChatWidget) {
          return rich ? this.#rich[name as keyof Rich] : (this.#option(name) ?? '');
        },
        set(this: ChatWidget, value: never) {
          if (rich) {
            this.#rich[name as keyof Rich] = value;
            if (this.#life) this.#dress();
          } else if (value == null) this.removeAttribute(name);
          else this.setAttribute(name, value);
        },
      });
    }
  }
}

export interface ChatWidgetEvents {
  'chatwidget-ready': CustomEvent<object>;
  'chatwidget-open': CustomEvent<object>;
  'chatwidget-close': CustomEvent<object>;
  'chatwidget-before-send': CustomEvent<{ text: string }>;
  'chatwidget-message': CustomEvent<{ message: Message }>;
  'chatwidget-first-text': CustomEvent<{ firstTextMs: number | null }>;
  'chatwidget-answer': CustomEvent<{ message: Message; text: string; finishReason: string | null; timing: AnswerTiming }>;
  'chatwidget-feedback': CustomEvent<{ messageId: string; value: 'up' | 'down' | null; comment?: string }>;
  'chatwidget-error': CustomEvent<ChatError>;
}

declare global {
  interface HTMLElementTagNameMap {
    'chat-widget': ChatWidget;
  }
  interface HTMLElementEventMap extends ChatWidgetEvents {}
}
