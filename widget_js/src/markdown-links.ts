/** What links are made of: destinations, titles, labels, and the definitions that labels stand for. */
import { unescape } from './markdown-escapes';

export interface Target {
  url: string;
  title: string;
}

/** By label, as `folded` has it. The first definition of a label counts. */
export type Definitions = Map<string, Target>;

const POINTED = /<((?:\\.|[^<>\n\\])*)>/.source;
const TITLE = /(?:\s+("(?:\\[^]|[^"\\])*"|'(?:\\[^]|[^'\\])*'|\((?:\\[^]|[^()\\])*\)))?/.source;
const LABELLED = /\[((?:\\[^]|[^\\[\]])*)\]/.source;
/** One character of an address, or what is in balanced parentheses: three deep, as the spec asks for at least. */
const PLAIN = [1, 2, 3].reduce((inner) => `(?:${inner}|\\((?:${inner})*\\))`, /\\?[^\0- \x7f()\\]|\\[()\\]/.source);

/** `(url "title")`, as it follows a link's text. */
export const TARGET = new RegExp(`\\(\\s*(?:${POINTED}|((?!<)${PLAIN}*))${TITLE}\\s*\\)`, 'y');
const DEFINITION = new RegExp(`${LABELLED}:\\s*(?:${POINTED}|((?!<)${PLAIN}+))${TITLE}[ \\t]*(?:\\n|$)`, 'y');
export const LABEL = new RegExp(LABELLED, 'y');

export function sticky(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** A paragraph's text without the definitions it begins with, which are added to those given. */
export function strip(text: string, definitions?: Definitions): string {
  for (let at = 0; ; ) {
    const match = sticky(DEFINITION, text, at);
    const label = folded(match?.[1] ?? '');
    if (!match || !label) return text.slice(at);
    at += match[0].length;
    if (!definitions?.has(label)) definitions?.set(label, target(match.slice(2)));
  }
}

/** Labels are the same when their words are, whatever their case. */
export function folded(label: string): string {
  return label.trim().replace(/\s+/g, ' ').toLowerCase().toUpperCase();
}

/** From what the patterns above caught. */
export function target([pointed, plain, title]: (string | undefined)[]): Target {
  return { url: unescape(pointed ?? plain!), title: unescape(title?.slice(1, -1) ?? '') };
}
