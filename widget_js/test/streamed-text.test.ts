// @vitest-environment happy-dom
import { beforeEach, expect, it } from 'vitest';
import { StreamedText } from '../src/streamed-text';
import { PLAIN } from './markdown-pieces';

let text: StreamedText;
beforeEach(() => {
  document.body.replaceChildren();
  text = new StreamedText(PLAIN);
  document.body.append(text.element);
});

const words = () => text.element.textContent;
const cursors = () => [...text.element.querySelectorAll('.cursor')].map((element) => element.tagName);

it('draws what is new, and keeps the nodes that are there', () => {
  const part = { text: 'One **two**' };
  text.draw(part, true);
  const first = text.element.querySelector('strong');
  part.text += ' three\n\nFour';
  text.draw(part, true);
  expect(text.element.querySelector('strong')).toBe(first);
  expect(words()).toBe('One two threeFour');
});

it('has one cursor, behind the last words, while it is written', () => {
  const part = { text: '- one\n- two' };
  text.draw(part, true);
  expect(cursors()).toHaveLength(1);
  expect(text.element.querySelector('.cursor')!.textContent).toBe('two');
  text.draw(part, false);
  expect(cursors()).toEqual([]);
});

it('an empty item does not take the cursor', () => {
  text.draw({ text: '- one\n- ' }, true);
  expect(text.element.querySelector('.cursor')!.textContent).toBe('one');
});

it('a replay changes nothing until it has caught up', () => {
  text.draw({ text: 'One two three' }, true);
  const node = text.element.firstChild;
  const replay = { text: 'One' };
  text.draw(replay, true);
  expect(words()).toBe('One two three');
  replay.text = 'One two three four';
  text.draw(replay, true);
  expect(words()).toBe('One two three four');
  expect(text.element.firstChild).toBe(node);
});

it('another text in its place is drawn from its start', () => {
  text.draw({ text: 'One two' }, true);
  text.draw({ text: 'Other' }, true);
  expect(words()).toBe('Other');
});

it('finished blocks of a long answer are put into sections, in order', () => {
  const blocks = Array.from({ length: 60 }, (_, index) => (index % 7 === 5 ? `## Heading ${index}` : `Paragraph ${index}.`));
  const part = { text: '' };
  for (const block of blocks) {
    part.text += `${block}\n\n`;
    text.draw(part, true);
  }
  const sections = [...text.element.querySelectorAll('.section')];
  expect(sections.length).toBeGreaterThan(1);
  expect(sections.map((section) => section.lastElementChild!.tagName)).not.toContain('H2');
  expect([...text.element.querySelectorAll('p, h2')].map((block) => block.textContent)).toEqual(blocks.map((block) => block.replace('## ', '')));
  expect(text.element.childElementCount).toBeLessThan(40);
});
