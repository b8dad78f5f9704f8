/**
 * Writes the README's reference of the element from the comments on its class, so that prose can't drift.
 *
 *     node reference.mjs            writes
 *     node reference.mjs --check    exits 1 if the README is stale
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { documented } from './documented.mjs';

const README = fileURLToPath(new URL('../README.md', import.meta.url));
const BEGIN = '<!-- reference: written by widget_js/reference.mjs -->';
const END = '<!-- end of the reference -->';

const SECTIONS = [
  ['attr', 'Attributes', 'attribute', 'Each is a property too (`storageKey` for `storage-key`; `lang` and `dir` are the element’s own), and each can stand on the script tag as `data-…`. An attribute is stronger than `data-…`, and that is stronger than what the server says.'],
  ['prop', 'Properties', 'property', 'What is too rich for an attribute.'],
  ['fires', 'Events', 'event', 'They bubble and are composed.'],
  ['cssprop', 'Custom properties', 'property', 'Set them on `chat-widget`, or anywhere above it.'],
  ['csspart', 'Parts', 'part', '`chat-widget::part(send) { … }`'],
  ['slot', 'Slots', 'slot', ''],
  ['cssstate', 'States', 'state', '`chat-widget:state(streaming) { … }`'],
];

function table([tag, title, column, words]) {
  const rows = documented(tag);
  const typed = rows.some(({ type }) => type);
  const head = typed ? `| ${column} | type | |\n|---|---|---|` : `| ${column} | |\n|---|---|`;
  const cell = (text = '') => text.replaceAll('|', '\\|');
  const lines = rows.map(({ type, name, about }) => `| \`${name}\` | ${typed ? `\`${cell(type)}\` | ` : ''}${cell(about)} |`);
  return [`#### ${title}`, words, [head, ...lines].join('\n')].filter(Boolean).join('\n\n');
}

const before = readFileSync(README, 'utf8');
const [top, rest] = before.split(BEGIN);
const bottom = rest?.split(END)[1];
if (bottom === undefined) throw new Error(`README.md lacks "${BEGIN}" … "${END}"`);
const after = `${top}${BEGIN}\n\n${SECTIONS.map(table).join('\n\n')}\n\n${END}${bottom}`;

if (!process.argv.includes('--check')) writeFileSync(README, after);
else if (after !== before) {
  console.error('README.md does not match widget_js/src/chat-widget.ts: run `node widget_js/reference.mjs`');
  process.exit(1);
}
