/** The demo assistant's manners on our wire, for tests that must run without Python: the same keywords, the same routes. */
import { answer, DONE, frames, serve, type Received, type Reply, type Server } from './scripted-server';
import type { Chunk } from '../src/message';

const middle = (...chunks: Chunk[]): Chunk[] => {
  const whole = answer('Here you are.');
  return [...whole.slice(0, 2), ...chunks, ...whole.slice(2)];
};

const ANSWERS: Record<string, Chunk[]> = {
  think: middle({ type: 'reasoning-start', id: 'r1' }, { type: 'reasoning-delta', id: 'r1', delta: 'Let me see.' }, { type: 'reasoning-end', id: 'r1' }),
  tool: middle(
    { type: 'data-status', data: { text: 'Searching the handbook…' }, transient: true } as Chunk,
    { type: 'tool-input-start', toolCallId: 'call_1', toolName: 'search_handbook' },
    { type: 'tool-input-delta', toolCallId: 'call_1', inputTextDelta: '{"query":"refunds"}' },
    { type: 'tool-input-available', toolCallId: 'call_1', toolName: 'search_handbook', input: { query: 'refunds' } },
    { type: 'tool-output-available', toolCallId: 'call_1', output: [{ page: 12 }] },
  ),
  error: [...answer('half an answer').slice(0, -2), { type: 'error', errorText: 'Too busy.', code: 'provider_overloaded', retryable: true, errorId: 'e_1' }],
};

interface Run {
  chunks: Chunk[];
  readers: Reply[];
  over: boolean;
}

export function serveDemo(): Promise<Server> {
  const runs = new Map<string, Run>();

  async function read(run: Run, reply: Reply): Promise<void> {
    await reply.stream({ 'x-vercel-ai-ui-message-stream': 'v1', 'x-chatwidget-token': 'token-1' });
    await reply.write(frames(run.chunks, 'runDEMO1'));
    if (run.over) return void reply.write(DONE).then(() => reply.end());
    run.readers.push(reply);
  }

  function add(run: Run, ...chunks: Chunk[]): void {
    const text = frames(chunks, 'runDEMO1', run.chunks.length);
    run.chunks.push(...chunks);
    for (const reply of run.readers) void reply.write(text);
  }

  function end(run: Run, ...chunks: Chunk[]): void {
    add(run, ...chunks);
    run.over = true;
    for (const reply of run.readers) void reply.write(DONE).then(() => reply.end());
  }

  function write(run: Run, words: number): void {
    if (run.over) return;
    if (words > 60) return end(run, { type: 'text-end', id: 't1' }, { type: 'finish-step' }, { type: 'finish', finishReason: 'stop' });
    add(run, { type: 'text-delta', id: 't1', delta: `word ${words} ` });
    setTimeout(write, 2, run, words + 1);
  }

  return serve(async ({ method, path, body }: Received, reply: Reply) => {
    const [, , conversation = body?.id, verb] = path.split('/') as [string, string, string?, string?];
    const run = runs.get(conversation);
    if (verb === 'stop') {
      const stopped = !!run && !run.over;
      if (stopped) end(run, { type: 'text-end', id: 't1' }, { type: 'abort', reason: 'stopped' } as Chunk, { type: 'finish', finishReason: 'other', messageMetadata: { stopped: true } });
      return reply.json(200, { stopped });
    }
    if (method === 'GET') return run && !run.over ? read(run, reply) : reply.empty(204);
    const asked: string = body.messages.at(-1).parts[0].text;
    const keyword = /\b(think|tool|error|long)\b/.exec(asked)?.[0] ?? '';
    const begun: Run = { chunks: keyword === 'long' ? answer('').slice(0, 3) : (ANSWERS[keyword] ?? answer('Hello. 👋 Grüße!')), readers: [], over: keyword !== 'long' };
    runs.set(conversation, begun);
    await read(begun, reply);
    if (keyword === 'long') write(begun, 1);
  });
}
