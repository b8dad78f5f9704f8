/** The npm package as its users get it: packed, installed into an empty folder, imported, type-checked and bundled there. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build, type Metafile } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ChatWidget } from '../src/chat-widget';

const HERE = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);
const json = async (path: string) => JSON.parse(await readFile(path, 'utf8'));

let home: string;
let installed: string;
let packed: string[];
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'chatwidget-package-'));
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', home], { cwd: HERE });
  const [{ filename, files }] = JSON.parse(stdout.slice(stdout.indexOf('[\n')));
  packed = files.map(({ path }: { path: string }) => path);
  await writeFile(join(home, 'package.json'), '{"private": true, "type": "module"}');
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', `./${filename}`], { cwd: home });
  installed = join(home, 'node_modules/chatwidget');
  await mkdir(join(home, 'node_modules/@types'), { recursive: true });
  for (const name of ['@types/react', 'csstype']) await symlink(join(HERE, 'node_modules', name), join(home, 'node_modules', name));
}, 120_000);
afterAll(() => rm(home, { recursive: true }));

/** Compiles `text` in the folder, and returns what the compiler says. */
async function check(name: string, text: string, options: Record<string, unknown> = {}): Promise<string> {
  await writeFile(join(home, name), text);
  const compilerOptions = { strict: true, noEmit: true, skipLibCheck: false, target: 'es2022', module: 'nodenext', lib: ['es2022', 'dom', 'dom.iterable'], jsx: 'react-jsx', types: [], ...options };
  await writeFile(join(home, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [name] }));
  return run(process.execPath, [join(HERE, 'node_modules/typescript/bin/tsc'), '--project', home]).then(
    () => '',
    ({ stdout }: { stdout: string }) => stdout,
  );
}

test('it has the Python package’s version, and the lock file too', async () => {
  const python = /^version = "(.*)"$/m.exec(await readFile(join(HERE, '../pyproject.toml'), 'utf8'))![1];
  expect((await json(join(installed, 'package.json'))).version).toBe(python);
  expect((await json(join(HERE, 'package-lock.json'))).packages[''].version).toBe(python);
});

test('it holds what is built, and no source, test or secret of the folder', () => {
  expect(packed).toEqual(expect.arrayContaining(['package.json', 'README.md', 'dist/LICENSE', 'dist/index.js', 'dist/client.js', 'dist/custom-elements.json']));
  expect(packed.filter((path) => !/^(package\.json|README\.md|dist\/.*\.(js|d\.ts|json)|dist\/LICENSES?(\.txt)?)$/.test(path))).toEqual([]);
});

test('every address that it exports leads to a file', async () => {
  const { exports } = await json(join(installed, 'package.json'));
  const paths = Object.values(exports).flatMap((to) => (typeof to === 'string' ? to : Object.values(to as object)));
  for (const path of paths) await readFile(join(installed, path));
});

test('it can be imported where there is no page', async () => {
  const words = "import { ChatWidget } from 'chatwidget'; import { Chat } from 'chatwidget/client'; import 'chatwidget/react'; console.log(typeof ChatWidget, typeof Chat, globalThis.document);";
  const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '--eval', words], { cwd: home });
  expect([stdout.trim(), stderr]).toEqual(['function function undefined', '']);
});

const TYPED = `
  import { type ChatWidget, type Message } from 'chatwidget';
  import { Chat } from 'chatwidget/client';
  const element: ChatWidget = document.createElement('chat-widget');
  element.endpoint = '/chat';
  element.open = true;
  element.open();
  element.context = { page: 1 };
  element.suggestions = ['What is it?'];
  element.addEventListener('chatwidget-answer', ({ detail }) => {
    const words: string = detail.text;
    const took: number | null = detail.timing.firstTextMs;
    const message: Message = detail.message;
    console.log(words, took, message.parts);
  });
  document.querySelector('chat-widget')?.send('Hello').then((taken: boolean) => console.log(taken));
  const chat = new Chat({ endpoint: '/chat' });
  const status: string = chat.state.status;
  export { status };
`;

test.each(['nodenext', 'bundler'])('its types hold in TypeScript, resolved as %s, and are checked themselves', async (moduleResolution) => {
  const module = moduleResolution === 'bundler' ? 'esnext' : 'nodenext';
  expect(await check('typed.ts', TYPED, { module, moduleResolution })).toBe('');
});

test('they know what an event holds', async () => {
  const said = await check('wrong.ts', "import 'chatwidget';\ndocument.createElement('chat-widget').addEventListener('chatwidget-answer', ({ detail }) => detail.words);");
  expect(said).toContain("Property 'words' does not exist");
});

test('they hold in JSX, with React’s own', async () => {
  const tsx = `
    import 'chatwidget/react';
    export const App = () => (
      <chat-widget endpoint="/chat" mode="inline" storage-key="a" open suggestions={['One?']} headers={{ authorization: 'x' }}
        onchatwidget-answer={(event) => console.log(event.detail.text)} ref={(element) => { element?.focusInput(); }} className="big" />
    );
    export const wrong = <>
      {/* @ts-expect-error */}
      <chat-widget suggestions="One?" />
      {/* @ts-expect-error */}
      <chat-widget onchatwidget-answer={(event) => event.detail.words} />
    </>;
  `;
  expect(await check('app.tsx', tsx)).toBe('');
});

/** All outputs that `path` imports at once. */
function atOnce(outputs: Metafile['outputs'], path: string, seen = new Set<string>()): Set<string> {
  if (!seen.has(path)) {
    seen.add(path);
    for (const one of outputs[path]!.imports) if (one.kind !== 'dynamic-import') atOnce(outputs, one.path, seen);
  }
  return seen;
}

test('a bundler keeps its side effect, and loads as late as it does', async () => {
  await writeFile(join(home, 'app.js'), "import 'chatwidget';");
  const { metafile, outputFiles } = await build({ absWorkingDir: home, entryPoints: ['app.js'], bundle: true, splitting: true, minify: true, format: 'esm', outdir: 'out', metafile: true, write: false, logLevel: 'silent' });
  const first = atOnce(metafile.outputs, 'out/app.js');
  const text = outputFiles.filter(({ path }) => [...first].some((name) => path.endsWith(name))).map((file) => file.text).join('');
  expect(text).toContain('customElements.define("chat-widget"');
  expect(Object.keys(metafile.outputs).some((path) => path.includes('chat-panel'))).toBe(true);
  expect([...first].filter((path) => path.includes('chat-panel'))).toEqual([]);
  expect(text.length).toBeLessThan(15_000);
});

test('a bundle that wants a type alone, or the client, has no element', async () => {
  await writeFile(join(home, 'client.js'), "import { Chat } from 'chatwidget/client'; console.log(Chat);");
  const { outputFiles } = await build({ absWorkingDir: home, entryPoints: ['client.js'], bundle: true, format: 'esm', outdir: 'out', write: false, logLevel: 'silent' });
  expect(outputFiles.map((file) => file.text).join('')).not.toContain('customElements');
});

test('all that it imports is in it', async () => {
  for (const folder of ['dist', 'dist/chunks']) {
    for (const name of (await readdir(join(installed, folder))).filter((name) => name.endsWith('.js'))) {
      const text = await readFile(join(installed, folder, name), 'utf8');
      for (const [, , wanted] of text.matchAll(/^(import|export) [^;]*?"(\.[^"]+)";|import\("(\.[^"]+)"\)/gm)) if (wanted) await readFile(join(installed, folder, wanted));
    }
  }
});

test('its manifest tells of every attribute, method and event that there is', async () => {
  const [{ declarations }] = (await json(join(installed, 'dist/custom-elements.json'))).modules;
  const names = (list: { name: string; kind?: string }[]) => list.map(({ name }) => name).sort();
  const [{ attributes, members, events, tagName, cssParts }] = declarations;
  expect(tagName).toBe('chat-widget');
  expect(names(attributes)).toEqual([...ChatWidget.observedAttributes].sort());
  const methods = Object.getOwnPropertyNames(ChatWidget.prototype).filter((name) => !/^constructor$|Callback$/.test(name) && (name === 'open' || 'value' in Object.getOwnPropertyDescriptor(ChatWidget.prototype, name)!));
  expect(names(members.filter(({ kind }: { kind: string }) => kind === 'method'))).toEqual(methods.sort());
  expect(events.every((event: { type: { text: string } }) => event.type.text.startsWith('CustomEvent'))).toBe(true);
  expect(cssParts.length).toBeGreaterThan(20);
});
