/** A real HTTP server whose every answer a test writes by hand: cut anywhere, stalled, or refused. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Chunk } from '../src/message';

export interface Received {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: any;
}

export class Reply {
  /** Resolves when the client has let go of the connection. */
  readonly closed: Promise<void>;

  constructor(private readonly response: ServerResponse) {
    this.closed = new Promise((resolve) => response.on('close', resolve));
  }

  json(status: number, body: unknown, headers: Record<string, string> = {}): void {
    this.response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  }

  empty(status: number): void {
    this.response.writeHead(status).end();
  }

  /** Begins a stream, as the wire says: with a comment. */
  async stream(headers: Record<string, string> = {}): Promise<this> {
    this.begin(headers);
    await this.write(': open\n\n');
    return this;
  }

  /** Begins a stream as other back ends do: without a word. */
  begin(headers: Record<string, string> = {}): this {
    this.response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', ...headers });
    this.response.flushHeaders();
    return this;
  }

  /** Resolves when the bytes have left this process. */
  write(data: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => this.response.write(data, () => resolve()));
  }

  end(): void {
    this.response.end();
  }

  /** Ends the connection in the middle of whatever it was. */
  cut(): void {
    this.response.destroy();
  }
}

export interface Server {
  url: string;
  received: Received[];
  /** Those to one route, like `'POST /messages'`. */
  to(route: string): Received[];
  close(): Promise<void>;
}

export async function serve(answer: (request: Received, reply: Reply) => unknown): Promise<Server> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const text = Buffer.concat(parts).toString();
    const message = { method: request.method!, path: request.url!.replace(/^\/chat/, ''), headers: request.headers, body: text && JSON.parse(text) };
    received.push(message);
    await answer(message, new Reply(response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/chat`,
    received,
    to: (route) => received.filter(({ method, path }) => `${method} ${path}` === route),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Chunks as frames of run `run`, the first with the number `first`. */
export const frames = (chunks: readonly Chunk[], run = 'runAAAA1', first = 0): string =>
  chunks.map((chunk, index) => `id: ${run}-${first + index}\ndata: ${JSON.stringify(chunk)}\n\n`).join('');

export const DONE = 'data: [DONE]\n\n';

/** One complete answer of a few words, a chunk per word. */
export function answer(text: string, messageId = 'm_1'): Chunk[] {
  return [
    { type: 'start', messageId, messageMetadata: { createdAt: '2026-01-02T03:04:05.678+00:00' } },
    { type: 'start-step' },
    { type: 'text-start', id: 't1' },
    ...(text.match(/\S+\s*/g) ?? []).map((delta) => ({ type: 'text-delta', id: 't1', delta })),
    { type: 'text-end', id: 't1' },
    { type: 'finish-step' },
    { type: 'finish', finishReason: 'stop', messageMetadata: {} },
  ];
}
