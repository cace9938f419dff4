import { INPUT_CHUNK_BYTES } from '../../src/base/limits.ts';
import type { FileCalls } from '../../polyfills/system.ts';
import { crc32 } from '../../polyfills/zlib/crc32.ts';
import { deflate } from '../archive/deflate.ts';
import {
  centralDirectory,
  flagsOf,
  localHeader,
  Method,
  packedBytes,
  readDirectory,
  type ZipEntry,
} from '../archive/zip-format.ts';
import { errorText } from '../program/errors.ts';
import { globToRegExp } from '../text/glob.ts';
import { chunks, lines } from '../program/input.ts';
import { type Parsed, parseOptions } from '../program/options.ts';
import { baseName, joinPath } from '../files/paths.ts';
import { Failure, type Program, type ProgramContext, UsageError } from '../program/program.ts';
import { isDirectory, isLink, isRegular, type Status, status, statusOfDescriptor } from '../files/stat.ts';
import { zoneOf } from '../text/time.ts';

const SPECS = {
  recursive: { short: 'r', long: 'recurse-paths' },
  junkPaths: { short: 'j', long: 'junk-paths' },
  quiet: { short: 'q', long: 'quiet' },
  links: { short: 'y', long: 'symlinks' },
  noFolders: { short: 'D', long: 'no-dir-entries' },
  move: { short: 'm', long: 'move' },
  update: { short: 'u', long: 'update' },
  freshen: { short: 'f', long: 'freshen' },
  remove: { short: 'd', long: 'delete' },
  noExtra: { short: 'X', long: 'no-extra' },
  fromInput: { short: '@', long: 'names-stdin' },
  exclude: { short: 'x', long: 'exclude' },
  include: { short: 'i', long: 'include' },
  level0: { short: '0' },
  level1: { short: '1' },
  level2: { short: '2' },
  level3: { short: '3' },
  level4: { short: '4' },
  level5: { short: '5' },
  level6: { short: '6' },
  level7: { short: '7' },
  level8: { short: '8' },
  level9: { short: '9' },
} as const;
type Options = Parsed<keyof typeof SPECS>;

const DEFAULT_LEVEL = 6;
const NOTHING_TO_DO = 12;
const USAGE = 16;
const CREATE = 0o1102; // O_RDWR | O_CREAT | O_TRUNC

interface Found {
  readonly path: string;
  readonly name: string;
  readonly status: Status;
}

/** Writes an archive beside the old one, whose entries are copied as they are. */
class ZipWriter {
  readonly entries: ZipEntry[] = [];
  readonly #files: FileCalls;
  readonly #fd: number;
  readonly #zone: string;
  #position = 0;

  constructor(files: FileCalls, fd: number, zone: string) {
    this.#files = files;
    this.#fd = fd;
    this.#zone = zone;
  }

  copy(from: number, entry: ZipEntry): void {
    const moved = { ...entry, offset: this.#position };
    this.#put(localHeader(moved, this.#zone));
    for (const bytes of packedBytes(this.#files, from, entry, INPUT_CHUNK_BYTES)) this.#put(bytes);
    this.entries.push(moved);
  }

  add({ path, name, status: found }: Found, level: number): ZipEntry {
    const head = {
      name,
      flags: flagsOf(name),
      mtime: found.mtime.seconds,
      mode: found.mode,
      offset: this.#position,
    };
    const packs = level > 0 && isRegular(found) && found.size > 0;
    const bytes = (): Iterable<Uint8Array> => this.#bytesOf(path, found);
    let entry = this.#content(head, packs ? level : 0, bytes);
    if (packs && entry.packed >= entry.size) {
      // What does not shrink is stored.
      this.#position = head.offset;
      entry = this.#content(head, 0, bytes);
    }
    this.entries.push(entry);
    return entry;
  }

  *#bytesOf(path: string, found: Status): Generator<Uint8Array> {
    if (isLink(found)) {
      const target = this.#files.readlink(path);
      if (typeof target !== 'number') yield target;
    } else if (isRegular(found)) {
      const fd = this.#files.open(path, 0, 0);
      if (fd < 0) throw new Failure(`could not open for reading: ${path}: ${errorText(fd)}`);
      yield* chunks(this.#files, fd, path);
      this.#files.close(fd);
    }
  }

  finish(): void {
    this.#put(centralDirectory(this.entries, this.#position, this.#zone));
    this.#files.ftruncate(this.#fd, this.#position);
  }

  /** The header is written again when the sizes are known. */
  #content(
    head: Pick<ZipEntry, 'name' | 'flags' | 'mtime' | 'mode' | 'offset'>,
    level: number,
    plain: () => Iterable<Uint8Array>,
  ): ZipEntry {
    const method = level === 0 ? Method.stored : Method.deflated;
    this.#put(localHeader({ ...head, method, crc: 0, packed: 0, size: 0 }, this.#zone));
    const start = this.#position;
    let crc = 0;
    let size = 0;
    const counted = (function* () {
      for (const chunk of plain()) {
        crc = crc32(chunk, crc);
        size += chunk.length;
        yield chunk;
      }
    })();
    for (const piece of level === 0 ? counted : deflate(counted, level)) this.#put(piece);
    const entry = { ...head, method, crc: crc >>> 0, packed: this.#position - start, size };
    this.#writeAt(localHeader(entry, this.#zone), head.offset);
    return entry;
  }

  #put(bytes: Uint8Array): void {
    this.#writeAt(bytes, this.#position);
    this.#position += bytes.length;
  }

  #writeAt(bytes: Uint8Array, position: number): void {
    for (let at = 0; at < bytes.length;) {
      const count = this.#files.write(this.#fd, bytes.subarray(at), position + at);
      if (count < 0) throw new Failure(`write error: ${errorText(count)}`);
      at += count;
    }
  }
}

class Zip {
  readonly #context: ProgramContext;
  readonly #files: FileCalls;
  readonly #options: Options;
  readonly #archive: Status | number;
  readonly #selected: (name: string) => boolean;
  readonly #level: number;
  readonly #found = new Map<string, Found>();

  constructor(context: ProgramContext, options: Options, archive: string) {
    this.#context = context;
    this.#files = context.system.files;
    this.#options = options;
    this.#archive = status(this.#files, archive, true);
    const { included, excluded } = operandGroups(options);
    const patterns = (texts: readonly string[]): RegExp[] => texts.map((text) => globToRegExp(text));
    const [wanted, unwanted] = [patterns(included), patterns(excluded)];
    this.#selected = (name) =>
      (wanted.length === 0 || wanted.some((one) => one.test(name))) &&
      !unwanted.some((one) => one.test(name));
    const level = options.occurrences.findLast(({ name }) => name.startsWith('level'));
    this.#level = level === undefined ? DEFAULT_LEVEL : Number(level.name.slice('level'.length));
  }

  /** Finds files; a warning for a name that is not there. */
  collect(paths: readonly string[]): void {
    for (const path of paths) {
      const found = status(this.#files, path, !this.#options.has('links'));
      if (typeof found === 'number') this.#context.stderr.write(`\tzip warning: name not matched: ${path}\n`);
      else this.#take(path, found);
    }
  }

  write(archive: string): number {
    const old = this.#oldEntries(archive);
    if (this.#found.size === 0) {
      this.#context.stdout.flush();
      this.#context.stderr.write(`\nzip error: Nothing to do! (${archive})\n`);
      return NOTHING_TO_DO;
    }
    return this.#replace(
      archive,
      (writer) => {
        const names = new Set(old?.entries.map(({ name }) => name));
        for (const entry of old?.entries ?? []) {
          const newer = this.#found.get(entry.name);
          if (newer === undefined || !this.#wanted(newer, entry)) writer.copy(old?.fd ?? -1, entry);
          else this.#report('updating', writer.add(newer, this.#level));
        }
        if (this.#options.has('freshen')) return;
        for (const found of this.#found.values())
          if (!names.has(found.name)) this.#report('  adding', writer.add(found, this.#level));
      },
      old,
    );
  }

  remove(archive: string, patterns: readonly string[]): number {
    const old = this.#oldEntries(archive);
    const expressions = patterns.map((text) => globToRegExp(text));
    const gone = (entry: ZipEntry): boolean => expressions.some((one) => one.test(entry.name));
    if (old === undefined || !old.entries.some(gone)) {
      this.#context.stderr.write(
        `\tzip warning: name not matched: ${patterns.join(' ')}\n\nzip error: Nothing to do! (${archive})\n`,
      );
      return NOTHING_TO_DO;
    }
    return this.#replace(
      archive,
      (writer) => {
        for (const entry of old.entries) {
          if (!gone(entry)) writer.copy(old.fd, entry);
          else if (!this.#options.has('quiet')) this.#context.stdout.write(`deleting: ${entry.name}\n`);
        }
      },
      old,
    );
  }

  #wanted(found: Found, entry: ZipEntry): boolean {
    return (
      !(this.#options.has('update') || this.#options.has('freshen')) ||
      found.status.mtime.seconds > entry.mtime
    );
  }

  #take(path: string, found: Status): void {
    if (
      typeof this.#archive !== 'number' &&
      this.#archive.ino === found.ino &&
      this.#archive.dev === found.dev
    )
      return;
    const stored = path
      .replace(/^\/+/, '')
      .replace(/^(?:\.\/+)+/, '')
      .replace(/\/+$/, '');
    const name = this.#options.has('junkPaths') ? baseName(stored) : stored;
    if (!isDirectory(found)) {
      if (this.#selected(name)) this.#found.set(name, { path, name, status: found });
      return;
    }
    const isHere = stored === '' || stored === '.';
    if (
      !isHere &&
      !this.#options.has('noFolders') &&
      !this.#options.has('junkPaths') &&
      this.#selected(`${name}/`)
    )
      this.#found.set(`${name}/`, { path, name: `${name}/`, status: found });
    if (!this.#options.has('recursive')) return;
    const list = this.#files.readdir(path, false);
    if (typeof list === 'number') return;
    this.collect(list.names.map((child) => joinPath(isHere ? '' : path.replace(/\/+$/, ''), child)));
  }

  #oldEntries(archive: string): { fd: number; entries: ZipEntry[] } | undefined {
    const fd = this.#files.open(archive, 0, 0);
    if (fd < 0) return undefined;
    const found = statusOfDescriptor(this.#files, fd);
    const entries = typeof found === 'number' ? undefined : readDirectory(this.#files, fd, found.size);
    if (entries === undefined) throw new Failure(`${archive}: this is no zip archive`, 3);
    return { fd, entries };
  }

  #replace(archive: string, fill: (writer: ZipWriter) => void, old: { fd: number } | undefined): number {
    const temporary = `${archive}.new`;
    const fd = this.#files.open(temporary, CREATE, 0o666);
    if (fd < 0) throw new Failure(`could not create ${archive}: ${errorText(fd)}`, 15);
    const writer = new ZipWriter(this.#files, fd, zoneOf(this.#context.env));
    try {
      fill(writer);
      writer.finish();
    } catch (error) {
      this.#files.unlink(temporary);
      throw error;
    } finally {
      this.#files.close(fd);
      if (old !== undefined) this.#files.close(old.fd);
    }
    if (writer.entries.length === 0) {
      this.#files.unlink(temporary);
      this.#files.unlink(archive);
    } else this.#files.rename(temporary, archive);
    if (this.#options.has('move'))
      for (const { path } of [...this.#found.values()].reverse()) this.#discard(path);
    return 0;
  }

  #discard(path: string): void {
    if (this.#files.unlink(path) < 0) this.#files.rmdir(path);
  }

  #report(verb: string, { name, method, packed, size }: ZipEntry): void {
    if (this.#options.has('quiet')) return;
    const saved = size === 0 ? 0 : Math.round((100 * (size - packed)) / size);
    const how = method === Method.stored ? 'stored 0%' : `deflated ${saved}%`;
    this.#context.stdout.write(`${verb}: ${name} (${how})\n`);
  }
}

/** Operands after -x and -i are patterns. */
function operandGroups({ sequence }: Options): {
  operands: string[];
  included: string[];
  excluded: string[];
} {
  const groups = { operands: [] as string[], included: [] as string[], excluded: [] as string[] };
  let current: keyof typeof groups = 'operands';
  for (const item of sequence) {
    if ('operand' in item) groups[current].push(item.operand);
    else if (item.name === 'exclude') current = 'excluded';
    else if (item.name === 'include') current = 'included';
  }
  return groups;
}

function main(context: ProgramContext): number {
  const options = parseOptions(context.args, SPECS);
  const [given, ...paths] = operandGroups(options).operands;
  if (given === undefined) throw new UsageError('missing archive');
  if (given === '-') throw new UsageError('an archive cannot be written to standard output: name a file');
  const archive = /\.[^/]+$/.test(given) ? given : `${given}.zip`;
  const zip = new Zip(context, options, archive);
  if (options.has('remove')) return zip.remove(archive, paths);
  zip.collect(options.has('fromInput') ? [...paths, ...lines(context.system.files, 0, '-')] : paths);
  return zip.write(archive);
}

export const zip: Program = {
  name: 'zip',
  usage: 'zip [OPTION]... ARCHIVE[.zip] FILE... [-x PATTERN...] [-i PATTERN...]',
  help: `Put files into a zip archive, in place of those of the same name there.

  -r   folders with all that is in them     -j   without folders' names
  -D   no entries for folders               -y   links as links
  -u   only what is newer                   -f   only what is in the archive already
  -d   take the named entries out           -m   remove the files afterwards
  -x   not these      -i   only these       -@   names from standard input
  -q   say nothing    -0 … -9  speed against size (6)`,
  usageStatus: USAGE,
  main,
};
