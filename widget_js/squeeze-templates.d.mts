export function squeezeTemplates(source: string): Promise<string>;
