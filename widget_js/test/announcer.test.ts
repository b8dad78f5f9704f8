// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Announcer, spoken } from '../src/announcer';

let region: HTMLElement;
let heard: string[];

function announcer(): Announcer {
  region = document.createElement('div');
  heard = [];
  const add = region.replaceChildren.bind(region);
  region.replaceChildren = (...nodes) => {
    heard.push(...nodes.map((node) => (node as Node).textContent ?? ''));
    add(...nodes);
  };
  return new Announcer(region, 'en');
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const wait = () => vi.advanceTimersByTime(2000);

describe('Announcer', () => {
  it('says finished sentences, not tokens', () => {
    const voice = announcer();
    for (const text of ['It is', 'It is warm', 'It is warm. And', 'It is warm. And dry. Bu']) voice.hear(text);
    wait();
    expect(heard).toEqual(['It is warm.', 'And dry.']);
  });

  it('says the open sentence at the end', () => {
    const voice = announcer();
    voice.hear('No full stop');
    expect(heard).toEqual([]);
    voice.hear('No full stop here', true);
    expect(heard).toEqual(['No full stop here']);
  });

  it('speaks at once and then keeps its pace, gathering what comes in between', () => {
    const voice = announcer();
    voice.say('Answering…');
    voice.hear('One. Two. ', false);
    voice.hear('One. Two. Three. Four', false);
    expect(heard).toEqual(['Answering…']);
    wait();
    expect(heard).toEqual(['Answering…', 'One. Two. Three.']);
  });

  it('says nothing twice when an answer is replayed from its start', () => {
    const voice = announcer();
    voice.hear('One. Two. Three');
    wait();
    voice.hear('');
    voice.hear('One. Two. Three. Four', true);
    wait();
    expect(heard.join(' ')).toBe('One. Two. Three. Four');
  });

  it('begins anew with each answer', () => {
    const voice = announcer();
    voice.hear('The first one.', true);
    voice.begin('Answering…');
    voice.hear('Short.', true);
    wait();
    expect(heard.join(' ')).toBe('The first one. Answering… Short.');
  });

  it('leaves code unread', () => {
    const voice = announcer();
    voice.hear('Run this:\n\n```sh\nrm -rf build\n```\n\nThat is all.\n', true);
    wait();
    expect(heard.join(' ')).toBe('Run this: That is all.');
  });

  it('is silent after it was silenced', () => {
    const voice = announcer();
    voice.say('One');
    voice.say('Two');
    voice.silence();
    wait();
    expect(heard).toEqual(['One']);
  });

  it('says the same words again in a new node, which is what a screen reader notices', () => {
    const voice = announcer();
    voice.say('Copied');
    const first = region.firstChild;
    wait();
    voice.say('Copied');
    expect(heard).toEqual(['Copied', 'Copied']);
    expect(region.firstChild).not.toBe(first);
  });
});

describe('spoken', () => {
  it.each([
    ['## A heading', 'A heading'],
    ['- [x] done **well**', 'done well'],
    ['> See [the guide](https://example.com/a_b) and `code`', 'See the guide and code'],
    ['| Plan | Price |', 'Plan, Price'],
    ['|---|--:|', ''],
    ['![a cat](https://example.com/cat.png)', 'a cat'],
    ['2 * 3 is 6', '2  3 is 6'],
  ])('reads %j as %j', (line, words) => expect(spoken(line)).toBe(words));
});
