const UNIT_SECONDS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 };

/** `1.5`, `10s`, `2m`, `1h`, `1d`, `infinity` in seconds; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  if (/^inf(?:inity)?$/i.test(text)) return Infinity;
  const match = /^(\d+\.?\d*|\.\d+)(?:e([+-]?\d+))?([smhd]?)$/i.exec(text);
  if (!match) return undefined;
  return Number(`${match[1]}e${match[2] ?? 0}`) * (UNIT_SECONDS[match[3] ?? ''] ?? 1);
}
