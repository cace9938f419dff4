/**
 * A folder of the container as a compartment sees it: a backend that asks the policy before each call. The check is of the
 * path's text, and the file system beneath follows no link, so that what was checked is what is used, whatever a program
 * makes of the directories meanwhile: a link put into the way is ELOOP. What the page has mounted below the folder is
 * reached through it too.
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
import { USER } from '../files/base-tree.ts';
import type { MountShare } from '../files/mounts.ts';
import type { Access } from './grants.ts';
import type { FilePolicy } from './policy.ts';
import { ViewFile } from './view-file.ts';

export interface Viewed {
  /** Their calls must follow no links. */
  readonly files: FileSystem;
  readonly policy: FilePolicy;
  /** What of the container's mounts a path lies in. */
  mountAt(path: string): MountShare | undefined;
  /** Somebody wants to be told of changes. */
  onWatch(): void;
}

export class FilesView implements Backend {
  readonly capabilities = ALL_CAPABILITIES;
  readonly #root: string;
  readonly #viewed: Viewed;
  readonly #policy: FilePolicy;
  readonly #below: MountShare['backend'];
  readonly #figures = new Float64Array(StatField.count);

  constructor(root: string, viewed: Viewed) {
    this.#root = root;
    this.#viewed = viewed;
    this.#policy = viewed.policy;
    this.#below = new SharedFilesBackend(viewed.files, root);
  }

  #at(path: string): string {
    return path === '' ? this.#root : `${this.#root}/${path}`;
  }

  /** In the container's own files at once: nothing is waited for between a check and the call that follows it here. */
  #with<Result>(path: string, action: (backend: Backend, rest: string) => Promise<Result>): Promise<Result> {
    const share = this.#viewed.mountAt(this.#at(path));
    return share === undefined
      ? action(this.#below, path)
      : share.turn(() => action(share.backend, share.rest));
  }

  /** A change of one name: `rename` of what names there are. */
  async #change(
    path: string,
    rename: boolean,
    action: (backend: Backend, rest: string) => Promise<number>,
  ): Promise<number> {
    const refusal = this.#refusal('write', path);
    if (refusal !== undefined) return refusal;
    const result = await this.#with(path, action);
    if (result >= 0) this.#viewed.mountAt(this.#at(path))?.changed(rename);
    return result;
  }

  /** → undefined where it may be done */
  #refusal(access: Access, path: string): number | undefined {
    const at = this.#at(path);
    return this.#policy.may(access, at) ? undefined : this.#policy.refuse(access, at);
  }

  watched(): void {
    this.#viewed.onWatch();
  }

  async lookup(path: string): Promise<Attributes | number> {
    const at = this.#at(path);
    if (!this.#policy.maySee(at)) return this.#policy.isHidden(at) ? -Errno.ENOENT : -Errno.EACCES;
    return this.#with(path, async (backend, rest) => {
      const found = await backend.lookup(rest);
      if (typeof found === 'number' || backend.capabilities.owners) return found;
      return { ...found, uid: USER.uid, gid: USER.gid };
    });
  }

  refused(path: string): void {
    this.#policy.refuse('read', absolutePath(`./${path}`, this.#root));
  }

  async access(path: string, mode: number): Promise<number> {
    const at = this.#at(path);
    const isRefused =
      !this.#policy.maySee(at) ||
      ((mode & R_OK) !== 0 && !this.#policy.may('read', at) && !this.#policy.isOnTheWay(at)) ||
      ((mode & W_OK) !== 0 && !this.#policy.may('write', at));
    if (isRefused) return -Errno.EACCES;
    const share = this.#viewed.mountAt(at);
    if (share === undefined) return this.#viewed.files.access(at, mode);
    return (mode & W_OK) !== 0 && !share.backend.capabilities.writable ? -Errno.EROFS : 0;
  }

  async list(path: string): Promise<Entry[] | number> {
    const at = this.#at(path);
    const isWhole = this.#policy.may('read', at);
    if (!isWhole && !this.#policy.isOnTheWay(at)) return this.#policy.refuse('read', at);
    const entries = await this.#with(path, (backend, rest) => backend.list(rest));
    if (isWhole || typeof entries === 'number') return entries;
    return entries.filter(({ name }) => this.#policy.maySee(`${at}/${name}`));
  }

  async open(path: string, mode: OpenMode): Promise<BackendFile | number> {
    const at = this.#at(path);
    const readable = this.#policy.may('read', at);
    const writable = this.#policy.may('write', at);
    const share = this.#viewed.mountAt(at);
    const isNew = mode.create && share === undefined && !this.#exists(at);
    if ((mode.write || mode.truncate || isNew) && !writable) return this.#policy.refuse('write', at);
    if (!mode.write && !readable) return this.#policy.refuse('read', at);
    const wanted = { ...mode, create: mode.create && writable };
    const file = await this.#with(path, (backend, rest) => backend.open(rest, wanted));
    if (typeof file === 'number') return file;
    if (mode.create || mode.truncate) share?.changed(mode.create);
    return new ViewFile(file, readable, writable, share);
  }

  #exists(at: string): boolean {
    return this.#viewed.files.lstat(at, this.#figures, 0) !== -Errno.ENOENT;
  }

  async readlink(path: string): Promise<string | number> {
    const at = this.#at(path);
    if (!this.#policy.maySee(at)) return this.#policy.refuse('read', at);
    return this.#with(path, (backend, rest) => backend.readlink(rest));
  }
  mkdir(path: string, mode: number): Promise<number> {
    return this.#change(path, true, (backend, rest) => backend.mkdir(rest, mode));
  }
  rmdir(path: string): Promise<number> {
    return this.#change(path, true, (backend, rest) => backend.rmdir(rest));
  }
  unlink(path: string): Promise<number> {
    return this.#change(path, true, (backend, rest) => backend.unlink(rest));
  }
  rename(from: string, to: string): Promise<number> {
    return this.#move('rename', from, to);
  }
  link(from: string, to: string): Promise<number> {
    return this.#move('link', from, to);
  }

  /** A file under another name can be no more to the program than under its own. */
  async #move(call: 'rename' | 'link', from: string, to: string): Promise<number> {
    const refusal =
      this.#refusal('write', from) ??
      this.#refusal('write', to) ??
      (this.#policy.may('read', this.#at(to)) ? this.#refusal('read', from) : undefined);
    if (refusal !== undefined) return refusal;
    const [source, target] = [this.#viewed.mountAt(this.#at(from)), this.#viewed.mountAt(this.#at(to))];
    if (source?.backend !== target?.backend) return -Errno.EXDEV;
    if (source === undefined || target === undefined) return this.#below[call](from, to);
    const result = await source.turn(() => source.backend[call](source.rest, target.rest));
    if (result >= 0) for (const share of [source, target]) share.changed(true);
    return result;
  }

  symlink(target: string, path: string): Promise<number> {
    return this.#change(path, true, (backend, rest) => backend.symlink(target, rest));
  }
  chmod(path: string, mode: number): Promise<number> {
    return this.#change(path, false, (backend, rest) => backend.chmod(rest, mode));
  }
  chown(path: string, uid: number, gid: number): Promise<number> {
    return this.#change(path, false, (backend, rest) => backend.chown(rest, uid, gid));
  }
  utimes(path: string, atimeMs: number, mtimeMs: number): Promise<number> {
    return this.#change(path, false, (backend, rest) => backend.utimes(rest, atimeMs, mtimeMs));
  }
  space(): Answer<Space> {
    return this.#below.space();
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}
