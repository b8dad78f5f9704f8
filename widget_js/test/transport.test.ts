import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Timing } from '../src/backoff';
import { DEFAULT_CONFIG } from '../src/config';
import { Conversation } from '../src/conversation';
import type { Failure } from '../src/failure';
import type { Chunk } from '../src/message';
import { Store } from '../src/store';
import { Transport, type Connection, type SendBody, type TransportOptions } from '../src/transport';
import { Page } from './page';
import { answer, DONE, frames, serve, type Received, type Reply, type Server } from './scripted-server';

const QUICK: Partial<Timing> = { base: 1, cap: 2, firstTries: 3, tries: 6, heartbeat: 15 };
const HELLO: SendBody = { id: 'c_1', messages: [{ id: 'u_1', role: 'user', parts: [{ type: 'text', text: 'Hello' }] }], trigger: 'submit-message' };
const TEXT = 'Grüß Gott, 👩‍👩‍👧‍👦 and\n\ndata: friends';
const STREAM = 'GET /messages/c_1/stream';

let server: Server;
let store: Store;
let leave: AbortController;

beforeEach(() => {
  store = new Store('', null);
  leave = new AbortController();
});
afterEach(async () => {
  leave.abort();
  vi.unstubAllGlobals();
  await server.close();
});

interface Told {
  chunks: Chunk[];
  connections: Connection[];
  accepted: number;
  failure?: Failure;
  complete?: boolean;
  text: string;
}

function follower(told: Told) {
  return {
    accepted: () => void told.accepted++,
    connection: (state: Connection) => void (told.connections.at(-1) === state || told.connections.push(state)),
    chunks: (batch: Chunk[]) => void told.chunks.push(...batch),
  };
}

const open = (options: Partial<TransportOptions> = {}) => new Transport({ endpoint: server.url, timing: QUICK, ...options }, store);

/** Sends (or, without a body, resumes) and tells all that a listener was told. */
async function follow(transport = open(), body: SendBody | null = HELLO): Promise<Told> {
  const told: Told = { chunks: [], connections: [], accepted: 0, text: '' };
  try {
    told.complete = await transport.follow('c_1', follower(told), leave.signal, body ?? undefined);
  } catch (cause) {
    told.failure = cause as Failure;
  }
  told.text = textOf(told.chunks);
  return told;
}

function textOf(chunks: Chunk[]): string {
  const conversation = new Conversation();
  for (const chunk of chunks) conversation.apply(chunk);
  return conversation.messages.flatMap(({ parts }) => parts.map((part) => (part.type === 'text' ? part.text : ''))).join('');
}

/** A server that does as ours: the log of one run, cut off after `cuts[n]` bytes of what it sends the nth time. */
function flaky(chunks: Chunk[], cuts: (number | null)[]): Promise<Server> {
  let visit = 0;
  return serve(async ({ headers }, reply) => {
    const last = headers['last-event-id'];
    const from = last ? Number((last as string).split('-')[1]) + 1 : 0;
    const bytes = new TextEncoder().encode(`: open\n\n${frames(chunks.slice(from), 'runAAAA1', from)}${DONE}`);
    const cut = cuts[visit++] ?? null;
    reply.begin();
    await reply.write(cut === null ? bytes : bytes.slice(0, cut));
    if (cut === null) reply.end();
    else reply.cut();
  });
}

describe('an answer', () => {
  test('arrives while it is written', async () => {
    let heard = () => {};
    server = await serve(async (_, reply) => {
      await reply.stream();
      for (const [seq, chunk] of answer('one two three').entries()) {
        const read = new Promise<void>((resolve) => (heard = resolve));
        await reply.write(frames([chunk], 'runAAAA1', seq));
        await read;
      }
      reply.end();
    });
    const batches: Chunk[][] = [];
    await open().follow(
      'c_1',
      {
        accepted: () => undefined,
        connection: () => undefined,
        chunks: (batch) => {
          batches.push(batch);
          heard();
        },
      },
      leave.signal,
      HELLO,
    );
    expect(batches).toEqual(answer('one two three').map((chunk) => [chunk]));
  });

  test('is asked for as the wire says', async () => {
    server = await serve(async (_, reply) => (await reply.stream()).write(frames(answer('Hi')) + DONE).then(() => reply.end()));
    await follow();
    const [request] = server.to('POST /messages');
    expect(request!.body).toEqual(HELLO);
    expect(request!.headers['content-type']).toBe('application/json');
    expect(request!.headers.authorization).toBeUndefined();
  });

  test('that was read in one piece comes as one batch', async () => {
    server = await serve(async (_, reply) => {
      await reply.begin().write(frames(answer('one two three')) + DONE);
      reply.end();
    });
    let batches = 0;
    const told: Told = { chunks: [], connections: [], accepted: 0, text: '' };
    await open().follow('c_1', { ...follower(told), chunks: () => batches++ }, leave.signal, HELLO);
    expect(batches).toBe(1);
  });

  test('is over when it says so, even if the connection is not', async () => {
    server = await serve(async (_, reply) => (await reply.stream()).write(frames(answer('Hi')) + DONE));
    expect((await follow()).complete).toBe(true);
  });

  test('that failed is over too, and is not asked for again', async () => {
    const failed: Chunk[] = [{ type: 'start', messageId: 'm_1' }, { type: 'error', errorText: 'Too busy.', code: 'provider_overloaded', retryable: true }];
    server = await serve(async (_, reply) => {
      await (await reply.stream()).write(frames(failed) + DONE);
      reply.cut();
    });
    const told = await follow();
    expect(told.complete).toBe(true);
    expect(told.chunks).toEqual(failed);
    expect(server.received).toHaveLength(1);
  });
});

describe('a connection that is lost', () => {
  const chunks = answer(TEXT);
  const bytes = new TextEncoder().encode(`: open\n\n${frames(chunks)}`);
  const at = (needle: string, offset = 0) => new TextEncoder().encode(`: open\n\n${frames(chunks)}`.split(needle)[0]!).length + offset;

  test.each([
    ['before the first frame', at('id:')],
    ['between two frames', at('id: runAAAA1-5')],
    ['inside an id', at('runAAAA1-5', 9)],
    ['inside the JSON', at('"delta":"Gott', 10)],
    ['inside an emoji', at('👩', 2)],
    ['between the two line ends of a frame', at('\n\nid: runAAAA1-6', 1)],
    ['before the finish', at('{"type":"finish"')],
  ])('%s is taken up where it was lost', async (_, cut) => {
    server = await flaky(chunks, [cut]);
    const told = await follow();
    expect(told.text).toBe(TEXT);
    expect(told.chunks).toEqual(chunks);
    expect(told.accepted).toBe(1);
    expect(server.to('POST /messages')).toHaveLength(1);
    expect(server.to(STREAM)).toHaveLength(1);
    expect(told.connections).toEqual(['online', 'reconnecting', 'online']);
  });

  test('at any byte whatever, and again after every few more, loses nothing and says nothing twice', async () => {
    for (let cut = 0; cut < bytes.length; cut += 29) {
      server = await flaky(chunks, [cut, 160, 200, 240]);
      expect((await follow()).chunks, `cut after ${cut} bytes`).toEqual(chunks);
      await server.close();
    }
  });

  test('is noticed when the stream ends properly but the answer did not', async () => {
    server = await serve(async ({ headers }, reply) => {
      const resumed = headers['last-event-id'] === 'runAAAA1-3';
      await (await reply.stream()).write(resumed ? frames(chunks.slice(4), 'runAAAA1', 4) + DONE : frames(chunks.slice(0, 4)) + DONE);
      reply.end();
    });
    expect((await follow()).chunks).toEqual(chunks);
  });

  test('before anything came is asked for from the beginning', async () => {
    server = await flaky(chunks, [8]);
    expect((await follow()).chunks).toEqual(chunks);
    expect(server.to(STREAM)[0]!.headers['last-event-id']).toBeUndefined();
  });

  test('is noticed when nothing comes any more, not even a comment', async () => {
    const replies: Reply[] = [];
    server = await serve(async (_, reply) => {
      replies.push(reply);
      if (replies.length === 1) return (await reply.stream()).write(frames(chunks.slice(0, 4)));
      await (await reply.stream()).write(frames(chunks.slice(4), 'runAAAA1', 4) + DONE);
      return reply.end();
    });
    const told = await follow(open({ timing: { ...QUICK, heartbeat: 0.2 } }));
    expect(told.chunks).toEqual(chunks);
    await replies[0]!.closed;
  });

  // Less than the 10 s after which a stream that has begun counts as lost.
  test('is not waited for that long when the next one is dead as well', { timeout: 8000 }, async () => {
    server = await serve(async (_, reply) => {
      const { length } = server.received;
      if (length === 2) return;
      await (await reply.stream()).write(length === 1 ? frames(chunks.slice(0, 4)) : frames(chunks.slice(4), 'runAAAA1', 4) + DONE);
      if (length === 1) reply.cut();
      else reply.end();
    });
    const told = await follow(open({ timing: { ...QUICK, heartbeat: 4 } }));
    expect(told.chunks).toEqual(chunks);
    expect(server.received).toHaveLength(3);
  });

  test('is not suspected while comments come', async () => {
    server = await serve(async (_, reply) => {
      await reply.stream();
      // Six times 100 ms without a frame are more than two and a half heartbeats of 200 ms.
      for (let beat = 0; beat < 6; beat++) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        await reply.write(': keep-alive\n\n');
      }
      await reply.write(frames(chunks) + DONE);
      reply.end();
    });
    expect((await follow(open({ timing: { ...QUICK, heartbeat: 0.2 } }))).connections).toEqual(['online']);
  });

  test('is not suspected where nobody promised comments', async () => {
    server = await serve(async (_, reply) => {
      reply.begin();
      await new Promise((resolve) => setTimeout(resolve, 60));
      await reply.write(`data: ${JSON.stringify({ type: 'finish' })}\n\n${DONE}`);
      reply.end();
    });
    const told = await follow(open({ timing: { ...QUICK, heartbeat: 0.01 } }));
    expect(told.connections).toEqual(['online']);
    expect(server.received).toHaveLength(1);
  });

  test('may be refused for a while: 500, 503 and a proxy’s page are no end', async () => {
    let visit = 0;
    server = await serve(async (_, reply) => {
      visit++;
      if (visit === 2) return reply.json(500, { code: 'internal', message: 'Oh.' });
      if (visit === 3) return reply.json(503, { code: 'shutting_down', message: 'Oh.' });
      if (visit === 4) return reply.json(200, { captive: 'portal' });
      await (await reply.stream()).write(visit === 1 ? frames(chunks.slice(0, 4)) : frames(chunks.slice(4), 'runAAAA1', 4) + DONE);
      return visit === 1 ? reply.cut() : reply.end();
    });
    expect((await follow()).chunks).toEqual(chunks);
    expect(visit).toBe(5);
  });

  test.each([400, 401, 403, 404, 410])('is over when the server says %i', async (status) => {
    server = await serve(async ({ method }, reply) => {
      if (method === 'GET') return reply.json(status, { code: 'no_more', message: 'No more.' });
      await (await reply.stream()).write(frames(chunks.slice(0, 4)));
      return reply.cut();
    });
    const { failure } = await follow();
    expect(failure).toMatchObject({ status, error: { code: 'no_more', message: 'No more.', retryable: false } });
    expect(server.to(STREAM)).toHaveLength(1);
  });

  test('is over when the server has nothing to send: 204', async () => {
    server = await serve(async ({ method }, reply) => {
      if (method === 'GET') return reply.empty(204);
      await (await reply.stream()).write(frames(chunks.slice(0, 4)));
      return reply.cut();
    });
    expect((await follow()).complete).toBe(false);
  });

  test('for good is given up', async () => {
    server = await serve(async ({ method }, reply) => {
      if (method === 'GET') return reply.cut();
      await (await reply.stream()).write(frames(chunks.slice(0, 4)));
      return reply.cut();
    });
    expect((await follow()).failure).toMatchObject({ status: 0, error: { code: 'unreachable', retryable: true } });
    // The drop itself was the first failure.
    expect(server.to(STREAM)).toHaveLength(QUICK.tries! - 1);
  });

  test('is waited for longer each time, at random, up to a limit', async () => {
    const waits: number[] = [];
    const after = globalThis.setTimeout;
    vi.stubGlobal('setTimeout', (callback: () => void, ms: number) => {
      waits.push(ms);
      return after(callback, 0);
    });
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    server = await serve((_, reply) => reply.cut());
    await follow(open({ timing: { firstTries: 8 } }));
    vi.restoreAllMocks();
    expect(waits).toEqual([150, 300, 600, 1200, 2400, 4000, 4000]);
  });
});

describe('frames', () => {
  const chunks = answer(TEXT);

  test('that were taken already are dropped', async () => {
    server = await serve(async ({ method }, reply) => {
      await (await reply.stream()).write(method === 'POST' ? frames(chunks.slice(0, 6)) : frames(chunks.slice(3), 'runAAAA1', 3) + DONE);
      return method === 'POST' ? reply.cut() : reply.end();
    });
    expect((await follow()).chunks).toEqual(chunks);
  });

  test('that begin again from the first are a replay, and may be fewer than before', async () => {
    const stored: Chunk[] = [chunks[0]!, { type: 'text-start', id: 't' }, { type: 'text-delta', id: 't', delta: TEXT }, { type: 'finish' }];
    server = await serve(async ({ method }, reply) => {
      await (await reply.stream()).write(frames(method === 'POST' ? chunks.slice(0, 6) : stored) + DONE);
      return method === 'POST' ? reply.cut() : reply.end();
    });
    const told = await follow();
    expect(told.text).toBe(TEXT);
    expect(told.complete).toBe(true);
  });

  test('of another run are taken from its beginning', async () => {
    const again = answer('another', 'm_2');
    server = await serve(async ({ method }, reply) => {
      await (await reply.stream()).write(method === 'POST' ? frames(chunks.slice(0, 6)) : frames(again, 'runBBBB2') + DONE);
      return method === 'POST' ? reply.cut() : reply.end();
    });
    expect((await follow()).chunks).toEqual([...chunks.slice(0, 6), ...again]);
  });

  test('with a gap between them are not taken: all of them are asked for', async () => {
    server = await serve(async ({ method }, reply) => {
      const holed = frames(chunks.slice(0, 4)) + frames(chunks.slice(5), 'runAAAA1', 5);
      await (await reply.stream()).write((method === 'POST' ? holed : frames(chunks)) + DONE);
      reply.end();
    });
    const told = await follow();
    expect(told.chunks).toEqual([...chunks.slice(0, 4), ...chunks]);
    expect(told.text).toBe(TEXT);
    expect(server.to(STREAM)[0]!.headers['last-event-id']).toBeUndefined();
  });

  test('that are always missing end in an error, not in a hole', async () => {
    server = await serve(async (_, reply) => {
      await (await reply.stream()).write(frames(chunks.slice(2), 'runAAAA1', 2) + DONE);
      reply.end();
    });
    const told = await follow();
    expect(told.chunks).toEqual([]);
    expect(told.failure?.error.code).toBe('interrupted');
  });

  test('that make no sense leave a gap', async () => {
    server = await serve(async ({ method }, reply) => {
      const broken = frames(chunks.slice(0, 4)) + 'id: runAAAA1-4\ndata: {"type":\n\n' + frames(chunks.slice(5), 'runAAAA1', 5);
      await (await reply.stream()).write((method === 'POST' ? broken : frames(chunks)) + DONE);
      reply.end();
    });
    expect((await follow()).text).toBe(TEXT);
  });
});

describe('a back end that speaks the protocol and nothing else', () => {
  const plain = (chunks: Chunk[]) => chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('');

  test('is read without ids', async () => {
    server = await serve(async (_, reply) => {
      await reply.begin().write(plain(answer(TEXT)) + DONE);
      reply.end();
    });
    const transport = open();
    expect((await follow(transport)).text).toBe(TEXT);
    expect(transport.native).toBe(false);
  });

  test('may have ids of its own, which mean nothing', async () => {
    server = await serve(async (_, reply) => {
      const clock = answer(TEXT).map((chunk, index) => `id: 17123456789${10 + index}-${index}\ndata: ${JSON.stringify(chunk)}\n\n`);
      await reply.begin().write(clock.join('') + DONE);
      reply.end();
    });
    const transport = open();
    expect((await follow(transport)).text).toBe(TEXT);
    expect(transport.native).toBe(false);
    expect(server.received).toHaveLength(1);
  });

  test('may end with [DONE] alone, or with an abort', async () => {
    for (const end of [DONE, plain([{ type: 'abort' }])]) {
      server = await serve(async (_, reply) => {
        await reply.begin().write(plain(answer(TEXT).slice(0, -1)) + end);
        reply.end();
      });
      expect((await follow()).complete).toBe(true);
      expect(server.received).toHaveLength(1);
      await server.close();
    }
  });

  test('replays all of it on resume', async () => {
    server = await serve(async ({ method }, reply) => {
      await reply.begin().write(method === 'POST' ? plain(answer(TEXT).slice(0, 6)) : plain(answer(TEXT)) + DONE);
      return method === 'POST' ? reply.cut() : reply.end();
    });
    expect((await follow()).text).toBe(TEXT);
  });

  test('needs no /config and keeps no history', async () => {
    server = await serve((_, reply) => reply.json(404, { detail: 'Not Found' }));
    await expect(open().history('c_1', leave.signal)).resolves.toBeNull();
    await expect(open().config(leave.signal)).rejects.toMatchObject({ status: 404 });
  });

  test('may answer everything with its own page', async () => {
    server = await serve((_, reply) => {
      reply.begin({ 'content-type': 'text/html' });
      reply.end();
    });
    await expect(open().history('c_1', leave.signal)).resolves.toBeNull();
    expect((await follow()).failure?.error.code).toBe('bad_answer');
  });
});

describe('the first request', () => {
  test('is repeated with the same message when the network fails', async () => {
    let visit = 0;
    server = await serve(async (_, reply) => {
      if (++visit < 3) return reply.cut();
      await (await reply.stream()).write(frames(answer('Hi')) + DONE);
      return reply.end();
    });
    const told = await follow();
    expect(told.text).toBe('Hi');
    expect(told.connections).toEqual(['reconnecting', 'online']);
    expect(server.to('POST /messages').map(({ body }) => body.messages[0].id)).toEqual(['u_1', 'u_1', 'u_1']);
  });

  test('is given up after a few failures', async () => {
    server = await serve((_, reply) => reply.cut());
    expect((await follow()).failure).toMatchObject({ error: { code: 'unreachable', retryable: true } });
    expect(server.received).toHaveLength(QUICK.firstTries!);
  });

  test.each([
    [422, { code: 'message_too_long', message: 'Shorter, please.' }, false],
    [403, { code: 'origin_not_allowed', message: 'Not from here.', hint: 'add it to origins=[…]' }, false],
    [409, { code: 'conversation_busy', message: 'Still answering.' }, true],
    [500, { code: 'internal', message: 'Our fault.', errorId: 'e_1' }, true],
    [503, { code: 'shutting_down', message: 'One moment.' }, true],
  ])('that is answered with %i ends with that error', async (status, body, retryable) => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    server = await serve((_, reply) => reply.json(status, body));
    const { failure, accepted } = await follow();
    const { hint, ...rest } = body as { hint?: string };
    expect(failure).toMatchObject({ status, error: { ...rest, retryable } });
    expect(accepted).toBe(0);
    expect(server.received).toHaveLength(1);
    expect(warned.mock.calls.flat()).toEqual(hint ? [expect.stringContaining(hint)] : []);
    warned.mockRestore();
  });

  test.each([
    ['in the body', {}, 3600],
    ['in seconds', { 'retry-after': '3600' }, undefined],
    ['as a date', { 'retry-after': new Date(Date.now() + 3600e3).toUTCString() }, undefined],
  ])('that comes too early learns when to come back, told %s', async (_, headers, retryAfter) => {
    server = await serve((_, reply) => reply.json(429, { code: 'rate_limited', message: 'Slow down.', retryAfter }, headers));
    const { failure } = await follow();
    expect(failure!.error.retryable).toBe(true);
    expect(failure!.error.retryAt! - Date.now()).toBeGreaterThan(3500e3);
    expect(failure!.error.retryAt! - Date.now()).toBeLessThan(3601e3);
    expect(server.received).toHaveLength(1);
  });

  test('shows visitors no page of a proxy', async () => {
    server = await serve((_, reply) => {
      reply.begin({ 'content-type': 'text/html' });
      reply.end();
    });
    const { failure } = await follow();
    expect(failure!.error.message).not.toContain('<');
  });

  test('can be abandoned', async () => {
    let arrived = () => {};
    const here = new Promise<void>((resolve) => (arrived = resolve));
    server = await serve(() => arrived());
    const following = follow();
    await here;
    leave.abort();
    expect((await following).failure).toMatchObject({ name: 'AbortError' });
  });
});

test('nothing is asked for somebody who has left', async () => {
  server = await serve((_, reply) => reply.empty(204));
  leave.abort();
  expect((await follow()).failure).toMatchObject({ name: 'AbortError' });
  expect((await follow(open(), null)).failure).toMatchObject({ name: 'AbortError' });
  expect(server.received).toEqual([]);
});

describe('a first request into a connection that is dead without knowing it', () => {
  test('is sent again, under the same id, to a server that promised to speak', async () => {
    server = await serve(async ({ path }, reply) => {
      if (path === '/config') return reply.json(200, { version: '1', heartbeat: 0.1 });
      if (path === '/session') return reply.json(200, { token: 'mine' });
      if (server.to('POST /messages').length === 1) return;
      await (await reply.stream()).write(frames(answer(TEXT)) + DONE);
      return reply.end();
    });
    const transport = open();
    await transport.config(leave.signal);
    const told = await follow(transport);
    expect(told.text).toBe(TEXT);
    expect(server.to('POST /messages').map(({ body }) => body)).toEqual([HELLO, HELLO]);
  });
});

describe('the visitor’s token', () => {
  const greet = async (reply: Reply, headers = {}) => {
    await (await reply.stream(headers)).write(frames(answer('Hi')) + DONE);
    reply.end();
  };

  test('is taken from the first answer and shown from then on', async () => {
    server = await serve((_, reply) => greet(reply, { 'x-chatwidget-token': 'token-1' }));
    const transport = open();
    await follow(transport);
    await follow(transport);
    expect(server.received.map(({ headers }) => headers.authorization)).toEqual([undefined, 'Bearer token-1']);
    expect(store.get('token')).toBe('token-1');
  });

  test('that is no longer good is replaced once, by a new session', async () => {
    store.set('token', 'stale');
    server = await serve(({ path, headers }, reply) => {
      if (path === '/session') return reply.json(200, { token: 'fresh', expiresAt: 2e9 });
      if (headers.authorization === 'Bearer fresh') return greet(reply);
      return reply.json(401, { code: 'bad_token', message: 'Who are you?' });
    });
    expect((await follow()).text).toBe('Hi');
    expect(server.received.map(({ path, headers }) => [path, headers.authorization])).toEqual([
      ['/messages', 'Bearer stale'],
      ['/session', undefined],
      ['/messages', 'Bearer fresh'],
    ]);
    expect(store.get('token')).toBe('fresh');
  });

  test('is not renewed for ever', async () => {
    server = await serve(({ path }, reply) =>
      path === '/session' ? reply.json(200, { token: 'fresh', expiresAt: 2e9 }) : reply.json(401, { code: 'bad_token', message: 'Who are you?' }),
    );
    expect((await follow()).failure).toMatchObject({ status: 401, error: { code: 'bad_token', retryable: false } });
    expect(server.received.map(({ path }) => path)).toEqual(['/messages', '/session', '/messages']);
  });

  test('is renewed once for all requests that find it stale', async () => {
    store.set('token', 'stale');
    server = await serve(({ path, headers }, reply) => {
      if (path === '/session') return reply.json(200, { token: 'fresh', expiresAt: 2e9 });
      if (headers.authorization !== 'Bearer fresh') return reply.json(401, { code: 'bad_token', message: 'Who are you?' });
      return reply.json(200, { messages: [], running: null, more: false });
    });
    const transport = open();
    await Promise.all([transport.history('c_1', leave.signal), transport.history('c_1', leave.signal)]);
    expect(server.to('POST /session')).toHaveLength(1);
  });

  test('gives way to the host’s own authorization, which is asked for again when it is refused', async () => {
    store.set('token', 'visitor');
    let asked = 0;
    server = await serve(({ headers }, reply) => (headers.authorization === 'Bearer user-2' ? greet(reply) : reply.json(401, { code: 'bad_token', message: 'Expired.' })));
    const told = await follow(open({ headers: async () => ({ Authorization: `Bearer user-${++asked}`, 'x-page': 'pricing' }) }));
    expect(told.text).toBe('Hi');
    expect(server.received.map(({ path, headers }) => [path, headers.authorization, headers['x-page']])).toEqual([
      ['/messages', 'Bearer user-1', 'pricing'],
      ['/messages', 'Bearer user-2', 'pricing'],
    ]);
  });
});

describe('the page', () => {
  const chunks = answer(TEXT);
  const never: Partial<Timing> = { ...QUICK, base: 1e6, cap: 1e6 };

  const lostOnce = () =>
    serve(async ({ method }, reply) => {
      await (await reply.stream()).write(method === 'POST' ? frames(chunks.slice(0, 5)) : frames(chunks.slice(5), 'runAAAA1', 5) + DONE);
      return method === 'POST' ? reply.cut() : reply.end();
    });

  async function following(timing: Partial<Timing>): Promise<{ told: Told; done: Promise<boolean> }> {
    vi.spyOn(Math, 'random').mockReturnValue(1);
    const told: Told = { chunks: [], connections: [], accepted: 0, text: '' };
    const done = open({ timing }).follow('c_1', follower(told), leave.signal, HELLO);
    return { told, done };
  }

  test.each(['show', 'restore', 'goOnline'] as const)('that wakes up (%s) does not wait any longer', async (wake) => {
    const page = new Page();
    server = await lostOnce();
    const { told, done } = await following(never);
    await vi.waitFor(() => expect(told.connections).toContain('reconnecting'));
    page.hide();
    expect(server.to(STREAM)).toHaveLength(0);
    page[wake]();
    await done;
    expect(told.chunks).toEqual(chunks);
    expect(page.listeners).toBe(0);
    vi.restoreAllMocks();
  });

  test('that is offline waits for the network, and counts nothing', async () => {
    const page = new Page();
    page.goOffline();
    let up = false;
    server = await serve(async (_, reply) => {
      if (!up) return reply.cut();
      await (await reply.stream()).write(frames(chunks) + DONE);
      return reply.end();
    });
    const { told, done } = await following({ ...QUICK, firstTries: 1 });
    await vi.waitFor(() => expect(told.connections).toEqual(['offline']));
    expect(server.received).toHaveLength(1);
    up = true;
    page.goOnline();
    await done;
    expect(told.connections).toEqual(['offline', 'online']);
    expect(told.chunks).toEqual(chunks);
    vi.restoreAllMocks();
  });

  test('that gets its network back trusts no connection from before', async () => {
    const page = new Page();
    const replies: Reply[] = [];
    server = await serve(async ({ method }, reply) => {
      replies.push(reply);
      await (await reply.stream()).write(method === 'POST' ? frames(chunks.slice(0, 5)) : frames(chunks.slice(5), 'runAAAA1', 5) + DONE);
      if (method === 'GET') reply.end();
    });
    const { told, done } = await following(QUICK);
    await vi.waitFor(() => expect(told.chunks).toHaveLength(5));
    page.goOffline();
    page.goOnline();
    await done;
    expect(told.chunks).toEqual(chunks);
    await replies[0]!.closed;
    vi.restoreAllMocks();
  });

  test('keeps no listener and no timer of a reader that was let go', async () => {
    const page = new Page();
    server = await serve((_, reply) => reply.cut());
    const { told, done } = await following(never);
    await vi.waitFor(() => expect(told.connections).toContain('reconnecting'));
    expect(page.listeners).toBeGreaterThan(0);
    leave.abort();
    await expect(done).rejects.toMatchObject({ name: 'AbortError' });
    expect(page.listeners).toBe(0);
    vi.restoreAllMocks();
  });
});

describe('the other routes', () => {
  const on = async (answer: (request: Received, reply: Reply) => unknown) => {
    server = await serve(answer);
    return open();
  };

  test('config, with defaults for what is not told', async () => {
    const transport = await on((_, reply) => reply.json(200, { title: 'Ask us', heartbeat: 5 }));
    await expect(transport.config(leave.signal)).resolves.toEqual({ ...DEFAULT_CONFIG, title: 'Ask us', heartbeat: 5 });
  });

  test('config, and with it who the visitor is, before anything is asked', async () => {
    const transport = await on(({ path }, reply) => reply.json(200, path === '/session' ? { token: 'mine' } : { version: '1' }));
    await transport.config(leave.signal);
    expect((await transport.headers()).get('authorization')).toBe('Bearer mine');
    await transport.config(leave.signal);
    expect(server.to('POST /session')).toHaveLength(1);
  });

  test('history, a page at a time', async () => {
    const page = { id: 'c_1', messages: [], running: null, more: true };
    const transport = await on((_, reply) => reply.json(200, page));
    await expect(transport.history('c_1', leave.signal)).resolves.toEqual(page);
    await transport.history('c_1', leave.signal, { before: 'm/1' });
    expect(server.received.map(({ path }) => path)).toEqual(['/messages/c_1?limit=50', '/messages/c_1?limit=50&before=m%2F1']);
  });

  test('history is asked for again when the network or the server fails', async () => {
    let visit = 0;
    const transport = await on((_, reply) => {
      if (++visit === 1) return reply.cut();
      return visit === 2 ? reply.json(503, { code: 'store_unavailable', message: 'Wait.' }) : reply.json(200, { messages: [], running: null, more: false });
    });
    await expect(transport.history('c_1', leave.signal)).resolves.toMatchObject({ messages: [] });
  });

  test('stop', async () => {
    const transport = await on((_, reply) => reply.json(200, { stopped: true }));
    await expect(transport.stop('c_1', 'm_1', leave.signal)).resolves.toBe(true);
    expect(server.to('POST /messages/c_1/stop')[0]!.body).toEqual({ messageId: 'm_1' });
  });

  test('feedback', async () => {
    const transport = await on((_, reply) => reply.empty(204));
    await transport.feedback('c_1', { messageId: 'm_1', value: null }, leave.signal);
    expect(server.to('POST /messages/c_1/feedback')[0]!.body).toEqual({ messageId: 'm_1', value: null });
  });

  test('any other', async () => {
    const transport = await on((_, reply) => reply.empty(204));
    await transport.request('messages/c_1', leave.signal, { method: 'DELETE' });
    expect(server.to('DELETE /messages/c_1')).toHaveLength(1);
  });

  test('any other that is refused', async () => {
    const transport = await on((_, reply) => reply.json(404, { code: 'not_found', message: 'There is nothing here.' }));
    await expect(transport.request('messages/c_1', leave.signal, { method: 'DELETE' })).rejects.toMatchObject({ status: 404, error: { code: 'not_found' } });
  });

  test('a request that is never answered is not waited for for ever', async () => {
    let visit = 0;
    server = await serve((_, reply) => ++visit > 1 && reply.json(200, { stopped: false }));
    await expect(open({ timing: { ...QUICK, heartbeat: 0.1 } }).stop('c_1', undefined, leave.signal)).resolves.toBe(false);
    expect(visit).toBeGreaterThan(1);
  });
});
