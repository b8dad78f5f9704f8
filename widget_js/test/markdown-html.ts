/** Our DOM as the HTML that the specs print, so that their examples can be held against it. */

const BLOCK = 'p|ul|ol|li|blockquote|h[1-6]|hr|pre|table|thead|tbody|tr|th|td';

/** Without the white space that means nothing, and with every address written the same way. */
export function normalised(html: string): string {
  return html
    .replace(new RegExp(`\\s*(</?(?:${BLOCK})\\b[^>]*>)`, 'g'), (whole, tag: string) => (tag === '</pre>' ? whole : tag))
    .replace(new RegExp(`(</?(?:${BLOCK})\\b[^>]*>)\\n+`, 'g'), '$1')
    .replace(/<br \/>\n/g, '<br />')
    .replace(/(href|src)="([^"]*)"/g, (_, name: string, url: string) => `${name}="${address(url)}"`)
    .trim();
}

export function asHtml(root: Node): string {
  return normalised(inner(root));
}

function inner(node: Node): string {
  return [...node.childNodes].map(html).join('');
}

function html(node: Node): string {
  if (node instanceof Text) return escaped(node.data);
  const element = node as HTMLElement;
  const tag = element.nodeName.toLowerCase();
  const attributes = (...names: string[]) =>
    names.map((name) => (element.hasAttribute(name) ? ` ${name}="${escaped(element.getAttribute(name)!)}"` : '')).join('');
  const { parentElement } = element;
  switch (tag) {
    case 'figure':
      return html(element.querySelector('pre')!);
    case 'div':
    case 'label':
      return inner(element);
    case 'tbody':
      return element.firstChild ? `<tbody>${inner(element)}</tbody>` : '';
    case 'p':
      // A tight list's paragraphs are told by the list's class: turning loose must not touch what is in it.
      if (parentElement?.nodeName === 'LI' && parentElement.parentElement!.classList.contains('tight'))
        return `${inner(element)}${element.nextSibling ? '\n' : ''}`;
      return `<p>${inner(element)}</p>`;
    case 'br':
    case 'hr':
      return `<${tag} />`;
    case 'input':
      return `<input${attributes('checked', 'disabled')} type="checkbox">`;
    case 'img':
      return `<img${attributes('src', 'alt', 'title')} />`;
    case 'ol':
      return `<ol${attributes('start').replace(' start="1"', '')}>${inner(element)}</ol>`;
    case 'code':
      return `<code${attributes('class')}>${inner(element)}</code>`;
    default:
      return `<${tag}${attributes('href', 'title', 'align')}>${inner(element)}</${tag}>`;
  }
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

function address(escapedUrl: string): string {
  const url = escapedUrl.replaceAll('&quot;', '"').replaceAll('&amp;', '&');
  try {
    return encodeURI(decodeURI(url));
  } catch {
    return encodeURI(url);
  }
}
