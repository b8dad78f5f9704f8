/** Presets, corners, font and density: what only some sites ask for. The order of strength is the accent's. */
import type { Kit } from './kit';
import type { Option } from './look';
import { lookStyles } from './styles-look';

export const PRESETS = ['paper', 'compact', 'soft', 'contrast'];

/** Each gives what CSS can use, or nothing for what is no such thing: a wrong value would take the fallbacks with it. */
const READ: Record<'radius' | 'font' | 'density', (value: string) => string> = {
  radius: (value) => supported('outline-offset', /^-/.test(value) ? '' : /^[\d.]+$/.test(value) ? `${value}px` : value),
  font: (value) => supported('font-family', value),
  density: (value) => (Number(value) >= 0.5 && Number(value) <= 2 ? value : ''),
};

let sheet: CSSStyleSheet | undefined;

export function dress({ shadow, panel, config }: Kit, option: Option): void {
  if (!sheet) (sheet = new CSSStyleSheet()).replaceSync(lookStyles);
  if (!shadow.adoptedStyleSheets.includes(sheet!)) shadow.adoptedStyleSheets.push(sheet!);
  const root = panel.parentElement!;
  const told = config().look ?? {};
  const preset = option('preset') ?? told.preset ?? '';
  if (PRESETS.includes(preset)) root.dataset.preset = preset;
  else delete root.dataset.preset;
  if (preset && !root.dataset.preset) console.warn(`chat-widget: there is no preset "${preset}", but ${PRESETS.join(', ')}`);
  for (const name of ['radius', 'font', 'density'] as const) {
    const values = { own: option(name), server: told[name] };
    for (const [whose, value] of Object.entries(values)) root.style.setProperty(`--${whose}-${name}`, value == null ? '' : READ[name](`${value}`.trim()));
  }
}

const supported = (property: string, value: string): string => (CSS.supports(property, value) ? value : '');
