import { cp, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundle, differences } from '../build.mjs';

const FIXTURE = fileURLToPath(new URL('fixtures/bundle', import.meta.url));
const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

let built: Awaited<ReturnType<typeof bundle>>;
let elsewhere: string;
beforeAll(async () => {
  built = await bundle(FIXTURE);
  elsewhere = await mkdtemp(fileURLToPath(new URL('fixtures/moved-', import.meta.url)));
});
afterAll(() => rm(elsewhere, { recursive: true }));

test('the entry and the client have fixed names, everything else is named after what is in it', () => {
  const names = [...built.files.keys()].sort();
  expect(names).toEqual([expect.stringMatching(/^assets\/chat-panel-[A-Z0-9]{8}\.js$/), expect.stringMatching(/^assets\/highlight-[A-Z0-9]{8}\.js$/), 'client.js', 'widget.js']);
});

test('a first chat is the entry and all it loads, but not what is loaded later', () => {
  expect(built.firstChat).toEqual(['widget.js', expect.stringMatching(/^assets\/chat-panel-/)]);
  expect(built.sizes['first chat']).toBeGreaterThan(built.sizes['entry']!);
});

test('templates are squeezed, and text stays readable', () => {
  const panel = text(built.files.get(built.firstChat[1]!));
  expect(panel).toContain(':host{color:red}');
  expect(panel).toContain('<p class="a"> Grüß ${');
  expect(panel).not.toContain('a comment');
});

test('no file says where it was built, and none has a source map or a legal comment', () => {
  for (const bytes of built.files.values()) expect(text(bytes)).not.toMatch(/sourceMappingURL|@license|\/fixtures\//);
});

test('the same source makes the same bytes, wherever it lies', async () => {
  await cp(join(FIXTURE, 'src'), join(elsewhere, 'src'), { recursive: true });
  const again = await bundle(elsewhere);
  expect(differences(again.files, new Map([...built.files].map(([name, bytes]) => [name, Buffer.from(bytes)])))).toEqual([]);
});

test('what differs, is missing or is left over is told by name', () => {
  const committed = new Map([...built.files].map(([name, bytes]) => [name, Buffer.from(bytes)] as const));
  committed.set('widget.js', Buffer.from('old'));
  committed.delete('client.js');
  committed.set('assets/chat-panel-OLDOLD11.js', Buffer.from(''));
  expect(new Set(differences(built.files, committed))).toEqual(new Set(['client.js is missing', 'widget.js differs', 'assets/chat-panel-OLDOLD11.js is left over']));
});
