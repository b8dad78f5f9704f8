/** Colours of code: nothing but colours, so that lines stay where they are. */

/** Marks the template for the build, which minifies it. */
const css = String.raw;

export const highlightStyles = css`
@media not (forced-colors: active) {
  .hl-keyword { color: light-dark(#8a2fa8, #d9a3f0); }
  .hl-string { color: light-dark(#0b6b2f, #8fd6a0); }
  .hl-number { color: light-dark(#9a4a00, #f0b285); }
  .hl-comment { color: light-dark(#5f666b, #9aa3a8); }
  .hl-title { color: light-dark(#1a56b0, #8fb8ff); }
  .hl-name { color: light-dark(#7a5200, #e3c878); }
  .hl-type { color: light-dark(#006b75, #7fd3dc); }
  .hl-deletion { color: light-dark(#b3261e, #ff9c91); }
}
`;
