/** The two ends of the wire together: the chat against the real server, with the demo assistant, at CHATWIDGET_URL. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Chat, type ChatOptions, type ChatState } from '../src/chat';
import type { Message } from '../src/message';
import { MemoryStorage } from './page';

const endpoint = process.env['CHATWIDGET_URL']!;

describe.skipIf(!endpoint)('the chat and the server', () => {
  let storage: MemoryStorage;
  let chats: Chat[] = [];

  beforeEach(() => {
    storage = new MemoryStorage();
  });
  afterEach(() => {
    for (const chat of chats) chat.destroy();
    chats = [];
  });

  function open(options: Partial<ChatOptions> = {}): Chat {
    const chat = new Chat({ endpoint, storage, timing: { base: 5, cap: 20 }, ...options });
    chats.push(chat);
    return chat;
  }

  function until(chat: Chat, wanted: (state: ChatState) => unknown): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!wanted(chat.state)) return;
        stop();
        resolve();
      };
      const stop = chat.subscribe(look);
      look();
    });
  }

  const textOf = ({ parts }: Message) => parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
  const last = (chat: Chat) => textOf(chat.state.messages.at(-1)!);
  const speaking = ({ status, messages }: ChatState) => status === 'streaming' && textOf(messages.at(-1)!).length > 200;

  /** A network that breaks each response off after so many bytes, until told to be good. */
  function breaking(bytes: number): { fetch: typeof fetch; good(): void; breaks: number } {
    let limit = bytes;
    const network = {
      breaks: 0,
      good: () => void (limit = Infinity),
      fetch: async (input: RequestInfo | URL, init?: RequestInit) => {
        const response = await fetch(input, init);
        if (!response.headers.get('content-type')?.includes('event-stream')) return response;
        let seen = 0;
        const broken = response.body!.pipeThrough(
          new TransformStream<Uint8Array, Uint8Array>({
            transform(piece, controller) {
              if (seen + piece.length > limit) {
                controller.enqueue(piece.slice(0, limit - seen));
                network.breaks++;
                controller.error(new TypeError('network error'));
              } else controller.enqueue(piece);
              seen += piece.length;
            },
          }),
        );
        return new Response(broken, { status: response.status, headers: response.headers });
      },
    };
    return network;
  }

  test('a question, its answer, another answer, a thumb, and all of it again after a reload', async () => {
    const chat = open();
    expect((await chat.config()).features).toMatchObject({ stop: true, regenerate: true, feedback: true });
    await chat.send('Good morning');
    expect(chat.state).toMatchObject({ status: 'ready', error: null });
    const first = chat.state.messages[1]!;
    await chat.regenerate();
    expect(chat.state.messages).toHaveLength(2);
    const second = chat.state.messages[1]!;
    expect(second.id).not.toBe(first.id);
    await chat.feedback(second.id, 'up');
    expect(second.metadata.feedback).toBe('up');

    const after = open();
    await after.load();
    expect(after.state.messages.map(({ id }) => id)).toEqual(chat.state.messages.map(({ id }) => id));
    expect(after.state.messages.map(textOf)).toEqual(chat.state.messages.map(textOf));
    expect(after.state.messages[1]!.metadata.feedback).toBe('up');
  });

  test('an answer over a network that breaks every few hundred bytes is the same', async () => {
    const whole = open();
    await whole.send('markdown please');
    const network = breaking(700);
    const chat = open({ storage: new MemoryStorage(), fetch: network.fetch });
    await chat.send('markdown please');
    expect(chat.state).toMatchObject({ status: 'ready', error: null });
    expect(network.breaks).toBeGreaterThan(3);
    expect(last(chat)).toBe(last(whole));
  });

  test('a reload in the middle of an answer, and a second tab', async () => {
    const before = open();
    const sent = before.send('a long answer');
    await until(before, speaking);
    const [after, tab] = [open(), open()];
    await Promise.all([after.load(), tab.load()]);
    await Promise.all([until(after, speaking), until(tab, speaking)]);
    before.destroy();
    await sent;
    await after.stop();
    await Promise.all([after, tab].map((chat) => until(chat, ({ status }) => status === 'ready')));
    expect(after.state.messages).toHaveLength(2);
    expect(last(tab)).toBe(last(after));
    expect(after.state.messages[1]!.metadata.stopped).toBe(true);

    const later = open();
    await later.load();
    expect(last(later)).toBe(last(after));
  });

  test('an answer that fails, says so after a reload, and fails again when asked for again', async () => {
    const chat = open();
    await chat.send('make an error');
    expect(chat.state.error).toMatchObject({ code: 'provider_overloaded', retryable: true });
    expect(last(chat)).not.toBe('');
    const after = open();
    await after.load();
    expect(after.state.error).toMatchObject({ code: 'provider_overloaded' });
    await after.retry();
    expect(after.state.error).toMatchObject({ code: 'provider_overloaded' });
    expect(after.state.messages).toHaveLength(2);
  });

  test('a message from another tab while this one is answered waits its turn', async () => {
    const first = open();
    await first.send('hello');
    const second = open();
    await second.load();
    const sent = first.send('a long answer');
    await until(first, speaking);
    const waiting = second.send('and mine');
    await until(second, ({ error, status }) => error?.code === 'conversation_busy' && status === 'streaming');
    await first.stop();
    await Promise.all([sent, waiting]);
    expect(second.state.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant', 'user']);
    await second.retry();
    expect(second.state).toMatchObject({ status: 'ready', error: null });
    expect(second.state.messages).toHaveLength(6);
  });

  test('a send whose answer never came is answered once', async () => {
    let lost = 0;
    const chat = open({
      fetch: async (input, init) => {
        const response = await fetch(input, init);
        if (init?.method !== 'POST' || !String(input).endsWith('/messages') || lost++ > 1) return response;
        // The server has it; the page never learns.
        await response.body!.cancel();
        throw new TypeError('network error');
      },
    });
    await chat.send('Good morning');
    expect(chat.state).toMatchObject({ status: 'ready', error: null });
    const after = open();
    await after.load();
    expect(after.state.messages).toHaveLength(2);
    expect(last(after)).toBe(last(chat));
  });

  test('a token from before the server forgot its secret', async () => {
    const chat = open();
    await chat.send('Good morning');
    const key = `chatwidget:${endpoint}::token`;
    const token = storage.getItem(key)!;
    storage.setItem(key, `${token.slice(0, -4)}AAAA`);
    const after = open();
    await after.load();
    await until(after, ({ status }) => status === 'ready');
    expect(after.state).toMatchObject({ messages: [], error: null });
    await after.send('hello again');
    expect(after.state.error).toBeNull();
    expect(after.state.messages).toHaveLength(2);
    expect(storage.getItem(key)).not.toBe(token);
  });

  test('an edited question is answered anew, in its place', async () => {
    const chat = open();
    await chat.send('Good morning');
    await chat.send('Show me a table');
    const [first] = chat.state.messages;
    await chat.edit(first!.id, 'Good evening');
    expect(chat.state).toMatchObject({ status: 'ready', error: null });
    const after = open();
    await after.load();
    expect(after.state.messages).toHaveLength(2);
    expect(after.state.messages[0]).toMatchObject({ id: first!.id, parts: [{ type: 'text', text: 'Good evening' }] });
  });

  test('a conversation that was left can be come back to', async () => {
    const chat = open();
    await chat.send('Good morning');
    const id = chat.state.conversationId;
    await chat.clear();
    expect(chat.state.messages).toEqual([]);
    await chat.open(id);
    expect(chat.state.messages.map(({ role }) => role)).toEqual(['user', 'assistant']);
  });
});
