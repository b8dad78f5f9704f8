/** What the comment on the element's class says: the one place where attributes, events, parts and the rest are described. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const SOURCE = readFileSync(fileURLToPath(new URL('src/chat-widget.ts', import.meta.url)), 'utf8');

const comment = SOURCE.match(/\/\*\*(?:(?!\*\/)[^])*@element chat-widget[^]*?\*\//)[0];

/** Each `@tag {type} name - about` of the comment. */
export function documented(tag) {
  return [...comment.matchAll(new RegExp(`@${tag} (?:\\{(.+?)\\} )?([\\w-]+)(?: - (.*))?`, 'g'))].map(([, type, name, about]) => ({ type, name, about }));
}

/** The sentences before the first tag. */
export const about = comment
  .replace(/@element[^]*/, '')
  .replace(/^[/ *]+/gm, '')
  .trim();
