/** The container's one connection to an external runtime, and the project folder kept alike on both. */
import { REMOTE_FAREWELL_MS, REMOTE_SYNC_DELAY_MS } from '../../base/limits.ts';
import type { FileSystem } from '../../../vfs/file-system.ts';
import type {
  OffloadPolicy,
  RemoteEvent,
  RemoteSettings,
  RemoteStatus,
  RemoteSyncReport,
  RemoteTransfer,
  RemoteTransferOptions,
  RemoteTransferReport,
  SyncDirection,
} from '../../protocol/remote.ts';
import type { MessageOf, ServerMessage } from '../../protocol/runtime.ts';
import { DEFAULT_EXCLUDES } from '../../protocol/runtime/files.ts';
import type { MergePlan } from '../../protocol/runtime/merge.ts';
import { RemoteConnection } from '../../remote/connection.ts';
import { RemoteError } from '../../remote/errors.ts';
import { runtimeUrl } from '../../remote/socket.ts';
import { TreeSync } from '../../remote/sync.ts';
import { ContainerStore } from './object-store.ts';
import { RemotePaths } from './paths.ts';
import { ContainerTree } from './tree.ts';

export interface RemoteHost {
  readonly files: FileSystem;
  readonly workdir: string;
  /** Of the container: names its folder of the workspace. */
  readonly id: string;
  emit(event: RemoteEvent): void;
  /** A process of this container listens there, or does no more. */
  portOpened(connection: RemoteConnection, port: number): void;
  portClosed(port: number): void;
}

export interface ConnectedRuntime {
  readonly connection: RemoteConnection;
  readonly paths: RemotePaths;
}

interface Attached extends ConnectedRuntime {
  readonly objects: ContainerStore;
  readonly sync: TreeSync;
  /** The folder of the workspace is ours, and goes with the container. */
  readonly ownsFolder: boolean;
}

const ID_DIGITS = 8;

export class RemoteRuntime {
  policy: OffloadPolicy = 'auto';
  readonly #host: RemoteHost;
  /** By origin of the runtime: a token is told to the origin that it was given for, and to no other. */
  readonly #tokens = new Map<string, string>();
  #attached: Attached | undefined;
  /** The runtime's numbers of the processes that belong to this container, and the ports that those listen on. */
  readonly #pids = new Set<number>();
  readonly #ports = new Set<number>();
  #syncing: Promise<unknown> = Promise.resolve();
  #living = 0;
  #watches: (() => void)[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #questions = new Map<number, (allowed: boolean) => void>();
  #lastQuestion = 0;

  constructor(host: RemoteHost) {
    this.#host = host;
  }

  /** Rejects with EINVAL, EACCES (token, origin), ECONNREFUSED, EPROTO; an earlier connection is then as it was. */
  async connect(settings: RemoteSettings): Promise<RemoteStatus> {
    const { origin } = runtimeUrl(settings.url);
    const token = settings.token ?? this.#tokens.get(origin);
    if (token === undefined) {
      throw new RemoteError(
        'EACCES',
        `No token was given for ${origin}: it is what the runtime printed at its start.`,
      );
    }
    const connection = await RemoteConnection.open({ url: settings.url, token });
    this.disconnect();
    this.#tokens.set(origin, token);
    if (settings.offload !== undefined) this.policy = settings.offload;
    const folder = settings.folder ?? this.#ownFolder;
    const patterns = settings.excludes ?? [...DEFAULT_EXCLUDES];
    const { files, workdir } = this.#host;
    const tree = new ContainerTree(files, workdir, patterns);
    const ownsFolder = settings.folder === undefined;
    this.#attached = {
      connection,
      paths: new RemotePaths(workdir, connection.hello.workspace, folder),
      sync: new TreeSync(connection, tree, { root: folder, excludes: patterns }),
      objects: new ContainerStore({
        files,
        workdir,
        connection,
        tree,
        excludes: patterns,
        folder,
        ownsFolder,
      }),
      ownsFolder,
    };
    connection.listen({
      message: (message) => {
        if (message.type === 'port') this.#port(connection, message);
      },
      resumed: () => void this.#watchPorts(connection),
      stateChanged: (state, reason) => {
        // What we closed ourselves needs no reason.
        const isOurs = this.#attached?.connection === connection;
        if (state === 'closed' && isOurs) this.#detached();
        const event = { type: 'remote-state', status: this.status() } as const;
        this.#host.emit(reason === undefined || !isOurs ? event : { ...event, reason: reason.message });
      },
    });
    void this.#watchPorts(connection);
    const status = this.status();
    this.#host.emit({ type: 'remote-state', status });
    return status;
  }

  disconnect(): void {
    const attached = this.#attached;
    this.#detached();
    attached?.connection.close();
  }

  /** A process of the runtime that belongs to this container. */
  owns(pid: number): void {
    this.#pids.add(pid);
  }

  #detached(): void {
    this.#attached = undefined;
    this.#closePorts();
  }

  /** Rejects with ENOTCONN, which says how to get one. */
  get connected(): ConnectedRuntime {
    if (this.#attached === undefined) throw new RemoteError('ENOTCONN', NOT_CONNECTED);
    return this.#attached;
  }

  /** The project's folder of the object store. Rejects with ENOTCONN. */
  get objects(): ContainerStore {
    if (this.#attached === undefined) throw new RemoteError('ENOTCONN', NOT_CONNECTED);
    return this.#attached.objects;
  }

  /** In turn with `sync`: both write the same files. */
  transfer(
    direction: SyncDirection,
    options: RemoteTransferOptions,
    progress: (progress: RemoteTransfer) => void = () => undefined,
  ): Promise<RemoteTransferReport> {
    return this.#inTurn(() =>
      this.objects.transfer(direction, options, (step) => {
        progress(step);
        this.#host.emit({ type: 'remote-transfer', progress: step });
      }),
    );
  }

  get isConnected(): boolean {
    return this.#attached !== undefined;
  }

  /** True if `connect` needs no token: one was given for this origin. */
  knowsToken(url: string): boolean {
    return this.#tokens.has(runtimeUrl(url).origin);
  }

  /** What a sync would do. */
  async differences(): Promise<MergePlan> {
    await this.#syncing;
    if (this.#attached === undefined) throw new RemoteError('ENOTCONN', NOT_CONNECTED);
    return await this.#attached.sync.plan();
  }

  status(): RemoteStatus {
    const attached = this.#attached;
    if (attached === undefined) return { state: 'disconnected', offload: this.policy };
    const { connection, paths } = attached;
    const { server, sandbox, features, workspace } = connection.hello;
    return {
      state: connection.state === 'connected' ? 'connected' : 'reconnecting',
      offload: this.policy,
      url: connection.url.href,
      workspace,
      folder: paths.folder,
      server,
      sandbox,
      features,
    };
  }

  sync(direction: SyncDirection = 'both'): Promise<RemoteSyncReport> {
    return this.#inTurn(async () => {
      if (this.#attached === undefined) throw new RemoteError('ENOTCONN', NOT_CONNECTED);
      const report = await this.#attached.sync.sync(direction);
      if (report.pushed.length + report.pulled.length + report.conflicts.length > 0)
        this.#host.emit({ type: 'remote-sync', report });
      return report;
    });
  }

  /** One after the other: each starts from what the one before it ended with. */
  #inTurn<Result>(run: () => Promise<Result>): Promise<Result> {
    const turn = this.#syncing.then(run);
    this.#syncing = turn.catch(() => undefined);
    return turn;
  }

  /** While anyone holds this, changes of either side reach the other soon. */
  keepInSync(): Disposable {
    if (this.#living++ === 0) void this.#watch();
    let held = true;
    return {
      [Symbol.dispose]: () => {
        if (held && --this.#living === 0) this.#unwatch();
        held = false;
      },
    };
  }

  /** Asks the page. */
  ask(argv: readonly string[], reason: string): Promise<boolean> {
    const question = ++this.#lastQuestion;
    return new Promise((resolve) => {
      this.#questions.set(question, resolve);
      this.#host.emit({ type: 'offload-question', question, argv: [...argv], reason });
    });
  }

  answer(question: number, allowed: boolean): void {
    this.#questions.get(question)?.(allowed);
    this.#questions.delete(question);
  }

  /** The container ends: what it put on the runtime for itself goes. */
  async close(): Promise<void> {
    const attached = this.#attached;
    this.#unwatch();
    if (attached?.ownsFolder && attached.connection.state === 'connected') {
      const args = ['-rf', '--', attached.paths.folder];
      const options = { tty: false };
      const removed = attached.connection
        .request({ type: 'spawn', processType: 'shell', command: 'rm', args, options }, 'spawned')
        .catch(() => undefined);
      await Promise.race([removed, new Promise((resolve) => setTimeout(resolve, REMOTE_FAREWELL_MS))]);
    }
    this.disconnect();
  }

  get #ownFolder(): string {
    const name = this.#host.workdir.slice(this.#host.workdir.lastIndexOf('/') + 1);
    return `${name}-${this.#host.id.slice(0, ID_DIGITS)}`;
  }

  /** Servers of other containers on the same runtime are theirs. */
  #port(connection: RemoteConnection, { port, pid, state }: MessageOf<ServerMessage, 'port'>): void {
    if (!this.#pids.has(pid)) return;
    const open = state === 'open';
    if (open) this.#ports.add(port);
    else this.#ports.delete(port);
    if (open) this.#host.portOpened(connection, port);
    else this.#host.portClosed(port);
    this.#host.emit({ type: 'remote-port', port, open });
  }

  #closePorts(): void {
    for (const port of this.#ports) this.#host.portClosed(port);
    this.#ports.clear();
    this.#pids.clear();
  }

  async #watchPorts(connection: RemoteConnection): Promise<void> {
    await connection.request({ type: 'portWatch' }, 'portWatching').catch(() => undefined);
  }

  async #watch(): Promise<void> {
    const { files, workdir } = this.#host;
    const local = files.watch(workdir, true, () => this.#changed());
    if (typeof local !== 'number') this.#watches.push(() => local.close());
    const remote = await this.#attached?.sync.watch(() => this.#changed()).catch(() => undefined);
    if (remote === undefined) return;
    if (this.#living === 0) return remote[Symbol.dispose]();
    this.#watches.push(() => remote[Symbol.dispose]());
    this.#changed(); // the program may have been faster than the watch
  }

  #unwatch(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const close of this.#watches.splice(0)) close();
  }

  #changed(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (this.#attached !== undefined) void this.sync().catch(() => undefined);
    }, REMOTE_SYNC_DELAY_MS);
  }
}

export const NOT_CONNECTED =
  'no external runtime is connected. Start one with `docker compose up -d` or `npm start` in the folder runtime, ' +
  'then `runtime connect` (or boot({ remote }), or oac --remote URL --remote-token T).';
