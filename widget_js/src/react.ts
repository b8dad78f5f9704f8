/** `<chat-widget>` in JSX, for TypeScript: React 19 sets properties and listens for `onchatwidget-…`; React 18 sets attributes only. */
import type { DetailedHTMLProps, HTMLAttributes } from 'react';
import type { ChatWidget, ChatWidgetEvents } from './chat-widget';

export * from './element';

type Written = 'endpoint' | 'mode' | 'theme' | 'accent' | 'heading' | 'subtitle' | 'greeting' | 'placeholder' | 'position' | 'popup' | 'storageKey' | 'preset' | 'radius' | 'font' | 'density' | 'avatar' | 'disclaimer' | 'anchor';
type Rich = 'strings' | 'headers' | 'context' | 'suggestions' | 'parts';

export type ChatWidgetProps = DetailedHTMLProps<HTMLAttributes<ChatWidget>, ChatWidget> &
  Partial<Pick<ChatWidget, Written | Rich>> & { [Type in keyof ChatWidgetEvents as `on${Type}`]?: (event: ChatWidgetEvents[Type]) => void } & {
    'storage-key'?: string;
    open?: boolean;
    /** React 18 writes the attribute as it is given. */
    class?: string;
  };

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'chat-widget': ChatWidgetProps;
    }
  }
}
