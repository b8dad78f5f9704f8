/** What Markdown looks like. */

/** Marks the template for the build, which minifies it. */
const css = String.raw;

export const textStyles = css`
.text { overflow-wrap: break-word; }
.settled { content-visibility: auto; }
.text * { margin: 0; }
:is(.text, .section) > *, .text :is(li, blockquote) > * + * { margin-block-start: .75em; }
.text > .section, .text > :first-child, .section:first-child > :first-child { margin-block-start: 0; }
.text p { text-wrap: pretty; }
.cursor::after { content: ""; display: inline-block; width: 2.5px; height: 1.05em; margin-inline-start: 3px; border-radius: 2px; background: var(--ink); vertical-align: -.16em; animation: blink 1s steps(1) infinite; }
.text :is(h1, h2, h3, h4, h5, h6) { font-size: 1em; font-weight: 650; line-height: 1.3; letter-spacing: -.01em; text-wrap: balance; }
.text h1 { font-size: 1.3em; }
.text h2 { font-size: 1.17em; }
:is(.text, .section) > :is(h1, h2, h3, hr, hr + *) { margin-block-start: 1.25em; }
:is(.text, .section) > :is(h1, h2, h3) + * { margin-block-start: .5em; }
.text :is(ul, ol) { padding-inline-start: 1.5em; }
.text li + li { margin-block-start: .6em; }
.text .tight > li + li, .text li > .tight { margin-block-start: .28em; }
.text li::marker { color: var(--muted); font-variant-numeric: tabular-nums; }
.task { list-style: none; }
.task input { margin: 0 .5em 0 -1.5em; vertical-align: -.1em; accent-color: var(--ink); }
.text blockquote { padding-inline-start: 14px; border-inline-start: 3px solid var(--line); color: var(--muted); }
.text a { color: var(--ink); text-decoration-thickness: 1px; text-underline-offset: .2em; }
.text a:hover { text-decoration-thickness: 2px; }
.text strong { font-weight: 650; }
.text code { padding: .12em .36em; border-radius: 6px; background: var(--surface); font: .89em var(--mono); overflow-wrap: anywhere; }
.code { border-radius: 13px; background: var(--surface); }
figcaption { display: flex; justify-content: space-between; padding: 5px 14px 0; color: var(--muted); font-size: .8em; line-height: 24px; }
.copy:hover { color: var(--fg); }
.text pre { padding: 4px 14px 12px; overflow-x: auto; scrollbar-width: thin; text-align: left; font: .87em/1.55 var(--mono); tab-size: 2; }
.text pre code { padding: 0; background: none; font: inherit; overflow-wrap: normal; }
.text hr { border: 0; border-block-start: 1px solid var(--line); }
.text img { max-width: 100%; height: 240px; border-radius: 10px; object-fit: scale-down; }
.table { overflow-x: auto; scrollbar-width: thin; }
.text table { border-collapse: collapse; font-size: .94em; line-height: 1.4; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
.text :is(th, td) { padding: 6px 0; padding-inline-end: 18px; border-block-end: 1px solid var(--line); vertical-align: top; }
.text th:not([align]) { text-align: start; }
.text th { font-weight: 650; white-space: nowrap; }
.text tr:last-child td { border: 0; }
`;
