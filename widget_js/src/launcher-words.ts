/** The few words needed before the panel and its translations are there. Where a language is missing, "Chat" is understood. */

export type LauncherWords = [open: string, unreachable: string];

const WORDS: Record<string, LauncherWords> = {
  ar: ['فتح المحادثة', 'تعذّر الاتصال. إعادة المحاولة؟'],
  de: ['Chat öffnen', 'Keine Verbindung. Noch einmal?'],
  en: ['Open chat', 'No connection. Try again?'],
  es: ['Abrir el chat', 'Sin conexión. ¿Reintentar?'],
  fr: ['Ouvrir le chat', 'Pas de connexion. Réessayer ?'],
};

export function launcherWords(element: Element): LauncherWords {
  const lang = element.closest<HTMLElement>('[lang]')?.lang ?? '';
  return WORDS[lang.slice(0, 2).toLowerCase() || 'en'] ?? ['Chat', WORDS.en![1]];
}
