import { OUTPUT_BUFFER_BYTES } from '../../src/base/limits.ts';
import type { Program, ProgramContext } from '../program/program.ts';
import { encodeText } from '../text/text.ts';

function main({ args, stdout }: ProgramContext): number {
  const line = encodeText(`${args.length ? args.join(' ') : 'y'}\n`);
  const repeats = Math.max(1, Math.floor(OUTPUT_BUFFER_BYTES / line.length));
  const block = new Uint8Array(line.length * repeats);
  for (let i = 0; i < repeats; i++) block.set(line, i * line.length);
  while (!stdout.failed) stdout.write(block);
  return 1;
}

export const yes: Program = {
  name: 'yes',
  usage: 'yes [STRING]...',
  help: "Print the strings, or 'y', again and again until nobody reads.",
  usageStatus: 1,
  main,
};
