import { describe, expect, test } from 'vitest';
import { Conversation } from '../src/conversation';
import type { Chunk, Part, UIMessage } from '../src/message';
import { answer } from './scripted-server';

function reduce(chunks: Chunk[], conversation = new Conversation()): Conversation {
  for (const chunk of chunks) conversation.apply(chunk);
  return conversation;
}

const start: Chunk = { type: 'start', messageId: 'm_1' };
const user = (id: string, text = id): UIMessage => ({ id, role: 'user', parts: [{ type: 'text', text }], metadata: {} });
const told = (id: string, text = id): UIMessage => ({ id, role: 'assistant', parts: [{ type: 'text', text }], metadata: { finishReason: 'stop' } });
const ids = (conversation: Conversation) => conversation.messages.map(({ id }) => id);

/** The same answer as if every character had come alone. */
const byCharacter = (chunks: Chunk[]): Chunk[] =>
  chunks.flatMap((chunk) => {
    const field = chunk.delta === undefined ? 'inputTextDelta' : 'delta';
    const text = chunk[field];
    return text === undefined ? [chunk] : Array.from(text, (character) => ({ ...chunk, [field]: character }));
  });

const ANSWERS: [name: string, chunks: Chunk[], parts: Part[]][] = [
  [
    'text',
    [start, { type: 'text-start', id: 't' }, { type: 'text-delta', id: 't', delta: 'Grüß ' }, { type: 'text-delta', id: 't', delta: 'Gott 👋' }, { type: 'text-end', id: 't' }, { type: 'finish' }],
    [{ type: 'text', text: 'Grüß Gott 👋', state: 'done' }],
  ],
  [
    'reasoning and then text, each with its own id space',
    [start, { type: 'reasoning-delta', id: '1', delta: 'Hm. ' }, { type: 'text-delta', id: '1', delta: 'Yes.' }, { type: 'reasoning-delta', id: '1', delta: 'Sure.' }, { type: 'finish' }],
    [
      { type: 'reasoning', text: 'Hm. Sure.', state: 'done' },
      { type: 'text', text: 'Yes.', state: 'done' },
    ],
  ],
  [
    'a start of an id that was used before begins a new part',
    [start, { type: 'start-step' }, { type: 'text-start', id: '0' }, { type: 'text-delta', id: '0', delta: 'one' }, { type: 'text-end', id: '0' }, { type: 'finish-step' }, { type: 'start-step' }, { type: 'text-start', id: '0' }, { type: 'text-delta', id: '0', delta: 'two' }, { type: 'finish' }],
    [{ type: 'step-start' }, { type: 'text', text: 'one', state: 'done' }, { type: 'step-start' }, { type: 'text', text: 'two', state: 'done' }],
  ],
  [
    'two tools called in parallel, one of which fails',
    [
      start,
      { type: 'tool-input-start', toolCallId: 'a', toolName: 'search', title: 'Searching' },
      { type: 'tool-input-start', toolCallId: 'b', toolName: 'add' },
      { type: 'tool-input-delta', toolCallId: 'a', inputTextDelta: '{"q":' },
      { type: 'tool-input-delta', toolCallId: 'b', inputTextDelta: '{}' },
      { type: 'tool-input-delta', toolCallId: 'a', inputTextDelta: '"é"}' },
      { type: 'tool-input-available', toolCallId: 'a', toolName: 'search', input: { q: 'é' } },
      { type: 'tool-input-available', toolCallId: 'b', toolName: 'add', input: {} },
      { type: 'tool-output-error', toolCallId: 'b', errorText: 'no numbers' },
      { type: 'tool-output-available', toolCallId: 'a', output: [1, null] },
    ],
    [
      { type: 'tool-search', toolCallId: 'a', state: 'output-available', title: 'Searching', input: { q: 'é' }, output: [1, null] },
      { type: 'tool-add', toolCallId: 'b', state: 'output-error', input: {}, errorText: 'no numbers' },
    ],
  ],
  [
    'a tool call whose arguments are still coming',
    [start, { type: 'tool-input-start', toolCallId: 'a', toolName: 'search' }, { type: 'tool-input-delta', toolCallId: 'a', inputTextDelta: '{"q":"ü' }],
    [{ type: 'tool-search', toolCallId: 'a', state: 'input-streaming', inputText: '{"q":"ü' }],
  ],
  [
    'a tool call with arguments that make no sense',
    [start, { type: 'tool-input-error', toolCallId: 'a', toolName: 'search', input: '{"q', errorText: 'not JSON' }],
    [{ type: 'tool-search', toolCallId: 'a', state: 'output-error', input: '{"q', errorText: 'not JSON' }],
  ],
  [
    'sources and files',
    [start, { type: 'source-url', sourceId: 's', url: 'https://example.com', title: 'Example' }, { type: 'file', url: 'https://example.com/a.png', mediaType: 'image/png' }],
    [
      { type: 'source-url', sourceId: 's', url: 'https://example.com', title: 'Example' } as Part,
      { type: 'file', url: 'https://example.com/a.png', mediaType: 'image/png' },
    ],
  ],
  [
    'a step that is done over',
    [start, { type: 'start-step' }, { type: 'text-delta', id: '0', delta: 'kept' }, { type: 'start-step' }, { type: 'text-delta', id: '1', delta: 'wrong' }, { type: 'reset-step' }, { type: 'text-delta', id: '1', delta: 'right' }, { type: 'finish' }],
    [{ type: 'step-start' }, { type: 'text', text: 'kept', state: 'streaming' }, { type: 'step-start' }, { type: 'text', text: 'right', state: 'done' }],
  ],
];

describe.each(ANSWERS)('%s', (_, chunks, parts) => {
  test('whole', () => expect(reduce(chunks).messages[0]!.parts).toEqual(parts));
  test('character by character', () => expect(reduce(byCharacter(chunks)).messages[0]!.parts).toEqual(parts));
  test('told twice', () => expect(reduce([...chunks, ...chunks]).messages.map((message) => message.parts)).toEqual([parts]));
});

describe('a message', () => {
  test('is one object for its whole life, and its version grows with each change', () => {
    const conversation = reduce([start]);
    const [message] = conversation.messages;
    const list = conversation.messages;
    let version = message!.version;
    // The end of a step is nothing to see.
    for (const chunk of answer('one two').slice(1).filter(({ type }) => type !== 'finish-step')) {
      conversation.apply(chunk);
      expect(message!.version).toBeGreaterThan(version);
      version = message!.version;
    }
    expect(conversation.messages).toBe(list);
    expect(list[0]).toBe(message);
  });

  test('costs the same per word at the end of a long answer as at its beginning', () => {
    const conversation = reduce([start, { type: 'text-start', id: 't' }]);
    const part = conversation.messages[0]!.parts[0];
    const parts = conversation.messages[0]!.parts;
    const words = (count: number) => {
      const begun = performance.now();
      for (let word = 0; word < count; word++) conversation.apply({ type: 'text-delta', id: 't', delta: 'answer ' });
      return performance.now() - begun;
    };
    words(20_000);
    const early = Math.min(...Array.from({ length: 5 }, () => words(2_000)));
    words(500_000);
    const late = Math.min(...Array.from({ length: 5 }, () => words(2_000)));
    // Copying the text for each word would make it some forty times slower here.
    expect(late).toBeLessThan(early * 10 + 1);
    expect(conversation.messages[0]!.parts).toBe(parts);
    expect(parts[0]).toBe(part);
  });

  test('takes what is said about it from start, message-metadata and finish', () => {
    const conversation = reduce([
      { type: 'start', messageId: 'm', messageMetadata: { createdAt: 'then' } },
      { type: 'message-metadata', messageMetadata: { refused: true } },
      { type: 'finish', finishReason: 'content-filter', messageMetadata: { usage: { inputTokens: 1, outputTokens: 2 } } },
    ]);
    expect(conversation.messages[0]!.metadata).toEqual({ createdAt: 'then', refused: true, finishReason: 'content-filter', usage: { inputTokens: 1, outputTokens: 2 } });
  });

  test('that failed says how', () => {
    const conversation = reduce([start, { type: 'text-delta', id: 't', delta: 'Hal' }, { type: 'error', errorText: 'Too busy.', code: 'provider_overloaded', retryable: true, errorId: 'e1' }]);
    expect(conversation.messages[0]!.metadata.error).toMatchObject({ code: 'provider_overloaded', message: 'Too busy.', retryable: true, errorId: 'e1' });
    expect(conversation.messages[0]!.parts).toEqual([{ type: 'text', text: 'Hal', state: 'done' }]);
  });

  test('that was stopped says so', () => {
    expect(reduce([start, { type: 'text-delta', id: 't', delta: 'Hal' }, { type: 'abort' }]).messages[0]!.metadata.stopped).toBe(true);
  });

  test('is reset when it starts again', () => {
    const conversation = reduce([start, { type: 'text-delta', id: 't', delta: 'half an' }]);
    const part = conversation.messages[0]!.parts[0];
    reduce(answer('whole'), conversation);
    expect(conversation.messages).toHaveLength(1);
    expect(conversation.messages[0]!.parts).toContainEqual({ type: 'text', text: 'whole', state: 'done' });
    expect(conversation.messages[0]!.parts).not.toContain(part);
  });
});

describe("a site's own data", () => {
  const order = (state: string, id?: string) => ({ type: 'data-order', data: { state }, ...(id && { id }) }) as Chunk;

  test('is kept in its place', () => {
    const { messages } = reduce([start, { type: 'text-delta', id: 't', delta: 'a' }, order('packed'), order('packed'), { type: 'text-delta', id: 'u', delta: 'b' }, { type: 'finish' }]);
    expect(messages[0]!.parts.map(({ type }) => type)).toEqual(['text', 'data-order', 'data-order', 'text']);
  });

  test('is put in the place of an earlier one with its id, and counts as a change', () => {
    const conversation = reduce([start, order('packed', 'a'), order('packed', 'b'), { type: 'data-route', id: 'a', data: {} } as Chunk]);
    const { version } = conversation.messages[0]!;
    reduce([order('sent', 'a')], conversation);
    expect(conversation.messages[0]!.parts).toEqual([order('sent', 'a'), order('packed', 'b'), { type: 'data-route', id: 'a', data: {} }]);
    expect(conversation.messages[0]!.version).toBeGreaterThan(version);
  });
});

describe('what other back ends send', () => {
  test('chunks of unknown types change nothing', () => {
    const conversation = reduce([start, { type: 'text-delta', id: 't', delta: 'a' }]);
    const { version } = conversation.messages[0]!;
    reduce([{ type: 'data-weather', data: {}, transient: true }, { type: 'custom' }, { type: 'tool-surprise' }, { type: '' }], conversation);
    expect(conversation.messages[0]!.version).toBe(version);
    expect(conversation.messages[0]!.parts).toHaveLength(1);
  });

  test('a start without an id, told again, is the same answer', () => {
    const conversation = reduce([{ type: 'start' }, { type: 'text-delta', id: 't', delta: 'half' }, { type: 'start' }, { type: 'text-delta', id: 't', delta: 'whole' }]);
    expect(conversation.messages.map(({ parts }) => parts)).toEqual([[{ type: 'text', text: 'whole', state: 'streaming' }]]);
  });

  test('a start without an id after the last answer was settled is another', () => {
    const conversation = reduce([{ type: 'start' }, { type: 'text-delta', id: 't', delta: 'one' }]);
    conversation.settle();
    reduce([{ type: 'start' }, { type: 'text-delta', id: 't', delta: 'two' }], conversation);
    expect(conversation.messages).toHaveLength(2);
    expect(new Set(ids(conversation)).size).toBe(2);
  });

  test('an answer without a start is one all the same', () => {
    expect(reduce([{ type: 'text-delta', id: 't', delta: 'Hi' }]).messages[0]!.parts).toEqual([{ type: 'text', text: 'Hi', state: 'streaming' }]);
  });

  test('chunks that end an answer which never began make no message', () => {
    expect(reduce([{ type: 'finish' }, { type: 'abort' }]).messages).toEqual([]);
  });

  test('an error before the start has a message to be shown on', () => {
    const [message] = reduce([{ type: 'error', errorText: 'No.' }]).messages;
    expect(message).toMatchObject({ role: 'assistant', parts: [], metadata: { error: { code: 'provider_error', message: 'No.', retryable: true } } });
  });
});

describe('the activity', () => {
  const busy: Chunk = { type: 'data-status', data: { text: 'Searching…' } };

  test('is what the assistant says it does, until it speaks', () => {
    const conversation = reduce([start, busy]);
    expect(conversation.activity).toBe('Searching…');
    reduce([{ type: 'text-delta', id: 't', delta: 'Found' }], conversation);
    expect(conversation.activity).toBeNull();
  });

  test('ends with the answer', () => {
    expect(reduce([start, busy, { type: 'finish' }]).activity).toBeNull();
    expect(reduce([start, busy, { type: 'error' }]).activity).toBeNull();
  });

  test('an answer has begun when there is something to show', () => {
    const conversation = reduce([start, { type: 'start-step' }, busy, { type: 'text-start', id: 't' }]);
    expect(conversation.begun).toBe(false);
    reduce([{ type: 'text-delta', id: 't', delta: 'A' }], conversation);
    expect(conversation.begun).toBe(true);
  });
});

describe('the history', () => {
  test('takes the place of what was there, and keeps the objects that are the same', () => {
    const conversation = new Conversation();
    conversation.take([user('u1'), told('a1')]);
    const before = conversation.messages;
    const versions = before.map(({ version }) => version);
    conversation.take([user('u1'), told('a1'), user('u2'), told('a2')]);
    expect(ids(conversation)).toEqual(['u1', 'a1', 'u2', 'a2']);
    expect(conversation.messages.slice(0, 2)).toEqual(before);
    expect(conversation.messages[1]).toBe(before[1]);
    expect(before.map(({ version }) => version)).toEqual(versions);
  });

  test('completes an answer that was cut off here', () => {
    const conversation = reduce([{ ...start, messageId: 'a1' }, { type: 'text-delta', id: 't', delta: 'ha' }]);
    const [message] = conversation.messages;
    const { version } = message!;
    conversation.settle();
    conversation.take([told('a1', 'half and the rest')]);
    expect(conversation.messages[0]).toBe(message);
    expect(message!.parts).toEqual([{ type: 'text', text: 'half and the rest' }]);
    expect(message!.version).toBeGreaterThan(version);
  });

  test('leaves older pages above, and what it does not know yet below', () => {
    const conversation = new Conversation();
    conversation.take([user('u2'), told('a2')]);
    conversation.prepend([user('u1'), told('a1')]);
    conversation.add(user('u3'));
    conversation.take([user('u2'), told('a2'), user('u2b'), told('a2b')]);
    expect(ids(conversation)).toEqual(['u1', 'a1', 'u2', 'a2', 'u2b', 'a2b', 'u3']);
  });

  test('drops what another tab had done over', () => {
    const conversation = new Conversation();
    conversation.take([user('u1'), told('a1')]);
    conversation.take([user('u1'), told('a1-again')]);
    expect(ids(conversation)).toEqual(['u1', 'a1-again']);
  });

  test('an older page brings nothing twice', () => {
    const conversation = new Conversation();
    conversation.take([told('a1'), user('u2')]);
    conversation.prepend([user('u1'), told('a1')]);
    expect(ids(conversation)).toEqual(['u1', 'a1', 'u2']);
  });

  test('an answer to someone else stays above the message that could not be sent', () => {
    const conversation = new Conversation();
    conversation.add(user('u1'));
    conversation.add({ ...user('u2'), metadata: { error: { code: 'conversation_busy', message: '', retryable: true } } });
    reduce([{ ...start, messageId: 'a1' }], conversation);
    expect(ids(conversation)).toEqual(['u1', 'a1', 'u2']);
  });
});
