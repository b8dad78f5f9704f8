/** Builds DOM nodes. No markup strings anywhere, so that strict CSP and Trusted Types hold without a policy. */

type Handler = (event: never) => void;
type Attributes = Record<string, string | number | boolean | null | undefined | Handler>;
type Child = Node | string | null;

/** A `part` is a class as well: what the page may style, the widget styles too. */
export function h<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const name in attributes) {
    const value = attributes[name];
    if (typeof value === 'function') element.addEventListener(name.slice(2), value as EventListener);
    else set(element, name, value);
    if (name === 'part') element.className = value as string;
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** Booleans by presence, except for ARIA, where false is a value of its own. */
export function set(element: Element, name: string, value: unknown): void {
  if (name.startsWith('aria-') && value != null) value = String(value);
  if (value == null || value === false) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? '' : String(value));
}

/** A button is `type="button"` unless told: inside somebody's form it must never submit. */
export function button(attributes: Attributes, ...children: Child[]): HTMLButtonElement {
  return h('button', { type: 'button', ...attributes }, ...children);
}
