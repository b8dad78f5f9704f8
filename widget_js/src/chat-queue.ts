import type { Kit } from './kit';
export function queue(_kit: Kit): void {}
