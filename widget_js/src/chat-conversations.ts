import type { Kit } from './kit';
export function list(_kit: Kit): void {}
