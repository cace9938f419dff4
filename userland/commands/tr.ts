import { chunks } from '../program/input.ts';
import { parseOptions } from '../program/options.ts';
import { type Program, type ProgramContext, UsageError } from '../program/program.ts';
import { expandSet } from '../text/tr-set.ts';

const SPECS = {
  complement: { short: 'c', long: 'complement' },
  complementOld: { short: 'C' },
  delete: { short: 'd', long: 'delete' },
  squeeze: { short: 's', long: 'squeeze-repeats' },
  truncate: { short: 't', long: 'truncate-set1' },
} as const;

const BYTES = 256;

interface Plan {
  map: Uint8Array;
  remove: Uint8Array;
  squeeze: Uint8Array;
}

function flags(set: readonly number[]): Uint8Array {
  const member = new Uint8Array(BYTES);
  for (const byte of set) member[byte] = 1;
  return member;
}

function planOf(context: ProgramContext): Plan {
  const { has, operands } = parseOptions(context.args, SPECS);
  const [first, second, extra] = operands;
  if (first === undefined) throw new UsageError('missing operand');
  const translating = !has('delete') && second !== undefined;
  if (second === undefined && !has('delete') && !has('squeeze'))
    throw new UsageError(`missing operand after '${first}'`);
  if (extra !== undefined || (has('delete') && !has('squeeze') && second !== undefined)) {
    throw new UsageError(`extra operand '${extra ?? second}'`);
  }
  let set1 = expandSet(first, undefined);
  if (has('complement') || has('complementOld')) {
    const member = flags(set1);
    set1 = Array.from({ length: BYTES }, (_, byte) => byte).filter((byte) => !member[byte]);
  }
  const set2 = second === undefined ? [] : expandSet(second, translating ? set1.length : undefined);
  const map = Uint8Array.from({ length: BYTES }, (_, byte) => byte);
  if (translating) {
    const last = set2.at(-1);
    if (last === undefined) throw new UsageError('when not truncating set1, string2 must be non-empty');
    set1.forEach((byte, index) => {
      const to = set2[index] ?? (has('truncate') ? undefined : last);
      if (to !== undefined) map[byte] = to;
    });
  }
  return {
    map,
    remove: flags(has('delete') ? set1 : []),
    squeeze: flags(has('squeeze') ? (second === undefined ? set1 : set2) : []),
  };
}

function main(context: ProgramContext): number {
  const { map, remove, squeeze } = planOf(context);
  let previous = -1;
  for (const chunk of chunks(context.system.files, 0, 'standard input')) {
    const out = new Uint8Array(chunk.length);
    let length = 0;
    for (const byte of chunk) {
      if (remove[byte]) continue;
      const mapped = map[byte] ?? byte;
      if (mapped === previous && squeeze[mapped]) continue;
      out[length++] = previous = mapped;
    }
    context.stdout.write(out.subarray(0, length));
    if (context.stdout.failed) return 1;
  }
  return 0;
}

export const tr: Program = {
  name: 'tr',
  usage: 'tr [OPTION]... SET1 [SET2]',
  help: `Translate, squeeze or delete bytes of standard input.

  -c, -C, --complement    use all bytes that are not in SET1
  -d, --delete            delete bytes in SET1
  -s, --squeeze-repeats   one byte where the last SET's byte repeats
  -t, --truncate-set1     cut SET1 to the length of SET2
Sets: bytes, ranges a-z, escapes \\n \\t \\\\ \\NNN, classes [:alpha:] [:digit:] [:space:] …, [x*n], [x*], [=x=].`,
  usageStatus: 1,
  main,
};
