export function strip(source: string): { code: string; leads: string };
