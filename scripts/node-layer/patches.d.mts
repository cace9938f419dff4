export const PATCHES: Record<string, ((source: string) => string)[]>;
export function applyPatches(natives: Record<string, string>): Record<string, string>;
