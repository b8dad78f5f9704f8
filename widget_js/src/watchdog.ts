/** Ends one request: when its parent is aborted, or when nothing was heard of it for too long. A half-open connection says nothing for ever. */

export interface Watchdog {
  signal: AbortSignal;
  /** Something was heard: wait `patience` milliseconds from now, or for ever (0). */
  feed(patience: number): void;
  /** Also the way to let go of a request that is over: it takes the listener off the parent. */
  bite(): void;
}

export function watchdog(parent: AbortSignal): Watchdog {
  const controller = new AbortController();
  const { signal } = controller;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const bite = () => {
    clearTimeout(timer);
    controller.abort();
  };
  const feed = (patience: number) => {
    clearTimeout(timer);
    if (patience && !signal.aborted) timer = setTimeout(bite, patience);
  };
  if (parent.aborted) bite();
  parent.addEventListener('abort', bite, { signal });
  return { signal, feed, bite };
}
