/**
 * The bubble's panel as a sheet over a whole phone: above the keyboard, with the page behind it at rest.
 *
 * Only `visualViewport` tells of the keyboard on iOS; `interactive-widget` would be the page's to set, not ours.
 */

const PHONE = '(max-width: 640px), (max-height: 420px) and (pointer: coarse)';

export class PhoneSheet {
  readonly #panel: HTMLElement;
  readonly #query = matchMedia(PHONE);
  #open = false;
  #restore: (() => void) | undefined;

  constructor(panel: HTMLElement, signal: AbortSignal) {
    this.#panel = panel;
    const fit = () => this.#fit();
    this.#query.addEventListener('change', () => this.#update(), { signal });
    for (const type of ['resize', 'scroll']) window.visualViewport?.addEventListener(type, fit, { signal });
    panel.addEventListener('keydown', (event) => this.#keepFocus(event), { signal });
    signal.addEventListener('abort', () => this.show(false));
  }

  get active(): boolean {
    return this.#open && this.#query.matches;
  }

  show(open: boolean): void {
    this.#open = open;
    this.#update();
  }

  #update(): void {
    const { active } = this;
    this.#panel.classList.toggle('sheet', active);
    if (active) this.#panel.setAttribute('aria-modal', 'true');
    else this.#panel.removeAttribute('aria-modal');
    this.#fit();
    if (!active) {
      this.#restore?.();
      this.#restore = undefined;
    } else this.#restore ??= lockPage();
  }

  #fit(): void {
    const { style } = this.#panel;
    const view = window.visualViewport;
    // Zoomed in by the reader's fingers, the viewport is theirs to move about in.
    if (!view || view.scale > 1.01) return;
    style.setProperty('--sheet-top', `${view.offsetTop}px`);
    style.setProperty('--sheet-height', `${view.height}px`);
  }

  #keepFocus(event: KeyboardEvent): void {
    if (event.key !== 'Tab' || !this.active) return;
    const stops = [...this.#panel.querySelectorAll<HTMLElement>('button, textarea, a[href], [tabindex="0"]')].filter(
      (element) => element.checkVisibility() && !(element as HTMLButtonElement).disabled,
    );
    const at = (this.#panel.getRootNode() as ShadowRoot).activeElement;
    const edge = event.shiftKey ? stops[0] : stops.at(-1);
    if (at !== edge) return;
    event.preventDefault();
    (event.shiftKey ? stops.at(-1) : stops[0])?.focus();
  }
}

function lockPage(): () => void {
  const { style } = document.documentElement;
  const value = style.getPropertyValue('overflow');
  const priority = style.getPropertyPriority('overflow');
  style.setProperty('overflow', 'hidden', 'important');
  return () => {
    if (value) style.setProperty('overflow', value, priority);
    else style.removeProperty('overflow');
  };
}
