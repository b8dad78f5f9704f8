/** Loads the panel, also after it could not be loaded. */

export async function importPanel(): Promise<typeof import('./chat-panel')> {
  try {
    return await import('./chat-panel');
  } catch (cause) {
    // Firefox answers a failed import from memory for as long as the page lives, and names its address in the error: under another one it is fetched again.
    const address = /https?:\S+?\.js/.exec(String(cause))?.[0];
    if (!address) throw cause;
    return import(/* webpackIgnore: true */ /* @vite-ignore */ `${address}?again=${Date.now()}`);
  }
}
