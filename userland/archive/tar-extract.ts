import { Errno } from '../../src/base/errno.ts';
import type { FileCalls, TimeSpec } from '../../polyfills/system.ts';
import { errorText } from '../program/errors.ts';
import { Output } from '../program/output.ts';
import { dirName, joinPath } from '../files/paths.ts';
import { complain } from '../files/per-file.ts';
import { Failure, type ProgramContext } from '../program/program.ts';
import { isDirectory, isDirectoryPath, status } from '../files/stat.ts';
import { type TarHeader, TarType } from './tar-format.ts';
import { MemberNames } from './tar-names.ts';
import type { TarOptions } from './tar-options.ts';
import type { TarMember } from './tar-reader.ts';

const CREATE_EXCLUSIVE = 0o301; // O_WRONLY | O_CREAT | O_EXCL
const CREATE_TRUNCATE = 0o1101; // O_WRONLY | O_CREAT | O_TRUNC

/** Writes members into a folder. Problems with single files are reported and `failed` is set. */
export class TarExtractor {
  failed = false;
  readonly #context: ProgramContext;
  readonly #files: FileCalls;
  readonly #options: TarOptions;
  readonly #folder: string;
  readonly #names: MemberNames;
  readonly #umask: number;
  /** Done at the end: folders get their mode and time when they are full, links outwards lead nobody astray. */
  readonly #later: (() => void)[] = [];

  constructor(context: ProgramContext, options: TarOptions, folder: string) {
    this.#context = context;
    this.#files = context.system.files;
    this.#options = options;
    this.#folder = folder;
    this.#names = new MemberNames(context, options.has('absoluteNames'));
    const asStored = options.has('permissions') || options.has('samePermissions');
    this.#umask = asStored ? 0 : this.#files.umask();
  }

  extract({ header, content }: TarMember, name: string): void {
    if (!this.#options.has('absoluteNames') && name.split('/').includes('..')) {
      this.#fail(`${name}: Member name contains '..'`);
      return;
    }
    const path = joinPath(this.#folder, this.#names.safe(name)).replace(/(.)\/+$/, '$1');
    this.#makeParents(path);
    const error = this.#make(header, path, content);
    if (error < 0) this.#fail(`${name}: Cannot ${verbOf(header)}: ${errorText(error)}`);
  }

  finish(): void {
    for (const action of this.#later.reverse()) action();
  }

  #make(header: TarHeader, path: string, content: TarMember['content']): number {
    switch (header.type) {
      case TarType.directory:
        return this.#directory(header, path);
      case TarType.symbolicLink:
        return this.#symbolicLink(header, path);
      case TarType.hardLink: {
        const target = joinPath(this.#folder, this.#names.safe(header.linkName, 'hard link targets'));
        const [there, original] = [path, target].map((name) => status(this.#files, name, false));
        const same = typeof there === 'object' && typeof original === 'object' && there.ino === original.ino;
        return same ? 0 : this.#place(path, () => this.#files.link(target, path));
      }
      case TarType.fifo:
        return this.#place(path, () => this.#files.mkfifo(path, header.mode & ~this.#umask));
      case TarType.character:
      case TarType.block:
        return -Errno.EPERM;
      default:
        return this.#file(header, path, content);
    }
  }

  #directory(header: TarHeader, path: string): number {
    const made = this.#files.mkdir(path, 0o700);
    const there = made === -Errno.EEXIST && isDirectoryPath(this.#files, path);
    if (made < 0 && !there) return made;
    this.#later.push(() => {
      if (!there || !this.#options.has('keepOld')) this.#files.chmod(path, header.mode & ~this.#umask, true);
      this.#setTime(header, path, true);
    });
    return 0;
  }

  #symbolicLink(header: TarHeader, path: string): number {
    const make = (): number => {
      const result = this.#place(path, () => this.#files.symlink(header.linkName, path));
      if (result >= 0) this.#setTime(header, path, false);
      return result;
    };
    const leadsOut = header.linkName.startsWith('/') || header.linkName.split('/').includes('..');
    if (!leadsOut) return make();
    this.#later.unshift(() => {
      const result = make();
      if (result < 0)
        this.#fail(`${header.name}: Cannot create symlink to '${header.linkName}': ${errorText(result)}`);
    });
    return 0;
  }

  #file(header: TarHeader, path: string, content: TarMember['content']): number {
    const mode = header.mode & ~this.#umask;
    let fd = -1;
    const overwrite = this.#options.has('overwrite');
    const placed = this.#place(
      path,
      () => (fd = this.#files.open(path, overwrite ? CREATE_TRUNCATE : CREATE_EXCLUSIVE, mode & 0o777)),
    );
    if (placed < 0 || fd < 0) return placed;
    const output = new Output(this.#context.system, fd);
    for (const piece of content()) output.write(piece.slice());
    output.flush();
    this.#files.close(fd);
    this.#files.chmod(path, mode, true);
    this.#setTime(header, path, true);
    return output.failed ? -output.errno : 0;
  }

  /** Makes an entry where another may be: that one is removed, unless it is to be kept. */
  #place(path: string, make: () => number): number {
    const result = make();
    if (result !== -Errno.EEXIST) return result;
    if (this.#options.has('skipOld')) return 0;
    if (this.#options.has('keepOld')) return result;
    const found = status(this.#files, path, false);
    const removed =
      typeof found !== 'number' && isDirectory(found) ? this.#files.rmdir(path) : this.#files.unlink(path);
    return removed < 0 ? removed : make();
  }

  #makeParents(path: string): void {
    const parent = dirName(path);
    if (isDirectoryPath(this.#files, parent)) return;
    this.#makeParents(parent);
    this.#files.mkdir(parent, 0o777);
  }

  #setTime({ mtime }: TarHeader, path: string, follow: boolean): void {
    if (this.#options.has('touch')) return;
    const seconds = Math.floor(mtime);
    const time: TimeSpec = { seconds, nanoseconds: Math.round((mtime - seconds) * 1e9) };
    this.#files.utimes(path, 'now', time, follow);
  }

  #fail(message: string): void {
    complain(this.#context, message);
    this.failed = true;
  }
}

function verbOf({ type, linkName }: TarHeader): string {
  if (type === TarType.directory) return 'mkdir';
  if (type === TarType.hardLink) return `hard link to '${linkName}'`;
  if (type === TarType.symbolicLink) return `create symlink to '${linkName}'`;
  return type === TarType.character || type === TarType.block ? 'mknod' : 'open';
}

export function toStandardOutput(context: ProgramContext, { content }: TarMember): void {
  for (const piece of content()) context.stdout.write(piece.slice());
  if (context.stdout.failed) throw new Failure(`-: Cannot write: ${errorText(context.stdout.errno)}`, 2);
}
