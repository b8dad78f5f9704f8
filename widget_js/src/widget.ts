/** The entry, for one script tag: defines the tag, and puts a bubble on a page that has no chat of its own. */
import { ChatWidget } from './chat-widget';

export { ChatWidget };
export type { ChatWidgetEvents } from './chat-widget';

const TAG = 'chat-widget';

/** The attributes that a script tag may carry as `data-*`, where their names differ. */
const RENAMED: Record<string, string> = { title: 'heading', storageKey: 'storage-key' };

/** The bubble that belongs to the script tag, and the body it was put into. */
let bubble: ChatWidget | undefined;
let home: HTMLElement;

if (typeof document === 'object') {
  const own = scripts();
  const settings: Record<string, string> = {};
  for (const { dataset } of own) for (const [name, value] of Object.entries(dataset)) settings[RENAMED[name] ?? name] = value ?? '';
  if (customElements.get(TAG)) configure(settings);
  else {
    ChatWidget.defaults = { endpoint: bare(import.meta.url).replace(/[^/]*$/, ''), ...settings };
    ChatWidget.watch = (element, here) => {
      // A page that has a chat of its own needs none from us.
      if (here && element !== bubble) bubble?.remove();
      // Turbo, Astro and their like put a new body in the place of the old one.
      if (!here && document.body !== home) place();
    };
    customElements.define(TAG, ChatWidget);
  }
  if (own.length && settings.auto !== 'false') {
    if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', place);
    else place();
  }
}

/** `document.currentScript` is null in modules and can be clobbered by the page's markup: the address is what identifies us. */
function scripts(): HTMLScriptElement[] {
  return [...document.querySelectorAll<HTMLScriptElement>('script[src]')].filter(({ src }) => bare(src) === bare(import.meta.url));
}

/** Without query and fragment: the same script, whatever its version. */
function bare(address: string): string {
  return address.replace(/[?#].*/, '');
}

/** Another copy of this script was here first: its elements are told what this tag says, and they stay the only ones. */
function configure(settings: Record<string, string>): void {
  for (const element of document.querySelectorAll(TAG))
    for (const [name, value] of Object.entries(settings)) if (!element.hasAttribute(name)) element.setAttribute(name, value);
}

function place(): void {
  home = document.body;
  if (document.querySelector(TAG)) return;
  bubble ??= document.createElement(TAG);
  home.append(bubble);
}
