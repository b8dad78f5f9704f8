/** Which addresses an answer may lead to. A model can be talked into writing any: what it writes is hostile. */

/**
 * Where a link may go, or null. The browser's own parser decides, and what it made of it is what is used: a scheme that
 * is hidden by control characters or case is seen as what a click would make of it. Relative addresses mean the page that
 * the chat is on, which no answer knows.
 */
export function linkAddress(url: string): string | null {
  return address(url, ({ protocol }) => /^(?:https?|mailto|tel):$/.test(protocol));
}

/** Loading an image tells its server whatever the address says, without a click: only origins that the site trusts. */
export function imageAddress(url: string, origins: readonly string[]): string | null {
  return address(url, ({ protocol, origin }) => /^http/.test(protocol) && origins.includes(origin));
}

function address(text: string, allows: (url: URL) => boolean): string | null {
  try {
    const url = new URL(text);
    return allows(url) ? url.href : null;
  } catch {
    return null;
  }
}
