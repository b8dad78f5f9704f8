/** Half-written text: what of it can be shown already. */

/** Marks at the end wait until they can only be one thing: `*` may become `**`, `[` a link, `&` a character. */
export function settled(text: string): string {
  return text.replace(/(?:(?<![*_~`![\\])[*_~`![\\]+|<[^\s<>]*|&#?\w*)$/, '');
}

/** What follows `[text]` may become its address. A long one is a sentence. */
export function mayBecomeTarget(rest: string): boolean {
  return rest.length < 2000 && /^(?:\(\S*(?:\s+(?:["'(].*)?)?|\[[^\]]*]?)?$/.test(rest);
}
