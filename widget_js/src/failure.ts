/**
 * What can go wrong, in the one shape the interface shows.
 *
 *     Failure
 *     ├─ answered by the server: its `code`, and the HTTP status
 *     └─ found here (status 0): unreachable · interrupted · unsent · stopped
 */
export interface ChatError {
  /** Stable and machine-readable: the server's code, or one of those above. */
  code: string;
  /** A sentence fit for a visitor. */
  message: string;
  retryable: boolean;
  /** Epoch milliseconds: not before. */
  retryAt?: number | undefined;
  errorId?: string | undefined;
}

/** What the server tells about an error, in a JSON body or in an `error` chunk. */
export interface ErrorReport {
  code?: string | undefined;
  message?: string | undefined;
  hint?: string | undefined;
  retryable?: boolean | undefined;
  /** Seconds. */
  retryAfter?: number | undefined;
  errorId?: string | undefined;
}

const WORDS: Record<string, string> = {
  unreachable: 'The connection was lost. Please try again.',
  interrupted: 'The answer was cut off. Please try again.',
  unsent: 'This message was not sent.',
};

export class Failure extends Error {
  constructor(
    readonly error: ChatError,
    readonly status = 0,
    /** For the developer's console. */
    readonly hint?: string | undefined,
  ) {
    super(error.code);
  }
}

/** The server has no such thing, or no such route. */
export const isMissing = (cause: unknown): cause is Failure => cause instanceof Failure && (cause.status === 404 || cause.status === 405);

export function chatError(fallback: string, { code = fallback, message, retryable = true, retryAfter, errorId }: ErrorReport = {}): ChatError {
  return {
    code,
    message: message || WORDS[code] || 'Something went wrong. Please try again.',
    retryable,
    retryAt: retryAfter ? Date.now() + retryAfter * 1000 : undefined,
    errorId,
  };
}

/** Reads an answer that is not a 2xx. Only our own JSON is believed: anything else may be a proxy's HTML page. */
export async function failureOf(response: Response): Promise<Failure> {
  const { status, headers } = response;
  const body = await response.json().catch(() => null);
  const report: ErrorReport = body?.code && body.message ? body : {};
  // Seconds or a date: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
  const wait = headers.get('retry-after') ?? '';
  const retryAfter = Number(wait) || (Date.parse(wait) - Date.now()) / 1000;
  const retryable = status >= 500 || [408, 409, 425, 429].includes(status);
  return new Failure(chatError(`http_${status}`, { retryable, retryAfter, ...report }), status, report.hint);
}
