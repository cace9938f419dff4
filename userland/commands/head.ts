import { chunks, closeInput, openInput, readAll } from '../program/input.ts';
import { parseSize } from '../text/numbers.ts';
import { parseOptions } from '../program/options.ts';
import { Failure, type Program, type ProgramContext } from '../program/program.ts';

const SPECS = {
  bytes: { short: 'c', long: 'bytes', value: 'required' },
  lines: { short: 'n', long: 'lines', value: 'required' },
  quiet: { short: 'q', long: 'quiet' },
  silent: { long: 'silent' },
  verbose: { short: 'v', long: 'verbose' },
  zero: { short: 'z', long: 'zero-terminated' },
} as const;

const DEFAULT_LINES = 10;

interface Amount {
  unit: 'lines' | 'bytes';
  count: number;
  /** `-n -5`: all but the last five. */
  allBut: boolean;
}

function amountOf(text: string, unit: Amount['unit']): Amount {
  return {
    unit,
    allBut: text.startsWith('-'),
    count: parseSize(text.replace(/^[-+]/, ''), `number of ${unit}`),
  };
}

/** How many bytes of `chunk` belong to the first `wanted` records; `left` is what is still wanted after it. */
function take(chunk: Uint8Array, wanted: number, separator: number): { bytes: number; left: number } {
  let at = 0;
  let left = wanted;
  while (left > 0) {
    const end = chunk.indexOf(separator, at);
    if (end < 0) return { bytes: chunk.length, left };
    at = end + 1;
    left--;
  }
  return { bytes: at, left };
}

/** The end of all but the last `count` records. */
function endOfAllBut(bytes: Uint8Array, count: number, separator: number): number {
  if (count === 0) return bytes.length;
  let at = bytes.length;
  if (bytes[at - 1] === separator) at--;
  for (let left = count; left > 0; left--) {
    const previous = at > 0 ? bytes.lastIndexOf(separator, at - 1) : -1;
    if (previous < 0) return 0;
    at = previous;
  }
  return at + 1;
}

function printHead(context: ProgramContext, path: string, amount: Amount, separator: number): void {
  const { files } = context.system;
  const fd = openInput(files, path);
  if (amount.allBut) {
    const all = readAll(files, fd, path);
    const end =
      amount.unit === 'bytes' ? all.length - amount.count : endOfAllBut(all, amount.count, separator);
    context.stdout.write(all.subarray(0, Math.max(0, end)));
  } else if (amount.count > 0) {
    let left = amount.count;
    for (const chunk of chunks(files, fd, path)) {
      const piece =
        amount.unit === 'bytes'
          ? { bytes: Math.min(left, chunk.length), left: left - chunk.length }
          : take(chunk, left, separator);
      context.stdout.write(chunk.subarray(0, piece.bytes));
      context.stdout.flush();
      left = piece.left;
      if (left <= 0 || context.stdout.failed) break;
    }
  }
  closeInput(files, fd);
}

function main(context: ProgramContext): number {
  let old: string | undefined;
  const { has, value, operands } = parseOptions(context.args, SPECS, {
    number: (digits) => ((old = digits), true),
  });
  const bytes = value('bytes');
  const amount =
    bytes !== undefined
      ? amountOf(bytes, 'bytes')
      : amountOf(value('lines') ?? old ?? String(DEFAULT_LINES), 'lines');
  const paths = operands.length ? operands : ['-'];
  const titles = has('verbose') || (paths.length > 1 && !has('quiet') && !has('silent'));
  let result = 0;
  let first = true;
  for (const path of paths) {
    try {
      if (titles) {
        openable(context, path);
        context.stdout.write(`${first ? '' : '\n'}==> ${path === '-' ? 'standard input' : path} <==\n`);
      }
      first = false;
      printHead(context, path, amount, has('zero') ? 0 : 10);
      if (context.stdout.failed) return 1;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      context.stderr.write(`${context.name}: ${describe(path, error)}\n`);
      result = 1;
    }
  }
  return result;
}

function openable(context: ProgramContext, path: string): void {
  closeInput(context.system.files, openInput(context.system.files, path));
}

function describe(path: string, error: Failure): string {
  return `cannot open '${path}' for reading: ${error.message.slice(path.length + 2)}`;
}

export const head: Program = {
  name: 'head',
  usage: 'head [OPTION]... [FILE]...',
  help: `Print the first 10 lines of each file (- or none: standard input).

  -c, --bytes=[-]NUM       the first NUM bytes; with '-', all but the last NUM
  -n, --lines=[-]NUM       the first NUM lines; with '-', all but the last NUM
  -q, --quiet, --silent    no headers
  -v, --verbose            always headers
  -z, --zero-terminated    records end in NUL
NUM may have a multiplier: b 512, kB 1000, K 1024, MB, M, GB, G, …`,
  usageStatus: 1,
  main,
};
