/**
 * A folder of the container as a compartment sees it: a backend that asks the policy before each call. The check is of the
 * path's text, and the file system beneath follows no link, so that what was checked is what is used, whatever a program
 * makes of the directories meanwhile: a link put into the way is ELOOP.
 */
import { absolutePath } from '../../base/absolute-path.ts';
import { Errno } from '../../base/errno.ts';
import { type FileSystem, StatField } from '../../../vfs/file-system.ts';
import {
  ALL_CAPABILITIES,
  type Answer,
  type Attributes,
  type Backend,
  type BackendFile,
  type Entry,
  type OpenMode,
  type Space,
} from '../../../vfs/backends/backend.ts';
import { SharedFilesBackend } from '../../../vfs/backends/shared-files.ts';
import { R_OK, W_OK } from '../../../vfs/mode.ts';
import type { Access } from './grants.ts';
import type { FilePolicy } from './policy.ts';
import { ViewFile } from './view-file.ts';

export class FilesView implements Backend {
  readonly capabilities = ALL_CAPABILITIES;
  readonly #root: string;
  readonly #files: FileSystem;
  readonly #below: SharedFilesBackend;
  readonly #policy: FilePolicy;
  readonly #onWatch: () => void;
  readonly #figures = new Float64Array(StatField.count);

  /** `files` must follow no links. `onWatch`: somebody wants to be told of changes. */
  constructor(root: string, files: FileSystem, policy: FilePolicy, onWatch: () => void) {
    this.#root = root;
    this.#files = files;
    this.#below = new SharedFilesBackend(files, root);
    this.#policy = policy;
    this.#onWatch = onWatch;
  }

  #at(path: string): string {
    return path === '' ? this.#root : `${this.#root}/${path}`;
  }

  /** → undefined where it may be done */
  #refusal(access: Access, path: string): Promise<number> | undefined {
    const at = this.#at(path);
    return this.#policy.may(access, at) ? undefined : Promise.resolve(this.#policy.refuse(access, at));
  }

  #exists(path: string): boolean {
    return this.#files.lstat(path, this.#figures, 0) !== -Errno.ENOENT;
  }

  watched(): void {
    this.#onWatch();
  }

  lookup(path: string): Answer<Attributes> {
    const at = this.#at(path);
    if (this.#policy.maySee(at)) return this.#below.lookup(path);
    if (this.#policy.isHidden(at)) return Promise.resolve(-Errno.ENOENT);
    return Promise.resolve(-Errno.EACCES);
  }

  refused(path: string): void {
    this.#policy.refuse('read', absolutePath(`./${path}`, this.#root));
  }

  access(path: string, mode: number): Promise<number> {
    const at = this.#at(path);
    const isRefused =
      !this.#policy.maySee(at) ||
      ((mode & R_OK) !== 0 && !this.#policy.may('read', at) && !this.#policy.isOnTheWay(at)) ||
      ((mode & W_OK) !== 0 && !this.#policy.may('write', at));
    return Promise.resolve(isRefused ? -Errno.EACCES : this.#files.access(at, mode));
  }

  async list(path: string): Promise<Entry[] | number> {
    const at = this.#at(path);
    if (this.#policy.may('read', at)) return this.#below.list(path);
    if (!this.#policy.isOnTheWay(at)) return this.#policy.refuse('read', at);
    const entries = await this.#below.list(path);
    if (typeof entries === 'number') return entries;
    return entries.filter(({ name }) => this.#policy.maySee(`${at}/${name}`));
  }

  async open(path: string, mode: OpenMode): Promise<BackendFile | number> {
    const at = this.#at(path);
    const changes = mode.write || mode.truncate || (mode.create && !this.#exists(at));
    const readable = this.#policy.may('read', at);
    const writable = this.#policy.may('write', at);
    if (changes && !writable) return this.#policy.refuse('write', at);
    if (!mode.write && !readable) return this.#policy.refuse('read', at);
    // Nothing is waited for between the check and this call.
    const file = await this.#below.open(path, { ...mode, create: mode.create && writable });
    return typeof file === 'number' ? file : new ViewFile(file, readable, writable);
  }

  readlink(path: string): Answer<string> {
    const at = this.#at(path);
    return this.#policy.maySee(at)
      ? this.#below.readlink(path)
      : Promise.resolve(this.#policy.refuse('read', at));
  }
  mkdir(path: string, mode: number): Promise<number> {
    return this.#refusal('write', path) ?? this.#below.mkdir(path, mode);
  }
  rmdir(path: string): Promise<number> {
    return this.#refusal('write', path) ?? this.#below.rmdir(path);
  }
  unlink(path: string): Promise<number> {
    return this.#refusal('write', path) ?? this.#below.unlink(path);
  }
  rename(from: string, to: string): Promise<number> {
    return this.#moveRefusal(from, to) ?? this.#below.rename(from, to);
  }
  link(from: string, to: string): Promise<number> {
    return this.#moveRefusal(from, to) ?? this.#below.link(from, to);
  }

  /** A file under another name can be no more to the program than under its own. */
  #moveRefusal(from: string, to: string): Promise<number> | undefined {
    const refusal = this.#refusal('write', from) ?? this.#refusal('write', to);
    if (refusal !== undefined) return refusal;
    return this.#policy.may('read', this.#at(to)) ? this.#refusal('read', from) : undefined;
  }

  symlink(target: string, path: string): Promise<number> {
    return this.#refusal('write', path) ?? this.#below.symlink(target, path);
  }
  chmod(path: string, mode: number): Promise<number> {
    return this.#refusal('write', path) ?? this.#below.chmod(path, mode);
  }
  chown(path: string, uid: number, gid: number): Promise<number> {
    return this.#refusal('write', path) ?? this.#below.chown(path, uid, gid);
  }
  utimes(path: string, atimeMs: number, mtimeMs: number): Promise<number> {
    return this.#refusal('write', path) ?? this.#below.utimes(path, atimeMs, mtimeMs);
  }
  space(): Answer<Space> {
    return this.#below.space();
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}
