export function pinnedNode(): Promise<{ binary: string; license: string; isTarget: boolean }>;
