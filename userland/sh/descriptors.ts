import type { FileCalls } from '../../polyfills/system.ts';

/** A descriptor of the process that one or more of the shell's own descriptor numbers stand for. */
export class Handle {
  readonly fd: number;
  readonly #files: FileCalls;
  readonly #owned: boolean;
  #references = 0;

  /** `owned`: closed when nothing refers to it any more. */
  constructor(files: FileCalls, fd: number, owned: boolean) {
    this.#files = files;
    this.fd = fd;
    this.#owned = owned;
  }
  retain(): this {
    this.#references++;
    return this;
  }
  release(): void {
    if (--this.#references === 0 && this.#owned) this.#files.close(this.fd);
  }
}

/**
 * The shell's descriptors by number. They are a map over the process's descriptors rather than those themselves, so that
 * a redirection of a builtin, a function or a subshell is undone by putting the old map back.
 */
export class DescriptorTable {
  #handles: Map<number, Handle>;

  constructor(handles: Iterable<readonly [number, Handle]> = []) {
    this.#handles = new Map();
    for (const [number, handle] of handles) this.#handles.set(number, handle.retain());
  }

  get(number: number): Handle | undefined {
    return this.#handles.get(number);
  }
  set(number: number, handle: Handle): void {
    const old = this.#handles.get(number);
    this.#handles.set(number, handle.retain());
    old?.release();
  }
  close(number: number): void {
    const old = this.#handles.get(number);
    this.#handles.delete(number);
    old?.release();
  }
  clone(): DescriptorTable {
    return new DescriptorTable(this.#handles);
  }
  closeAll(): void {
    for (const number of [...this.#handles.keys()]) this.close(number);
  }
  /** Lowest free number from `least` on (`{name}>file`). */
  free(least: number): number {
    let number = least;
    while (this.#handles.has(number)) number++;
    return number;
  }
  get highest(): number {
    return Math.max(-1, ...this.#handles.keys());
  }
  numbers(): number[] {
    return [...this.#handles.keys()].sort((a, b) => a - b);
  }
}
