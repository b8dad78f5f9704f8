// @vitest-environment happy-dom
import { beforeEach, expect, it, vi } from 'vitest';
import { ChatHeader } from '../src/chat-header';
import { english } from '../src/strings';

const actions = { fresh: vi.fn(), more: vi.fn(), close: vi.fn() };
let header: ChatHeader;

beforeEach(() => {
  vi.clearAllMocks();
  header = new ChatHeader(english, true, actions);
  document.body.replaceChildren(header.element);
});

const press = (name: string) => [...header.element.querySelectorAll('button')].find((button) => (button.ariaLabel ?? button.getAttribute('aria-label') ?? button.textContent) === name || button.textContent === name)!.click();

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

it('begins a new conversation, once there is one to leave', () => {
  header.used = false;
  expect(header.element.querySelector<HTMLElement>('.new')!.hidden).toBe(true);
  header.used = true;
  press('New conversation');
  expect(actions.fresh).toHaveBeenCalledOnce();
});

it('leads to other conversations where the server keeps several', () => {
  header.several = undefined;
  expect(header.element.querySelector<HTMLElement>('.list')!.hidden).toBe(true);
  header.several = true;
  press('Conversations');
  expect(actions.more).toHaveBeenCalledExactlyOnceWith('list');
});

it('closes only where something can be closed', () => {
  press('Close chat');
  expect(actions.close).toHaveBeenCalledOnce();
  expect(new ChatHeader(english, false, actions).element.querySelector('.close')).toBeNull();
});
