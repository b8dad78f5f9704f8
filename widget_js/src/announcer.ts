/**
 * What a screen reader hears of an answer: finished sentences, a few at a time, never tokens.
 * Takes the Markdown source as it grows and writes plain words into a polite live region.
 */

/** Milliseconds between two announcements: faster ones cut each other off. */
const PACE = 1500;

export class Announcer {
  readonly #region: HTMLElement;
  readonly #segmenter: { segment(text: string): Iterable<{ segment: string }> };
  #taken = 0;
  #rest = '';
  #inCode = false;
  #queue: string[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `region` must be in the page before anything is said, or nobody hears the first words. */
  constructor(region: HTMLElement, lang: string) {
    this.#region = region;
    this.#segmenter =
      'Segmenter' in Intl
        ? new Intl.Segmenter(lang, { granularity: 'sentence' })
        : { segment: (text) => (text.match(/[^.!?。！？\n]+[.!?。！？]*\s*|\n/g) ?? []).map((segment) => ({ segment })) };
  }

  /** Says one thing as it is. */
  say(sentence: string): void {
    this.#queue.push(sentence);
    this.#schedule();
  }

  /** The answer so far; may be called with the same text again. `done` lets its last, open sentence go too. */
  hear(source: string, done = false): void {
    // A replay tells it again from its start: nothing is new until it has caught up.
    this.#rest += source.slice(this.#taken);
    this.#taken = Math.max(this.#taken, source.length);
    const segments = [...this.#segmenter.segment(this.#rest)].map((part) => part.segment);
    // The last segment is open until something follows it: "3." may become "3.14".
    this.#rest = done ? '' : (segments.pop() ?? '');
    for (const segment of segments) this.#take(segment);
    this.#schedule();
  }

  /** Says that an answer is coming, and hears it from its first character. */
  begin(sentence: string): void {
    this.#taken = 0;
    this.#rest = '';
    this.#inCode = false;
    this.say(sentence);
  }

  silence(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#queue = [];
  }

  #take(segment: string): void {
    for (const line of segment.split('\n')) {
      if (/^\s*(```|~~~)/.test(line)) this.#inCode = !this.#inCode;
      else if (!this.#inCode) {
        const words = spoken(line);
        if (words) this.#queue.push(words);
      }
    }
  }

  #schedule(): void {
    if (this.#timer !== undefined || !this.#queue.length) return;
    this.#speak();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#schedule();
    }, PACE);
  }

  #speak(): void {
    const line = document.createElement('p');
    line.textContent = this.#queue.join(' ');
    this.#queue = [];
    // A new node for each announcement, so that the same words twice are heard twice.
    this.#region.replaceChildren(line);
  }
}

/** The words of a line of Markdown. */
export function spoken(line: string): string {
  return line
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/^\s*(#{1,6}\s|>\s?|[-*+]\s(\[[ xX]\]\s)?)+/, '')
    .replace(/^[\s:|-]+$/, '')
    .replace(/\s*\|\s*/g, ', ')
    .replace(/\*+|__|~~|`+/g, '')
    .replace(/^[,\s]+|[,\s]+$/g, '');
}
