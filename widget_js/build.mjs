/**
 * Builds the widget into chatwidget/static: `node build.mjs`. The result is committed, so that installing the package needs no Node.
 *
 * `node build.mjs --check` builds in memory and fails if what is committed differs. Both fail if a size limit is broken.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { argv, exit } from 'node:process';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { minify } from 'terser';
import { shortNames } from './short-names.mjs';
import { squeezeTemplates } from './squeeze-templates.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const STATIC = join(HERE, '../chatwidget/static');

/** Bytes, gzip -9. */
const LIMITS = { entry: 4_000, 'first chat': 30_000 };

/** Loaded on demand, and not for a first chat in text and in English. */
const LATER = /^src\/(chat-(step|more|edit|menu|comment|conversations|queue|attach|file|speech|look|anchor|recall)|highlight|popup|strings-\w+)\.ts$/;

/** esbuild names chunks by their content before terser has seen them: so that content must tell of terser, too. */
const TERSER = { module: true, ecma: 2022, compress: { passes: 3, unsafe_arrows: true }, format: { comments: false } };
const { version } = JSON.parse(await readFile(join(HERE, 'node_modules/terser/package.json'), 'utf8'));
const banner = { js: `/* terser ${version} ${JSON.stringify(TERSER)} */` };

/** Takes out of sources what only people read. */
export const squeeze = {
  name: 'squeeze-templates',
  setup({ onLoad, initialOptions }) {
    const sources = join(initialOptions.absWorkingDir, 'src') + sep;
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      if (!path.startsWith(sources)) return undefined;
      return { contents: shortNames(await squeezeTemplates(await readFile(path, 'utf8'))), loader: 'ts' };
    });
  },
};

/** Makes a module of highlight.js' one CommonJS file: what esbuild wraps such a file in would be a chunk that every page loads. */
export const modern = {
  name: 'modern-highlight',
  setup({ onLoad }) {
    onLoad({ filter: /highlight\.js[\\/]lib[\\/]core\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replace('module.exports =', 'export default'),
      loader: 'js',
    }));
  },
};

/**
 * Bundles `root`/src.
 *
 * @returns {Promise<{files: Map<string, Uint8Array>, sizes: Record<string, number>, firstChat: string[]}>} files by their path below the output folder
 */
export async function bundle(root) {
  const options = {
    absWorkingDir: root,
    outdir: join(root, 'out'),
    bundle: true,
    // Names of chunks depend on paths: the same wherever `node_modules` really is.
    preserveSymlinks: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    charset: 'utf8',
    legalComments: 'none',
    metafile: true,
    write: false,
    logLevel: 'warning',
    banner,
    plugins: [squeeze, modern],
  };
  const widget = await build({ ...options, entryPoints: ['src/widget.ts'], splitting: true, chunkNames: 'assets/[name]-[hash]' });
  // By itself: shared chunks would cost the widget a round trip, for pages that never load both.
  const client = await build({ ...options, entryPoints: ['src/client.ts'] });
  const files = new Map();
  const alike = oneHash(Object.keys(widget.metafile.outputs));
  for (const { path, text } of [...widget.outputFiles, ...client.outputFiles]) {
    const { code } = await minify(alike(text), structuredClone(TERSER));
    files.set(alike(relative(options.outdir, path).replaceAll(sep, '/')), new TextEncoder().encode(code));
  }
  const firstChat = loaded(widget.metafile.outputs, 'out/widget.js').map((path) => path.slice('out/'.length));
  const gzip = (names) => names.reduce((sum, name) => sum + gzipSync(files.get(name), { level: 9 }).length, 0);
  return { files, firstChat, sizes: { entry: gzip(['widget.js']), 'first chat': gzip(firstChat), client: gzip(['client.js']) } };
}

/** Language packs share one hash, made of all of theirs: the panel names each of them, and fifteen hashes of their own are what gzip can't shorten. */
function oneHash(paths) {
  const pack = /(strings-\w\w-)([A-Z0-9]{8})(?=\.js)/;
  const hashes = paths.map((path) => pack.exec(path)?.[2]).filter(Boolean);
  const shared = createHash('sha256').update(hashes.sort().join()).digest('hex').slice(0, 8).toUpperCase();
  return (text) => text.replace(new RegExp(pack, 'g'), `$1${shared}`);
}

/** All that `entry` loads, now or soon. */
function loaded(outputs, entry, seen = new Set()) {
  if (seen.has(entry)) return [];
  seen.add(entry);
  const wanted = outputs[entry].imports.filter(({ path, kind }) => kind !== 'dynamic-import' || !LATER.test(outputs[path].entryPoint));
  return [entry, ...wanted.flatMap(({ path }) => loaded(outputs, path, seen))];
}

/** What is in the output folder and was put there by a build. */
export async function built(folder) {
  const names = async (below) => (await readdir(join(folder, below)).catch(() => [])).map((name) => join(below, name).replaceAll(sep, '/'));
  const files = new Map();
  for (const name of [...(await names('')), ...(await names('assets'))]) {
    if (name.endsWith('.js')) files.set(name, await readFile(join(folder, name)));
  }
  return files;
}

/** One line for each file that is not as it was built. */
export function differences(files, committed) {
  return [
    ...[...files].filter(([name, bytes]) => !committed.get(name)?.equals(bytes)).map(([name]) => `${name} ${committed.has(name) ? 'differs' : 'is missing'}`),
    ...[...committed.keys()].filter((name) => !files.has(name)).map((name) => `${name} is left over`),
  ];
}

async function main() {
  const { files, sizes, firstChat } = await bundle(HERE);
  const stale = differences(files, await built(STATIC));
  if (argv.includes('--check') && stale.length) {
    console.error(`chatwidget/static does not match widget_js/src (${stale.join(', ')}): run \`make build\` and commit the result`);
    exit(1);
  }
  for (const line of stale.filter((line) => line.endsWith('is left over'))) await rm(join(STATIC, line.split(' ')[0]));
  if (stale.length) {
    await mkdir(join(STATIC, 'assets'), { recursive: true });
    for (const [name, bytes] of files) await writeFile(join(STATIC, name), bytes);
  }
  for (const [what, size] of Object.entries(sizes)) {
    const limit = LIMITS[what];
    console.log(`${what.padEnd(10)} ${String(size).padStart(6)} bytes gzip -9${limit ? `, at most ${limit}` : ''}${what === 'first chat' ? ` (${firstChat.join(', ')})` : ''}`);
    if (size > limit) {
      console.error(`${what} is ${size - limit} bytes over its limit`);
      process.exitCode = 1;
    }
  }
}

if (argv[1] === fileURLToPath(import.meta.url)) await main();
