/**
 * What is drawn before the panel is there: the element's own box and the launcher.
 *
 * Rules of the page reach the element itself, so what would break the page or the chat is pinned here, and `.root` begins anew at `all: initial`.
 */

let sheet: CSSStyleSheet | undefined;

/** Constructed rather than a `<style>`: a strict CSP lets it pass. One for all chats of a page. */
export function hostSheet(): CSSStyleSheet {
  if (!sheet) (sheet = new CSSStyleSheet()).replaceSync(hostStyles);
  return sheet!;
}

/** Marks the template for the build, which minifies it. */
const css = String.raw;

const hostStyles = css`
:host {
  all: initial;
  color-scheme: inherit;
  display: block;
  position: relative !important;
  padding: 0 !important;
  border: 0 !important;
  transform: none !important;
  filter: none !important;
  contain: none !important;
  overflow: hidden !important;
  z-index: 0 !important;
  height: var(--chatwidget-height, 600px);
}
:host([mode=page]) { height: var(--chatwidget-height, 100dvh); }
:host(:not([mode=inline], [mode=page])) {
  position: fixed !important;
  inset: auto 0 0 auto !important;
  width: 0 !important;
  height: 0 !important;
  margin: 0 !important;
  overflow: visible !important;
  z-index: var(--chatwidget-z-index, 2147483000) !important;
}
:host([hidden]) { display: none !important; }
@media print { :host { display: none; } }
.root, .launcher, .regret { all: initial; direction: inherit; box-sizing: border-box; }
.root {
  --accent: var(--own-accent, var(--chatwidget-accent, var(--server-accent, #12695c)));
  --on-accent: var(--chatwidget-on-accent, #fff);
  --gap: var(--chatwidget-offset, 20px);
  --size: var(--chatwidget-launcher-size, 56px);
  display: block;
  height: 100%;
}
@supports (color: color(from red xyz-d65 x y z)) {
  .root {
    --white: clamp(0, (.183 - y) * 9999, 1);
    --on-accent: var(--chatwidget-on-accent, color(from var(--accent) xyz-d65 calc(.9505 * var(--white)) var(--white) calc(1.089 * var(--white))));
  }
}
.launcher, .regret { position: fixed; inset-block-end: calc(var(--gap) + env(safe-area-inset-bottom, 0px)); inset-inline-end: var(--gap); cursor: pointer; }
.start :is(.launcher, .regret) { inset-inline: var(--gap) auto; }
.launcher {
  width: var(--size);
  height: var(--size);
  border-radius: 50%;
  border-end-end-radius: 16%;
  background: var(--accent);
  color: var(--on-accent);
  box-shadow: 0 8px 24px -6px #0006;
  transition: transform .2s;
}
.start .launcher { border-radius: 50%; border-end-start-radius: 16%; }
.launcher:hover { transform: translateY(-2px); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; }
.glyph { position: absolute; inset: 50% auto auto 50%; margin: -10px -11px; width: 22px; height: 20px; }
.glyph i { position: absolute; inset-inline-start: 0; top: 2px; width: 22px; height: 3px; border-radius: 2px; background: currentColor; transition: .25s; }
.glyph i + i { top: 13px; width: 11px; }
.glyph i + i + i { top: 9px; inset-inline-start: 15px; width: 3px; height: 11px; }
:is(.launcher:hover, .loading) i + i + i { animation: blink 1s steps(1) infinite; }
@keyframes blink { 50% { opacity: 0; } }
.regret { inset-block-end: calc(var(--gap) + var(--size) + 12px); max-width: 270px; padding: 10px 14px; border-radius: 14px; background: #222; color: #fff; font: 14px/1.4 system-ui, sans-serif; }
.regret:empty, .inline .launcher { display: none; }
.inline .regret { position: absolute; inset: 20px auto auto 20px; }
@media (prefers-reduced-motion: reduce) { .root *, .root ::after { animation: none !important; transition: none !important; } }
@media (forced-colors: active) { .launcher, .regret { border: 1px solid; } .glyph i { background: CanvasText; } }
`;
