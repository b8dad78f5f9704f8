/** A `Kit` to draw with, without a panel around it: its tools are the real ones, what the panel would do is watched. */
import { vi } from 'vitest';
import { Chat } from '../src/chat';
import { ChatComposer } from '../src/chat-composer';
import { ChatLog } from '../src/chat-log';
import { DEFAULT_CONFIG, type WidgetConfig } from '../src/config';
import { button, h, set } from '../src/elements';
import { icon, iconButton } from '../src/icons';
import type { Kit } from '../src/kit';
import { StreamedText } from '../src/streamed-text';
import { english, fill } from '../src/strings';

export const FEATURES = { stop: true, regenerate: true, feedback: true, conversations: true, continue: true, attachments: null, speech: false };

export const watchedActions = () => ({
  send: vi.fn((_: string) => true),
  stop: vi.fn(),
  retry: vi.fn(),
  regenerate: vi.fn(),
  proceed: vi.fn(),
  more: vi.fn(),
  feedback: vi.fn(),
  copy: vi.fn(async () => true),
  older: vi.fn(async () => {}),
  draft: vi.fn(),
  fresh: vi.fn(),
  close: vi.fn(),
  say: vi.fn(),
});

export interface KitOptions {
  actions?: Kit['actions'];
  features?: Partial<WidgetConfig['features']>;
  chat?: Chat;
  rich?: Kit['rich'];
  signal?: AbortSignal;
}

/** Drawn into a shadow root of the page's body. */
export function makeKit({ actions = watchedActions(), features = FEATURES, chat, rich = {}, signal = new AbortController().signal }: KitOptions = {}): Kit {
  const config: WidgetConfig = { ...DEFAULT_CONFIG, features: { ...DEFAULT_CONFIG.features, ...features } };
  const host = document.createElement('div');
  document.body.append(host);
  const shadow = host.attachShadow({ mode: 'open' });
  const panel = h('div', { part: 'panel' });
  shadow.append(panel);
  const kit = {
    h,
    button,
    set,
    icon,
    iconButton,
    fill,
    strings: english,
    chat: chat ?? new Chat({ endpoint: 'http://127.0.0.1:1/chat', storage: null }),
    actions,
    config: () => config,
    shadow,
    rich,
    panel,
    signal,
    emit: () => true,
    text: () => new StreamedText({ imageOrigins: [], strings: english }),
  } as Partial<Kit> as Kit;
  kit.log = new ChatLog(kit);
  kit.composer = new ChatComposer(english, actions);
  panel.append(kit.log.element, kit.composer.element);
  return kit;
}
