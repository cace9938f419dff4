/** An open file of a view: what its path was granted when it was opened. */
import { Errno } from '../../base/errno.ts';
import type { Answer, Attributes, BackendFile } from '../../../vfs/backends/backend.ts';

export class ViewFile implements BackendFile {
  readonly #file: BackendFile;
  readonly #readable: boolean;
  readonly #writable: boolean;

  constructor(file: BackendFile, readable: boolean, writable: boolean) {
    this.#file = file;
    this.#readable = readable;
    this.#writable = writable;
  }

  /** A descriptor that was opened to read changes nothing where writing is not granted, as fchmod(2) would. */
  #change(change: () => Promise<number>): Promise<number> {
    return this.#writable ? change() : Promise.resolve(-Errno.EACCES);
  }

  read(into: Uint8Array, position: number): Promise<number> {
    return this.#readable ? this.#file.read(into, position) : Promise.resolve(-Errno.EBADF);
  }
  write(from: Uint8Array, position: number): Promise<number> {
    return this.#change(() => this.#file.write(from, position));
  }
  attributes(): Answer<Attributes> {
    return this.#file.attributes();
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
    return this.#file.sync();
  }
  close(): Promise<number> {
    return this.#file.close();
  }
}
