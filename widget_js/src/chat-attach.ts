import type { Kit } from './kit';
export function attach(_kit: Kit): void {}
