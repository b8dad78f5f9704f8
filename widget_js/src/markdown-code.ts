/** A code block's frame: its language, a button that copies it, and a box that scrolls. */
import { copyText } from './clipboard';
import { type Piece, piece } from './markdown-dom';

export interface CodeStrings {
  copy: string;
  copied: string;
}

export function codeFrame(language: string, strings: CodeStrings): Piece {
  const copy = piece('button', undefined, { type: 'button', class: 'copy', part: 'copy-code' });
  copy.made = (button) => copies(button, strings);
  const caption = piece('figcaption', [piece('span', [language], { class: 'lang' }), copy]);
  const code = piece('code', undefined, language ? { class: `language-${language}` } : {});
  return piece('figure', [caption, piece('pre', [code], { tabindex: '0', dir: 'ltr' })], { class: 'code' });
}

function copies(button: HTMLElement, { copy, copied }: CodeStrings): void {
  button.textContent = copy;
  button.onclick = async () => {
    const figure = button.closest('figure')!;
    if (!(await copyText(figure.querySelector('code')!.textContent, figure))) return;
    button.textContent = copied;
    setTimeout(() => (button.textContent = copy), 2000);
  };
}
