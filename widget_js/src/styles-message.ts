/** Messages and what surrounds them in the log. */

/** Marks the template for the build, which minifies it. */
const css = String.raw;

export const messageStyles = css`
/* As wide as the log: what is skipped when out of sight is also clipped, focus rings and all. */
.message { margin: calc(var(--space) * .5 - 4px) calc(-1 * var(--space)) 0; padding: 2px var(--space); contain-intrinsic-size: auto 140px; }
/* Never the last one: with a size that is only guessed, following the end would stop short of it. */
.message:not(:last-of-type) { content-visibility: auto; }
.user-message { contain-intrinsic-size: auto 60px; }
.bubble {
  width: fit-content;
  max-width: min(85%, 34em);
  margin-inline-start: auto;
  padding: 8px 14px;
  border-radius: 18px;
  border-end-end-radius: 5px;
  background: var(--chatwidget-user-bg, var(--tinted));
  color: var(--chatwidget-user-fg, var(--fg));
  white-space: pre-wrap;
  overflow-wrap: anywhere;
}
.foot { display: flex; flex-wrap: wrap; align-items: center; gap: 0 10px; margin-block-start: 3px; font-size: .87em; }
.user-message .foot { flex-direction: row-reverse; }
.user-message .actions { margin: -6px -6px -10px; }
.assistant-message .foot, .tail { min-height: 34px; }
.live .foot { display: none; }
.mark, .tail, .older { color: var(--muted); }
.actions { display: flex; margin-inline-start: -8px; opacity: 0; transition: .15s; }
.message:is(:last-of-type, :hover, :focus-within) .actions { opacity: 1; }
.actions .icon { width: 17px; }
.down .icon { rotate: 180deg; }
.tool[aria-pressed=true] { color: var(--ink); }
[aria-pressed=true] path { fill: var(--tinted); }
.link { color: var(--ink); font-weight: 550; text-decoration: underline; text-underline-offset: .2em; min-height: 24px; }
@media (hover: none) { .actions { opacity: 1; } }

.shimmer, .activity { mask: linear-gradient(100deg, #000 40%, #0005 50%, #000 60%) 100% 0 / 300%; animation: shimmer 2s linear infinite; }
@keyframes shimmer { to { mask-position: 0 0; } }
.tail { display: flex; align-items: center; gap: 10px; margin-block-start: 3px; font-size: .92em; }
.quiet { visibility: hidden; }
.connecting { animation: appear .3s .5s backwards; }
.dots { display: flex; gap: 4px; }
.dots i { width: 6px; height: 6px; border-radius: 50%; background: var(--ink); animation: wave 1.2s infinite; }
.dots i + i { animation-delay: .15s; }
.dots i + i + i { animation-delay: .3s; }
@keyframes wave { 0%, 60%, to { opacity: .35; } 30% { opacity: 1; translate: 0 -3px; } }

.error { display: flex; align-items: start; gap: 10px; margin-block: 10px; padding: 12px 14px; border-radius: 14px; background: color-mix(in oklab, var(--danger) 9%, var(--bg)); font-size: .94em; animation: appear .2s; }
.error > .icon { color: var(--danger); }
.words { display: grid; gap: 8px; justify-items: start; min-width: 0; overflow-wrap: anywhere; }
.words code { color: var(--muted); font: .8em var(--mono); }

.unused { display: flex; flex-direction: column; justify-content: end; }
.greeting { margin: 0 0 18px; font-size: 1.5em; font-weight: 620; line-height: 1.25; letter-spacing: -.02em; text-wrap: balance; }
.suggestions { display: grid; gap: 7px; justify-items: start; }
.suggestion { padding: 8px 14px; border: 1px solid var(--line); border-radius: 14px; border-end-start-radius: 5px; font-size: .95em; overflow-wrap: anywhere; transition: .15s; }
.suggestion:hover { border-color: var(--ink); background: var(--tinted); }
.older { display: block; margin: 0 auto 8px; }
`;
