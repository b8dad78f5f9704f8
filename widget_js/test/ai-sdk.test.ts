/**
 * The `ai` package's own client, both living versions of it, on our wire.
 *
 * Against the server at CHATWIDGET_URL (with the demo assistant) where there is one, else against one that is written here.
 */
import * as v7 from 'ai';
import * as v6 from 'ai-v6';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serveDemo } from './demo-server';

let url = process.env['CHATWIDGET_URL']?.replace(/\/$/, '');
let close = async (): Promise<void> => undefined;

beforeAll(async () => {
  if (url) return;
  const server = await serveDemo();
  ({ url, close } = server);
});
afterAll(() => close());

describe.each([
  ['ai 7', v7],
  ['ai 6', v6 as unknown as typeof v7],
])('%s', (_, ai) => {
  type Sdk = v7.DefaultChatTransport<v7.UIMessage>;

  /** On its own origin a browser has the visitor's token in a cookie; here it is carried along. */
  function transport(): Sdk {
    let token: string | null = null;
    return new ai.DefaultChatTransport({
      api: `${url}/messages`,
      fetch: async (input, init) => {
        const response = await fetch(input, { ...init, headers: { ...(init?.headers as Record<string, string>), ...(token && { authorization: `Bearer ${token}` }) } });
        token ??= response.headers.get('x-chatwidget-token');
        return response;
      },
    });
  }

  const newChat = () => `c_${crypto.randomUUID()}`;

  function send(sdk: Sdk, chatId: string, text: string, files: v7.FileUIPart[] = []) {
    const messages: v7.UIMessage[] = [{ id: `u_${crypto.randomUUID()}`, role: 'user', parts: [...files, { type: 'text', text }] }];
    return sdk.sendMessages({ trigger: 'submit-message', chatId, messageId: undefined, messages, abortSignal: undefined });
  }

  interface Read {
    message: v7.UIMessage;
    /** How many states it went through. */
    states: number;
    errors: unknown[];
    text: string;
  }

  async function read(stream: ReadableStream<v7.UIMessageChunk>, seen: (message: v7.UIMessage) => void = () => undefined): Promise<Read> {
    const errors: unknown[] = [];
    let message!: v7.UIMessage;
    let states = 0;
    for await (message of ai.readUIMessageStream({ stream, onError: (error) => errors.push(error) })) {
      states++;
      seen(message);
    }
    return { message, states, errors, text: textOf(message) };
  }

  const textOf = (message: v7.UIMessage) => message.parts.map((part) => (part.type === 'text' ? part.text : '')).join('');

  test('reads an answer word by word', async () => {
    const { message, states, errors, text } = await read(await send(transport(), newChat(), 'Good morning'));
    expect(errors).toEqual([]);
    expect(states).toBeGreaterThan(2);
    expect(text).not.toBe('');
    expect(message.role).toBe('assistant');
    expect(message.id).toMatch(/^m_/);
    expect(message.parts.every((part) => part.type !== 'text' || part.state === 'done')).toBe(true);
  });

  // What is written here takes no files: this is the Python server's alone.
  test.runIf(process.env['CHATWIDGET_URL'])('sends files as useChat does, inside the message', async () => {
    const text = { type: 'file', mediaType: 'text/plain', filename: 'notes.txt', url: `data:text/plain;base64,${btoa('one\ntwo\n')}` } as const;
    const { text: answer, errors } = await read(await send(transport(), newChat(), 'What is this?', [text]));
    expect(errors).toEqual([]);
    expect(answer).toContain('`notes.txt`: text/plain, 8 bytes, 2 lines');
  });

  test('reads thinking', async () => {
    const { message, errors } = await read(await send(transport(), newChat(), 'think about it'));
    expect(errors).toEqual([]);
    expect(message.parts).toContainEqual(expect.objectContaining({ type: 'reasoning', state: 'done', text: expect.stringMatching(/\w/) }));
  });

  test('reads a tool call, and is not upset by a transient status', async () => {
    const { message, errors, text } = await read(await send(transport(), newChat(), 'use a tool'));
    expect(errors).toEqual([]);
    expect(text).not.toBe('');
    const call = message.parts.find((part) => part.type.startsWith('tool-'));
    expect(call).toMatchObject({ state: 'output-available', input: expect.anything(), output: expect.anything() });
    expect(message.parts.some((part) => part.type === 'data-status')).toBe(false);
  });

  test('hears of an error, with the visitor’s sentence, and keeps what came before it', async () => {
    const { message, errors } = await read(await send(transport(), newChat(), 'make an error'));
    expect(errors).toEqual([expect.objectContaining({ message: expect.stringMatching(/\w/) })]);
    expect(textOf(message)).not.toBe('');
  });

  test('takes a stop for an ordinary end', async () => {
    const sdk = transport();
    const chatId = newChat();
    let stop: Promise<Response> | undefined;
    const { errors, text } = await read(await send(sdk, chatId, 'a long answer'), (message) => {
      if (textOf(message)) stop ??= post(sdk, `${url}/messages/${chatId}/stop`);
    });
    expect(await (await stop!).json()).toEqual({ stopped: true });
    expect(errors).toEqual([]);
    expect(text).not.toBe('');
  });

  test('takes up a running answer from its beginning, and learns when nothing runs', async () => {
    const sdk = transport();
    const chatId = newChat();
    let again: Promise<Read> | undefined;
    const first = await read(await send(sdk, chatId, 'a long answer'), (message) => {
      if (!textOf(message)) return;
      again ??= sdk.reconnectToStream({ chatId }).then((stream) => {
        void post(sdk, `${url}/messages/${chatId}/stop`);
        return read(stream!);
      });
    });
    const second = await again!;
    expect([...first.errors, ...second.errors]).toEqual([]);
    expect(second.text).toBe(first.text);
    expect(second.message.id).toBe(first.message.id);
    expect(await sdk.reconnectToStream({ chatId })).toBeNull();
  });

  function post(sdk: Sdk, to: string): Promise<Response> {
    const { fetch: carrying } = sdk as unknown as { fetch: typeof fetch };
    return carrying(to, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
  }
});
