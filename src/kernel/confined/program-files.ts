/**
 * Commands of a compartment: its own tree's, and those in the container's folders that it may read. Unlike what is mounted,
 * a view is answered for at once, so programs in it can be started.
 */
import { Errno } from '../../base/errno.ts';
import { CROSSED, type FileSystem, type Path } from '../../../vfs/file-system.ts';
import { S_IFDIR, S_IFMT } from '../../../vfs/mode.ts';
import type { ProgramFiles } from '../process/program-files.ts';
import { liesIn } from './grants.ts';
import { follow, type Led, type Looker } from './links.ts';
import { lookerOf } from './places.ts';
import type { FilePolicy } from './policy.ts';

const DIRECTORY = 1;
const FILE = 0;
/** Descriptions of the container's files have numbers from this one on. */
const OUTSIDE = 2 ** 40;

interface Sides {
  /** The compartment's own tree. */
  own: FileSystem;
  /** The container's, whose calls follow no links. */
  container: FileSystem;
  policy: FilePolicy;
  marks: readonly string[];
}

export class ConfinedProgramFiles implements ProgramFiles {
  readonly #own: FileSystem;
  readonly #container: FileSystem;
  readonly #policy: FilePolicy;
  readonly #marks: readonly string[];
  readonly #looker: Looker;

  constructor({ own, container, policy, marks }: Sides) {
    this.#own = own;
    this.#container = container;
    this.#policy = policy;
    this.#marks = marks;
    const [inside, outside] = [lookerOf(own), lookerOf(container)];
    this.#looker = {
      mode: (path) =>
        this.#isOutside(path) ? this.#seen(path, () => outside.mode(path)) : inside.mode(path),
      target: (path) => (this.#isOutside(path) ? outside : inside).target(path),
    };
  }

  #isOutside(path: string): boolean {
    return this.#marks.some((mark) => liesIn(path, mark));
  }

  #seen(path: string, look: () => number): number {
    return this.#policy.maySee(path) ? look() : -Errno.EACCES;
  }

  #led(path: Path): Led | number {
    const led = follow(this.#looker, typeof path === 'string' ? path : new TextDecoder().decode(path));
    return typeof led === 'number' || led.mode >= 0 ? led : led.mode;
  }

  kind(path: Path): number {
    const led = this.#led(path);
    if (typeof led === 'number') return led;
    return (led.mode & S_IFMT) === S_IFDIR ? DIRECTORY : FILE;
  }

  access(path: Path, mode: number): number {
    const led = this.#led(path);
    if (typeof led === 'number') return led;
    if (!this.#isOutside(led.path)) return this.#own.access(led.path, mode);
    return this.#policy.may('read', led.path)
      ? this.#container.access(led.path, mode)
      : this.#policy.refuse('read', led.path);
  }

  realpath(path: Path): Uint8Array<ArrayBuffer> | number {
    const led = this.#led(path);
    return typeof led === 'number' ? led : new TextEncoder().encode(led.path);
  }

  open(path: Path, flags: number, mode: number): number {
    const led = this.#led(path);
    if (typeof led === 'number') return led;
    if (!this.#isOutside(led.path)) return this.#own.open(led.path, flags, mode);
    if (!this.#policy.may('read', led.path)) return this.#policy.refuse('read', led.path);
    const ofd = this.#container.open(led.path, flags, mode);
    if (ofd === CROSSED) return -Errno.EACCES;
    return ofd < 0 ? ofd : ofd + OUTSIDE;
  }

  read(ofd: number, into: Uint8Array, position: number | null): number {
    return ofd >= OUTSIDE
      ? this.#container.read(ofd - OUTSIDE, into, position)
      : this.#own.read(ofd, into, position);
  }

  close(ofd: number): number {
    return ofd >= OUTSIDE ? this.#container.close(ofd - OUTSIDE) : this.#own.close(ofd);
  }
}
