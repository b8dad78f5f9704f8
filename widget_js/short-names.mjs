/**
 * Our own custom properties, which no page sets, by one letter each: some hundred bytes of the first chat.
 * `--chatwidget-…` are the site's, and keep their names.
 */
const NAMES = [
  'accent', 'bg', 'danger', 'dim', 'fg', 'gap', 'ink', 'line', 'mono', 'muted', 'on-accent', 'own-accent', 'radius',
  'server-accent', 'sheet-height', 'sheet-top', 'size', 'space', 'surface', 'tinted', 'white',
];
const SHORT = new Map(NAMES.map((name, index) => [name, String.fromCharCode(97 + index)]));
const ANY = new RegExp(`--(${NAMES.join('|')})(?![\\w-])`, 'g');

/** @param {string} source @returns {string} */
export const shortNames = (source) => source.replace(ANY, (_, name) => `--${SHORT.get(name)}`);
