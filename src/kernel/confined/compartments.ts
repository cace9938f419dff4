/** The compartments of a container: one for all programs where the container itself is bounded, one for each other spawn. */
import type {
  KernelEvent,
  Outcome,
  PageSpawn,
  ProcessFacts,
  SpawnedProcess,
} from '../../protocol/container.ts';
import type { BesideKernels } from '../confinement.ts';
import type { FileSystem } from '../../../vfs/file-system.ts';
import type { Kernel } from '../kernel.ts';
import { type CallQueue, newQueue } from '../files/mounts.ts';
import { spawnForPage } from '../page/process.ts';
import type { Connection } from '../preview/connection.ts';
import { Compartment, filesForViews } from './compartment.ts';
import { type FileGrants, narrowedFiles } from './grants.ts';
import type { NoPlace } from './places.ts';

/** Threads are no processes to the page. */
export function processesOf({ table }: Kernel): ProcessFacts[] {
  return table
    .all()
    .filter((process) => process.leader === undefined)
    .map(({ facts }) => facts);
}

export class Compartments implements BesideKernels {
  readonly #container: Kernel;
  readonly #open = new Set<Compartment>();
  readonly #closing = new Set<Promise<void>>();
  /** Of one spawn, which has begun. */
  readonly #passing = new Set<Compartment>();
  readonly #queues = new Map<string, CallQueue>();
  #files: FileSystem | undefined;
  /** Of programs that are granted what the container is. */
  #shared: Promise<Compartment | NoPlace> | undefined;

  constructor(container: Kernel) {
    this.#container = container;
  }

  get livingCount(): number {
    let count = 0;
    for (const { kernel } of this.#open) count += kernel.table.livingCount;
    return count;
  }

  dial(port: number): Connection | number | undefined {
    return this.ofPort(port)?.dial(port);
  }

  ofPort(port: number): Kernel | undefined {
    return this.kernels().find(({ ports }) => ports.has(port));
  }

  ofProcess(pid: number): Kernel | undefined {
    return this.kernels().find(({ table }) => table.get(pid) !== undefined);
  }

  processes(): ProcessFacts[] {
    return this.kernels().flatMap(processesOf);
  }

  ports(): number[] {
    return this.kernels().flatMap(({ ports }) => [...ports]);
  }

  kernels(): Kernel[] {
    return [...this.#open].map(({ kernel }) => kernel);
  }

  /** Starts what the page asks for where it belongs: beside other programs, or in a compartment. */
  async spawn(request: PageSpawn, port: MessagePort): Promise<Outcome<SpawnedProcess>> {
    const granted = this.#container.options.files;
    if (request.files === undefined && granted === undefined)
      return spawnForPage(this.#container, request, port);
    const isShared = request.files === undefined;
    const compartment = isShared
      ? await this.shared()
      : await this.#make(narrowedFiles(granted, request.files), false);
    if (!(compartment instanceof Compartment)) return this.#nowhere(compartment, request, port);
    const outcome = spawnForPage(compartment.kernel, request, port);
    if (!isShared) this.#passing.add(compartment);
    this.#closeIdle();
    return outcome;
  }

  /** Those of one spawn go with the last of its processes. */
  #closeIdle(): void {
    for (const compartment of this.#passing) {
      if (compartment.kernel.table.livingCount > 0) continue;
      this.#passing.delete(compartment);
      void this.#close(compartment);
    }
  }

  async #close(compartment: Compartment): Promise<void> {
    this.#open.delete(compartment);
    const closed = compartment.close();
    this.#closing.add(closed);
    await closed;
    this.#closing.delete(closed);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#closing, ...[...this.#open].map((compartment) => this.#close(compartment))]);
  }

  /** The one of a container whose own capabilities bound its files. */
  shared(): Promise<Compartment | NoPlace> {
    return (this.#shared ??= this.#make(this.#container.options.files, true).then((made) => {
      // What is not there may come to be.
      if (!(made instanceof Compartment)) this.#shared = undefined;
      else made.kernel.threads.refill();
      return made;
    }));
  }

  async #make(wanted: FileGrants | undefined, hasSpares: boolean): Promise<Compartment | NoPlace> {
    const container = this.#container;
    this.#files ??= filesForViews(container);
    const made = await Compartment.open(
      {
        container,
        files: this.#files,
        hasSpares,
        queueOf: (top) => this.#queueOf(top),
        hasRoom: () => container.hasRoom,
        emit: (event) => this.#heard(event),
      },
      wanted ?? { read: ['/'], write: ['/'] },
    );
    if (made instanceof Compartment) this.#open.add(made);
    return made;
  }

  #queueOf(top: string): CallQueue {
    const queue = this.#queues.get(top) ?? newQueue();
    this.#queues.set(top, queue);
    return queue;
  }

  /** What programs of a compartment may have the page told. */
  #heard(event: KernelEvent): void {
    switch (event.type) {
      case 'port':
        if (!this.#container.ports.has(event.port)) this.#container.emit(event);
        return;
      case 'process':
        this.#container.emit(event);
        // After whoever tells this has done the rest.
        if (event.event === 'exit') setTimeout(() => this.#closeIdle());
        return;
      case 'limit':
      case 'error':
        this.#container.emit(event);
    }
  }

  #nowhere({ errno, path }: NoPlace, { command }: PageSpawn, port: MessagePort): Outcome<SpawnedProcess> {
    port.close();
    const message = `${command}: capabilities.filesystem names ${path}, which is a link, or no folder of the container`;
    this.#container.emit({ type: 'error', message });
    return { ok: false, errno, syscall: 'capabilities', path };
  }
}
