/** The panel's icons, drawn on a 20-unit grid with one stroke weight. Built as nodes: no markup strings. */
import { button } from './elements';

const PATHS = {
  send: 'M10 16V4.5M5 9l5-5 5 5',
  stop: 'M7 5.5h6A1.5 1.5 0 0 1 14.5 7v6a1.5 1.5 0 0 1-1.5 1.5H7A1.5 1.5 0 0 1 5.5 13V7A1.5 1.5 0 0 1 7 5.5z',
  close: 'M5.5 5.5l9 9M14.5 5.5l-9 9',
  edit: 'M9.5 4H6a2.5 2.5 0 0 0-2.5 2.5V14A2.5 2.5 0 0 0 6 16.5h7.5A2.5 2.5 0 0 0 16 14v-3.5M14.8 3.4a1.3 1.3 0 0 1 1.8 1.8L10.5 11.3 8 12l.7-2.5z',
  copy: 'M8 6.5h6.5A1.5 1.5 0 0 1 16 8v6.5a1.5 1.5 0 0 1-1.5 1.5H8a1.5 1.5 0 0 1-1.5-1.5V8A1.5 1.5 0 0 1 8 6.5zM4 12.5v-7A1.5 1.5 0 0 1 5.5 4h7',
  check: 'M4.5 10.5l3.8 3.8 7.2-8.3',
  again: 'M15.7 8A6 6 0 1 0 16 11M16 4v4h-4',
  thumb: 'M6.5 9l3-5.2c1.4 0 2.2 1 1.9 2.4L11 8.5h3.6c1.1 0 1.8.9 1.6 2l-.9 4.2c-.2.9-.9 1.5-1.8 1.5h-7zM6.5 9v7.2H4.2a.7.7 0 0 1-.7-.7V9.7c0-.4.3-.7.7-.7z',
  chevron: 'M7.5 5l5 5-5 5',
  down: 'M10 4v11.5M5 11l5 5 5-5',
  fresh: 'M10 4v12M4 10h12',
  more: 'M4.5 10h1M9.5 10h1M14.5 10h1',
  list: 'M4 6h12M4 10h12M4 14h7',
  alert: 'M10 6.5v4M10 13.6v.1M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14z',
};

export type IconName = keyof typeof PATHS;

const SVG = 'http://www.w3.org/2000/svg';

/** Of a later part of the panel, which brings the path of its own picture, any name will do. */
export function icon(name: IconName | (string & {}), shape = PATHS[name as IconName]): SVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 20 20');
  svg.setAttribute('class', `icon i-${name}`);
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', shape);
  svg.append(path);
  return svg;
}

/** A button that is only a picture says its name to those who can't see it, and to those who wonder. */
export function iconButton(name: IconName | (string & {}), part: string, label: string, onclick: () => void, shape?: string): HTMLButtonElement {
  return button({ part: `tool ${part}`, 'aria-label': label, title: label, onclick }, icon(name, shape));
}
