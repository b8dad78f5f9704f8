import type { Kit } from './kit';
export function listen(_kit: Kit): void {}
