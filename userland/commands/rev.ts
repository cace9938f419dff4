import { records } from '../program/input.ts';
import { parseOptions } from '../program/options.ts';
import { forEachFile } from '../files/per-file.ts';
import type { Program, ProgramContext } from '../program/program.ts';
import { decodeText } from '../text/text.ts';

function main(context: ProgramContext): number {
  const { operands } = parseOptions(context.args, {});
  return forEachFile(context, operands, (fd, path) => {
    for (const { bytes, terminated } of records(context.system.files, fd, path)) {
      context.stdout.write([...decodeText(bytes)].reverse().join('') + (terminated ? '\n' : ''));
    }
  });
}

export const rev: Program = {
  name: 'rev',
  usage: 'rev [FILE]...',
  help: 'Print each line with its characters in reverse order.',
  usageStatus: 1,
  main,
};
