/** Of all parts that are loaded later: small enough to be one. */

/** Marks the template for the build, which minifies it. */
const css = String.raw;

export const laterStyles = css`
.row { display: flex; gap: 8px; align-items: center; }
:is(.editor, .comment) { display: grid; gap: 8px; animation: appear .15s; }
:is(.editor, .comment) .row { justify-content: end; }
.entry { min-width: 0; padding: 8px 13px; border: 1px solid color-mix(in srgb, var(--fg) 22%, var(--bg)); border-radius: 14px; appearance: none; background: none; color: inherit; font: inherit; line-height: 1.4; transition: border .15s, box-shadow .15s; }
.panel .entry { outline: 0; }
.entry:focus { border-color: var(--ink); box-shadow: 0 0 0 3px var(--tinted); }
.entry::placeholder { color: var(--muted); opacity: 1; }
textarea.entry { width: 100%; max-height: 14lh; overflow: auto; resize: none; field-sizing: content; }
@media (pointer: coarse) { .entry { font-size: max(16px, 1em); } }
.editing > :not(.editor) { display: none; }
.comment { margin-block: 6px 4px; max-width: 34em; }

.actions { position: relative; }
.menu { position: absolute; z-index: 1; inset-block-end: 100%; inset-inline-start: 20px; display: grid; gap: 2px; min-width: 190px; padding: 6px; border: 1px solid var(--line); border-radius: 13px; background: var(--bg); color: var(--fg); box-shadow: 0 10px 30px -8px #0005; animation: appear .12s; }
.menu time { padding: 5px 10px; color: var(--muted); font-size: .92em; }
.menu-item { display: flex; align-items: center; gap: 9px; min-height: 34px; padding: 4px 10px; border-radius: 9px; }
.menu-item:hover { background: var(--surface); }

.conversations { display: flex; flex: 1; flex-direction: column; gap: 10px; min-height: 0; padding: 4px var(--space) var(--space); overflow: hidden auto; overscroll-behavior: contain; scrollbar-width: thin; scrollbar-color: var(--line) transparent; animation: appear .15s; }
.conversations ~ :is(.scroll, .composer, .connection) { display: none; }
.panel .conversations:focus { outline: 0; }
.conversations .entry { flex: 1; }
[dir=rtl] .i-back { rotate: 180deg; }
[dir=rtl] .i-speaker { scale: -1 1; }
.conversations .back { margin-inline: -8px -4px; }
.conversations p { margin: 12px 4px; }
.conversations p:empty { display: none; }
.conversations ul { display: grid; gap: 2px; margin: 0; padding: 0; list-style: none; }
.conversations li { display: flex; align-items: center; min-height: 50px; border-radius: 13px; }
.conversations li:hover { background: var(--surface); }
.conversation { display: grid; flex: 1; min-width: 0; padding: 7px 12px; border-radius: 13px; line-height: 1.4; }
.conversation bdi { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.conversation time { color: var(--muted); font-size: .82em; }
.conversation[aria-current] bdi { color: var(--ink); font-weight: 640; }
.tools { display: flex; flex: none; opacity: 0; transition: opacity .15s; }
li:is(:hover, :focus-within) .tools { opacity: 1; }
@media (hover: none) { .tools { opacity: 1; } }
/* At rest the room is the title's. */
@media (hover: hover) { .conversations li:not(:hover, :focus-within) .tools { width: 0; overflow: hidden; } }
.tools .icon { width: 17px; }
.conversations > .ghost { align-self: center; }
.question { display: flex; flex: 1; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 4px 8px; min-width: 0; padding: 9px 12px; border-radius: 13px; background: var(--surface); font-size: .93em; animation: appear .15s; }
.question bdi { width: 100%; overflow: hidden; font-weight: 640; text-overflow: ellipsis; white-space: nowrap; }
.button.danger { background: var(--danger); color: var(--bg); }

.queued { display: flex; align-items: center; gap: 8px; margin-block-end: 6px; padding: 6px 6px 6px 14px; border: 1px dashed var(--line); border-radius: 14px; font-size: .93em; animation: appear .15s; }
.queued > div { flex: 1; min-width: 0; }
.queued small { color: var(--muted); font-size: .87em; }
.queued .words { display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.field:has(.attach) { padding-inline-start: 6px; }
.files { display: flex; flex-wrap: wrap; gap: 6px; padding-block-end: 6px; }
.files:empty, .file-note:empty { display: none; }
.file { position: relative; display: flex; align-items: center; gap: 7px; overflow: hidden; max-width: 100%; padding-inline-start: 10px; border: 1px solid var(--line); border-radius: 12px; font-size: .87em; }
.file bdi { max-width: 170px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.file i { position: absolute; inset: auto auto 0 0; height: 2px; inline-size: 4%; background: var(--ink); transition: inline-size .2s; }
.file-note { padding: 2px 11px 6px; color: var(--danger); font-size: .87em; overflow-wrap: anywhere; }
.dropzone { position: absolute; inset: 8px; display: grid; place-items: center; border: 2px dashed var(--ink); border-radius: calc(var(--radius) - 6px); background: color-mix(in srgb, var(--bg) 88%, transparent); font-weight: 640; pointer-events: none; animation: appear .12s; }
.panel:has(.dropzone:not([hidden])) { position: relative; }
[role=dialog]:has(.dropzone:not([hidden])) { position: fixed; }
.file-place { display: flex; margin-block-end: 5px; }
.user-message .file-place { justify-content: end; }
.sent-file { display: flex; align-items: center; gap: 8px; max-width: 85%; padding: 8px 12px; border: 1px solid var(--line); border-radius: 14px; font-size: .93em; overflow: hidden; }
.sent-file bdi { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.sent-file.picture { padding: 0; }
.sent-file canvas { display: block; max-width: 100%; height: auto; border-radius: 13px; }

.dictate[aria-pressed=true] { animation: blink 1.2s steps(1) infinite; }
.rest > .to-end { display: none; }
@media (forced-colors: active) { .menu, .queued, .button.danger { border: 1px solid; } .conversation[aria-current] { outline: 1px solid; } }
`;
