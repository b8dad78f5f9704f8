/** The panel's frame, and the one place for its tokens. All colours derive from accent, background and foreground, so that any of the three may change alone. */
import { messageStyles } from './styles-message';
import { textStyles } from './styles-text';

let sheet: CSSStyleSheet | undefined;

/** Constructed rather than a `<style>`: a strict CSP lets it pass. One for all chats of a page. */
export function panelSheet(): CSSStyleSheet {
  if (!sheet) (sheet = new CSSStyleSheet()).replaceSync(panelStyles + messageStyles + textStyles);
  return sheet!;
}

/** Marks the template for the build, which minifies it. */
const css = String.raw;

const panelStyles = css`
.root { font: 15px/1.55 var(--chatwidget-font, system-ui, sans-serif); }
.root * { box-sizing: border-box; }
[hidden] { display: none !important; }
.sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.panel {
  --bg: var(--chatwidget-bg, light-dark(#fff, #16181a));
  --fg: var(--chatwidget-fg, light-dark(#1b1e1f, #e9eaea));
  --muted: var(--chatwidget-muted, color-mix(in srgb, var(--fg) 66%, var(--bg)));
  --line: var(--chatwidget-border, color-mix(in srgb, var(--fg) 13%, var(--bg)));
  --surface: var(--chatwidget-surface, color-mix(in srgb, var(--fg) 5%, var(--bg)));
  --danger: var(--chatwidget-danger, light-dark(#b3261e, #ff9c91));
  --ink: var(--fg);
  --tinted: light-dark(color-mix(in oklab, var(--accent) 14%, var(--bg)), color-mix(in oklab, var(--ink) 24%, var(--bg)));
  --radius: var(--chatwidget-radius, 20px);
  --mono: var(--chatwidget-font-mono, ui-monospace, Menlo, Consolas, monospace);
  --space: calc(var(--chatwidget-density, 1) * 18px);
  display: flex;
  flex-direction: column;
  height: 100%;
  overflow: hidden;
  background: var(--bg);
  color: var(--fg);
  font-size: var(--chatwidget-font-size, 15px);
}
@supports (color: color(from red xyz-d65 x y z)) {
  /* The accent as a colour for text, until 4.5:1 is safe: darker by scaling in linear light, which keeps the hue, or lighter with a chroma that exists for every hue. */
  .panel {
    --dim: min(1, .155 / y);
    --ink: var(--chatwidget-link, light-dark(
      color(from var(--accent) xyz-d65 calc(x * var(--dim)) calc(y * var(--dim)) calc(z * var(--dim))),
      oklch(from var(--accent) max(l, .76) min(c, .13) h)));
  }
}
@supports not (color: light-dark(red, red)) {
  .panel { --bg: var(--chatwidget-bg, #fff); --fg: var(--chatwidget-fg, #1b1e1f); --danger: #b3261e; --tinted: var(--surface); }
}

[role=dialog] {
  position: fixed;
  inset-block-end: calc(var(--gap) + var(--size) + 14px + env(safe-area-inset-bottom, 0px));
  inset-inline-end: var(--gap);
  width: min(var(--chatwidget-width, 400px), 100vw - 2 * var(--gap));
  height: min(var(--chatwidget-height, 680px), 100dvh - 2 * var(--gap) - var(--size) - 14px);
  border-radius: var(--radius);
  border-end-end-radius: calc(var(--radius) * .35);
  box-shadow: 0 0 0 1px color-mix(in srgb, var(--fg) 9%, transparent), 0 28px 64px -16px #0006;
  animation: rise .22s cubic-bezier(.2, .8, .2, 1);
}
.start [role=dialog] { inset-inline: var(--gap) auto; border-end-end-radius: var(--radius); border-end-start-radius: calc(var(--radius) * .35); }
@keyframes rise { from { opacity: 0; transform: translateY(10px); } }
@keyframes appear { from { opacity: 0; } }
.panel.sheet { inset: var(--sheet-top, 0) 0 auto; width: 100%; height: var(--sheet-height, 100dvh); border-radius: 0; padding-block-start: env(safe-area-inset-top, 0px); }
.open .glyph i { transform: translateY(6.5px) rotate(45deg); }
.open .glyph i + i { width: 22px; transform: translateY(-4.5px) rotate(-45deg); }
.open .glyph i + i + i { opacity: 0; animation: none; }
.unread .dot { position: absolute; inset-block-start: 0; inset-inline-end: 0; width: 13px; height: 13px; border: 2px solid #fff; border-radius: 50%; background: #d93a2b; }
.open .launcher:has(~ .sheet) { display: none; }

button, textarea { margin: 0; border: 0; padding: 0; background: none; color: inherit; font: inherit; text-align: inherit; }
button:enabled { cursor: pointer; touch-action: manipulation; -webkit-tap-highlight-color: transparent; }
.panel :focus-visible { outline: 2px solid var(--ink); outline-offset: 2px; }
.panel:focus { outline: 0; }
.icon { display: block; flex: none; width: 20px; fill: none; stroke: currentColor; stroke-width: 1.6; stroke-linecap: round; stroke-linejoin: round; }
.i-stop { fill: currentColor; }
.tool, .send, .to-end, .avatar { display: grid; flex: none; place-items: center; width: 34px; height: 34px; border-radius: 11px; transition: background .15s, color .15s; }
.tool, .muted { color: var(--muted); }
:is(.tool, .ghost, .step-toggle):hover { background: var(--surface); color: var(--fg); }
.button, .ghost { padding: 6px 13px; border-radius: 10px; font-size: .9em; font-weight: 550; line-height: 20px; }
.button { background: var(--fg); color: var(--bg); font-variant-numeric: tabular-nums; }
.button:disabled { background: var(--line); color: var(--fg); }
.ghost { border: 1px solid var(--line); }

.header { display: flex; align-items: center; gap: 2px; padding: 12px; padding-inline-start: var(--space); }
slot[name=header] { display: flex; flex: 1; align-items: center; gap: 11px; min-width: 0; }
.avatar { position: relative; overflow: hidden; width: 36px; height: 36px; border-end-end-radius: 4px; background: var(--tinted); color: var(--ink); font-weight: 650; }
.avatar img { position: absolute; width: 100%; height: 100%; object-fit: cover; }
.names { min-width: 0; }
.names > * { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; line-height: 1.35; }
.heading { font-weight: 640; letter-spacing: -.012em; }
.subtitle { color: var(--muted); font-size: .84em; }

.scroll { position: relative; display: flex; flex: 1; min-height: 0; border-block-start: 1px solid transparent; transition: border .2s; }
.scrolled { border-color: var(--line); }
.log { flex: 1; overflow: hidden auto; overscroll-behavior: contain; scrollbar-width: thin; scrollbar-color: var(--line) transparent; }
.following { overflow-anchor: none; }
.panel :is(.log, pre, .table):focus-visible { outline-offset: -2px; }
.thread, .composer { width: 100%; max-width: var(--chatwidget-measure, 720px); margin-inline: auto; padding-inline: var(--space); }
.thread { min-height: 100%; padding-block: calc(var(--space) * .5); }
.to-end { position: absolute; inset: auto 0 10px; margin-inline: auto; border: 1px solid var(--line); border-radius: 50%; background: var(--bg); box-shadow: 0 4px 14px -4px #0004; animation: appear .15s; }
.connection:not(:empty) { z-index: 1; align-self: center; margin-block: -38px 8px; padding: 3px 12px; border: 1px solid var(--line); border-radius: 15px; background: var(--bg); color: var(--muted); font-size: .84em; animation: appear .2s; }

.composer { padding-block: 4px max(var(--space) * .6, env(safe-area-inset-bottom, 0px)); }
.field { display: flex; align-items: flex-end; gap: 8px; margin-inline: -4px; padding: 6px; padding-inline-start: 14px; border: 1px solid color-mix(in srgb, var(--fg) 52%, var(--bg)); border-radius: min(var(--radius), 18px); transition: border .15s, box-shadow .15s; }
.field:focus-within { border-color: var(--ink); box-shadow: 0 0 0 3px var(--tinted); }
.input { flex: 1; min-width: 0; max-height: calc(8lh + 14px); padding-block: 7px; resize: none; line-height: 1.35; field-sizing: content; scrollbar-width: thin; overscroll-behavior: contain; }
.panel .input { outline: 0; }
.input::placeholder { color: var(--muted); opacity: 1; }
.send { border-end-end-radius: 4px; background: var(--accent); color: var(--on-accent); }
.send:disabled { background: var(--surface); color: var(--muted); }
.count, .footer { color: var(--muted); font-size: .8em; }
.count:not(:empty), .footer slot:not(:empty) { display: block; padding: 7px 11px 0; }
.over { color: var(--danger); }
.footer { text-align: center; text-wrap: balance; }

@media (pointer: coarse) {
  /* iOS zooms the page into any input with smaller letters. */
  .input { font-size: max(16px, 1em); padding-block: 9px; }
  .send, .tool { width: 40px; height: 40px; }
  .button, .ghost { padding-block: 10px; }
}
@media (prefers-contrast: more) { .panel { --muted: var(--fg); --line: var(--fg); } }
@media (forced-colors: active) {
  .panel :is(.send, .button, .avatar, .bubble, .error), [role=dialog] { border: 1px solid; }
  .cursor::after, .dots i { background: CanvasText; }
}
`;
