/**
 * The panel: puts header, log and composer around one `Chat`, and draws its state once per animation frame.
 *
 * Loaded when somebody wants to chat. Knows the element only as a `PanelHost`, so that it can stand anywhere.
 */
import { Announcer } from './announcer';
import { AnswerWatch } from './answer-watch';
import { Chat } from './chat';
import type { ChatActions } from './chat-actions';
import { ChatComposer } from './chat-composer';
import { ChatHeader } from './chat-header';
import { ChatLog, liveAnswer } from './chat-log';
import { textOf } from './chat-message';
import { copyText } from './clipboard';
import { ConnectionPill } from './connection-pill';
import { DEFAULT_CONFIG } from './config';
import { button, h, set } from './elements';
import { icon, iconButton } from './icons';
import type { Kit } from './kit';
import { applyLook, inherited } from './look';
import type { Message } from './message';
import { PhoneSheet } from './phone-sheet';
import { StreamedText } from './streamed-text';
import { english, fill, speech, type Strings } from './strings';
import { panelSheet } from './styles';

type Headers = Record<string, string>;

/** Makes of a part's data what is shown, and null to show nothing; `before` is what it made of the same part's earlier data, and may be returned again. */
export type DrawData = (data: any, before?: Node) => Node | string | null;

/** What is too rich for an attribute. */
export interface Rich {
  /** Replaces any of the widget's own words. */
  strings?: Partial<Strings>;
  /** Sent with each request. */
  headers?: Headers | (() => Headers | Promise<Headers>);
  /** About the page: sent with each message, as data. A function is called each time. */
  context?: unknown;
  /** First questions to choose from. */
  suggestions?: readonly string[];
  /** Draws the site's own data in answers. */
  parts?: Record<string, DrawData>;
}

/** What the panel needs of whatever it stands in. */
export interface PanelHost {
  readonly element: HTMLElement;
  readonly shadow: ShadowRoot;
  readonly root: HTMLElement;
  /** The launcher. */
  readonly button: HTMLButtonElement;
  /** `inline` or `page`; null for a bubble. */
  readonly mode: string | null;
  /** Always the present values. */
  readonly rich: Rich;
  /** An attribute, or the script's `data-*` in its place. */
  readonly option: (name: string) => string | null;
  /** Dispatches an event; false if it was cancelled. */
  emit(type: string, detail: object, cancelable?: boolean): boolean;
  flag(state: 'streaming' | 'error' | 'offline', on: boolean): void;
  readonly close: () => void;
}

/** Settings whose code is loaded when one of them is made. */
const LOOK = ['preset', 'radius', 'font', 'density'];

export class ChatPanel {
  readonly #host: PanelHost;
  readonly #chat: Chat;
  readonly #life = new AbortController();
  readonly #watch: AnswerWatch;
  readonly #actions: ChatActions;
  /** Ends with each building of the whole panel, as when the language changes. */
  #built: AbortController | undefined;
  #strings = english;
  #wording = '';
  #config = DEFAULT_CONFIG;
  #kit!: Kit;
  #element!: HTMLElement;
  #header!: ChatHeader;
  #log!: ChatLog;
  #composer!: ChatComposer;
  #sheet: PhoneSheet | undefined;
  #announcer!: Announcer;
  #connection!: ConnectionPill;
  /** Had the focus before the panel was opened. */
  #opener: HTMLElement | null = null;
  #frame = 0;
  #dressed = false;
  #shown: boolean;

  constructor(host: PanelHost) {
    const { shadow, root, rich } = (this.#host = host);
    const chat = (this.#chat = new Chat({
      endpoint: host.option('endpoint') ?? '',
      storageKey: host.option('storage-key') ?? undefined,
      headers: () => (typeof rich.headers === 'function' ? rich.headers() : (rich.headers ?? {})),
      context: () => (typeof rich.context === 'function' ? rich.context() : rich.context),
    }));
    this.#shown = !!host.mode;
    this.#watch = new AnswerWatch(chat.state, {
      began: () => this.#announcer.begin(this.#strings.answering),
      wrote: (firstTextMs) => host.emit('first-text', { firstTextMs }),
      answered: (message, timing) => this.#answered(message, timing),
      failed: (error) => host.emit('error', error),
    });
    this.#actions = {
      send: (text) => !!this.send(text),
      stop: () => void chat.stop(),
      retry: () => this.#again(chat.retry()),
      regenerate: () => this.#again(chat.regenerate()),
      proceed: () => this.#again(chat.proceed()),
      more: (what, ...rest) =>
        import('./chat-more').then(
          (more) => (more[what] as (kit: Kit, ...rest: unknown[]) => void)(this.#kit, ...rest),
          () => this.#announcer.say(this.#strings.unreachable),
        ),
      feedback: (messageId, value, element) => {
        void chat.feedback(messageId, value);
        host.emit('feedback', { messageId, value });
        if (value) this.#actions.more('comment', messageId, value, element);
      },
      copy: (text, element) => this.#copy(text, element),
      older: () => chat.loadOlder(),
      draft: (text) => (chat.draft = text),
      fresh: () => this.#again(chat.clear()),
      close: host.close,
      say: (sentence) => this.#announcer.say(sentence),
    };
    shadow.adoptedStyleSheets = [...new Set([...shadow.adoptedStyleSheets, panelSheet()])];
    root.addEventListener('keydown', (event) => this.#key(event), { signal: this.#life.signal });
  }

  /** Draws the panel and fetches what it shows; resolves when there is something to use. */
  async start(): Promise<void> {
    const config = this.#chat.config();
    const loaded = this.#chat.load();
    await this.update();
    this.#chat.subscribe(() => this.#changed());
    void config.then((told) => {
      this.#config = told;
      this.#furnish();
      this.#dress();
      this.#changed();
      return loaded.then(() => this.#host.emit('ready', {}));
    });
  }

  /** Takes over changed attributes and properties. */
  async update(): Promise<void> {
    const { element, rich } = this.#host;
    const spoken = await speech(inherited(element, 'lang'));
    if (this.#life.signal.aborted) return;
    const wanted = { ...spoken.strings, ...rich.strings };
    const wording = spoken.lang + JSON.stringify([wanted, Object.keys(rich.parts ?? {})]);
    if (wording !== this.#wording) {
      this.#wording = wording;
      this.#strings = wanted;
      this.#build(spoken.lang);
    }
    await this.#dress();
  }

  show(): void {
    const active = document.activeElement;
    this.#opener = active === document.body || active === this.#host.element ? null : (active as HTMLElement | null);
    this.#shown = true;
    this.#element.hidden = false;
    this.#host.root.classList.remove('unread');
    this.#label();
    this.#sheet?.show(true);
    this.#log.wake();
    // Opened by a reload or by a script of its own accord, it must not take the focus from the page.
    if (navigator.userActivation?.isActive ?? true) this.focus();
  }

  hide(): void {
    const { shadow, button } = this.#host;
    const inside = shadow.activeElement;
    this.#shown = false;
    this.#announcer.silence();
    this.#sheet?.show(false);
    this.#element.hidden = true;
    this.#label();
    // Only if it would be lost: whoever is elsewhere in the page stays there.
    if (inside) (this.#opener?.isConnected ? this.#opener : button).focus({ preventScroll: true });
  }

  /** Sends a text as if the visitor had written it; resolves when it is answered. False if it was not taken. */
  send(text: string): false | Promise<void> {
    const detail = { text };
    if (this.#chat.state.status !== 'ready' || !this.#host.emit('before-send', detail, true)) return false;
    const words = detail.text.trim();
    const files = this.#kit.takeFiles?.() ?? [];
    if (!words && !files.length) return false;
    this.#watch.sent();
    const answered = this.#chat.send(words, files);
    this.#log.toEnd();
    this.#host.emit('message', { message: this.#chat.state.messages.at(-1) });
    return answered;
  }

  stop(): Promise<void> {
    return this.#chat.stop();
  }

  async clear(): Promise<void> {
    await this.#chat.clear();
  }

  /** On a touch screen the keyboard would cover what there is to read: there the panel as a whole has the focus until somebody writes. */
  focus(): void {
    if (matchMedia('(hover: hover)').matches || this.#host.mode) this.#composer.focus();
    else this.#element.focus({ preventScroll: true });
  }

  draft(text: string): void {
    this.#chat.draft = text;
    this.#composer.text = text;
  }

  destroy(): void {
    cancelAnimationFrame(this.#frame);
    this.#announcer.silence();
    this.#built?.abort();
    this.#life.abort();
    this.#chat.destroy();
    this.#element.remove();
  }

  #build(lang: string): void {
    const { mode, root } = this.#host;
    const strings = this.#strings;
    this.#built?.abort();
    this.#element?.remove();
    const { signal } = (this.#built = new AbortController());
    const region = h('div', { class: 'sr', 'aria-live': 'polite' });
    this.#announcer = new Announcer(region, lang);
    this.#header = new ChatHeader(strings, !mode, this.#actions);
    const config = () => this.#config;
    // The rest of it is made with it.
    const kit = (this.#kit = {
      h,
      button,
      set,
      icon,
      iconButton,
      fill,
      strings,
      chat: this.#chat,
      actions: this.#actions,
      config,
      shadow: this.#host.shadow,
      rich: this.#host.rich,
      signal,
      emit: this.#host.emit,
      text: () => new StreamedText({ imageOrigins: config().imageOrigins, strings }),
    } as Kit);
    kit.log = this.#log = new ChatLog(kit);
    this.#connection = new ConnectionPill(strings);
    kit.composer = this.#composer = new ChatComposer(strings, this.#actions);
    this.#composer.text = this.#chat.draft;
    kit.panel = this.#element = h(
      'div',
      { part: 'panel', lang, hidden: !this.#shown, role: mode ? null : 'dialog', tabindex: -1 },
      this.#header.element,
      this.#log.element,
      this.#connection.element,
      this.#composer.element,
      region,
    );
    root.append(this.#element);
    if (!mode) this.#sheet = new PhoneSheet(this.#element, signal);
    if (this.#shown) this.#sheet?.show(true);
    this.#furnish();
    this.#changed();
  }

  /** What only some chats have. */
  #furnish(): void {
    const { attachments, speech } = this.#config.features;
    if (attachments) this.#actions.more('attach');
    if (speech) this.#actions.more('listen');
    if ((this.#host.option('anchor') ?? this.#config.anchor) === 'question') this.#actions.more('anchor');
  }

  #dress(): unknown {
    const { root, element, mode, rich, option } = this.#host;
    const config = this.#config;
    const strings = this.#strings;
    const heading = option('heading') ?? (config === DEFAULT_CONFIG ? strings.heading : config.title);
    this.#header.show(heading, option('subtitle') ?? config.subtitle ?? '', option('avatar') ?? config.avatar ?? '');
    this.#log.invite(option('greeting') ?? config.greeting ?? strings.greeting, rich.suggestions ?? option('suggestions')?.split('|') ?? config.suggestions);
    this.#composer.placeholder = option('placeholder') ?? config.placeholder ?? strings.placeholder;
    this.#composer.limit = config.limits.messageCharacters;
    this.#composer.disclaimer = option('disclaimer') ?? config.disclaimer ?? '';
    root.setAttribute('aria-label', heading);
    if (!mode) this.#element.setAttribute('aria-label', heading);
    this.#label();
    applyLook(root, element, this.#element.lang, option, config);
    // Once it was asked for, it is what takes it back, too.
    if ((this.#dressed ||= !!config.look || LOOK.some((name) => option(name) !== null))) return this.#actions.more('look', option);
  }

  #label(): void {
    const { root, button } = this.#host;
    const { open, openUnread, close } = this.#strings;
    button.setAttribute('aria-label', this.#shown ? close : root.classList.contains('unread') ? openUnread : open);
  }

  #changed(): void {
    this.#watch.see(this.#chat.state);
    // Many changes may come between two frames, and none needs more than one drawing.
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #draw(): void {
    const { state } = this.#chat;
    const live = liveAnswer(state);
    this.#log.draw(state);
    this.#header.used = state.messages.length > 0;
    this.#header.several = this.#config.features.conversations;
    this.#composer.busy(state.status !== 'ready', this.#config.features.stop);
    this.#connection.show(state.connection);
    if (live && this.#shown) this.#announcer.hear(textOf(live));
    this.#host.flag('streaming', state.status !== 'ready');
    this.#host.flag('error', state.error !== null);
    this.#host.flag('offline', state.connection === 'offline');
  }

  #answered(message: Message, timing: object): void {
    if (this.#shown) {
      this.#announcer.hear(textOf(message), true);
      if (message.metadata.stopped) this.#announcer.say(this.#strings.stopped);
    } else {
      this.#host.root.classList.add('unread');
      this.#label();
    }
    this.#host.emit('answer', { message, text: textOf(message), finishReason: message.metadata.finishReason ?? null, timing });
  }

  /** The button that was pressed goes away: its focus goes where one writes on. */
  #again(done: Promise<void>): void {
    this.#watch.sent();
    void done;
    this.#log.toEnd();
    this.focus();
  }

  async #copy(text: string, element?: Element): Promise<boolean> {
    const copied = await copyText(text, this.#host.shadow, element);
    this.#announcer.say(copied ? this.#strings.copied : this.#strings.copyFailed);
    return copied;
  }

  #key(event: KeyboardEvent): void {
    if (event.key !== 'Escape' || event.isComposing || !this.#shown || this.#host.mode) return;
    event.stopPropagation();
    this.#host.close();
  }
}
