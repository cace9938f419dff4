import { Errno } from '../../src/base/errno.ts';
import { errorText } from '../program/errors.ts';
import { parseSize } from '../text/numbers.ts';
import { Failure, type Program, type ProgramContext } from '../program/program.ts';

const DEFAULT_BLOCK = 512;
const O_WRONLY_CREAT = 0o101;
const O_TRUNC = 0o1000;
const O_APPEND = 0o2000;
const O_EXCL = 0o200;
const KNOWN = new Set([
  'if',
  'of',
  'bs',
  'ibs',
  'obs',
  'count',
  'skip',
  'seek',
  'conv',
  'iflag',
  'oflag',
  'status',
]);

interface Counts {
  whole: number;
  partial: number;
}

/** `4k`, `2x512`, `1M`, `10b`, `1kB`. */
function size(text: string): number {
  return text.split('x').reduce(
    (product, factor) =>
      product *
      parseSize(
        factor.replace(/^(\d+)w$/, (_, digits: string) => String(Number(digits) * 2)),
        'number',
      ),
    1,
  );
}

class Copy {
  readonly #context: ProgramContext;
  readonly #operands: ReadonlyMap<string, string>;
  readonly read: Counts = { whole: 0, partial: 0 };
  readonly written: Counts = { whole: 0, partial: 0 };
  bytes = 0;

  constructor(context: ProgramContext, operands: ReadonlyMap<string, string>) {
    this.#context = context;
    this.#operands = operands;
  }

  run(): void {
    const { files } = this.#context.system;
    const block = this.#number('bs');
    const input = block ?? this.#number('ibs') ?? DEFAULT_BLOCK;
    const output = block ?? this.#number('obs') ?? DEFAULT_BLOCK;
    if (input === 0 || output === 0) throw new Failure("invalid number: '0'");
    const [from, to] = [this.#open('if', 0), this.#openOutput(output)];
    const count = this.#number('count') ?? Infinity;
    const inBytes = this.#has('iflag', 'count_bytes');
    this.#skip(from, (this.#number('skip') ?? 0) * (this.#has('iflag', 'skip_bytes') ? 1 : input));
    let held = new Uint8Array();
    for (let left = inBytes ? count : count; left > 0;) {
      const piece = this.#readBlock(from, inBytes ? Math.min(input, left) : input);
      if (piece.length === 0) break;
      left -= inBytes ? piece.length : 1;
      const converted = this.#convert(piece, input);
      if (block !== undefined) this.#write(to, converted, output);
      else {
        const all = new Uint8Array(held.length + converted.length);
        all.set(held);
        all.set(converted, held.length);
        let at = 0;
        for (; at + output <= all.length; at += output)
          this.#write(to, all.subarray(at, at + output), output);
        held = all.slice(at);
      }
    }
    if (held.length > 0) this.#write(to, held, output);
    if (this.#has('conv', 'fsync') || this.#has('conv', 'fdatasync')) files.fsync(to, false);
    if (to > 2) files.close(to);
    if (from > 2) files.close(from);
  }

  #number(name: string): number | undefined {
    const text = this.#operands.get(name);
    return text === undefined ? undefined : size(text);
  }

  #has(name: string, flag: string): boolean {
    return (this.#operands.get(name) ?? '').split(',').includes(flag);
  }

  #open(name: string, otherwise: number): number {
    const path = this.#operands.get(name);
    if (path === undefined) return otherwise;
    const fd = this.#context.system.files.open(path, 0, 0);
    if (fd < 0) throw new Failure(`failed to open '${path}': ${errorText(fd)}`);
    return fd;
  }

  #openOutput(block: number): number {
    const { files } = this.#context.system;
    const path = this.#operands.get('of');
    const seek = (this.#number('seek') ?? 0) * (this.#has('oflag', 'seek_bytes') ? 1 : block);
    if (path === undefined) return 1;
    const keeps = this.#has('conv', 'notrunc') || this.#has('oflag', 'append') || seek > 0;
    const flags =
      O_WRONLY_CREAT |
      (keeps ? 0 : O_TRUNC) |
      (this.#has('oflag', 'append') ? O_APPEND : 0) |
      (this.#has('conv', 'excl') ? O_EXCL : 0);
    const fd = files.open(path, this.#has('conv', 'nocreat') ? flags & ~0o100 : flags, 0o666);
    if (fd < 0) throw new Failure(`failed to open '${path}': ${errorText(fd)}`);
    if (seek > 0 && !this.#has('conv', 'notrunc')) files.ftruncate(fd, seek);
    this.#at = seek > 0 ? seek : null;
    return fd;
  }
  /** Where the next block goes in a file that was not begun at its start. */
  #at: number | null = null;

  #skip(fd: number, bytes: number): void {
    const buffer = new Uint8Array(Math.min(bytes, 65_536));
    for (let left = bytes; left > 0;) {
      const count = this.#context.system.files.read(
        fd,
        buffer.subarray(0, Math.min(left, buffer.length)),
        null,
      );
      if (count <= 0) return;
      left -= count;
    }
  }

  #readBlock(fd: number, length: number): Uint8Array {
    const block = new Uint8Array(length);
    let have = 0;
    do {
      const count = this.#context.system.files.read(fd, block.subarray(have), null);
      if (count === -Errno.EINTR) continue;
      if (count < 0)
        throw new Failure(
          `error reading '${this.#operands.get('if') ?? 'standard input'}': ${errorText(count)}`,
        );
      if (count === 0) break;
      have += count;
    } while (have < length && this.#has('iflag', 'fullblock'));
    if (have > 0) this.read[have === length ? 'whole' : 'partial']++;
    return block.subarray(0, have);
  }

  #convert(piece: Uint8Array, block: number): Uint8Array {
    let bytes = piece;
    if (this.#has('conv', 'sync') && bytes.length < block) {
      bytes = new Uint8Array(block);
      bytes.set(piece);
    }
    const shift = this.#has('conv', 'ucase')
      ? [97, 122, -32]
      : this.#has('conv', 'lcase')
        ? [65, 90, 32]
        : undefined;
    if (shift)
      bytes = bytes.map((byte) =>
        byte >= (shift[0] ?? 0) && byte <= (shift[1] ?? 0) ? byte + (shift[2] ?? 0) : byte,
      );
    if (this.#has('conv', 'swab')) {
      bytes = bytes.slice();
      for (let at = 0; at + 1 < bytes.length; at += 2)
        [bytes[at], bytes[at + 1]] = [bytes[at + 1] ?? 0, bytes[at] ?? 0];
    }
    return bytes;
  }

  #write(fd: number, bytes: Uint8Array, block: number): void {
    for (let done = 0; done < bytes.length;) {
      const count = this.#context.system.files.write(fd, bytes.subarray(done), this.#at);
      if (count === -Errno.EINTR) continue;
      if (count < 0)
        throw new Failure(
          `error writing '${this.#operands.get('of') ?? 'standard output'}': ${errorText(count)}`,
        );
      done += count;
      this.bytes += count;
      if (this.#at !== null) this.#at += count;
    }
    this.written[bytes.length === block ? 'whole' : 'partial']++;
  }
}

function summary({ read, written, bytes }: Copy, seconds: number, level: string | undefined): string {
  if (level === 'none') return '';
  const records = `${read.whole}+${read.partial} records in\n${written.whole}+${written.partial} records out\n`;
  if (level === 'noxfer') return records;
  const scale = (base: number, units: readonly string[]): string => {
    let value = bytes;
    let power = -1;
    while (value >= base && power < units.length - 1) {
      value /= base;
      power++;
    }
    return power < 0 ? '' : `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[power]}`;
  };
  const [decimal, binary] = [scale(1000, ['kB', 'MB', 'GB']), scale(1024, ['KiB', 'MiB', 'GiB'])];
  const sizes = [decimal, binary].filter((text) => text !== '').join(', ');
  const rate = (bytes / Math.max(seconds, 1e-6) / 1e6).toFixed(1);
  return `${records}${bytes} byte${bytes === 1 ? '' : 's'}${sizes === '' ? '' : ` (${sizes})`} copied, ${seconds.toPrecision(3)} s, ${rate} MB/s\n`;
}

export const dd: Program = {
  name: 'dd',
  usage: 'dd [OPERAND=VALUE]...',
  help: `Copy blocks of bytes.

  if=FILE  of=FILE       from and to (standard input and output)
  bs=N  ibs=N  obs=N     bytes a block (512)
  count=N  skip=N  seek=N   blocks to copy, to pass over in the input, in the output
  conv=LIST              notrunc, sync, ucase, lcase, swab, excl, nocreat, fsync
  iflag=LIST             fullblock, count_bytes, skip_bytes
  oflag=LIST             append, seek_bytes
  status=none|noxfer`,
  usageStatus: 1,
  main(context) {
    const operands = new Map<string, string>();
    for (const word of context.args) {
      const equals = word.indexOf('=');
      const name = word.slice(0, Math.max(0, equals));
      if (!KNOWN.has(name))
        throw new Failure(`unrecognized operand '${word}'\nTry 'dd --help' for more information.`);
      operands.set(name, word.slice(equals + 1));
    }
    const start = context.system.clock.now();
    const copy = new Copy(context, operands);
    const end = (): void =>
      context.stderr.write(
        summary(copy, (context.system.clock.now() - start) / 1000, operands.get('status')),
      );
    try {
      copy.run();
    } catch (error) {
      if (error instanceof Failure && copy.bytes > 0) end();
      throw error;
    }
    end();
    return 0;
  },
};
