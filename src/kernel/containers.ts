/**
 * Containers that programs of this one have made by reading /web/container/new. The page boots them, with what this one
 * was booted with, and tells what they do; their files are mounted here, through the memory that they live in.
 */
import { attach } from '../../vfs/attach.ts';
import { SharedFilesBackend } from '../../vfs/backends/shared-files.ts';
import { Errno, type ErrnoName } from '../base/errno.ts';
import { CHILD_CONTAINERS_MAX } from '../base/limits.ts';
import { Signal, signalNumber } from '../base/signals.ts';
import type { ChildFacts, ProcessFacts } from '../protocol/container.ts';
import type { ContainerRequest } from '../protocol/page-request.ts';
import { USER } from './files/base-tree.ts';
import type { Kernel } from './kernel.ts';

/** The record of another container's kernel in a file system, below those for the kernel's own uses. */
const OUTSIDE_SLOT = 1021;
/** Where the files of each are mounted. */
const MOUNTS = '/run/containers';

export interface ChildContainer {
  readonly id: string;
  /** Where its files are mounted. */
  readonly path: string;
  readonly mark: number;
  processes: readonly ProcessFacts[];
  ports: ChildFacts['ports'];
}

export class Containers {
  readonly #kernel: Kernel;
  readonly #children = new Map<string, ChildContainer>();
  /** Being booted. */
  #pending = 0;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  ids(): string[] {
    return [...this.#children.keys()];
  }
  get(id: string): ChildContainer | undefined {
    return this.#children.get(id);
  }

  /** → the id of a new container, -EPERM in one that was made so itself, -EAGAIN with too many, -EIO when it does not boot */
  async make(): Promise<string | number> {
    if (this.#kernel.options.isChild === true) return -Errno.EPERM;
    if (this.#children.size + this.#pending >= CHILD_CONTAINERS_MAX) return -Errno.EAGAIN;
    this.#pending++;
    try {
      const answer = await this.#ask({ kind: 'container', action: 'boot' });
      return typeof answer === 'number' ? -Errno.EIO : answer;
    } finally {
      this.#pending--;
    }
  }

  async #ask(request: ContainerRequest): Promise<string | number> {
    const answer = await this.#kernel.pageRequests.ask(request);
    if (answer.ok) return answer.text;
    this.#kernel.emit({ type: 'error', message: `container: ${answer.message}` });
    return -(Errno[answer.code as ErrnoName] ?? Errno.EIO);
  }

  /** One that the page has booted. → 0 or -errno */
  adopt(id: string, memory: WebAssembly.Memory): number {
    const { volume, trees } = this.#kernel;
    const path = `${MOUNTS}/${id}`;
    const made = volume.makeMountPoint(path);
    if (made < 0) return made;
    const credentials = { uid: USER.uid, gid: USER.gid, groups: [USER.gid], umask: 0o022 };
    const files = attach(memory, { processSlot: OUTSIDE_SLOT, credentials });
    const mark = trees.mounts.add({ path, source: id, type: 'container' }, new SharedFilesBackend(files));
    const marked = volume.files.mountAt(path, mark);
    if (marked < 0) {
      void trees.mounts.remove(mark);
      return marked;
    }
    this.#children.set(id, { id, path, mark, processes: [], ports: [] });
    return 0;
  }

  changed(id: string, { processes, ports }: ChildFacts): void {
    const child = this.#children.get(id);
    if (child !== undefined) Object.assign(child, { processes, ports });
  }

  closed(id: string): void {
    const child = this.#children.get(id);
    if (child === undefined) return;
    this.#children.delete(id);
    const { volume, trees } = this.#kernel;
    volume.files.unmount(child.mark);
    void trees.mounts.remove(child.mark);
    volume.files.rmdir(child.path);
  }

  /** `start COMMAND…` runs a command line there, its output going nowhere; `close` ends it all. → 0 or -errno */
  async control({ id }: ChildContainer, line: string): Promise<number> {
    const [, command = '', rest = ''] = /^(\S*)\s*([^]*)$/.exec(line) ?? [];
    if (command === 'close' && rest === '') return this.#done({ kind: 'container', action: 'close', id });
    if (command !== 'start' || rest === '') return -Errno.EINVAL;
    return this.#done({ kind: 'container', action: 'start', id, commandLine: rest });
  }

  /** `kill [signal]`, `stop` and `cont`, as of a task. */
  async signal({ id }: ChildContainer, pid: number, line: string): Promise<number> {
    const [command = '', name = 'SIGKILL', ...more] = line.split(/\s+/);
    const signals: Record<string, number | undefined> = {
      kill: signalNumber(/^\d+$/.test(name) ? Number(name) : name),
      stop: Signal.SIGSTOP,
      cont: Signal.SIGCONT,
    };
    const signal = signals[command];
    if (signal === undefined || more.length > 0) return -Errno.EINVAL;
    return this.#done({ kind: 'container', action: 'signal', id, pid, signal });
  }

  async #done(request: ContainerRequest): Promise<number> {
    const answer = await this.#ask(request);
    return typeof answer === 'number' ? answer : 0;
  }
}
