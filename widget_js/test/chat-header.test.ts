// @vitest-environment happy-dom
import { beforeEach, expect, it, vi } from 'vitest';
import { ChatHeader } from '../src/chat-header';
import { english } from '../src/strings';

const actions = { fresh: vi.fn(), close: vi.fn() };
let header: ChatHeader;

beforeEach(() => {
  vi.clearAllMocks();
  header = new ChatHeader(english, true, actions);
  document.body.replaceChildren(header.element);
});

const press = (name: string) => [...header.element.querySelectorAll('button')].find((button) => (button.ariaLabel ?? button.getAttribute('aria-label') ?? button.textContent) === name || button.textContent === name)!.click();
const question = () => header.element.querySelector<HTMLElement>('.question')!;

it('says who one is talking to, by an initial where there is no picture', () => {
  header.show('ada & co.', 'At once', '');
  expect(header.element.textContent).toContain('ada & co.');
  expect(header.element.querySelector('.avatar')!.textContent).toBe('A');
});

it('the initial stays when the picture does not come', () => {
  header.show('Ada', '', 'https://example.com/ada.png');
  const picture = header.element.querySelector('img')!;
  picture.dispatchEvent(new Event('error'));
  expect(header.element.querySelector('.avatar')!.innerHTML).toBe('A');
});

it('asks before it leaves a conversation behind', () => {
  header.used = true;
  press('New conversation');
  expect(question().hidden).toBe(false);
  expect(document.activeElement!.textContent).toBe('Start new');
  press('Keep this one');
  expect(question().hidden).toBe(true);
  expect(actions.fresh).not.toHaveBeenCalled();
  press('New conversation');
  press('Start new');
  expect(actions.fresh).toHaveBeenCalledOnce();
});

it('Escape answers the question, and goes no further', () => {
  header.used = true;
  press('New conversation');
  const heard = vi.fn();
  document.body.addEventListener('keydown', heard);
  question().dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }));
  expect(question().hidden).toBe(true);
  expect(heard).not.toHaveBeenCalled();
  document.body.removeEventListener('keydown', heard);
});

it('there is nothing to ask about an empty conversation', () => {
  header.used = false;
  expect(header.element.querySelector<HTMLElement>('.new')!.hidden).toBe(true);
});

it('closes only where something can be closed', () => {
  press('Close chat');
  expect(actions.close).toHaveBeenCalledOnce();
  expect(new ChatHeader(english, false, actions).element.querySelector('.close')).toBeNull();
});
