/** Every sentence a visitor reads or hears. English is built in; other languages are loaded when they are spoken. */
import type { LaterStrings } from './strings-later';

export const english = {
  open: 'Open chat',
  openUnread: 'Open chat: new answer',
  close: 'Close chat',
  heading: 'Chat',
  conversation: 'Conversation',
  you: 'You',
  assistant: 'Assistant',
  greeting: 'How can I help?',
  placeholder: 'Write a message…',
  message: 'Message',
  send: 'Send',
  stop: 'Stop',
  fresh: 'New conversation',
  conversations: 'Conversations',
  earlier: 'Earlier messages',
  toEnd: 'Go to the newest message',
  answering: 'Answering…',
  thinking: 'Thinking…',
  thought: 'Thought',
  thoughtFor: 'Thought for {n} s',
  toolInput: 'Input',
  toolOutput: 'Result',
  toolFailed: 'failed',
  copy: 'Copy',
  copied: 'Copied',
  copyFailed: 'Copying is blocked here',
  table: 'Table',
  again: 'Answer again',
  proceed: 'Continue',
  edit: 'Edit',
  more: 'More',
  up: 'Good answer',
  down: 'Poor answer',
  stopped: 'Stopped',
  interrupted: 'The answer was interrupted.',
  tooLong: 'Cut off because it got too long.',
  refused: 'The assistant declined to answer this.',
  failed: 'This answer failed.',
  unreachable: 'The connection was lost. Please try again.',
  unsent: 'This message was not sent.',
  retry: 'Try again',
  retryIn: 'Try again in {n} s',
  reference: 'Reference {n}',
  reconnecting: 'Reconnecting…',
  offline: 'You are offline',
  left: 'Characters left: {n}',
  over: 'Too long by {n}',
};

type CoreStrings = typeof english;

/** `errors` are by the server's codes, `internal` for all that have none of their own; in English the server's own sentence is shown. */
export type LanguagePack = CoreStrings & LaterStrings & { errors: { internal: string } & Record<string, string> };

export type Strings = CoreStrings & Partial<LanguagePack>;

const LANGUAGES: Record<string, () => Promise<{ default: Strings }>> = {
  ar: () => import('./strings-ar'),
  de: () => import('./strings-de'),
  es: () => import('./strings-es'),
  fr: () => import('./strings-fr'),
  he: () => import('./strings-he'),
  it: () => import('./strings-it'),
  ja: () => import('./strings-ja'),
  ko: () => import('./strings-ko'),
  nl: () => import('./strings-nl'),
  pl: () => import('./strings-pl'),
  pt: () => import('./strings-pt'),
  ru: () => import('./strings-ru'),
  tr: () => import('./strings-tr'),
  uk: () => import('./strings-uk'),
  zh: () => import('./strings-zh'),
};

export interface Speech {
  strings: Strings;
  /** The language the strings are really in: English when the wished one is not there. */
  lang: string;
}

/** The strings for a BCP 47 tag. Never fails: a chat in English is better than none. */
export async function speech(tag: string): Promise<Speech> {
  const lang = tag.toLowerCase().split('-')[0] ?? '';
  const load = LANGUAGES[lang];
  if (!load) return { strings: english, lang: 'en' };
  try {
    return { strings: (await load()).default, lang };
  } catch {
    return { strings: english, lang: 'en' };
  }
}

/** Puts a number, or another value, where the sentence has its one placeholder. */
export function fill(sentence: string, value: string | number): string {
  return sentence.replace('{n}', () => `${value}`);
}
