import { cat } from './commands/cat.ts';
import { echo } from './commands/echo.ts';
import { head } from './commands/head.ts';
import { printf } from './commands/printf.ts';
import { falseCommand, trueCommand } from './commands/true.ts';
import { wc } from './commands/wc.ts';
import type { Program } from './program.ts';

export const PROGRAMS: readonly Program[] = [cat, echo, falseCommand, head, printf, trueCommand, wc];

const byName = new Map<string, Program>();
for (const program of PROGRAMS) {
  for (const name of [program.name, ...(program.aliases ?? [])]) byName.set(name, program);
}

export function findProgram(name: string): Program | undefined {
  return byName.get(name);
}
