/** The words of what is loaded later, in English. Language packs hold them beside the others. */

export const later = {};

export type LaterStrings = typeof later;
