/** The button in the corner, and the word of regret when the rest could not be loaded. All that a page pays for until somebody chats. */
import { hostSheet } from './host-styles';

export interface Launcher {
  readonly root: HTMLElement;
  readonly button: HTMLButtonElement;
  /** Says that the chat can't be reached; pressing it tries again. */
  readonly regret: HTMLButtonElement;
}

export function drawLauncher(shadow: ShadowRoot, press: () => void): Launcher {
  const make = <K extends keyof HTMLElementTagNameMap>(tag: K, name: string, parent: Node): HTMLElementTagNameMap[K] => {
    const element = document.createElement(tag);
    element.className = name;
    parent.appendChild(element);
    return element;
  };
  const makeButton = (name: string, parent: Node) => {
    const button = make('button', name, parent);
    button.type = 'button';
    button.setAttribute('part', name);
    button.onclick = press;
    return button;
  };
  shadow.adoptedStyleSheets = [hostSheet()];
  const root = make('div', 'root', shadow);
  root.setAttribute('role', 'region');
  const button = makeButton('launcher', root);
  const picture = make('slot', 'picture', button);
  picture.name = 'launcher-icon';
  // Two lines of text and the cursor that writes on; open, the lines become a cross.
  const glyph = make('span', 'glyph', picture);
  for (let stroke = 0; stroke < 3; stroke++) make('i', '', glyph);
  make('span', 'dot', button);
  const alert = make('div', '', root);
  alert.setAttribute('role', 'alert');
  return { root, button, regret: makeButton('regret', alert) };
}
