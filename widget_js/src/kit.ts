/**
 * What the panel hands to the parts of it that are loaded later: a chunk that shared modules with the panel would cost the first chat a round trip,
 * so that those parts import types only, and get their tools from here.
 */
import type { Chat } from './chat';
import type { ChatActions } from './chat-actions';
import type { ChatComposer } from './chat-composer';
import type { ChatLog } from './chat-log';
import type { Rich } from './chat-panel';
import type { WidgetConfig } from './config';
import type { button, h, set } from './elements';
import type { icon, iconButton } from './icons';
import type { FilePart } from './message';
import type { StreamedText } from './streamed-text';
import type { fill, Strings } from './strings';

export interface Kit {
  h: typeof h;
  button: typeof button;
  set: typeof set;
  icon: typeof icon;
  iconButton: typeof iconButton;
  fill: typeof fill;
  /** Words of later parts are among them where a language pack or the page brought some. */
  strings: Strings;
  chat: Chat;
  actions: ChatActions;
  /** What the page has set. */
  rich: Rich;
  /** Asked each time, because the server may tell it after the first message. */
  config(): WidgetConfig;
  shadow: ShadowRoot;
  panel: HTMLElement;
  composer: ChatComposer;
  log: ChatLog;
  /** Ends when the panel is built anew or goes away. */
  signal: AbortSignal;
  emit(type: string, detail: object, cancelable?: boolean): boolean;
  text(): StreamedText;
  /** Set by whoever collects files for the next message: gives them away when it is sent. */
  takeFiles?(): FilePart[];
}
