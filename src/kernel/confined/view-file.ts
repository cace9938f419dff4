/** An open file of a view: what its path was granted when it was opened. */
import { Errno } from '../../base/errno.ts';
import type { Answer, Attributes, BackendFile } from '../../../vfs/backends/backend.ts';
import type { MountShare } from '../files/mounts.ts';

export class ViewFile implements BackendFile {
  readonly #file: BackendFile;
  readonly #readable: boolean;
  readonly #writable: boolean;
  readonly #share: MountShare | undefined;

  /** `share`: of what is mounted it is a file. */
  constructor(file: BackendFile, readable: boolean, writable: boolean, share: MountShare | undefined) {
    this.#file = file;
    this.#readable = readable;
    this.#writable = writable;
    this.#share = share;
  }

  #turn<Result>(action: () => Promise<Result>): Promise<Result> {
    return this.#share === undefined ? action() : this.#share.turn(action);
  }

  /** A descriptor that was opened to read changes nothing where writing is not granted, as fchmod(2) would. */
  async #change(change: () => Promise<number>): Promise<number> {
    if (!this.#writable) return -Errno.EACCES;
    const result = await this.#turn(change);
    if (result >= 0) this.#share?.changed(false);
    return result;
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    return this.#readable ? this.#turn(() => this.#file.read(into, position)) : -Errno.EBADF;
  }
  write(from: Uint8Array, position: number): Promise<number> {
    return this.#change(() => this.#file.write(from, position));
  }
  attributes(): Answer<Attributes> {
    return this.#turn(() => this.#file.attributes());
  }
  truncate(size: number): Promise<number> {
    return this.#change(() => this.#file.truncate(size));
  }
  chmod(mode: number): Promise<number> {
    return this.#change(() => this.#file.chmod(mode));
  }
  chown(uid: number, gid: number): Promise<number> {
    return this.#change(() => this.#file.chown(uid, gid));
  }
  utimes(atimeMs: number, mtimeMs: number): Promise<number> {
    return this.#change(() => this.#file.utimes(atimeMs, mtimeMs));
  }
  sync(): Promise<number> {
    return this.#turn(() => this.#file.sync());
  }
  close(): Promise<number> {
    return this.#turn(() => this.#file.close());
  }
}
