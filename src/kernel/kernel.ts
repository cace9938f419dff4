/** The kernel's parts, and how an end of a process goes through them. Event-driven: nothing here waits. */
import { Errno } from '../base/errno.ts';
import { PROCESS_WORKER_SCRIPT, USERLAND_WORKER_SCRIPT } from '../base/host-headers.ts';
import { SPARE_THREADS, SYMLINKS_MAX, USERLAND_SPARES } from '../base/limits.ts';
import { CROSSED, type FileSystem } from '../../vfs/file-system.ts';
import type { RemoteConnection } from '../remote/connection.ts';
import type { KernelBoot, KernelEvent } from '../protocol/container.ts';
import { controlBlock, ControlFlag, ControlWord, IpcMemory } from '../protocol/ipc-layout.ts';
import { FIRST_BACKEND_MOUNT } from '../protocol/trees.ts';
import { PROCESS_PROTOCOL_VERSION } from '../protocol/process.ts';
import { Binds } from './files/binds.ts';
import { Watchdog } from './process/bounds.ts';
import { handleMessage } from './calls.ts';
import { cpuTimeUntilNow } from './process/cpu-time.ts';
import { FifoTable } from './pipes/fifos.ts';
import { FileLocks } from './files/file-locks.ts';
import { Containers } from './containers.ts';
import type { BesideKernels, Confinement } from './confinement.ts';
import { createOutside } from './net/outside.ts';
import { PageOpenFiles } from './page/open-files.ts';
import { PageRequests } from './page/requests.ts';
import { NetworkPolicy } from './net/policy.ts';
import { Sockets } from './net/sockets.ts';
import { PassedDescriptors } from './pipes/passing.ts';
import type { PidNumbers } from './process/pid-numbers.ts';
import { Holdings, PipeBooks } from './pipes/books.ts';
import { type Connection, RingConnection } from './preview/connection.ts';
import { Previews } from './preview/previews.ts';
import { type Process, wakeSlot } from './process/process.ts';
import type { ProgramFiles } from './process/program-files.ts';
import { ProcessTable, type TableHost } from './process/table.ts';
import { type Thread, ThreadPool } from './process/threads.ts';
import type { Caller } from './trees/node.ts';
import { TreeServer } from './trees/server.ts';
import { TaskTable } from './trees/task.ts';
import type { Route } from './trees/web-tree.ts';
import { RemotePorts } from './remote/ports.ts';
import { RemoteRuntime } from './remote/runtime.ts';
import { Terminals } from './tty/terminals.ts';
import { serveViews } from './files/store-views.ts';
import type { SystemVolume } from './files/volume.ts';

export class Kernel {
  readonly options: KernelBoot;
  readonly volume: SystemVolume;
  readonly memory = IpcMemory.create();
  readonly books = new PipeBooks(this.memory);
  readonly table: ProcessTable;
  readonly threads: ThreadPool;
  readonly terminals: Terminals;
  readonly fifos: FifoTable;
  readonly pageOpenFiles = new PageOpenFiles();
  readonly fileLocks = new FileLocks();
  readonly passed = new PassedDescriptors(this.books);
  readonly sockets: Sockets;
  readonly policy: NetworkPolicy;
  readonly remote: RemoteRuntime;
  readonly pageRequests: PageRequests;
  readonly remotePorts: RemotePorts;
  readonly previews: Previews;
  /** TCP ports that a process listens on. */
  readonly ports = new Set<number>();
  readonly tasks = new TaskTable(this);
  readonly binds = new Binds(this);
  readonly containers = new Containers(this);
  readonly watchdog = new Watchdog(this);
  readonly trees: TreeServer;
  /** Builtins whose source can be read. */
  readonly libraryFiles: readonly string[];
  /** Pipe ends that the kernel itself holds, for the page. */
  readonly holdings = new Holdings();
  readonly #emit: (event: KernelEvent) => void;
  readonly bootedAtMs = Date.now();
  readonly totalMemoryBytes = TOTAL_MEMORY_BYTES;
  #endViews: (() => void) | undefined;
  /** Set: its programs see only some of the container's files. */
  readonly confinement: Confinement | undefined;
  /** The kernels of such programs, in the container's own. */
  beside: BesideKernels | undefined;

  constructor(
    options: KernelBoot,
    volume: SystemVolume,
    libraryFiles: readonly string[],
    emit: (event: KernelEvent) => void,
    confined?: { confinement: Confinement; numbers: PidNumbers },
  ) {
    this.options = options;
    this.confinement = confined?.confinement;
    this.libraryFiles = libraryFiles;
    this.volume = volume;
    this.#emit = emit;
    this.table = new ProcessTable(this.#tableHost(), confined?.numbers);
    this.threads = new ThreadPool({
      memory: this.memory,
      scripts: {
        node: options.assets + PROCESS_WORKER_SCRIPT,
        userland: options.assets + USERLAND_WORKER_SCRIPT,
      },
      spares: this.#spares(SPARE_THREADS),
      userlandSpares: this.#spares(USERLAND_SPARES),
      bootsAtOnce: Math.max(1, options.hardwareConcurrency - 1),
      attachMessage: (slot, lockName, role, preload) => ({
        type: 'attach',
        version: PROCESS_PROTOCOL_VERSION,
        slot,
        role,
        preload,
        ipc: this.memory.memory,
        vfs: volume.memory,
        limits: { fileHandles: options.limits.fileHandles },
        lockName,
        hostname: 'localhost',
        hardwareConcurrency: options.hardwareConcurrency,
        totalMemoryBytes: this.totalMemoryBytes,
        bootedAtMs: this.bootedAtMs,
      }),
      onMessage: (thread, message) => handleMessage(this, thread, message),
      onFailure: (thread, message) => this.#failed(thread, message),
      holdsLock: (thread) => volume.holdsLock(thread.slot),
      onEnded: (thread) => this.#threadEnded(thread),
    });
    this.terminals = new Terminals(this.books, this.table);
    this.fifos = new FifoTable(this.books);
    const policy = (this.policy = new NetworkPolicy(options.network));
    this.pageRequests = new PageRequests((id, request) => emit({ type: 'page-request', id, request }));
    this.remote = new RemoteRuntime({
      files: volume.files,
      workdir: options.workdir,
      id: options.id,
      emit,
      portOpened: (connection, port) => this.remotePorts.opened(connection, port),
      portClosed: (port) => this.remotePorts.closed(port),
    });
    const runtime = (): RemoteConnection | undefined => this.relay;
    const report = (message: string): void => emit({ type: 'error', message });
    this.sockets = new Sockets({
      books: this.books,
      portChanged: (port, open) => this.#portChanged(port, open),
      policy,
      runtime,
      outside: createOutside({
        books: this.books,
        holdings: this.holdings,
        policy,
        relay: runtime,
        pair: () => this.sockets.pair(),
        report,
      }),
      report,
    });
    this.remotePorts = new RemotePorts(this.sockets, this.books);
    this.previews = new Previews(
      (port) => this.dial(port),
      (port, message) => emit({ type: 'preview-message', port, message }),
    );
    this.trees = new TreeServer(this);
    if (options.store && !volume.readOnly) this.#endViews = serveViews(volume, options.store.name);
  }

  #tableHost(): TableHost {
    return {
      released: (process) => this.#released(process),
      ended: (process, exit) => {
        if (process.leader === undefined)
          this.emit({ type: 'process', event: 'exit', pid: process.pid, ...exit });
        this.#endThread(process.thread);
      },
      slotFree: (slot) => this.threads.releaseSlot(slot),
    };
  }

  /** None where every program is confined, in the container's own kernel, or where no further ones are expected. */
  #spares(wanted: number): number {
    const { limits, files } = this.options;
    const isIdle = this.confinement === undefined ? files !== undefined : !this.confinement.hasSpares;
    return isIdle ? 0 : Math.min(wanted, limits.processes);
  }

  /** Whether the container may have one process more. */
  get hasRoom(): boolean {
    if (this.confinement !== undefined) return this.confinement.hasRoom();
    return this.table.livingCount + (this.beside?.livingCount ?? 0) < this.options.limits.processes;
  }

  /** Where commands are looked up. */
  get programFiles(): ProgramFiles {
    return this.confinement?.programFiles ?? this.files;
  }

  /** The connected runtime, which makes connections that a browser cannot. */
  get relay(): RemoteConnection | undefined {
    if (this.confinement !== undefined) return this.confinement.relay();
    return this.remote.isConnected ? this.remote.connected.connection : undefined;
  }

  /** A connection of the kernel's own to a server of the container, or a negative errno. */
  dial(port: number): Connection | number {
    const there = this.ports.has(port) ? undefined : this.beside?.dial(port);
    if (there !== undefined) return there;
    const { books, holdings } = this;
    const answer = this.sockets.dial(holdings, port);
    if (typeof answer === 'number') return answer;
    const { input, output } = answer;
    if (input === undefined || output === undefined) return -Errno.ECONNREFUSED;
    return new RingConnection(books.ring(input), books.ring(output), (side) =>
      books.drop(holdings, side === 'input' ? { input } : { output }),
    );
  }

  /** The file system as the container's user. */
  get files(): FileSystem {
    return this.volume.files;
  }

  /** Ports that something listens on. */
  routes(): readonly Route[] {
    return this.sockets.endpoints.listeners().flatMap(({ address, ring }) => {
      const holder = this.table.all().find(({ holdings }) => this.books.holds(holdings, { input: ring }));
      return holder ? [{ host: address.address, port: address.port, pid: holder.pid }] : [];
    });
  }

  isFolder(path: string, caller: Caller): boolean {
    for (let hops = 0, at = path; hops < SYMLINKS_MAX; hops++) {
      const kind = this.files.kind(at);
      if (kind !== CROSSED) return kind === 1;
      const { mount, rest } = this.files.crossing;
      if (mount >= FIRST_BACKEND_MOUNT) return true; // the process itself will find out
      const answer = this.trees.call({ mount, rest, follow: true, operation: { name: 'enter' } }, caller);
      if (typeof answer === 'number') return false;
      if (answer.kind !== 'elsewhere') return true;
      at = answer.path;
    }
    return false;
  }

  /** A line written to the container's own ctl file. → 0 or -errno */
  control(line: string): number {
    if (line !== 'close') return -Errno.EINVAL;
    if (this.confinement !== undefined) return -Errno.EPERM;
    this.emit({ type: 'close' });
    return 0;
  }

  emit(event: KernelEvent): void {
    this.#emit(event);
  }

  async shutdown(): Promise<void> {
    this.#endViews?.();
    await this.remote.close();
    for (const process of this.table.all()) this.table.finish(process, { code: 0, signal: 9 });
    this.watchdog.close();
    this.table.close();
    // Its programs may have spoilt it so that their end is never clean.
    if (this.confinement !== undefined) this.volume.abandon();
    await this.threads.close();
    await this.volume.close();
  }

  #portChanged(port: number, open: boolean): void {
    if (open) this.ports.add(port);
    else this.ports.delete(port);
    this.emit({ type: 'port', port, open });
  }

  #released(process: Process): void {
    const { thread } = process;
    process.cpuTime = cpuTimeUntilNow(this, process);
    if (!thread.killed && !process.exitedItself) {
      thread.killed = true;
      this.books.threadDying();
    }
    if (process.exitedItself) this.volume.ending(thread.slot);
    else this.volume.kill(thread.slot);
    this.books.dropAll(process.holdings);
    this.fifos.forget(process);
    this.fileLocks.release(process);
    this.trees.closeAll(process);
    // A task that was made by reading /task/new keeps its binds until it is closed.
    if (process.leader === undefined && this.tasks.get(process.pid) === undefined)
      this.binds.release(process.pid);
  }

  #endThread(thread: Thread): void {
    this.threads.end(thread, () => wakeSlot(this.memory, thread.slot));
  }

  /** The process runs another program, in another thread: the former one is over, and so is what only it had. */
  replaced(process: Process, former: Thread): void {
    this.table.moved(process, former.slot);
    Atomics.or(this.memory.words, controlBlock(former.slot) + ControlWord.flags, ControlFlag.gone);
    this.fifos.forget(process);
    this.fileLocks.release(process);
    this.volume.ending(former.slot);
    this.#endThread(former);
  }

  async #threadEnded(thread: Thread): Promise<void> {
    if (thread.killed) this.books.threadEnded(thread.slot + 1);
    await this.volume.reap(thread.slot);
    this.table.threadEnded(thread.slot);
  }

  #failed(thread: Thread, message: string): void {
    this.emit({ type: 'error', message: `process worker: ${message}` });
    const process = this.table.bySlot(thread.slot);
    if (process) this.table.finish(process, { code: 1, signal: 0 });
    else this.#endThread(thread);
  }
}

/** What os.totalmem() says: browsers tell deviceMemory in GB, rounded, or nothing. */
const TOTAL_MEMORY_BYTES = ((navigator as { deviceMemory?: number }).deviceMemory ?? 4) * 1024 * 1024 * 1024;
