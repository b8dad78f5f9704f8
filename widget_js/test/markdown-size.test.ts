/** A fifth of what a first chat may load. */
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { minify } from 'terser';
import { expect, it } from 'vitest';

const LIMIT = 6_500;

it(`Markdown is at most ${LIMIT} bytes, minified as the widget is, and gzip -9`, async () => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../src/markdown.ts', import.meta.url))],
    // Other parts of the widget need the one as well; the other is fetched when there is code.
    external: ['./clipboard', './highlight'],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    charset: 'utf8',
    write: false,
  });
  const { code } = await minify(outputFiles[0]!.text, { module: true, ecma: 2022, format: { comments: false } });
  const size = gzipSync(code!, { level: 9 }).length;
  console.log(`Markdown: ${size} bytes gzip -9`);
  expect(size).toBeLessThanOrEqual(LIMIT);
});
