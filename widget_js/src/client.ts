/** Everything but the element: for pages that draw their own chat. */
export { Chat, type ChatOptions, type ChatState } from './chat';
export { DEFAULT_CONFIG, type WidgetConfig } from './config';
export { Conversation } from './conversation';
export { Failure, type ChatError } from './failure';
export type * from './message';
export { Store } from './store';
export { Transport, type Connection, type Follower, type History, type SendBody, type TransportOptions } from './transport';
