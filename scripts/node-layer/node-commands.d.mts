export function buildNodeCommands(outDir: string): Promise<void>;
