/** When to try again: exponential backoff with full jitter, cut short as soon as the page has reason to hope. Knows nothing of what is tried. */

export interface Timing {
  /** Milliseconds: the first wait is somewhere between 0 and this. */
  base: number;
  /** Milliseconds: no wait is longer. */
  cap: number;
  /** Tries of a request that was never answered. Few: a server that refuses cross-origin requests looks just like no network. */
  firstTries: number;
  /** Tries to get back to an answer that is being written. */
  tries: number;
  /** Seconds between the server's signs of life; two and a half of them without one and the connection counts as lost. */
  heartbeat: number;
}

export const TIMING: Timing = { base: 300, cap: 8000, firstTries: 5, tries: 20, heartbeat: 15 };

export const isOffline = (): boolean => globalThis.navigator?.onLine === false;

/** Full jitter: after an outage a thousand pages must not come back in step. */
export const delay = (failures: number, { base, cap }: Timing): number => Math.random() * Math.min(cap, base * 2 ** (failures - 1));

/** Listens to the page's window, where there is one. */
export const listen = (type: string, listener: (event: Event) => unknown, signal: AbortSignal): void => globalThis.addEventListener?.(type, listener, { signal });

/** Calls `listener` when the network or the visitor comes back. */
export function onWake(listener: () => unknown, signal: AbortSignal): void {
  listen('online', listener, signal);
  listen('pageshow', listener, signal);
  globalThis.document?.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && listener(), { signal });
}

/** Resolves after `ms`, or sooner when the page wakes up; throws as soon as `signal` is aborted, which it must not be yet. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  let timer;
  await new Promise<unknown>((resolve) => {
    timer = setTimeout(resolve, ms);
    onWake(resolve as () => void, over.signal);
    signal.addEventListener('abort', resolve, { signal: over.signal });
  });
  clearTimeout(timer);
  over.abort();
  signal.throwIfAborted();
}
