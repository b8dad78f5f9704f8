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

export function asHtml(node: Node): string {
  return normalised(children(node));
}

function children(node: Node): string {
  return [...node.childNodes].map(html).join('');
}

function html(node: Node): string {
  if (node.nodeType === 3) return escaped((node as Text).data);
  const element = node as HTMLElement;
  const tag = element.nodeName.toLowerCase();
  const inner = children(element);
  const attribute = (name: string) => (element.hasAttribute(name) ? ` ${name}="${escaped(element.getAttribute(name)!)}"` : '');
  const tight = (item: Element | null) => item?.nodeName === 'LI' && item.parentElement!.classList.contains('tight');
  switch (tag) {
    case 'figure':
      return html(element.querySelector('pre')!);
    case 'div':
    case 'label':
      return inner;
    case 'p':
      return tight(element.parentElement) ? `${inner}${element.nextSibling ? '\n' : ''}` : `<p>${inner}</p>`;
    case 'br':
    case 'hr':
      return `<${tag} />`;
    case 'input':
      return `<input${attribute('checked')}${attribute('disabled')} type="checkbox">`;
    case 'img':
      return `<img${attribute('src')}${attribute('alt')}${attribute('title')} />`;
    case 'a':
      return `<a${attribute('href')}${attribute('title')}>${inner}</a>`;
    case 'ol':
      return `<ol${attribute('start').replace(' start="1"', '')}>${inner}</ol>`;
    case 'th':
    case 'td':
      return `<${tag}${attribute('align')}>${inner}</${tag}>`;
    case 'code':
      return `<code${attribute('class')}>${inner}</code>`;
    default:
      return `<${tag}>${inner}</${tag}>`;
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
