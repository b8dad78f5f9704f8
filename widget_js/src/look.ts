/** What the page, the attributes and the server wish for the look, brought together on the root that all styles hang on. */
import type { WidgetConfig } from './config';

export type Option = (name: string) => string | null;

export function applyLook(root: HTMLElement, element: Element, lang: string, option: Option, { theme, position, accent }: WidgetConfig): void {
  const wish = option('theme') ?? theme;
  root.style.colorScheme = wish === 'light' || wish === 'dark' ? wish : hasOwnScheme(element) ? 'inherit' : 'light dark';
  root.dir = inherited(element, 'dir') || (/^(ar|fa|he|ur)/.test(lang) ? 'rtl' : 'ltr');
  root.classList.toggle('start', (option('position') ?? position) === 'start');
  // An attribute is stronger than the page's style sheet, the server's wish is weaker.
  root.style.setProperty('--own-accent', colour(option('accent')));
  root.style.setProperty('--server-accent', colour(accent));
}

/** The nearest value of an inherited attribute, such as `lang`, also through shadow roots. */
export function inherited(element: Element, attribute: string): string {
  for (let at: Element | undefined = element; at; at = (at.getRootNode() as ShadowRoot).host) {
    const found = at.closest(`[${attribute}]`);
    if (found) return found.getAttribute(attribute)!;
  }
  return '';
}

/** The page has chosen one `color-scheme`: then "auto" is the page's choice, not the system's. */
function hasOwnScheme({ parentElement }: Element): boolean {
  return /^(only )?(light|dark)( only)?$/.test(getComputedStyle(parentElement ?? document.documentElement).colorScheme);
}

/** Null for what is no colour: a wrong value would take the fallbacks with it. */
const colour = (value: string | null): string | null => (value && CSS.supports('color', value) ? value : null);
