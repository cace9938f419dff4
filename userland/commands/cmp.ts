import { chunks, closeInput, openInput } from '../program/input.ts';
import { parseSize } from '../text/numbers.ts';
import { parseOptions } from '../program/options.ts';
import { Failure, type Program, type ProgramContext, UsageError } from '../program/program.ts';
import { isRegular, status } from '../files/stat.ts';

const SPECS = {
  printBytes: { short: 'b', long: 'print-bytes' },
  skip: { short: 'i', long: 'ignore-initial', value: 'required' },
  verbose: { short: 'l', long: 'verbose' },
  limit: { short: 'n', long: 'bytes', value: 'required' },
  quiet: { short: 's', long: 'quiet' },
  silent: { long: 'silent' },
} as const;

const DIFFERENT = 1;
const TROUBLE = 2;

function* bytesOf(context: ProgramContext, path: string, skip: number): Generator<number> {
  const { files } = context.system;
  let left = skip;
  try {
    const fd = openInput(files, path);
    for (const chunk of chunks(files, fd, path)) {
      const from = Math.min(left, chunk.length);
      left -= from;
      for (let at = from; at < chunk.length; at++) yield chunk[at] ?? 0;
    }
    closeInput(files, fd);
  } catch (error) {
    throw error instanceof Failure ? new Failure(error.message, TROUBLE) : error;
  }
}

/** As cat -v shows it. */
function visible(byte: number): string {
  const low = byte & 127;
  const text = low < 32 ? `^${String.fromCharCode(low + 64)}` : low === 127 ? '^?' : String.fromCharCode(low);
  return byte >= 128 ? `M-${text}` : text;
}

/** Digits of the largest offset at which two files can differ. */
function offsetWidth(context: ProgramContext, paths: readonly string[], limit: number): number {
  const sizes = paths.map((path) => {
    const found = path === '-' ? -1 : status(context.system.files, path, true);
    return typeof found === 'number' || !isRegular(found) ? Infinity : found.size;
  });
  const most = Math.min(limit, ...sizes);
  return String(most === Infinity ? Number.MAX_SAFE_INTEGER : most).length;
}

function main(context: ProgramContext): number {
  const { has, value, operands } = parseOptions(context.args, SPECS);
  const [first, second = '-', ...skips] = operands;
  if (first === undefined) throw new UsageError(`missing operand after '${context.name}'`);
  const [skipA = '0', skipB = skipA] = value('skip')?.split(':') ?? [];
  const size = (text: string): number => parseSize(text, '--ignore-initial value');
  const a = bytesOf(context, first, skips[0] === undefined ? size(skipA) : size(skips[0]));
  const b = bytesOf(context, second, skips[1] === undefined ? size(skipB) : size(skips[1]));
  const limit = value('limit') === undefined ? Infinity : parseSize(value('limit') ?? '', '--bytes value');
  const quiet = has('quiet') || has('silent');
  const width = has('verbose') ? offsetWidth(context, [first, second], limit) : 0;
  let result = 0;
  let line = 1;
  for (let at = 1; at <= limit; at++) {
    const [x, y] = [a.next(), b.next()];
    if (x.done || y.done) {
      if (x.done && y.done) return result;
      const short = x.done ? first : second;
      const where =
        at === 1
          ? 'which is empty'
          : has('verbose')
            ? `after byte ${at - 1}`
            : `after byte ${at - 1}, in line ${line}`;
      if (!quiet) context.stderr.write(`${context.name}: EOF on ${short} ${where}\n`);
      return DIFFERENT;
    }
    if (x.value !== y.value) {
      result = DIFFERENT;
      if (quiet) return result;
      const octal = (byte: number): string => byte.toString(8).padStart(3);
      if (has('verbose')) {
        const shown = has('printBytes')
          ? `${octal(x.value)} ${visible(x.value).padEnd(4)} ${octal(y.value)} ${visible(y.value)}`
          : `${octal(x.value)} ${octal(y.value)}`;
        context.stdout.write(`${String(at).padStart(width)} ${shown}\n`);
      } else {
        const is = has('printBytes')
          ? ` is ${octal(x.value)} ${visible(x.value)} ${octal(y.value)} ${visible(y.value)}`
          : '';
        context.stdout.write(`${first} ${second} differ: byte ${at}, line ${line}${is}\n`);
        return result;
      }
    }
    if (x.value === 10) line++;
  }
  return result;
}

export const cmp: Program = {
  name: 'cmp',
  usage: 'cmp [OPTION]... FILE1 [FILE2 [SKIP1 [SKIP2]]]',
  help: `Compare two files byte by byte. Status 0: equal, 1: different, 2: trouble.

  -b, --print-bytes           show the bytes that differ
  -i, --ignore-initial=SKIP   pass over the first bytes (SKIP1:SKIP2)
  -l, --verbose               every difference: where, and the bytes in octal
  -n, --bytes=LIMIT           compare at most LIMIT bytes
  -s, --quiet, --silent       only the status`,
  main,
};
