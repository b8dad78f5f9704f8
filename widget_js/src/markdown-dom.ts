/** Draws contents as DOM nodes, and goes on using the nodes that are there: a visitor's selection lives in them. No markup strings. */

export interface Piece {
  tag: string;
  /** Without it, what is in the element is somebody else's to draw. */
  kids: Content[] | undefined;
  attributes: Attributes;
  /** Called when its element is new. */
  made?: (element: HTMLElement) => void;
}

export type Content = string | Piece;

export type Attributes = Record<string, string>;

export function piece(tag: string, kids?: Content[], attributes: Attributes = {}): Piece {
  return { tag, kids, attributes };
}

const drawn = new WeakMap<Node, Attributes>();

/** Makes the children after `last`, or the first ones, what `contents` say; returns the last of them. */
export function fill(parent: Node, contents: readonly Content[], last: ChildNode | null = null): ChildNode | null {
  for (const content of contents) last = place(parent, content, last ? last.nextSibling : parent.firstChild);
  return last;
}

/** Removes the children after `last`. */
export function trim(parent: Node, last: ChildNode | null): void {
  while (parent.lastChild !== last) parent.lastChild!.remove();
}

/** Makes the child at `old`, or a new last one, what `content` says; returns it. */
export function place(parent: Node, content: Content, old: ChildNode | null): ChildNode {
  let node = old!;
  if (typeof content === 'string') {
    if (old instanceof Text) write(old, 0, content);
    else node = new Text(content);
  } else {
    const { tag, attributes, kids, made } = content;
    if (old?.nodeName.toLowerCase() !== tag) {
      node = document.createElement(tag);
      made?.(node as HTMLElement);
    }
    const element = node as HTMLElement;
    const before = drawn.get(element);
    drawn.set(element, attributes);
    for (const name in { ...before, ...attributes }) {
      const value = attributes[name];
      if (value === undefined) element.removeAttribute(name);
      else if (value !== before?.[name]) element.setAttribute(name, value);
    }
    if (kids) trim(element, fill(element, kids));
  }
  if (!old) parent.appendChild(node);
  else if (node !== old) old.replaceWith(node);
  return node;
}

/** Makes the text from a place on what is given, and touches only what differs. */
export function write(node: Text, from: number, text: string): void {
  const old = node.data.slice(from);
  if (old === text) return;
  let same = 0;
  while (same < old.length && old[same] === text[same]) same++;
  node.replaceData(from + same, old.length - same, text.slice(same));
}
