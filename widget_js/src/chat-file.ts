/**
 * A file that a visitor sent: an image as a picture, anything else by its name; pressed, it is saved.
 *
 * Fetched, because an `<img>` could not say who asks, and painted on a canvas, because a page's policy may forbid pictures from `blob:`.
 */
import type { Kit } from './kit';
import { furnish, SHAPES } from './later';
import type { FilePart } from './message';

/** CSS pixels. */
const LARGEST = 280;

export function drawFile(place: HTMLElement, { url, mediaType, filename = '' }: FilePart, kit: Kit): void {
  const { h, button, icon, chat, set, signal } = kit;
  furnish(kit);
  const named = button({ part: 'sent-file', onclick: () => void save() }, icon('file', SHAPES.file), h('bdi', {}, filename || mediaType));
  place.append(named);
  if (mediaType.startsWith('image/')) void paint().catch(() => undefined);

  async function fetched(): Promise<Blob> {
    const conversation = encodeURIComponent(chat.state.conversationId ?? '');
    const response = await chat.transport.request(`messages/${conversation}/files/${encodeURIComponent(url)}`, signal);
    return response.blob();
  }

  async function paint(): Promise<void> {
    const bitmap = await createImageBitmap(await fetched());
    const scale = Math.min(1, LARGEST / Math.max(bitmap.width, bitmap.height));
    const ratio = Math.min(2, devicePixelRatio);
    const canvas = h('canvas', { role: 'img', 'aria-label': filename });
    canvas.width = Math.max(1, bitmap.width * scale * ratio);
    canvas.height = Math.max(1, bitmap.height * scale * ratio);
    canvas.style.setProperty('width', `${canvas.width / ratio}px`);
    canvas.getContext('2d')?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    named.replaceChildren(canvas);
    named.classList.add('picture');
    set(named, 'title', filename);
  }

  async function save(): Promise<void> {
    const address = URL.createObjectURL(await fetched());
    h('a', { href: address, download: filename || 'file' }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  }
}
