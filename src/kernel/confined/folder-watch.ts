/** Tells a compartment's watchers of changes in a folder of the container that they may see, whoever makes them. */
import type { SharedFileSystem } from '../../../vfs/attach.ts';
import type { FileEvent, FileSystem } from '../../../vfs/file-system.ts';
import type { FilePolicy } from './policy.ts';

export class FolderWatch {
  readonly #path: string;
  readonly #files: FileSystem;
  readonly #own: SharedFileSystem;
  readonly #policy: FilePolicy;
  #watch: { close(): void } | undefined;

  constructor(path: string, files: FileSystem, own: SharedFileSystem, policy: FilePolicy) {
    this.#path = path;
    this.#files = files;
    this.#own = own;
    this.#policy = policy;
  }

  /** Somebody watches: from now on, for as long as the compartment is there. */
  begin(): void {
    if (this.#watch !== undefined) return;
    const watch = this.#files.watch(this.#path, true, (event) => this.#tell(event));
    if (typeof watch !== 'number') this.#watch = watch;
  }

  #tell({ kind, name }: FileEvent): void {
    const path = name === '' ? this.#path : `${this.#path}/${name}`;
    if (this.#policy.may('read', path) || this.#policy.isOnTheWay(path))
      this.#own.noteMounted(this.#path, name, kind === 'rename');
  }

  close(): void {
    this.#watch?.close();
    this.#watch = undefined;
  }
}
