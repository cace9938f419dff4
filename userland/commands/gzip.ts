import { Errno } from '../../src/base/errno.ts';
import type { FileCalls } from '../../polyfills/system.ts';
import { type GunzipReport, gunzipStream, gzipStream, isGzip } from '../archive/gzip-format.ts';
import { preserveAttributes } from '../files/copy.ts';
import { errorText } from '../program/errors.ts';
import { chunks } from '../program/input.ts';
import { type Parsed, parseOptions } from '../program/options.ts';
import { baseName } from '../files/paths.ts';
import { Output } from '../program/output.ts';
import { complain } from '../files/per-file.ts';
import { Failure, type Program, type ProgramContext } from '../program/program.ts';
import { isDirectory, isLink, isRegular, type Status, status } from '../files/stat.ts';
import { isTerminal } from '../program/terminal.ts';
import { entriesOf } from '../files/walk.ts';

const SPECS = {
  stdout: { short: 'c', long: 'stdout' },
  toStdout: { long: 'to-stdout' },
  decompress: { short: 'd', long: 'decompress' },
  uncompress: { long: 'uncompress' },
  force: { short: 'f', long: 'force' },
  keep: { short: 'k', long: 'keep' },
  list: { short: 'l', long: 'list' },
  noName: { short: 'n', long: 'no-name' },
  name: { short: 'N', long: 'name' },
  quiet: { short: 'q', long: 'quiet' },
  recursive: { short: 'r', long: 'recursive' },
  suffix: { short: 'S', long: 'suffix', value: 'required' },
  test: { short: 't', long: 'test' },
  verbose: { short: 'v', long: 'verbose' },
  level1: { short: '1', long: 'fast' },
  level2: { short: '2' },
  level3: { short: '3' },
  level4: { short: '4' },
  level5: { short: '5' },
  level6: { short: '6' },
  level7: { short: '7' },
  level8: { short: '8' },
  level9: { short: '9', long: 'best' },
} as const;
type Options = Parsed<keyof typeof SPECS>;

const DEFAULT_LEVEL = 6;
const WARNING = 2;
const CREATE_EXCLUSIVE = 0o301; // O_WRONLY | O_CREAT | O_EXCL
/** Suffixes that unpacking takes off, and what stays. */
const PACKED = /^(.*)(?:\.gz|-gz|\.z|-z|\.Z)$|^(.*\.)(?:tgz|taz)$/;

class Gzip {
  result = 0;
  readonly #context: ProgramContext;
  readonly #files: FileCalls;
  readonly #options: Options;
  readonly #decompress: boolean;
  readonly #toStdout: boolean;
  readonly #level: number;
  readonly #suffix: string;
  #listed = 0;

  constructor(context: ProgramContext, options: Options) {
    const { has } = options;
    this.#context = context;
    this.#files = context.system.files;
    this.#options = options;
    const unpacks = context.name.endsWith('gunzip') || context.name.endsWith('zcat');
    this.#decompress = unpacks || has('decompress') || has('uncompress') || has('test') || has('list');
    this.#toStdout = context.name.endsWith('zcat') || has('stdout') || has('toStdout');
    const level = options.occurrences.findLast(({ name }) => name.startsWith('level'));
    this.#level = level === undefined ? DEFAULT_LEVEL : Number(level.name.slice('level'.length));
    this.#suffix = options.value('suffix') ?? '.gz';
  }

  run(): number {
    const paths = this.#options.operands;
    for (const path of paths.length ? paths : ['-']) {
      try {
        if (path === '-') this.#standard();
        else this.#file(path);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        this.#fail(
          error.message === '' ? '' : `${path === '-' ? 'stdin' : path}: ${error.message}`,
          error.status,
        );
      }
    }
    return this.result;
  }

  #fail(message: string, level = 1): void {
    if (message !== '' && !(level === WARNING && this.#options.has('quiet')))
      complain(this.#context, message);
    if (this.result !== 1) this.result = level;
  }

  #inform(message: string): void {
    if (!this.#options.has('quiet')) complain(this.#context, message);
  }

  #standard(): void {
    const { stdout } = this.#context;
    if (!this.#decompress && isTerminal(this.#context, 1) && !this.#options.has('force'))
      throw new Failure('compressed data not written to a terminal. Use -f to force compression.');
    this.#transform(0, '-', stdout, undefined);
  }

  #file(given: string): void {
    const { has } = this.#options;
    const path = this.#decompress ? this.#packedName(given) : given;
    const found = status(this.#files, path, has('force') || this.#toStdout);
    if (typeof found === 'number') return this.#fail(`${path}: ${errorText(found)}`);
    if (isDirectory(found)) {
      if (has('recursive')) for (const entry of entriesOf(this.#files, path)) this.#file(entry);
      else this.#fail(`${path} is a directory -- ignored`, WARNING);
      return;
    }
    if (!isRegular(found)) {
      const what = isLink(found)
        ? 'Too many levels of symbolic links'
        : 'is not a directory or a regular file - ignored';
      return this.#fail(isLink(found) ? `${path}: ${what}` : `${path} ${what}`, isLink(found) ? 1 : WARNING);
    }
    const target = this.#targetName(path);
    if (target === undefined) return;
    const fd = this.#files.open(path, 0, 0);
    if (fd < 0) return this.#fail(`${path}: ${errorText(fd)}`);
    try {
      if (this.#toStdout || has('test') || has('list'))
        this.#transform(fd, path, has('test') || has('list') ? undefined : this.#context.stdout, found);
      else this.#replace(fd, path, target, found);
    } finally {
      this.#files.close(fd);
    }
  }

  /** gunzip takes a name without its suffix too. */
  #packedName(path: string): string {
    if (typeof status(this.#files, path, true) !== 'number') return path;
    const packed = path + this.#suffix;
    return typeof status(this.#files, packed, true) === 'number' ? path : packed;
  }

  #targetName(path: string): string | undefined {
    if (!this.#decompress) {
      if (!this.#toStdout && path.endsWith(this.#suffix)) {
        this.#inform(`${path} already has ${this.#suffix} suffix -- unchanged`);
        return undefined;
      }
      return path + this.#suffix;
    }
    if (this.#toStdout || this.#options.has('test') || this.#options.has('list')) return '';
    if (path.endsWith(this.#suffix)) return path.slice(0, -this.#suffix.length);
    const match = PACKED.exec(path);
    if (match) return match[1] ?? `${match[2] ?? ''}tar`;
    this.#fail(`${path}: unknown suffix -- ignored`, WARNING);
    return undefined;
  }

  #replace(fd: number, path: string, target: string, found: Status): void {
    if (this.#options.has('force')) this.#files.unlink(target);
    const out = this.#files.open(target, CREATE_EXCLUSIVE, 0o600);
    if (out === -Errno.EEXIST) {
      complain(this.#context, `${target} already exists;\tnot overwritten`);
      throw new Failure('', WARNING);
    }
    if (out < 0) throw new Failure(`${target}: ${errorText(out)}`);
    const output = new Output(this.#context.system, out);
    try {
      this.#transform(fd, path, output, found, target);
      output.flush();
      if (output.failed) throw new Failure(errorText(output.errno));
    } catch (error) {
      this.#files.unlink(target);
      throw error;
    } finally {
      this.#files.close(out);
    }
    preserveAttributes(this.#files, found, target, { mode: true, owner: true, times: true, links: true });
    if (!this.#options.has('keep')) this.#files.unlink(path);
  }

  #transform(
    fd: number,
    path: string,
    output: Output | undefined,
    found: Status | undefined,
    target = '',
  ): void {
    const { has } = this.#options;
    const input = chunks(this.#files, fd, path);
    const report: GunzipReport = { totals: { packed: 0, unpacked: 0, crc: 0 }, garbage: false };
    if (!this.#decompress) {
      const named = found !== undefined && !has('noName');
      const header = { name: named ? baseName(path) : undefined, time: named ? found.mtime.seconds : 0 };
      const counted = counting(input, (bytes) => (report.totals.unpacked += bytes));
      for (const piece of gzipStream(counted, header, this.#level)) {
        report.totals.packed += piece.length;
        output?.write(piece);
      }
    } else {
      for (const piece of this.#unpacked(input, report)) output?.write(piece);
      if (report.garbage)
        this.#fail(`${path === '-' ? 'stdin' : path}: decompression OK, trailing garbage ignored`, WARNING);
    }
    if (has('list')) this.#list(path, report, found);
    else if (has('verbose')) this.#describe(path, target, report);
  }

  /** With -f and -c what is not packed passes as it is. */
  *#unpacked(input: Generator<Uint8Array>, report: GunzipReport): Generator<Uint8Array> {
    if (!this.#options.has('force') || !this.#toStdout) return yield* gunzipStream(input, report);
    const first = input.next();
    if (first.done === true) return;
    const all = (function* (head: Uint8Array): Generator<Uint8Array> {
      yield head;
      yield* input;
    })(first.value.slice());
    yield* isGzip(first.value) ? gunzipStream(all, report) : all;
  }

  #describe(path: string, target: string, { totals }: GunzipReport): void {
    const { has } = this.#options;
    const rate = ratio(totals.packed, totals.unpacked);
    const end = has('test')
      ? ' OK'
      : `${rate}${target === '' ? '' : ` -- ${has('keep') ? 'created' : 'replaced with'} ${target}`}`;
    this.#context.stderr.write(`${path}:\t${end}\n`);
  }

  #list(path: string, { totals, header }: GunzipReport, found: Status | undefined): void {
    const { stdout } = this.#context;
    const column = (value: number | string): string => String(value).padStart(19);
    if (this.#listed++ === 0 && !this.#options.has('quiet'))
      stdout.write('         compressed        uncompressed  ratio uncompressed_name\n');
    const packed = found?.size ?? totals.packed;
    const name = this.#options.has('name') ? header?.name : undefined;
    const shown = name ?? (path === '-' ? 'stdout' : (PACKED.exec(path)?.[1] ?? path));
    stdout.write(
      `${column(packed)} ${column(totals.unpacked)} ${ratio(packed - 18, totals.unpacked)} ${shown}\n`,
    );
  }
}

function ratio(packed: number, unpacked: number): string {
  const percent = unpacked === 0 ? 0 : (100 * (unpacked - packed)) / unpacked;
  return `${percent.toFixed(1).padStart(5)}%`;
}

function* counting(source: Iterable<Uint8Array>, count: (bytes: number) => void): Generator<Uint8Array> {
  for (const chunk of source) {
    count(chunk.length);
    yield chunk;
  }
}

export const gzip: Program = {
  name: 'gzip',
  aliases: ['gunzip', 'zcat'],
  usage: 'gzip [OPTION]... [FILE]...',
  help: `Compress files, each into FILE.gz; gunzip (gzip -d) unpacks them, zcat (gunzip -c) to standard output.

  -c, --stdout          to standard output; keep the file
  -d, --decompress      unpack
  -f, --force           over an existing file; follow links
  -k, --keep            keep the file
  -l, --list            sizes and names
  -n, --no-name         save no name and time      -N, --name
  -q, --quiet           no warnings
  -r, --recursive       files in folders
  -S, --suffix=SUF      instead of .gz
  -t, --test            check
  -v, --verbose         say what was done
  -1, --fast … -9, --best   speed against size (6)`,
  usageStatus: 1,
  main: (context) => new Gzip(context, parseOptions(context.args, SPECS)).run(),
};
