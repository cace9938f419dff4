import type { ProgramContext } from './program.ts';

const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;

export function isTerminal(context: ProgramContext, fd: number): boolean {
  return context.system.streams.type(fd) === 'TTY';
}

/** Columns of the output: COLUMNS, then the terminal's own, then 80. */
export function outputColumns(context: ProgramContext): number {
  const given = Number(context.env['COLUMNS']);
  if (Number.isInteger(given) && given > 0) return given;
  return terminalSize(context, 1)?.[0] ?? DEFAULT_COLUMNS;
}

/** [columns, rows] of a terminal; undefined when the descriptor is none. */
export function terminalSize(context: ProgramContext, fd: number): [number, number] | undefined {
  if (!isTerminal(context, fd)) return undefined;
  const size = context.system.streams.windowSize(fd);
  return typeof size === 'number' ? undefined : [size[0] || DEFAULT_COLUMNS, size[1] || DEFAULT_ROWS];
}

/** What `--color[=WHEN]` asks for. */
export function wantsColor(context: ProgramContext, when: string | true | undefined): boolean {
  if (when === undefined || when === 'never' || when === 'no' || when === 'none') return false;
  return when === 'auto' || when === 'tty' || when === 'if-tty' ? isTerminal(context, 1) : true;
}
