/** What a visitor can do in the panel. Its pieces call these and know nothing of each other. */

export interface ChatActions {
  /** Whether the text was taken. */
  send(text: string): boolean;
  stop(): void;
  retry(): void;
  regenerate(): void;
  feedback(messageId: string, value: 'up' | 'down' | null): void;
  copy(text: string): Promise<boolean>;
  older(): Promise<void>;
  draft(text: string): void;
  /** Begins a new conversation. */
  fresh(): void;
  close(): void;
  /** Tells a screen reader something that is plain to see. */
  say(sentence: string): void;
}
