/**
 * A new question goes to the top of the log and stays there, so that its answer is read from its first word: the log does not follow.
 *
 * Below it there is as much room as that takes. From then on everything is the reader's: at the end of the log it follows again, as always.
 */
import type { Kit } from './kit';
import { furnish } from './later';

/** Above the question, in px. */
const GAP = 8;
/** Left below, so that the log does not take this for its end (see `StickToBottom`), in px. */
const REST = 40;
/** Of the box: a question that is longer than so much shows its end. */
const LONG = 0.6;

const anchored = new WeakSet<HTMLElement>();

export function anchor(kit: Kit): void {
  const { h, chat, log, signal } = kit;
  if (anchored.has(log.element)) return;
  anchored.add(log.element);
  furnish(kit);
  const box = log.element.querySelector<HTMLElement>('[part~=log]')!;
  const thread = box.querySelector<HTMLElement>('[part~=thread]')!;
  const end = h('i', { class: 'end' });
  let question: HTMLElement | undefined;
  let running = false;
  /** The answer that is asked for again: once it is gone, its question is answered anew. One that is gone on with stays, and so does the log. */
  let replaced = '';
  let wanted = false;
  let first: string | undefined;
  let frame = 0;

  thread.append(end);
  const below = new IntersectionObserver((entries) => log.element.classList.toggle('rest', entries.at(-1)!.isIntersecting), { root: box });
  below.observe(end);
  const size = new ResizeObserver(() => question?.isConnected && makeRoom());
  size.observe(box);
  const stop = chat.subscribe(see);
  signal.addEventListener('abort', () => {
    cancelAnimationFrame(frame);
    below.disconnect();
    size.disconnect();
    stop();
  });
  see();

  /** With each change, because a short answer begins and ends within a frame. */
  function see(): void {
    const { status, messages } = chat.state;
    const last = messages.at(-1);
    if (status === 'ready' || !last) running = false;
    else {
      const asked = last.role === 'user';
      if (!running) replaced = asked ? '' : last.id;
      if (running ? replaced && last.id !== replaced : asked) {
        wanted = true;
        replaced = '';
        // One that was asked for before this change would run before it is drawn.
        cancelAnimationFrame(frame);
        frame = 0;
      }
      running = true;
    }
    // The panel has listened for longer: it asked for its frame before, and draws first.
    frame ||= requestAnimationFrame(settle);
  }

  function settle(): void {
    frame = 0;
    if (question && !question.isConnected) leave();
    if (wanted) pin();
    // A page of older messages has moved it down.
    else if (question && first !== chat.state.messages[0]?.id) makeRoom();
    first = chat.state.messages[0]?.id;
    wanted = false;
  }

  function pin(): void {
    question = [...thread.querySelectorAll<HTMLElement>('[part~=user-message]')].at(-1);
    if (!question) return;
    log.element.classList.add('rest');
    box.scrollTop = makeRoom();
    log.letGo();
    // What is above it may have had a size that was only remembered, until now.
    requestAnimationFrame(() => question?.isConnected && (box.scrollTop = makeRoom()));
  }

  /** Returns how far to scroll. */
  function makeRoom(): number {
    const { top, height } = question!.getBoundingClientRect();
    const skipped = Math.max(0, height - box.clientHeight * LONG);
    const at = Math.max(1, box.scrollTop + top - box.getBoundingClientRect().top - GAP + skipped);
    thread.style.minHeight = `${at + box.clientHeight + REST}px`;
    return at;
  }

  function leave(): void {
    question = undefined;
    thread.style.minHeight = '';
  }
}
