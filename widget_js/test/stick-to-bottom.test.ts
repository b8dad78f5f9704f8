// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { StickToBottom } from '../src/stick-to-bottom';

/** A box of 100 px over content of any height, with the one law of scrolling that matters here: it stops at both ends. */
class Box {
  readonly element = document.createElement('div');
  readonly content = document.createElement('div');
  readonly #life = new AbortController();
  readonly changes: boolean[] = [];
  readonly stick: StickToBottom;
  #height = 1000;
  #top = 0;

  constructor() {
    document.body.append(this.element);
    this.element.append(this.content);
    Object.defineProperties(this.element, {
      clientHeight: { get: () => 100 },
      scrollHeight: { get: () => this.#height },
      scrollTop: { get: () => this.#top, set: (top: number) => (this.#top = Math.max(0, Math.min(top, this.#height - 100))) },
    });
    this.stick = new StickToBottom(this.element, this.content, this.#life.signal, (following) => this.changes.push(following));
    this.stick.follow();
  }

  get top(): number {
    return this.#top;
  }

  get following(): boolean {
    return this.stick.following;
  }

  grow(by = 50): void {
    this.#height += by;
    this.stick.follow();
  }

  /** As the browser does it: the position first, then the event. */
  scrollTo(top: number): void {
    this.element.scrollTop = top;
    this.element.dispatchEvent(new Event('scroll'));
  }

  fire(type: string, properties: object = {}): void {
    this.element.dispatchEvent(Object.assign(new Event(type, { bubbles: true }), properties));
  }

  destroy(): void {
    this.#life.abort();
    this.element.remove();
  }
}

let box: Box;
beforeEach(() => void (box = new Box()));
afterEach(() => box.destroy());

it('follows the end while the reader is there', () => {
  box.grow();
  expect(box.top).toBe(950);
});

it.each([
  ['an upward wheel', () => box.fire('wheel', { deltaY: -1 })],
  [
    'a finger that pulls down',
    () => {
      box.fire('touchstart', { touches: [{ clientY: 10 }] });
      box.fire('touchmove', { touches: [{ clientY: 20 }] });
    },
  ],
  ['ArrowUp', () => box.fire('keydown', { key: 'ArrowUp' })],
  ['PageUp', () => box.fire('keydown', { key: 'PageUp' })],
  ['Home', () => box.fire('keydown', { key: 'Home' })],
  ['Shift and Space', () => box.fire('keydown', { key: ' ', shiftKey: true })],
])('%s lets go at once, before anything has scrolled', (_, move) => {
  move();
  box.grow();
  expect(box.top).toBe(900);
  expect(box.changes).toEqual([false]);
});

it.each([
  ['a downward wheel', () => box.fire('wheel', { deltaY: 1 })],
  ['a wheel that zooms', () => box.fire('wheel', { deltaY: -1, ctrlKey: true })],
  ['ArrowDown', () => box.fire('keydown', { key: 'ArrowDown' })],
])('%s does not let go', (_, move) => {
  move();
  box.grow();
  expect(box.top).toBe(950);
});

it('an upward wheel at the very top lets go of nothing', () => {
  box.element.scrollTop = 0;
  box.fire('wheel', { deltaY: -1 });
  expect(box.following).toBe(true);
});

it('scrolling down to the end takes up following again', () => {
  box.fire('wheel', { deltaY: -1 });
  box.scrollTo(500);
  expect(box.following).toBe(false);
  box.scrollTo(890);
  expect(box.following).toBe(true);
});

it('a wheel up and down at once does so too, though nothing has scrolled', () => {
  box.fire('wheel', { deltaY: -1 });
  box.fire('wheel', { deltaY: 1 });
  expect(box.following).toBe(true);
});

it('and where one event tells of both ways', () => {
  box.fire('wheel', { deltaY: -1 });
  box.element.scrollTop = 500;
  box.fire('wheel', { deltaY: 1 });
  expect(box.following).toBe(false);
  box.scrollTo(900);
  expect(box.following).toBe(true);
});

it('a wheel sideways does not', () => {
  box.fire('wheel', { deltaY: -1 });
  box.fire('wheel', { deltaY: 0, deltaX: 1 });
  expect(box.following).toBe(false);
});

it('scrolling up near the end does not', () => {
  box.fire('wheel', { deltaY: -1 });
  box.scrollTo(895);
  expect(box.following).toBe(false);
});

it('nothing moves under a pressed button', () => {
  box.fire('pointerdown', { button: 0 });
  box.grow();
  expect(box.top).toBe(900);
  window.dispatchEvent(new Event('pointerup'));
  expect(box.top).toBe(950);
});

it('a dragged scrollbar lets go, and back at the end it follows', () => {
  box.fire('pointerdown', { button: 0 });
  box.scrollTo(300);
  box.grow();
  window.dispatchEvent(new Event('pointerup'));
  expect([box.top, box.following]).toEqual([300, false]);
  box.fire('pointerdown', { button: 0 });
  box.scrollTo(950);
  window.dispatchEvent(new Event('pointerup'));
  expect(box.following).toBe(true);
});

it('a selection lets go', () => {
  vi.spyOn(document, 'getSelection').mockReturnValue({ type: 'Range' } as Selection);
  box.fire('pointerdown', { button: 0 });
  window.dispatchEvent(new Event('pointerup'));
  box.grow();
  expect(box.top).toBe(900);
  vi.restoreAllMocks();
});

it('a release that the browser swallowed is noticed by the next move without a button', () => {
  box.fire('pointerdown', { button: 0 });
  box.grow();
  box.fire('pointermove', { buttons: 0 });
  expect(box.top).toBe(950);
});

it('the button brings back the end, and following', () => {
  box.fire('wheel', { deltaY: -1 });
  box.grow();
  box.stick.toEnd();
  box.grow();
  expect(box.top).toBe(1000);
  expect(box.changes).toEqual([false, true]);
});

it('what comes in above does not move what is read', () => {
  box.fire('wheel', { deltaY: -1 });
  box.scrollTo(200);
  const anchor = document.createElement('p');
  let y = 40;
  anchor.getBoundingClientRect = () => ({ top: y }) as DOMRect;
  box.stick.hold(anchor, () => {
    y += 300;
    box.grow(300);
  });
  expect(box.top).toBe(500);
});

it('after its end it listens to nothing', () => {
  box.destroy();
  box.fire('wheel', { deltaY: -1 });
  expect(box.following).toBe(true);
});
