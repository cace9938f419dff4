import { INPUT_CHUNK_BYTES } from '../../src/base/limits.ts';
import { crc32 } from '../../polyfills/zlib/crc32.ts';
import { ByteReader } from '../archive/byte-reader.ts';
import { inflate } from '../archive/deflate.ts';
import {
  dataStart,
  ENCRYPTED,
  Method,
  packedBytes,
  readDirectory,
  type ZipEntry,
} from '../archive/zip-format.ts';
import { ask } from '../files/confirm.ts';
import { errorText } from '../program/errors.ts';
import { globToRegExp } from '../text/glob.ts';
import { type Parsed, parseOptions } from '../program/options.ts';
import { Output } from '../program/output.ts';
import { baseName, dirName, joinPath } from '../files/paths.ts';
import { Failure, type Program, type ProgramContext, UsageError } from '../program/program.ts';
import { FileType, isDirectoryPath, status, statusOfDescriptor } from '../files/stat.ts';
import { decodeText } from '../text/text.ts';
import { strftime, zoneOf } from '../text/time.ts';

const SPECS = {
  directory: { short: 'd', value: 'required' },
  freshen: { short: 'f' },
  junkPaths: { short: 'j' },
  list: { short: 'l' },
  never: { short: 'n' },
  overwrite: { short: 'o' },
  pipe: { short: 'p' },
  quiet: { short: 'q' },
  test: { short: 't' },
  update: { short: 'u' },
  verbose: { short: 'v' },
  exclude: { short: 'x' },
  anyCase: { short: 'C' },
  names: { short: 'Z' },
  one: { short: '1' },
} as const;
type Options = Parsed<keyof typeof SPECS>;

const WARNING = 1;
const DAMAGED = 3;
const NOT_FOUND = 9;
const USAGE = 10;
const NONE_MATCHED = 11;
const UNSUPPORTED = 81;
const CREATE_TRUNCATE = 0o1101; // O_WRONLY | O_CREAT | O_TRUNC

class Unzip {
  #status = 0;
  readonly #context: ProgramContext;
  readonly #options: Options;
  readonly #fd: number;
  #overwriteAll: boolean;
  #never: boolean;

  constructor(context: ProgramContext, options: Options, fd: number) {
    this.#context = context;
    this.#options = options;
    this.#fd = fd;
    this.#overwriteAll = options.has('overwrite');
    this.#never = options.has('never');
  }

  extract(entries: readonly ZipEntry[]): number {
    for (const entry of entries) {
      if (this.#supported(entry)) this.#entry(entry);
    }
    return this.#status;
  }

  test(archive: string, entries: readonly ZipEntry[]): number {
    const { stdout } = this.#context;
    for (const entry of entries) {
      const fine = this.#pour(entry, () => undefined);
      if (!this.#options.has('quiet'))
        stdout.write(`    testing: ${entry.name.padEnd(22)}   ${fine ? 'OK' : 'bad CRC'}\n`);
    }
    stdout.write(
      this.#status === 0
        ? `No errors detected in compressed data of ${archive}.\n`
        : `At least one error was detected in ${archive}.\n`,
    );
    return this.#status;
  }

  #supported(entry: ZipEntry): boolean {
    const known = entry.method === Method.stored || entry.method === Method.deflated;
    if (known && (entry.flags & ENCRYPTED) === 0) return true;
    const why = known
      ? 'encrypted entries are not supported'
      : `unsupported compression method ${entry.method}`;
    this.#warn(`   skipping: ${entry.name.padEnd(22)}  ${why}`, UNSUPPORTED);
    return false;
  }

  #entry(entry: ZipEntry): void {
    const { has, value } = this.#options;
    const { files } = this.#context.system;
    if (has('pipe')) {
      if (!entry.name.endsWith('/')) this.#pour(entry, (bytes) => this.#context.stdout.write(bytes));
      return;
    }
    const safe = entry.name
      .split('/')
      .filter((part) => part !== '..' && part !== '.')
      .join('/')
      .replace(/^\/+/, '');
    const name = has('junkPaths') ? baseName(safe) : safe;
    const path = joinPath(value('directory') ?? '', name);
    if (entry.name.endsWith('/')) {
      if (has('junkPaths') || isDirectoryPath(files, path)) return;
      this.#say('creating', path);
      makeFolders(this.#context, path.replace(/\/$/, ''));
      if (entry.mode !== 0) files.chmod(path, entry.mode & 0o7777, true);
      return;
    }
    makeFolders(this.#context, dirName(path));
    const target = this.#mayWrite(entry, path);
    if (target !== undefined) this.#file(entry, target);
  }

  /** The path to write to, as the user decides about one that exists. */
  #mayWrite(entry: ZipEntry, path: string): string | undefined {
    const { files } = this.#context.system;
    const there = status(files, path, true);
    if (typeof there === 'number') return this.#options.has('freshen') ? undefined : path;
    if ((this.#options.has('freshen') || this.#options.has('update')) && there.mtime.seconds >= entry.mtime)
      return undefined;
    if (this.#overwriteAll) return path;
    if (this.#never) return undefined;
    const answer = ask(this.#context, `replace ${path}? [y]es, [n]o, [A]ll, [N]one, [r]ename: `);
    if (answer === undefined) {
      this.#warn('(EOF or read error, treating as "[N]one" ...)', WARNING);
      this.#never = true;
      return undefined;
    }
    if (answer.startsWith('r')) {
      const other = ask(this.#context, 'new name: ');
      return other === undefined || other === '' ? undefined : other;
    }
    if (answer.startsWith('A')) this.#overwriteAll = true;
    if (answer.startsWith('N')) this.#never = true;
    return /^[yA]/.test(answer) ? path : undefined;
  }

  #file(entry: ZipEntry, path: string): void {
    const { files } = this.#context.system;
    if ((entry.mode & FileType.mask) === FileType.link) return this.#link(entry, path);
    this.#say(entry.method === Method.stored ? 'extracting' : 'inflating', path);
    files.unlink(path);
    const out = files.open(path, CREATE_TRUNCATE, 0o666);
    if (out < 0) return this.#warn(`error:  cannot create ${path}: ${errorText(out)}`, WARNING);
    const output = new Output(this.#context.system, out);
    this.#pour(entry, (bytes) => output.write(bytes));
    output.flush();
    files.close(out);
    if (output.failed) this.#warn(`error:  cannot write ${path}: ${errorText(output.errno)}`, WARNING);
    if (entry.mode !== 0) files.chmod(path, entry.mode & 0o7777 & ~files.umask(), true);
    files.utimes(path, 'now', { seconds: entry.mtime, nanoseconds: 0 }, true);
  }

  #link(entry: ZipEntry, path: string): void {
    const { files } = this.#context.system;
    let target = '';
    this.#pour(entry, (bytes) => (target += decodeText(bytes)));
    this.#say('linking', `${path}  -> ${target} `);
    files.unlink(path);
    const result = files.symlink(target, path);
    if (result < 0) this.#warn(`error:  cannot create ${path}: ${errorText(result)}`, WARNING);
  }

  #pour(entry: ZipEntry, take: (bytes: Uint8Array) => void): boolean {
    const packed = packedBytes(this.#context.system.files, this.#fd, entry, INPUT_CHUNK_BYTES);
    let crc = 0;
    try {
      const plain =
        entry.method === Method.stored
          ? packed
          : inflate(new ByteReader(packed), 'invalid compressed data to inflate', 'unexpected end of data');
      for (const piece of plain) {
        crc = crc32(piece, crc);
        take(piece);
      }
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.#warn(`  error:  ${error.message} ${entry.name}`, DAMAGED);
      return false;
    }
    if (crc >>> 0 === entry.crc) return true;
    const hex = (value: number): string => (value >>> 0).toString(16).padStart(8, '0');
    this.#warn(`${entry.name}  bad CRC ${hex(crc)}  (should be ${hex(entry.crc)})`, DAMAGED);
    return false;
  }

  #say(what: string, path: string): void {
    if (!this.#options.has('quiet'))
      this.#context.stdout.write(
        `${what.padStart(11)}: ${path.padEnd(22)}  \n`.replace(
          /: (.*?)\s*\n$/,
          (_, name: string) => `: ${what === 'creating' ? name : name.padEnd(22) + '  '}\n`,
        ),
      );
  }

  #warn(message: string, level: number): void {
    this.#context.stdout.flush();
    this.#context.stderr.write(`${message}\n`);
    this.#status = Math.max(this.#status, level);
  }
}

function makeFolders(context: ProgramContext, path: string): void {
  const { files } = context.system;
  if (path === '' || isDirectoryPath(files, path)) return;
  const parent = dirName(path);
  if (parent !== path) makeFolders(context, parent);
  files.mkdir(path, 0o777);
}

function list(context: ProgramContext, entries: readonly ZipEntry[], quiet: boolean): void {
  const zone = zoneOf(context.env);
  const { stdout } = context;
  let total = 0;
  if (!quiet) stdout.write('  Length      Date    Time    Name\n---------  ---------- -----   ----\n');
  for (const { name, size, mtime } of entries) {
    total += size;
    stdout.write(`${String(size).padStart(9)}  ${strftime('%Y-%m-%d %H:%M', mtime, 0, zone)}   ${name}\n`);
  }
  const count = `${entries.length} file${entries.length === 1 ? '' : 's'}`;
  if (!quiet)
    stdout.write(
      `---------                     -------\n${String(total).padStart(9)}                     ${count}\n`,
    );
}

function select(
  entries: readonly ZipEntry[],
  operands: readonly string[],
  excluded: readonly string[],
  anyCase: boolean,
): ZipEntry[] {
  const patterns = (texts: readonly string[]): RegExp[] =>
    texts.map((text) => globToRegExp(text, { ignoreCase: anyCase }));
  const [wanted, unwanted] = [patterns(operands), patterns(excluded)];
  return entries.filter(
    ({ name }) =>
      (wanted.length === 0 || wanted.some((pattern) => pattern.test(name))) &&
      !unwanted.some((pattern) => pattern.test(name)),
  );
}

/** Operands after -x are names that are left out. */
function split({ sequence }: Options): { operands: string[]; excluded: string[] } {
  const operands: string[] = [];
  const excluded: string[] = [];
  let after = false;
  for (const item of sequence) {
    if ('operand' in item) (after ? excluded : operands).push(item.operand);
    else after = item.name === 'exclude' || (after && item.name !== 'directory');
  }
  return { operands, excluded };
}

function open(context: ProgramContext, given: string): { fd: number; path: string } {
  const { files } = context.system;
  for (const path of [given, `${given}.zip`, `${given}.ZIP`]) {
    const fd = files.open(path, 0, 0);
    if (fd >= 0 && !isDirectoryPath(files, path)) return { fd, path };
    if (fd >= 0) files.close(fd);
  }
  context.stderr.write(`unzip:  cannot find or open ${given}, ${given}.zip or ${given}.ZIP.\n`);
  throw new Failure('', NOT_FOUND);
}

function main(context: ProgramContext): number {
  const options = parseOptions(context.args, SPECS);
  const { operands, excluded } = split(options);
  const [archive, ...names] = operands;
  if (archive === undefined) throw new UsageError('missing archive');
  const { fd, path } = open(context, archive);
  const found = statusOfDescriptor(context.system.files, fd);
  const all =
    typeof found === 'number' || found.size < 22
      ? undefined
      : readDirectory(context.system.files, fd, found.size);
  const { has } = options;
  const namesOnly = has('one') || has('names');
  if (!has('pipe') && !namesOnly && (!has('quiet') || has('list')))
    context.stdout.write(`Archive:  ${path}\n`);
  if (all === undefined) {
    context.stdout.flush();
    context.stderr.write(
      `  End-of-central-directory signature not found.\nunzip:  cannot find zipfile directory in one of ${archive} or\n        ${archive}.zip, and cannot find ${archive}.ZIP, period.\n`,
    );
    return NOT_FOUND;
  }
  const entries = select(all, names, excluded, has('anyCase'));
  for (const entry of entries.slice(0, 1)) dataStart(context.system.files, fd, entry);
  if (namesOnly) entries.forEach(({ name }) => context.stdout.write(`${name}\n`));
  else if (has('list') || has('verbose')) list(context, entries, has('quiet'));
  else if (entries.length > 0) {
    const unzipper = new Unzip(context, options, fd);
    return has('test') ? unzipper.test(path, entries) : unzipper.extract(entries);
  }
  if (entries.length > 0 || names.length === 0) return 0;
  context.stdout.flush();
  for (const name of names) context.stderr.write(`caution: filename not matched:  ${name}\n`);
  return NONE_MATCHED;
}

export const unzip: Program = {
  name: 'unzip',
  usage: 'unzip [OPTION]... ARCHIVE[.zip] [NAME]... [-x NAME...] [-d DIR]',
  help: `Unpack a zip archive. Names may be patterns.

  -d DIR   into DIR              -j  without folders
  -l       list; -Z1 names only  -t  test
  -p       to standard output    -q  say nothing
  -o       over existing files   -n  never   (else it asks)
  -u, -f   what is newer; -f only what is there
  -C       names in any case     -x  not these`,
  usageStatus: USAGE,
  main,
};
