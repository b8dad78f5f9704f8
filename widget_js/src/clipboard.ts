/** Copies text, and what it looks like for those who paste it into a document; plain text also where the clipboard API is missing: on plain http and in frames without its permission. */
import { h } from './elements';

export async function copyText(text: string, root: Node, drawn?: Element): Promise<boolean> {
  try {
    const forms: Record<string, string> = { 'text/plain': text };
    if (drawn) forms['text/html'] = htmlOf(drawn);
    await navigator.clipboard.write([new ClipboardItem(Object.fromEntries(Object.entries(forms).map(([type, form]) => [type, new Blob([form], { type })])))]);
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

/** The answer's texts, without what is there to be pressed. */
function htmlOf(drawn: Element): string {
  const texts = [...drawn.querySelectorAll('.text')].map((text) => text.cloneNode(true) as Element);
  for (const text of texts) for (const extra of text.querySelectorAll('figcaption, button')) extra.remove();
  return texts.map((text) => text.innerHTML).join('');
}
