/** Presets, and what follows from corners, font and density. Comes with the code that reads these settings. */

/** Marks the template for the build, which minifies it. */
const css = String.raw;

export const lookStyles = css`
.root { font-family: var(--own-font, var(--chatwidget-font, var(--server-font, var(--preset-font, system-ui, sans-serif)))); }
.panel {
  --radius: var(--own-radius, var(--chatwidget-radius, var(--server-radius, var(--preset-radius, 20px))));
  --space: calc(var(--own-density, var(--chatwidget-density, var(--server-density, var(--preset-density, 1)))) * 18px);
  font-size: var(--chatwidget-font-size, var(--preset-size, 15px));
}
/* Nothing inside is rounder than the whole. */
.bubble, .field, .code, .error, .suggestion, .tool, .send, .avatar, .button, .ghost, .text code, .step-toggle, .menu, .popup { border-radius: min(var(--radius), var(--round, 14px)); }
.bubble, .field { --round: 18px; }
.tool, .send, .avatar, .button, .ghost { --round: 11px; }
.text code { --round: 6px; }
.bubble, .send, .avatar { border-end-end-radius: min(var(--radius) * .35, 5px); }
.suggestion { border-end-start-radius: min(var(--radius) * .35, 5px); }

[data-preset=paper] {
  --preset-font: "Iowan Old Style", "Palatino Linotype", Palatino, "URW Palladio L", "Noto Serif", Georgia, serif;
  --preset-size: 16px;
  --preset-radius: 7px;
  --preset-density: 1.15;
}
[data-preset=paper] :is(.heading, .greeting, h1, h2, h3) { font-weight: 600; letter-spacing: 0; }
[data-preset=paper] .greeting { font-style: italic; font-weight: 500; }

[data-preset=compact] { --preset-size: 14px; --preset-radius: 5px; --preset-density: .7; }
[data-preset=compact] .panel { line-height: 1.45; }
[data-preset=compact] .header { padding-block: 7px; border-block-end: 1px solid var(--line); }
[data-preset=compact] .scrolled { border-color: transparent; }
[data-preset=compact] .avatar { width: 28px; height: 28px; font-size: .9em; }
[data-preset=compact] slot[name=header] { gap: 9px; }
[data-preset=compact] .bubble { padding: 5px 10px; }
[data-preset=compact] .greeting { margin-block-end: 12px; font-size: 1.25em; }
[data-preset=compact] .suggestion { padding: 5px 10px; }

[data-preset=soft] {
  --preset-font: ui-rounded, "SF Pro Rounded", "Hiragino Maru Gothic ProN", Nunito, Quicksand, system-ui, sans-serif;
  --preset-radius: 28px;
  --preset-density: 1.15;
}
[data-preset=soft] .bubble { --round: 22px; background: var(--chatwidget-user-bg, var(--accent)); color: var(--chatwidget-user-fg, var(--on-accent)); }
[data-preset=soft] :is(.field, .code, .error, .suggestion) { --round: 20px; }
[data-preset=soft] .field { --round: 25px; }
[data-preset=soft] :is(.tool, .send, .button, .ghost, .avatar) { --round: 17px; }
[data-preset=soft] .field { background: var(--plain); }
[data-preset=soft] :is(.send, .avatar) { border-end-end-radius: min(var(--radius), 17px); }
[data-preset=soft] .suggestion { border-color: transparent; background: var(--plain); }

[data-preset=contrast] { --preset-size: 17px; --preset-radius: 4px; }
[data-preset=contrast] .panel { --muted: var(--chatwidget-muted, var(--fg)); --line: var(--chatwidget-border, var(--fg)); --surface: var(--chatwidget-surface, var(--bg)); }
[data-preset=contrast] :is(.bubble, .code, .error) { border: 2px solid; background: var(--bg); }
[data-preset=contrast] :is(.field, .send, .avatar) { border: 2px solid var(--fg); }
[data-preset=contrast] :is(.text a, .link) { color: var(--fg); text-decoration-thickness: 2px; }
[data-preset=contrast] :is(:focus-visible:not(.input), .field:focus-within) { outline: 3px solid var(--fg); outline-offset: 2px; }
[data-preset=contrast] :is(.tool, .ghost, .step-toggle):hover { background: var(--fg); color: var(--bg); }

@supports (color: light-dark(red, red)) {
  [data-preset=paper] .panel { --bg: var(--chatwidget-bg, light-dark(#fbf8f0, #1e1b17)); --fg: var(--chatwidget-fg, light-dark(#2c261f, #ebe4d7)); }
  [data-preset=compact] .panel { --bg: var(--chatwidget-bg, light-dark(#fff, #121417)); --fg: var(--chatwidget-fg, light-dark(#1d2125, #dfe3e7)); }
  [data-preset=soft] .panel {
    --bg: var(--chatwidget-bg, light-dark(color-mix(in oklab, var(--accent) 7%, #fff), color-mix(in oklab, var(--accent) 9%, #151618)));
    --plain: light-dark(#fff, color-mix(in srgb, var(--fg) 7%, var(--bg)));
  }
  [data-preset=contrast] .panel { --bg: var(--chatwidget-bg, light-dark(#fff, #000)); --fg: var(--chatwidget-fg, light-dark(#000, #fff)); --danger: var(--chatwidget-danger, light-dark(#9b0000, #ffb4ab)); }
}
`;
