import { Errno } from '../../src/base/errno.ts';
import { INPUT_CHUNK_BYTES } from '../../src/base/limits.ts';
import { errorText } from '../program/errors.ts';
import { chunks, closeInput, openInput } from '../program/input.ts';
import { parseSize } from '../text/numbers.ts';
import { type Parsed, parseOptions } from '../program/options.ts';
import { complain } from '../files/per-file.ts';
import { Failure, type Program, type ProgramContext, UsageError } from '../program/program.ts';
import { isRegular, status, statusOfDescriptor } from '../files/stat.ts';

const SPECS = {
  bytes: { short: 'c', long: 'bytes', value: 'required' },
  follow: { short: 'f', long: 'follow', value: 'optional' },
  followName: { short: 'F' },
  lines: { short: 'n', long: 'lines', value: 'required' },
  pid: { long: 'pid', value: 'required' },
  quiet: { short: 'q', long: 'quiet' },
  silent: { long: 'silent' },
  retry: { long: 'retry' },
  interval: { short: 's', long: 'sleep-interval', value: 'required' },
  verbose: { short: 'v', long: 'verbose' },
  zero: { short: 'z', long: 'zero-terminated' },
} as const;
type Options = Parsed<keyof typeof SPECS>;

const DEFAULT_LINES = '10';
const DEFAULT_INTERVAL_MS = 250;
const SECOND_MS = 1000;

interface Amount {
  unit: 'lines' | 'bytes';
  count: number;
  /** `-n +5`: from the fifth on. */
  fromStart: boolean;
}

function amountOf(text: string, unit: Amount['unit']): Amount {
  return {
    unit,
    fromStart: text.startsWith('+'),
    count: parseSize(text.replace(/^[-+]/, ''), `number of ${unit}`),
  };
}

/** The last bytes of a stream, at least as many as were asked for; what is older is dropped chunk by chunk. */
class Window {
  readonly #parts: Uint8Array[] = [];
  #units = 0;
  readonly #count: (part: Uint8Array) => number;
  readonly #wanted: number;

  constructor(wanted: number, count: (part: Uint8Array) => number) {
    this.#wanted = wanted;
    this.#count = count;
  }

  push(chunk: Uint8Array): void {
    this.#parts.push(chunk.slice());
    this.#units += this.#count(chunk);
    for (let first = this.#parts[0]; first !== undefined && this.#parts.length > 1; first = this.#parts[0]) {
      const without = this.#units - this.#count(first);
      if (without <= this.#wanted) return;
      this.#units = without;
      this.#parts.shift();
    }
  }

  all(): Uint8Array {
    const bytes = new Uint8Array(this.#parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.#parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }
}

function countOf(bytes: Uint8Array, separator: number): number {
  let count = 0;
  for (let at = bytes.indexOf(separator); at >= 0; at = bytes.indexOf(separator, at + 1)) count++;
  return count;
}

function startOfLast(bytes: Uint8Array, count: number, separator: number): number {
  if (count === 0) return bytes.length;
  let at = bytes.at(-1) === separator ? bytes.length - 1 : bytes.length;
  for (let left = count; left > 0; left--) {
    at = at > 0 ? bytes.lastIndexOf(separator, at - 1) : -1;
    if (at < 0) return 0;
  }
  return at + 1;
}

function printFromStart(
  context: ProgramContext,
  fd: number,
  path: string,
  amount: Amount,
  separator: number,
): void {
  let skip = Math.max(0, amount.count - 1);
  for (const chunk of chunks(context.system.files, fd, path)) {
    let at = 0;
    if (amount.unit === 'bytes') {
      at = Math.min(skip, chunk.length);
      skip -= at;
    } else {
      for (; skip > 0 && at < chunk.length; skip--) {
        const end = chunk.indexOf(separator, at);
        if (end < 0) {
          at = chunk.length;
          break;
        }
        at = end + 1;
      }
    }
    context.stdout.write(chunk.slice(at));
  }
}

/** Prints the end of what can be read now; the descriptor is left at its end. */
function printTail(
  context: ProgramContext,
  fd: number,
  path: string,
  amount: Amount,
  separator: number,
): void {
  if (amount.fromStart) return printFromStart(context, fd, path, amount, separator);
  const window = new Window(
    amount.count,
    amount.unit === 'bytes' ? (part) => part.length : (part) => countOf(part, separator),
  );
  for (const chunk of chunks(context.system.files, fd, path)) window.push(chunk);
  const bytes = window.all();
  const start =
    amount.unit === 'bytes'
      ? Math.max(0, bytes.length - amount.count)
      : startOfLast(bytes, amount.count, separator);
  context.stdout.write(bytes.subarray(start));
}

interface Followed {
  path: string;
  /** undefined: not there now. */
  fd: number | undefined;
  identity: string;
  size: number;
}

/** Looks at every file in turn, as tail does where there is no inotify: appended bytes, a shorter file, a new one. */
class Follower {
  readonly #context: ProgramContext;
  readonly #files: Followed[];
  readonly #byName: boolean;
  readonly #title: (path: string) => void;

  constructor(context: ProgramContext, files: Followed[], byName: boolean, title: (path: string) => void) {
    this.#context = context;
    this.#files = files;
    this.#byName = byName;
    this.#title = title;
  }

  run(intervalMs: number, until: number | undefined): number {
    const { process, unix } = this.#context.system;
    for (;;) {
      for (const file of this.#files) this.#look(file);
      this.#context.stdout.flush();
      if (this.#context.stdout.failed) return 1;
      if (this.#files.every((file) => file.fd === undefined) && !this.#byName) {
        complain(this.#context, 'no files remaining');
        return 1;
      }
      if (until !== undefined && process.kill(until, 0) < 0) return 0;
      unix.sleep(intervalMs);
    }
  }

  #look(file: Followed): void {
    if (this.#byName) this.#reopen(file);
    if (file.fd === undefined) return;
    const found = statusOfDescriptor(this.#context.system.files, file.fd);
    if (typeof found === 'number') return;
    if (isRegular(found) && found.size < file.size) {
      complain(this.#context, `${file.path}: file truncated`);
      this.#rewind(file);
    }
    file.size = found.size;
    this.#copy(file, file.fd);
  }

  #rewind(file: Followed): void {
    const { files } = this.#context.system;
    if (file.fd === undefined || file.fd <= 2) return;
    files.close(file.fd);
    const fd = files.open(file.path, 0, 0);
    file.fd = fd < 0 ? undefined : fd;
  }

  /** -F: another file may have that name now. */
  #reopen(file: Followed): void {
    const { files } = this.#context.system;
    const found = file.path === '-' ? undefined : status(files, file.path, true);
    if (found === undefined) return;
    if (typeof found === 'number') {
      if (file.fd === undefined) return;
      complain(this.#context, `'${file.path}' has become inaccessible: ${errorText(found)}`);
      files.close(file.fd);
      file.fd = undefined;
      return;
    }
    const identity = `${found.dev}:${found.ino}`;
    if (file.fd !== undefined && identity === file.identity) return;
    const fd = files.open(file.path, 0, 0);
    if (fd < 0) return;
    complain(
      this.#context,
      `'${file.path}' has ${file.fd === undefined ? 'appeared' : 'been replaced'};  following new file`,
    );
    if (file.fd !== undefined) files.close(file.fd);
    Object.assign(file, { fd, identity, size: 0 });
  }

  #copy(file: Followed, fd: number): void {
    const buffer = new Uint8Array(INPUT_CHUNK_BYTES);
    for (;;) {
      const count = this.#context.system.files.read(fd, buffer, null);
      if (count === -Errno.EINTR) continue;
      if (count <= 0) return;
      this.#title(file.path);
      this.#context.stdout.write(buffer.slice(0, count));
    }
  }
}

/** `==> name <==` where the file differs from the one printed last. */
function titles(context: ProgramContext, on: boolean): (path: string) => void {
  let last: string | undefined;
  return (path) => {
    if (!on || path === last) return;
    context.stdout.write(
      `${last === undefined ? '' : '\n'}==> ${path === '-' ? 'standard input' : path} <==\n`,
    );
    last = path;
  };
}

/** `+5` and `-5f` as the first argument, from before there were options. */
function modernized(args: readonly string[]): string[] {
  const match = /^([-+])(\d+)([lc]?)(f?)$/.exec(args[0] ?? '');
  if (!match || (match[1] === '+' && args.length > 2)) return [...args];
  const [, sign = '', digits = '', unit, follow] = match;
  return [unit === 'c' ? '-c' : '-n', sign + digits, ...(follow ? ['-f'] : []), ...args.slice(1)];
}

function intervalOf(options: Options): number {
  const given = options.value('interval');
  if (given === undefined) return DEFAULT_INTERVAL_MS;
  if (!/^\d*\.?\d+$/.test(given)) throw new UsageError(`invalid number of seconds: '${given}'`);
  return Number(given) * SECOND_MS;
}

function main(context: ProgramContext): number {
  const options = parseOptions(modernized(context.args), SPECS);
  const { has, value, operands } = options;
  const bytes = value('bytes');
  const amount =
    bytes !== undefined ? amountOf(bytes, 'bytes') : amountOf(value('lines') ?? DEFAULT_LINES, 'lines');
  const paths = operands.length ? operands : ['-'];
  const title = titles(context, has('verbose') || (paths.length > 1 && !has('quiet') && !has('silent')));
  const byName = has('followName') || value('follow') === 'name';
  const following = byName || has('follow');
  const followed: Followed[] = [];
  let result = 0;
  for (const path of paths) {
    let fd: number | undefined;
    try {
      fd = openInput(context.system.files, path);
      title(path);
      printTail(context, fd, path, amount, has('zero') ? 0 : 10);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      complain(
        context,
        fd === undefined
          ? `cannot open '${path}' for reading: ${error.message.slice(path.length + 2)}`
          : `error reading '${path}': ${error.message.slice(path.length + 2)}`,
      );
      result = 1;
    }
    if (!following) closeInput(context.system.files, fd ?? 0);
    else followed.push(followedFile(context, path, fd));
  }
  if (!following || followed.every((file) => file.path === '-' || (file.fd === undefined && !byName)))
    return result;
  context.stdout.flush();
  const pid = value('pid');
  return new Follower(context, followed, byName, title).run(
    intervalOf(options),
    pid === undefined ? undefined : Number(pid),
  );
}

function followedFile(context: ProgramContext, path: string, fd: number | undefined): Followed {
  const found = fd === undefined ? undefined : statusOfDescriptor(context.system.files, fd);
  return typeof found === 'object'
    ? { path, fd, identity: `${found.dev}:${found.ino}`, size: found.size }
    : { path, fd, identity: '', size: 0 };
}

export const tail: Program = {
  name: 'tail',
  usage: 'tail [OPTION]... [FILE]...',
  help: `Print the last 10 lines of each file (- or none: standard input).

  -c, --bytes=[+]NUM        the last NUM bytes; with '+', from byte NUM on
  -f, --follow[={name|descriptor}]
                            go on with what is added
  -F                        the same as --follow=name --retry
  -n, --lines=[+]NUM        the last NUM lines; with '+', from line NUM on
      --pid=PID             with -f, end when process PID has ended
  -q, --quiet, --silent     no headers
      --retry               keep trying a file that is not there
  -s, --sleep-interval=N    with -f, look every N seconds
  -v, --verbose             always headers
  -z, --zero-terminated     lines end in NUL`,
  usageStatus: 1,
  main,
};
