/** A greeting beside the launcher, once a visitor: shown only where the page asks for it, and gone for good once it was pressed or sent away. */
import { popupStyles } from './styles-popup';

/** Milliseconds: the page comes first. */
const PATIENCE = 1500;

const DISMISS: Record<string, string> = {
  ar: 'إخفاء',
  de: 'Ausblenden',
  en: 'Dismiss',
  es: 'Ocultar',
  fr: 'Masquer',
  he: 'הסתרה',
  it: 'Nascondi',
  ja: '閉じる',
  ko: '닫기',
  nl: 'Verbergen',
  pl: 'Ukryj',
  pt: 'Ocultar',
  ru: 'Скрыть',
  tr: 'Gizle',
  uk: 'Приховати',
  zh: '关闭',
};

/** As the panel's: what the page wishes for the chat, else the page's own, else the system's. */
function scheme({ theme, parentElement }: HTMLElement & { theme: string }): string {
  if (theme === 'light' || theme === 'dark') return theme;
  const own = getComputedStyle(parentElement ?? document.documentElement).colorScheme;
  return own === 'normal' ? 'light dark' : own;
}

const langOf = (element: Element) => element.closest<HTMLElement>('[lang]')?.lang.slice(0, 2).toLowerCase() ?? '';

let sheet: CSSStyleSheet | undefined;

/** `key` tells chats of one site apart. */
export function popUp(element: HTMLElement & { popup: string; theme: string; open(): void }, root: HTMLElement, key: string, signal: AbortSignal): void {
  const text = element.popup;
  const name = `${key}:popup`;
  if (seen(name, text)) return;
  const timer = setTimeout(show, PATIENCE);
  signal.addEventListener('abort', () => clearTimeout(timer));
  element.addEventListener('chatwidget-open', gone, { once: true, signal });
  let card: HTMLElement | undefined;

  function show(): void {
    if (!sheet) (sheet = new CSSStyleSheet()).replaceSync(popupStyles);
    const shadow = element.shadowRoot!;
    if (!shadow.adoptedStyleSheets.includes(sheet!)) shadow.adoptedStyleSheets.push(sheet!);
    card = make('div', 'popup');
    card.style.colorScheme = scheme(element);
    // Polite: nobody asked for it.
    card.setAttribute('role', 'status');
    const words = card.appendChild(make('button', 'popup-text'));
    words.textContent = text;
    words.dir = 'auto';
    words.onclick = () => element.open();
    const close = card.appendChild(make('button', 'popup-close'));
    close.setAttribute('aria-label', DISMISS[langOf(element)] ?? DISMISS['en']!);
    close.textContent = '×';
    close.onclick = gone;
    root.append(card);
    signal.addEventListener('abort', () => card?.remove());
  }

  function gone(): void {
    clearTimeout(timer);
    card?.remove();
    try {
      localStorage.setItem(name, text);
    } catch {
      // Then it comes back with the next page.
    }
  }
}

function make<K extends 'div' | 'button'>(tag: K, part: string): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  element.className = part;
  element.setAttribute('part', part);
  if (tag === 'button') element.setAttribute('type', 'button');
  return element;
}

function seen(name: string, text: string): boolean {
  try {
    return localStorage.getItem(name) === text;
  } catch {
    return false;
  }
}
