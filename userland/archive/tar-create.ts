import type { FileCalls } from '../../polyfills/system.ts';
import { Accounts } from '../files/accounts.ts';
import { parseDate } from '../text/date-parser.ts';
import { errorText } from '../program/errors.ts';
import { chunks } from '../program/input.ts';
import { parseMode } from '../files/mode.ts';
import { joinPath, normalizePath } from '../files/paths.ts';
import { complain } from '../files/per-file.ts';
import { Failure, type ProgramContext, UsageError } from '../program/program.ts';
import { FileType, isDirectory, isLink, isRegular, type Status, status, typeOf } from '../files/stat.ts';
import { decodeText } from '../text/text.ts';
import { zoneOf } from '../text/time.ts';
import { compareCodePoints } from '../files/walk.ts';
import { BLOCK, encodeHeader, RECORD, type TarHeader, TarType } from './tar-format.ts';
import { longLine } from './tar-list.ts';
import { MemberNames, shownName } from './tar-names.ts';
import { excluder, exclusions, type TarOptions } from './tar-options.ts';

/** An operand and the folder that `-C` made current for it. */
export interface TarOperand {
  readonly name: string;
  readonly folder: string;
}

const TROUBLE = 2;

/** Writes files into an archive. Problems with single files are reported and `failed` is set. */
export class TarWriter {
  failed = false;
  readonly #context: ProgramContext;
  readonly #files: FileCalls;
  readonly #options: TarOptions;
  readonly #write: (bytes: Uint8Array) => void;
  readonly #say: (line: string) => void;
  readonly #names: MemberNames;
  readonly #accounts: Accounts;
  readonly #excluded: (name: string) => boolean;
  /** First name of each file that has several. */
  readonly #linked = new Map<string, string>();
  readonly #archive: Status | number;
  #size = 0;

  constructor(
    context: ProgramContext,
    options: TarOptions,
    archive: Status | number,
    write: (bytes: Uint8Array) => void,
    say: (line: string) => void,
  ) {
    this.#context = context;
    this.#files = context.system.files;
    this.#options = options;
    this.#archive = archive;
    this.#write = write;
    this.#say = say;
    this.#names = new MemberNames(context, options.has('absoluteNames'));
    this.#accounts = new Accounts(this.#files);
    this.#excluded = excluder(exclusions(options, (path) => linesOf(this.#files, path)));
  }

  add({ name, folder }: TarOperand, device?: number): void {
    if (this.#excluded(name)) return;
    const path = normalizePath(name, folder);
    const found = status(this.#files, path, this.#options.has('dereference'));
    if (typeof found === 'number') return this.#fail(`${name}: Cannot stat: ${errorText(found)}`);
    if (device !== undefined && this.#options.has('oneFileSystem') && found.dev !== device) return;
    if (
      typeof this.#archive !== 'number' &&
      found.ino === this.#archive.ino &&
      found.dev === this.#archive.dev
    )
      return complain(this.#context, `${name}: archive cannot contain itself; not dumped`);
    const stored = this.#names.safe(name);
    if (isDirectory(found)) this.#directory(name, folder, stored, path, found);
    else if (isLink(found)) this.#link(stored, path, found);
    else if (isRegular(found)) this.#file(name, stored, path, found);
    else if (typeOf(found) === FileType.fifo) this.#member(this.#header(stored, found, TarType.fifo));
    else complain(this.#context, `${name}: socket ignored`);
  }

  /** The two empty blocks, and as many as fill the last record. */
  finish(): void {
    const end = this.#size + 2 * BLOCK;
    this.#write(new Uint8Array(Math.ceil(end / RECORD) * RECORD - this.#size));
  }

  #directory(name: string, folder: string, stored: string, path: string, found: Status): void {
    this.#member(this.#header(`${stored.replace(/\/$/, '')}/`, found, TarType.directory));
    if (this.#options.has('noRecursion') && !this.#options.has('recursion')) return;
    const list = this.#files.readdir(path, false);
    if (typeof list === 'number') return this.#fail(`${name}: Cannot open: ${errorText(list)}`);
    const names =
      this.#options.value('sort') === 'name' ? list.names.toSorted(compareCodePoints) : list.names;
    for (const child of names) this.add({ name: joinPath(name, child), folder }, found.dev);
  }

  #link(stored: string, path: string, found: Status): void {
    if (this.#hardLink(stored, found)) return;
    const target = this.#files.readlink(path);
    if (typeof target === 'number') return this.#fail(`${path}: Cannot readlink: ${errorText(target)}`);
    this.#member({ ...this.#header(stored, found, TarType.symbolicLink), linkName: decodeText(target) });
  }

  #file(name: string, stored: string, path: string, found: Status): void {
    if (this.#hardLink(stored, found)) return;
    const fd = this.#files.open(path, 0, 0);
    if (fd < 0) return this.#fail(`${name}: Cannot open: ${errorText(fd)}`);
    this.#member({ ...this.#header(stored, found, TarType.file), size: found.size });
    let left = found.size;
    for (const chunk of chunks(this.#files, fd, name)) {
      // What was written to the file meanwhile is not part of it.
      const piece = chunk.subarray(0, left);
      this.#put(piece.slice());
      left -= piece.length;
      if (left === 0) break;
    }
    this.#files.close(fd);
    if (left > 0) this.#fail(`${name}: File shrank by ${left} bytes; padding with zeros`);
    this.#put(new Uint8Array(left + ((BLOCK - (found.size % BLOCK)) % BLOCK)));
  }

  #hardLink(stored: string, found: Status): boolean {
    if (found.nlink < 2) return false;
    const identity = `${found.dev}:${found.ino}`;
    const first = this.#linked.get(identity);
    if (first === undefined) {
      this.#linked.set(identity, stored);
      return false;
    }
    this.#member({ ...this.#header(stored, found, TarType.hardLink), linkName: first });
    return true;
  }

  #header(name: string, found: Status, type: string): TarHeader {
    const [uid, user] = this.#ownership('owner', found.uid);
    const [gid, group] = this.#ownership('group', found.gid);
    const mode = this.#options.value('mode');
    const permissions = found.mode & 0o7777;
    return {
      name,
      mode: mode === undefined ? permissions : parseMode(mode)(permissions, isDirectory(found), 0),
      uid,
      gid,
      size: 0,
      mtime: this.#mtime(found),
      type,
      linkName: '',
      user,
      group,
    };
  }

  #ownership(option: 'owner' | 'group', own: number): [id: number, name: string] {
    const byNumber = this.#options.has('numericOwner');
    const accounts = this.#accounts;
    const nameOf = (id: number): string => {
      const name = option === 'owner' ? accounts.user(id) : accounts.group(id);
      return byNumber || name === String(id) ? '' : name;
    };
    const given = this.#options.value(option);
    if (given === undefined) return [own, nameOf(own)];
    const [name = '', id] = given.split(':');
    if (id !== undefined) return [Number(id), byNumber ? '' : name];
    if (/^\+?\d+$/.test(name)) return [Number(name), nameOf(Number(name))];
    const number = option === 'owner' ? accounts.uid(name) : accounts.gid(name);
    return [number ?? own, byNumber ? '' : name];
  }

  #mtime(found: Status): number {
    const given = this.#options.value('mtime');
    if (given === undefined) return found.mtime.seconds;
    if (/^[./]/.test(given)) {
      const reference = status(this.#files, given, true);
      if (typeof reference === 'number')
        throw new Failure(`${given}: Cannot stat: ${errorText(reference)}`, TROUBLE);
      return reference.mtime.seconds;
    }
    const date = parseDate(given, Date.now(), zoneOf(this.#context.env));
    if (date === undefined) throw new UsageError(`Unknown date format '${given}'`);
    return date.seconds;
  }

  #member(header: TarHeader): void {
    const verbosity = this.#options.occurrences.filter(({ name }) => name === 'verbose').length;
    if (verbosity === 1) this.#say(shownName(header.name));
    else if (verbosity > 1)
      this.#say(longLine(header, zoneOf(this.#context.env), this.#options.has('numericOwner')));
    for (const bytes of encodeHeader(header)) this.#put(bytes);
  }

  #put(bytes: Uint8Array): void {
    this.#size += bytes.length;
    this.#write(bytes);
  }

  #fail(message: string): void {
    complain(this.#context, message);
    this.failed = true;
  }
}

export function linesOf(files: FileCalls, path: string, separator = '\n'): string[] {
  const bytes = path === '-' ? undefined : files.readFile(path);
  if (typeof bytes === 'number') throw new Failure(`${path}: Cannot open: ${errorText(bytes)}`, TROUBLE);
  const text =
    bytes === undefined
      ? [...chunks(files, 0, '-')].map((chunk) => decodeText(chunk)).join('')
      : decodeText(bytes);
  return text.split(separator).filter((line) => line !== '');
}
