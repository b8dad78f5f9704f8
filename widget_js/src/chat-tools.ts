import type { Kit } from './kit';
import type { Message } from './message';
export function edit(_kit: Kit, _message: Message, _element: HTMLElement): void {}
export function menu(_kit: Kit, _message: Message, _element: HTMLElement): void {}
