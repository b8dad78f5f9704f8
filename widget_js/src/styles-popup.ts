/** The greeting beside the launcher. */

/** Marks the template for the build, which minifies it. */
const css = String.raw;

export const popupStyles = css`
.popup, .popup-text, .popup-close { all: initial; direction: inherit; box-sizing: border-box; cursor: pointer; }
.popup {
  position: fixed;
  display: flex;
  align-items: start;
  inset-block-end: calc(var(--gap) + var(--size) + 12px + env(safe-area-inset-bottom, 0px));
  inset-inline-end: var(--gap);
  padding-inline-start: 16px;
  max-width: min(290px, 100vw - 2 * var(--gap));
  border-radius: 16px;
  border-end-end-radius: 5px;
  background: var(--chatwidget-bg, light-dark(#fff, #24272a));
  color: var(--chatwidget-fg, light-dark(#1b1e1f, #e9eaea));
  font: 15px/1.45 var(--chatwidget-font, system-ui, sans-serif);
  box-shadow: 0 0 0 1px #8883, 0 14px 36px -10px #0006;
  animation: greet .35s cubic-bezier(.2, .8, .2, 1);
}
.start .popup { inset-inline: var(--gap) auto; border-end-end-radius: 16px; border-end-start-radius: 5px; }
.open .popup { display: none; }
.popup-text { flex: 1; padding: 12px 0; color: inherit; font: inherit; text-align: start; text-wrap: balance; overflow-wrap: anywhere; }
.popup-close { flex: none; padding: 8px 12px; color: inherit; font: 20px/24px var(--chatwidget-font, system-ui, sans-serif); opacity: .65; }
.popup-close:hover { opacity: 1; }
@keyframes greet { from { opacity: 0; transform: translateY(8px) scale(.97); } }
@media (forced-colors: active) { .popup { border: 1px solid; } }
`;
