import type { Plugin } from 'esbuild';

export function bundle(root: string): Promise<{ files: Map<string, Uint8Array>; sizes: Record<string, number>; firstChat: string[] }>;
export function built(folder: string): Promise<Map<string, Buffer>>;
export function differences(files: Map<string, Uint8Array>, committed: Map<string, Buffer>): string[];
export const squeeze: Plugin;
export const modern: Plugin;
