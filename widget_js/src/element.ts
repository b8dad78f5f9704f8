/** The entry of the npm package: defines the tag and no more. The page's bundle is no script tag of ours, so nothing is read from it and no bubble is made. */
import { ChatWidget } from './chat-widget';

export { ChatWidget };
export type { ChatWidgetEvents } from './chat-widget';
export type { Strings } from './strings';
export type { ChatError } from './failure';
export type { Message } from './message';
export type { DrawData } from './chat-panel';

if (globalThis.customElements && !customElements.get('chat-widget')) {
  // The folder that we came from is the bundle's here, and says nothing of the chat.
  ChatWidget.defaults = { endpoint: '/chat' };
  customElements.define('chat-widget', ChatWidget);
}
