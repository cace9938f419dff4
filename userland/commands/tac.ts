import { records } from '../program/input.ts';
import { parseOptions } from '../program/options.ts';
import { forEachFile } from '../files/per-file.ts';
import type { Program, ProgramContext } from '../program/program.ts';

function main(context: ProgramContext): number {
  const { operands } = parseOptions(context.args, {});
  return forEachFile(context, operands, (fd, path) => {
    const all: Uint8Array[] = [];
    for (const { bytes, terminated } of records(context.system.files, fd, path)) {
      const record = new Uint8Array(bytes.length + (terminated ? 1 : 0));
      record.set(bytes);
      if (terminated) record[bytes.length] = 10;
      all.push(record);
    }
    for (let i = all.length - 1; i >= 0; i--) context.stdout.write(all[i] ?? '');
  });
}

export const tac: Program = {
  name: 'tac',
  usage: 'tac [FILE]...',
  help: 'Print each file with its lines in reverse order.',
  usageStatus: 1,
  main,
};
