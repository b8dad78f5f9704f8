/** Copies plain text, also where the clipboard API is missing: on plain http and in frames without its permission. */
import { h } from './elements';

export async function copyText(text: string, root: Node): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const focused = root instanceof ShadowRoot ? root.activeElement : null;
    const area = h('textarea', { class: 'sr', readonly: true, 'aria-hidden': true });
    area.value = text;
    root.appendChild(area);
    area.select();
    const copied = document.execCommand('copy');
    area.remove();
    (focused as HTMLElement | null)?.focus({ preventScroll: true });
    return copied;
  }
}
