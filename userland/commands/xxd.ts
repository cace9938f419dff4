import { chunks, closeInput, lines } from '../program/input.ts';
import { type Parsed, parseOptions } from '../program/options.ts';
import { Output } from '../program/output.ts';
import { Failure, type Program, type ProgramContext, UsageError } from '../program/program.ts';
import { errorText } from '../program/errors.ts';

const SPECS = {
  autoskip: { short: 'a', long: 'autoskip' },
  bits: { short: 'b', long: 'bits' },
  columns: { short: 'c', long: 'cols', value: 'required' },
  decimal: { short: 'd' },
  little: { short: 'e' },
  group: { short: 'g', long: 'groupsize', value: 'required' },
  include: { short: 'i', long: 'include' },
  length: { short: 'l', long: 'len', value: 'required' },
  name: { short: 'n', long: 'name', value: 'required' },
  offset: { short: 'o', value: 'required' },
  plain: { short: 'p', long: 'plain' },
  postscript: { long: 'ps' },
  revert: { short: 'r', long: 'revert' },
  seek: { short: 's', long: 'seek', value: 'required' },
  upper: { short: 'u', long: 'uppercase' },
} as const;
type Options = Parsed<keyof typeof SPECS>;

const Columns = { hex: 16, bits: 6, plain: 30, include: 12 } as const;
const CREATE_TRUNCATE = 0o1101; // O_WRONLY | O_CREAT | O_TRUNC

function number(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = Number(/^\+?0[0-7]+$/.test(text) ? `0o${text.replace('+', '')}` : text);
  if (!Number.isInteger(value)) throw new UsageError(`invalid number '${text}'`);
  return value;
}

/** Pieces of `size` bytes of the part of the input that is wanted. */
function* pieces(
  context: ProgramContext,
  fd: number,
  path: string,
  options: Options,
  size: number,
): Generator<Uint8Array> {
  let skip = number(options.value('seek'), 0);
  let left = options.value('length') === undefined ? Infinity : number(options.value('length'), 0);
  let piece: number[] = [];
  for (const chunk of left > 0 ? chunks(context.system.files, fd, path) : []) {
    for (const byte of chunk) {
      if (skip > 0) skip--;
      else if (left > 0) {
        left--;
        if (piece.push(byte) < size) continue;
        yield Uint8Array.from(piece);
        piece = [];
      }
    }
    if (left <= 0) break;
  }
  if (piece.length > 0) yield Uint8Array.from(piece);
}

interface Layout {
  readonly columns: number;
  readonly group: number;
  readonly digits: (byte: number) => string;
  readonly little: boolean;
  readonly address: (at: number) => string;
}

function layoutOf(options: Options): Layout {
  const { has, value } = options;
  const columns = number(value('columns'), has('bits') ? Columns.bits : Columns.hex) || Columns.hex;
  const group = number(value('group'), has('bits') ? 1 : has('little') ? 4 : 2);
  const hex = (byte: number, width: number): string => {
    const text = byte.toString(16).padStart(width, '0');
    return has('upper') ? text.toUpperCase() : text;
  };
  return {
    columns,
    group: group === 0 ? columns : group,
    digits: has('bits') ? (byte) => byte.toString(2).padStart(8, '0') : (byte) => hex(byte, 2),
    little: has('little'),
    address: (at) => (has('decimal') ? String(at).padStart(8, '0') : at.toString(16).padStart(8, '0')),
  };
}

function dumpLine(bytes: Uint8Array, at: number, layout: Layout): string {
  const { columns, group, digits, little } = layout;
  let hex = '';
  for (let from = 0; from < columns; from += group) {
    const size = Math.min(group, columns - from);
    const fields = Array.from({ length: size }, (_, index) =>
      from + index < bytes.length ? digits(bytes[from + index] ?? 0) : ' '.repeat(digits(0).length),
    );
    hex += ` ${(little ? fields.reverse() : fields).join('')}`;
  }
  const text = [...bytes]
    .map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.'))
    .join('');
  return `${layout.address(at)}:${hex}  ${text}\n`;
}

function dump(context: ProgramContext, fd: number, path: string, options: Options, out: Output): void {
  const layout = layoutOf(options);
  let at = number(options.value('seek'), 0) + number(options.value('offset'), 0);
  let zeros = 0;
  const waiting: string[] = [];
  for (const bytes of pieces(context, fd, path, options, layout.columns)) {
    const line = dumpLine(bytes, at, layout);
    at += bytes.length;
    const isZero = options.has('autoskip') && bytes.every((byte) => byte === 0);
    zeros = isZero ? zeros + 1 : 0;
    // The second of several lines of zeros becomes a star, the last of the input is shown.
    if (zeros > 1) {
      if (zeros === 3) waiting.splice(0, 1, '*\n', line);
      else if (zeros > 3) waiting.splice(1, 1, line);
      else waiting.push(line);
      continue;
    }
    if (waiting[0] === '*\n') out.write('*\n');
    else waiting.forEach((held) => out.write(held));
    waiting.length = 0;
    out.write(line);
  }
  waiting.forEach((held) => out.write(held));
}

function plain(context: ProgramContext, fd: number, path: string, options: Options, out: Output): void {
  const { digits } = layoutOf(options);
  const columns = number(options.value('columns'), Columns.plain);
  let any = false;
  for (const bytes of pieces(context, fd, path, options, columns || Columns.plain)) {
    out.write([...bytes].map(digits).join('') + (columns === 0 ? '' : '\n'));
    any = true;
  }
  if (any && columns === 0) out.write('\n');
}

/** C source: an array, with its length beside it when the input has a name. */
function include(context: ProgramContext, fd: number, path: string, options: Options, out: Output): void {
  const { digits } = layoutOf(options);
  const columns = number(options.value('columns'), Columns.include) || Columns.include;
  const given = options.value('name') ?? (path === '-' ? undefined : path);
  const name = given?.replace(/^(?=\d)/, '__').replace(/[^A-Za-z0-9_]/g, '_');
  const prefix = options.has('upper') ? '0X' : '0x';
  const rows: string[] = [];
  let size = 0;
  for (const bytes of pieces(context, fd, path, options, columns)) {
    rows.push(`  ${[...bytes].map((byte) => prefix + digits(byte)).join(', ')}`);
    size += bytes.length;
  }
  const body = rows.join(',\n') + (rows.length > 0 ? '\n' : '');
  out.write(
    name === undefined
      ? body
      : `unsigned char ${name}[] = {\n${body}};\nunsigned int ${name}_len = ${size};\n`,
  );
}

function revert(context: ProgramContext, fd: number, path: string, options: Options, out: Output): void {
  let at = 0;
  for (const line of lines(context.system.files, fd, path)) {
    if (options.has('plain') || options.has('postscript')) {
      out.write(Uint8Array.from(line.match(/[0-9a-fA-F]{2}/g) ?? [], (pair) => parseInt(pair, 16)));
      continue;
    }
    const match = /^\s*([0-9a-fA-F]+):\s?(.*)$/.exec(line);
    if (!match) continue;
    const start = parseInt(match[1] ?? '', 16) + number(options.value('seek'), 0);
    const digits = options.has('bits') ? 8 : 2;
    // The text beside is two blanks away.
    const fields = (match[2] ?? '').split(/ {2}/, 1)[0]?.replaceAll(' ', '') ?? '';
    if (start < at) throw new Failure('sorry, cannot seek backwards.', 5);
    out.write(new Uint8Array(start - at));
    const bytes = fields.match(new RegExp(`[0-9a-fA-F]{${digits}}`, 'g')) ?? [];
    out.write(Uint8Array.from(bytes, (field) => parseInt(field, options.has('bits') ? 2 : 16)));
    at = start + bytes.length;
  }
}

function main(context: ProgramContext): number {
  // Long names may be given with one dash.
  const args = context.args.map((word) =>
    /^-(?:ps|plain|cols|len|seek|bits|revert|include|autoskip)$/.test(word) ? `-${word}` : word,
  );
  const options = parseOptions(args, SPECS);
  const { files } = context.system;
  const [from = '-', to = '-', extra] = options.operands;
  if (extra !== undefined) throw new UsageError(`extra operand '${extra}'`);
  const fd = from === '-' ? 0 : files.open(from, 0, 0);
  if (fd < 0) throw new Failure(`${from}: ${errorText(fd)}`, 2);
  const target = to === '-' ? undefined : files.open(to, CREATE_TRUNCATE, 0o666);
  if (target !== undefined && target < 0) throw new Failure(`${to}: ${errorText(target)}`, 3);
  const out = target === undefined ? context.stdout : new Output(context.system, target);
  const action = options.has('revert')
    ? revert
    : options.has('include')
      ? include
      : options.has('plain') || options.has('postscript')
        ? plain
        : dump;
  action(context, fd, from, options, out);
  out.flush();
  closeInput(files, fd);
  if (target !== undefined) files.close(target);
  return 0;
}

export const xxd: Program = {
  name: 'xxd',
  usage: 'xxd [OPTION]... [INFILE [OUTFILE]]',
  help: `Print bytes in hexadecimal and as text, or make bytes of that (-r).

  -a        one * for lines of zeros    -b        bits
  -c N      N bytes a line              -d        offsets in decimal
  -e        little-endian words         -g N      groups of N bytes
  -i        as C source; -n NAME        -l N      at most N bytes
  -o N      add N to offsets            -p        only the digits
  -r        the other way round         -s N      pass over the first N
  -u        capital letters`,
  usageStatus: 1,
  main,
};
