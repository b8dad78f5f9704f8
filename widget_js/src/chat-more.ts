/** What is seldom done, each in a chunk of its own: the panel names one door, and pays for no more. */
import type { Kit } from './kit';
import type { Option } from './look';
import type { Message } from './message';

/** An editor in the place of the visitor's message. */
export const edit = async (kit: Kit, message: Message, element: HTMLElement): Promise<void> => (await import('./chat-edit')).edit(kit, message, element);

/** What can be done with an answer beside the buttons that are always there. */
export const menu = async (kit: Kit, message: Message, element: HTMLElement): Promise<void> => (await import('./chat-menu')).menu(kit, message, element);

/** A word on the judgement of an answer. */
export const comment = async (kit: Kit, messageId: string, value: 'up' | 'down', element: HTMLElement): Promise<void> =>
  (await import('./chat-comment')).comment(kit, messageId, value, element);

/** The visitor's conversations. */
export const list = async (kit: Kit): Promise<void> => (await import('./chat-conversations')).list(kit);

/** Keeps what is in the composer, and sends it once the running answer is complete. */
export const queue = async (kit: Kit): Promise<void> => (await import('./chat-queue')).queue(kit);

/** A button, a drop zone and pasting for files. */
export const attach = async (kit: Kit): Promise<void> => (await import('./chat-attach')).attach(kit);

/** A preset, corners, font, density. */
export const look = async (kit: Kit, option: Option): Promise<void> => (await import('./chat-look')).dress(kit, option);

/** New questions go to the top. */
export const anchor = async (kit: Kit): Promise<void> => (await import('./chat-anchor')).anchor(kit);

/** The last question, and those before it, in the composer. */
export const recall = async (kit: Kit): Promise<void> => (await import('./chat-recall')).recall(kit);

/** A button to dictate with. */
export const listen = async (kit: Kit): Promise<void> => (await import('./chat-speech')).listen(kit);
