/** Thinking, tool calls and sources. Come with the code that draws them. */

/** Marks the template for the build, which minifies it. */
const css = String.raw;

export const stepStyles = css`
.beside { display: contents; }
.beside + .text { margin-block-start: 10px; }
.text + .beside > .step { margin-block-start: 10px; }
.step { font-size: .9em; }
.step-toggle { display: flex; align-items: center; gap: 5px; max-width: 100%; min-height: 30px; margin-inline-start: -5px; padding-inline: 1px 9px; border-radius: 9px; color: var(--muted); transition: .15s; }
.step-toggle .icon { width: 16px; }
.label { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.i-chevron { transition: rotate .2s; }
[dir=rtl] .i-chevron { rotate: 180deg; }
[aria-expanded=true] > .i-chevron { rotate: 90deg; }
.state .i-check { color: var(--ink); }
.state .i-alert { color: var(--danger); }
.step-body { margin-block: 4px 10px; margin-inline-start: 2px; padding-inline-start: 12px; border-inline-start: 2px solid var(--line); color: var(--muted); }
.step-body > pre { max-height: 220px; margin: 2px 0 8px; padding: 9px 12px; overflow: auto; border-radius: 10px; background: var(--surface); color: var(--fg); font: .86em/1.5 var(--mono); text-align: left; }
.source { display: inline-block; max-width: 100%; margin-block-start: 6px; margin-inline-end: 6px; padding: 2px 10px; overflow: hidden; border: 1px solid var(--line); border-radius: 10px; color: var(--muted); font-size: .87em; text-overflow: ellipsis; white-space: nowrap; }
.data > ::slotted(*) { margin-block: 10px; }

.message .suggestions { margin-block-start: 12px; }
:is(.live, .message:not(:last-of-type)) .suggestions { display: none; }

.spinner { display: block; width: 12px; height: 12px; border: 1.5px solid var(--line); border-block-start-color: var(--ink); border-radius: 50%; animation: spin .8s linear infinite; }
@keyframes spin { to { rotate: 1turn; } }
`;
