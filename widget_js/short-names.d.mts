export function shortNames(source: string): string;
