/** The words of the wire: messages, their parts, and the chunks that build them. Types only. */
import type { ChatError } from './failure';

export interface Metadata {
  createdAt?: string;
  conversationId?: string;
  finishReason?: string;
  stopped?: boolean;
  interrupted?: boolean;
  refused?: boolean;
  usage?: { inputTokens?: number; outputTokens?: number };
  feedback?: 'up' | 'down' | null;
  /** On an answer: how it failed. On a visitor's message: why it was not sent. */
  error?: ChatError | undefined;
}

/** A message as it travels. */
export interface UIMessage {
  id: string;
  role: 'user' | 'assistant';
  parts: Part[];
  metadata?: Metadata;
}

/**
 * A message as it is held: one object for its whole life, changed in place (copying what is there for every delta would make a long answer slower with each word).
 * `version` grows with each change, so that drawing can skip what did not.
 */
export interface Message extends UIMessage {
  metadata: Metadata;
  version: number;
}

export type Part = TextPart | ReasoningPart | ToolPart | StepPart | SourcePart | FilePart | SuggestionsPart | DataPart;

export interface TextPart {
  type: 'text';
  text: string;
  state?: 'streaming' | 'done';
}
export interface ReasoningPart {
  type: 'reasoning';
  text: string;
  state?: 'streaming' | 'done';
}
export interface ToolPart {
  type: `tool-${string}`;
  toolCallId: string;
  state: 'input-streaming' | 'input-available' | 'output-available' | 'output-error' | 'output-denied';
  /** The arguments' JSON as far as it has come, while `state` is `input-streaming`. */
  inputText?: string;
  input?: unknown;
  output?: unknown;
  errorText?: string;
  title?: string;
}
export interface StepPart {
  type: 'step-start';
}
export interface SourcePart {
  type: 'source-url' | 'source-document';
  sourceId: string;
  url?: string;
  title?: string;
  mediaType?: string;
  filename?: string;
}
export interface FilePart {
  type: 'file';
  /** A web address, or the id of a file that a visitor sent. */
  url: string;
  mediaType: string;
  filename?: string;
}
/** What the visitor might ask next. */
export interface SuggestionsPart {
  type: 'data-suggestions';
  data: { texts: string[] };
}

/** Something of the site's own: `data-order` is drawn by `parts.order` of the element. */
export interface DataPart {
  type: `data-${string}`;
  data: unknown;
  /** A later part with the same type and id takes its place. */
  id?: string;
}

/** One chunk of the UI message stream v1, loosely: other back ends leave fields out and send types of their own. */
export interface Chunk {
  type: string;
  id?: string;
  messageId?: string;
  messageMetadata?: Metadata;
  delta?: string;
  toolCallId?: string;
  toolName?: string;
  title?: string;
  inputTextDelta?: string;
  input?: unknown;
  output?: unknown;
  errorText?: string;
  finishReason?: string;
  data?: { text?: string; texts?: string[] };
  /** Told once and not kept. */
  transient?: boolean;
  sourceId?: string;
  url?: string;
  mediaType?: string;
  filename?: string;
  reason?: string;
  code?: string;
  retryable?: boolean;
  retryAfter?: number;
  errorId?: string;
}
