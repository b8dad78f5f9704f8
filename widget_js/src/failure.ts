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

export function chatError(code: string, report: ErrorReport = {}): ChatError {
  code = report.code ?? code;
  return {
    code,
    message: report.message || WORDS[code] || 'Something went wrong. Please try again.',
    retryable: report.retryable ?? true,
    retryAt: report.retryAfter ? Date.now() + report.retryAfter * 1000 : undefined,
    errorId: report.errorId,
  };
}

/** Reads an answer that is not a 2xx. Only our own JSON is believed: anything else may be a proxy's HTML page. */
export async function failureOf(response: Response): Promise<Failure> {
  const status = response.status;
  let report: ErrorReport = {};
  try {
    const body = await response.json();
    if (typeof body.code === 'string' && typeof body.message === 'string') report = body;
  } catch {
    // not JSON: the status has to do
  }
  return new Failure(
    chatError(`http_${status}`, {
      retryable: status >= 500 || [408, 409, 425, 429].includes(status),
      retryAfter: secondsUntil(response.headers.get('retry-after')),
      ...report,
    }),
    status,
    report.hint,
  );
}

/** `Retry-After` is seconds or a date. https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function secondsUntil(value: string | null): number | undefined {
  if (!value) return undefined;
  const seconds = Number(value);
  return (isNaN(seconds) ? (Date.parse(value) - Date.now()) / 1000 : seconds) || undefined;
}
