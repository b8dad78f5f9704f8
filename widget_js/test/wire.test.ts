/** The golden contract: the same files that the Python side encodes to exactly these bytes. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { Conversation } from '../src/conversation';
import type { Chunk } from '../src/message';
import { Store } from '../src/store';
import { Transport } from '../src/transport';
import { serve, type Server } from './scripted-server';

interface Golden {
  name: string;
  run: string;
  chunks: Chunk[];
  ui: string;
  plain: string;
}

const FOLDER = new URL('../../tests/wire/', import.meta.url);
const golden: Golden[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.json'))
  .map((file) => JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')));

let server: Server | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** Through everything that a browser's bytes go through: fetch, the reader, the cursor. */
async function follow(pieces: Uint8Array[]): Promise<Chunk[]> {
  const { url, received } = (server = await serve(async (_, reply) => {
    await reply.stream();
    for (const piece of pieces) await reply.write(piece);
    reply.end();
  }));
  const chunks: Chunk[] = [];
  const transport = new Transport({ endpoint: url }, new Store('', null));
  const follower = { accepted: () => undefined, connection: () => undefined, chunks: (batch: Chunk[]) => void chunks.push(...batch) };
  await transport.follow('c_1', follower, new AbortController().signal, { id: 'c_1', messages: [], trigger: 'submit-message' });
  expect(received).toHaveLength(1);
  return chunks;
}

test('there is a contract to hold', () => {
  expect(existsSync(FOLDER)).toBe(true);
  expect(golden.length).toBeGreaterThan(0);
});

describe.each(golden)('$name', ({ chunks, ui }) => {
  const bytes = new TextEncoder().encode(ui);

  test('is read as it was meant', async () => {
    expect(await follow([bytes])).toEqual(chunks);
  });

  test('is read the same in pieces of every odd size', async () => {
    const pieces: Uint8Array[] = [];
    for (let at = 0, size = 1; at < bytes.length; at += size, size = (size % 7) + 1) pieces.push(bytes.slice(at, at + size));
    expect(await follow(pieces)).toEqual(chunks);
  });

  test('leaves no part open and says how it ended', () => {
      const conversation = new Conversation();
    for (const chunk of chunks) conversation.apply(chunk);
    const [answer] = conversation.messages;
    expect(answer!.parts.filter((part) => 'state' in part && part.state === 'streaming')).toEqual([]);
    expect(answer!.metadata.finishReason ?? answer!.metadata.error?.code).toBeTruthy();
    expect(conversation.activity).toBeNull();
  });
});
