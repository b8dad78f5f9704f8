/** What a visitor can do in the panel. Its pieces call these and know nothing of each other. */
import type { Kit } from './kit';

type More = typeof import('./chat-more');
type Rest<K extends keyof More> = More[K] extends (kit: Kit, ...rest: infer R) => unknown ? R : never;

export interface ChatActions {
  /** Whether the text was taken. */
  send(text: string): boolean;
  stop(): void;
  retry(): void;
  regenerate(): void;
  /** Goes on with an answer that was cut off. */
  proceed(): void;
  /** Does what is seldom done and therefore loaded first. */
  more<K extends keyof More>(what: K, ...rest: Rest<K>): Promise<void> | void;
  /** `element` is the message's. */
  feedback(messageId: string, value: 'up' | 'down' | null, element: HTMLElement): void;
  /** With the looks of what is drawn in `element`, where the clipboard takes them. */
  copy(text: string, element?: Element): Promise<boolean>;
  older(): Promise<void>;
  draft(text: string): void;
  /** Begins a new conversation. */
  fresh(): void;
  close(): void;
  /** Tells a screen reader something that is plain to see. */
  say(sentence: string): void;
}
