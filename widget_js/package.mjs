/**
 * Builds what is published to npm into dist: `node package.mjs`, which `npm pack` does by itself.
 *
 * Not minified, unlike what the server serves: whoever imports this has a bundler of their own, and would like to read what it bundles.
 */
import { execFileSync } from 'node:child_process';
import { copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { modern, squeeze } from './build.mjs';
import { manifest } from './manifest.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const DIST = join(HERE, 'dist');
const { version } = JSON.parse(await readFile(join(HERE, 'package.json'), 'utf8'));

await rm(DIST, { recursive: true, force: true });
await build({
  absWorkingDir: HERE,
  outdir: DIST,
  entryPoints: { index: 'src/element.ts', client: 'src/client.ts' },
  bundle: true,
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  format: 'esm',
  target: 'es2022',
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'warning',
  plugins: [squeeze, modern],
});

// Types and no more: by itself, so that the tag is defined in one file, the one that `sideEffects` names.
await writeFile(join(DIST, 'react.js'), "export * from './index.js';\n");

execFileSync(process.execPath, [join(HERE, 'node_modules/typescript/bin/tsc'), '--project', join(HERE, 'tsconfig.package.json')], { stdio: 'inherit' });
const types = join(DIST, 'types');
for (const name of await readdir(types)) {
  // Node's way of resolving wants whole names.
  const text = await readFile(join(types, name), 'utf8');
  await writeFile(join(types, name), text.replace(/((?:from |import\()'|(?:from |import\()")(\.\/[\w-]+)(['"])/g, '$1$2.js$3'));
}

await writeFile(join(DIST, 'custom-elements.json'), `${JSON.stringify(manifest(version), null, 1)}\n`);
await copyFile(join(HERE, '../LICENSE'), join(DIST, 'LICENSE'));
await copyFile(join(HERE, '../chatwidget/static/LICENSES.txt'), join(DIST, 'LICENSES.txt'));
