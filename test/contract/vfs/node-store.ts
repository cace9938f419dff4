/** A store's files on the host's disk: what a browser's synchronous access handles are in OPFS. */
import fs from 'node:fs';
import type { StoreFile } from '../../../vfs/persist/store-files.ts';
import { storeFilesOf } from '../../../vfs/persist/store-files.ts';

class HostFile implements StoreFile {
  readonly #fd: number;

  constructor(path: string) {
    this.#fd = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o600);
  }

  read(into: Uint8Array, { at }: { at: number }): number {
    return fs.readSync(this.#fd, into, 0, into.length, at);
  }

  write(from: Uint8Array, { at }: { at: number }): number {
    let done = 0;
    while (done < from.length) done += fs.writeSync(this.#fd, from, done, from.length - done, at + done);
    return done;
  }

  truncate(size: number): void {
    fs.ftruncateSync(this.#fd, size);
  }

  getSize(): number {
    return fs.fstatSync(this.#fd).size;
  }

  flush(): void {
    fs.fdatasyncSync(this.#fd);
  }

  close(): void {
    fs.closeSync(this.#fd);
  }
}

export function openHostStore(directory: string) {
  fs.mkdirSync(directory, { recursive: true });
  return storeFilesOf((name) => new HostFile(`${directory}/${name}`));
}
