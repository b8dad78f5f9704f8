// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

/** Stands in for the panel: it says what it was asked. */
class Panel {
  static made: Panel[] = [];
  calls: unknown[][] = [];

  constructor(readonly host: { option(name: string): string | null; rich: Record<string, unknown>; emit(type: string, detail: object, cancelable?: boolean): boolean }) {
    Panel.made.push(this);
  }

  start = async () => void this.calls.push(['start']);
  update = async () => void this.calls.push(['update']);
  show = () => void this.calls.push(['show']);
  hide = () => void this.calls.push(['hide']);
  destroy = () => void this.calls.push(['destroy']);
  clear = async () => void this.calls.push(['clear']);
  draft = (text: string) => void this.calls.push(['draft', text]);
  send = (text: string) => {
    this.calls.push(['send', text]);
    return text !== 'refused' && Promise.resolve();
  };
}

const load = vi.fn(async () => ({ ChatPanel: Panel }));
vi.mock('../src/panel-import', () => ({ importPanel: () => load() }));

const { ChatWidget } = await import('../src/chat-widget');
if (!customElements.get('chat-widget')) customElements.define('chat-widget', ChatWidget);

beforeEach(() => {
  Panel.made = [];
  load.mockClear();
  sessionStorage.clear();
  ChatWidget.defaults = { endpoint: 'http://127.0.0.1/chat/' };
});
afterEach(() => document.body.replaceChildren());

const settled = () => new Promise((go) => setTimeout(go));

function put(markup: Record<string, string> = {}): InstanceType<typeof ChatWidget> {
  const element = document.createElement('chat-widget');
  for (const [name, value] of Object.entries(markup)) element.setAttribute(name, value);
  document.body.append(element);
  return element;
}

const launcher = (element: Element) => element.shadowRoot!.querySelector<HTMLButtonElement>('.launcher')!;

describe('attributes and properties', () => {
  it.each(['endpoint', 'mode', 'theme', 'accent', 'heading', 'subtitle', 'greeting', 'placeholder', 'position'] as const)('%s is both', (name) => {
    const element = put();
    element[name] = 'value';
    expect(element.getAttribute(name)).toBe('value');
    element.setAttribute(name, 'other');
    expect(element[name]).toBe('other');
  });

  it('storage-key is storageKey', () => {
    expect(put({ 'storage-key': 'a' }).storageKey).toBe('a');
  });

  it('a script tag is weaker than an attribute', () => {
    ChatWidget.defaults = { endpoint: '/x', heading: 'From the script', subtitle: 'Also' };
    const element = put({ heading: 'Mine' });
    expect([element.heading, element.subtitle, element.endpoint]).toEqual(['Mine', 'Also', '/x']);
  });

  it('a mode from the script tag becomes an attribute, which the style sheet sees', () => {
    ChatWidget.defaults = { mode: 'inline' };
    expect(put().getAttribute('mode')).toBe('inline');
  });

  it('null takes a property back', () => {
    const element = put({ heading: 'Mine' });
    (element as { heading: string | null }).heading = null;
    expect(element.hasAttribute('heading')).toBe(false);
  });

  it('rich properties are kept as they are and never written to attributes', () => {
    const element = put();
    const context = { page: 1 };
    element.context = context;
    expect(element.context).toBe(context);
    expect(element.getAttributeNames()).toEqual([]);
  });

  it('a change is told to the panel that is there', async () => {
    const element = put();
    element.open();
    await settled();
    element.heading = 'New';
    element.suggestions = ['One'];
    expect(Panel.made[0]!.calls.filter(([name]) => name === 'update')).toHaveLength(2);
  });
});

describe('lifecycle', () => {
  it('properties that were set before the tag was known are adopted', () => {
    class Late extends ChatWidget {}
    const element = document.createElement('late-chat') as InstanceType<typeof ChatWidget>;
    Object.assign(element, { accent: 'red', suggestions: ['One'] });
    document.body.append(element);
    customElements.define('late-chat', Late);
    customElements.upgrade(element);
    const upgraded = document.querySelector('late-chat') as InstanceType<typeof ChatWidget>;
    if (upgraded !== element) Object.assign(upgraded, { accent: 'red', suggestions: ['One'] });
    expect(upgraded.getAttribute('accent')).toBe('red');
    expect(upgraded.suggestions).toEqual(['One']);
    expect(Object.hasOwn(upgraded, 'accent')).toBe(false);
  });

  it('moved within the page in one go is not removed', async () => {
    const element = put();
    element.open();
    await settled();
    const home = document.body.appendChild(document.createElement('main'));
    home.append(element);
    await settled();
    expect(Panel.made).toHaveLength(1);
    expect(Panel.made[0]!.calls).not.toContainEqual(['destroy']);
  });

  it('removed, it ends; added again, it begins again', async () => {
    const element = put();
    element.open();
    await settled();
    element.remove();
    await settled();
    expect(Panel.made[0]!.calls.at(-1)).toEqual(['destroy']);
    document.body.append(element);
    await settled();
    expect(Panel.made).toHaveLength(2);
  });

  it('says who came and who left for good', async () => {
    const seen: boolean[] = [];
    ChatWidget.watch = (_, here) => seen.push(here);
    const element = put();
    element.remove();
    document.body.append(element);
    await settled();
    element.remove();
    await settled();
    expect(seen).toEqual([true, true, false]);
    ChatWidget.watch = () => {};
  });

  it('another endpoint is another chat', async () => {
    const element = put();
    element.open();
    await settled();
    element.endpoint = '/elsewhere/';
    await settled();
    expect(Panel.made[0]!.calls.at(-1)).toEqual(['destroy']);
    expect(Panel.made[1]!.host.option('endpoint')).toBe('/elsewhere/');
  });
});

describe('opening', () => {
  it('loads nothing until then', async () => {
    put();
    await settled();
    expect(load).not.toHaveBeenCalled();
  });

  it('by the launcher, the method, the property and the attribute', async () => {
    const element = put();
    for (const open of [() => launcher(element).click(), () => element.open(), () => (element.open = true as never), () => element.setAttribute('open', '')]) {
      open();
      await settled();
      expect(Panel.made[0]!.calls.at(-1)).toEqual(['show']);
      expect(launcher(element).getAttribute('aria-expanded')).toBe('true');
      element.close();
      expect(Panel.made[0]!.calls.at(-1)).toEqual(['hide']);
    }
    expect(Panel.made).toHaveLength(1);
  });

  it('is told once for each time', async () => {
    const heard: string[] = [];
    const element = put();
    for (const type of ['chatwidget-open', 'chatwidget-close']) document.addEventListener(type, (event) => heard.push(event.type));
    element.open();
    element.open();
    element.toggle();
    element.close();
    expect(heard).toEqual(['chatwidget-open', 'chatwidget-close']);
  });

  it('is remembered for the tab', async () => {
    put().open();
    document.body.replaceChildren();
    await settled();
    expect(put().hasAttribute('open')).toBe(true);
  });

  it('closed by the visitor, a script tag that wants it open has to wait for another visit', async () => {
    ChatWidget.defaults = { open: '' };
    const element = put();
    expect(element.hasAttribute('open')).toBe(true);
    element.close();
    element.remove();
    await settled();
    expect(put().hasAttribute('open')).toBe(false);
  });

  it('without a network it says so, and the next press tries again', async () => {
    load.mockRejectedValueOnce(new TypeError('offline'));
    const element = put();
    launcher(element).click();
    await settled();
    const regret = element.shadowRoot!.querySelector<HTMLButtonElement>('.regret')!;
    expect(regret.textContent).toBe('No connection. Try again?');
    expect(element.hasAttribute('open')).toBe(false);
    regret.click();
    await settled();
    expect(Panel.made[0]!.calls).toEqual([['start'], ['show']]);
    expect(regret.textContent).toBe('');
  });

  it('works where storage is blocked', async () => {
    const blocked = vi.spyOn(globalThis, 'sessionStorage', 'get').mockImplementation(() => {
      throw new DOMException('blocked', 'SecurityError');
    });
    put().open();
    await settled();
    expect(Panel.made[0]!.calls.at(-1)).toEqual(['show']);
    blocked.mockRestore();
  });
});

describe('methods', () => {
  it('wait until there is a page to be in', async () => {
    const element = document.createElement('chat-widget');
    const sent = element.send('early');
    void element.setDraft('later');
    await settled();
    expect(load).not.toHaveBeenCalled();
    document.body.append(element);
    expect(await sent).toBe(true);
    await settled();
    expect(Panel.made[0]!.calls).toEqual([['start'], ['send', 'early'], ['draft', 'later']]);
  });

  it('send says whether the text was taken', async () => {
    expect(await put().send('refused')).toBe(false);
  });

  it('stop without a chat does nothing', async () => {
    await put().stop();
    expect(load).not.toHaveBeenCalled();
  });
});

it('events bubble, cross shadow roots and can be cancelled where that makes sense', async () => {
  const element = put();
  element.open();
  await settled();
  const { host } = Panel.made[0]!;
  const seen: Event[] = [];
  for (const type of ['chatwidget-before-send', 'chatwidget-message']) document.addEventListener(type, (event) => seen.push(event));
  document.addEventListener('chatwidget-before-send', (event) => event.preventDefault(), { once: true });
  expect(host.emit('before-send', { text: 'a' }, true)).toBe(false);
  expect(host.emit('message', {})).toBe(true);
  expect(seen.map(({ bubbles, composed, cancelable }) => [bubbles, composed, cancelable])).toEqual([
    [true, true, true],
    [true, true, false],
  ]);
});
