/** OpenAgentsContainer: one container, with its own kernel worker, file system and processes. */
import { Errno } from '../src/base/errno.ts';
import type { KernelEvent, WatchEvent } from '../src/protocol/container.ts';
import * as accepted from './arguments/container.ts';
import { check } from './arguments/check.ts';
import { assetsOf, childOptions, kernelBoot } from './boot-options.ts';
import { type Child, ChildContainers } from './child-containers.ts';
import { splitWords } from './command-line.ts';
import { ContainerError, SystemError } from './errors.ts';
import { EventHub } from './events.ts';
import { FileSystemAPI } from './file-system.ts';
import type { FileSystemTree } from './file-tree.ts';
import { requireSupportedHost } from './host.ts';
import { processInfo, tell } from './kernel-events.ts';
import { KernelLink, moving } from './kernel-link.ts';
import type {
  BootOptions,
  ContainerEvents,
  ExecOptions,
  ExecResult,
  PortInfo,
  ProcessInfo,
  SpawnOptions,
  Unsubscribe,
} from './options.ts';
import { spawnRequest } from './process-bounds.ts';
import { Stores } from './stores.ts';
import { Paths } from './paths.ts';
import { type ContainerConnection, wireConnection } from './preview/connection.ts';
import { Previews, type PreviewScriptOptions } from './preview/previews.ts';
import { ContainerProcess } from './process.ts';
import { PageActions } from './page-actions.ts';
import { RemoteRuntime } from './remote.ts';
import {
  type ExportOptions,
  type Mountable,
  type MountOptions,
  type ProgressOptions,
  settle,
  Trees,
} from './trees.ts';
import { openSession, type TerminalSession, type XtermLike } from './terminal.ts';

const KERNEL_SCRIPT = 'kernel-worker.js';
const SHELL = '/bin/sh';
const W_OK = 2;
/** As far ahead as a timer of a browser reaches. */
const TIMEOUT_MAX_MS = 0x7fff_ffff;

interface Making {
  /** A program of a container made it. */
  isChild?: true;
  /** All paths are of the working directory. */
  scoped?: boolean;
}

export class OpenAgentsContainer {
  readonly id: string;
  /** Where relative paths start: /home/<workdirName>. */
  readonly workdir: string;
  /** The PATH that processes start with. */
  readonly path: string;
  readonly fs: FileSystemAPI;
  /** The external runtime. */
  readonly remote: RemoteRuntime;
  readonly actions: PageActions;
  readonly #paths: Paths;
  readonly #link: KernelLink;
  readonly #trees: Trees;
  readonly #events = new EventHub<ContainerEvents>(['error']);
  readonly #previews: Previews;
  readonly #processes = new Set<ContainerProcess<string | Uint8Array>>();
  readonly #children: ChildContainers;
  #closing: Promise<void> | undefined;
  #restored: BootOptions['onProgress'];
  #readOnly = false;

  private constructor(id: string, paths: Paths, link: KernelLink, assets: URL, options: BootOptions) {
    this.id = id;
    this.workdir = paths.workdir;
    this.#paths = paths;
    this.path = `${paths.workdir}/node_modules/.bin:/usr/local/bin:/usr/bin:/bin`;
    this.#link = link;
    this.#trees = new Trees({ calls: link.calls, ask: (answer) => this.#ask(answer) });
    this.remote = new RemoteRuntime({
      call: (call) => this.#ask(link.calls.remote(call)),
      spawn: (command, args, options) => this.spawn(command, args, options),
    });
    this.fs = new FileSystemAPI(
      {
        file: (call) => this.#ask(link.calls.file(call)),
        watch: (path, recursive, listener) => this.#watch(path, recursive, listener),
      },
      this.#paths,
    );
    this.actions = new PageActions({
      fs: this.fs,
      archive: (path) => this.export(path, { format: 'tar' }),
      unpack: (bytes, mountPoint) => this.mount(bytes, { mountPoint }),
      answer: (id, answer) => void link.calls.answerPage(id, answer),
    });
    this.#children = new ChildContainers({
      calls: link.calls,
      boot: () => OpenAgentsContainer.#bootChild(options),
    });
    this.#previews = new Previews({
      ...options,
      container: id,
      assets,
      newRoute: () => {
        const { port1, port2 } = new MessageChannel();
        void link.calls.previewRoute(moving(port2, port2));
        return port1;
      },
      configure: (settings) => link.guard(link.calls.previewSettings(settings)),
      events: {
        port: (port, type, url) => this.#events.emit('port', port, type, url),
        ready: (port, url) => this.#events.emit('server-ready', port, url),
        failed: (message) => this.#events.emit('error', { message }),
      },
    });
  }

  /**
   * Boots a container. Rejects with ERR_NOT_CROSS_ORIGIN_ISOLATED (the message names the missing headers),
   * ERR_FEATURE_UNAVAILABLE, ERR_CONTAINER_BOOT (the worker scripts are not where `assets` says), ERR_STORE_BUSY,
   * ERR_STORE_DAMAGED, ERR_STORE_VERSION, ERR_SNAPSHOT_DAMAGED, ERR_SNAPSHOT_TOO_LARGE or ERR_SNAPSHOT_UNAVAILABLE.
   */
  static boot(options: BootOptions = {}): Promise<OpenAgentsContainer> {
    return OpenAgentsContainer.#boot(options, {});
  }

  /** @internal Every path of its calls is one of the working directory, as WebContainers have it. */
  static bootScoped(options: BootOptions = {}): Promise<OpenAgentsContainer> {
    return OpenAgentsContainer.#boot(options, { scoped: true });
  }

  static async #bootChild(options: BootOptions): Promise<Child> {
    const child = await OpenAgentsContainer.#boot(childOptions(options), { isChild: true });
    return {
      id: child.id,
      calls: child.#link.calls,
      spawn: (command, args, spawnOptions) => child.spawn(command, args, spawnOptions),
      onChange(listener) {
        child.on('process', listener);
        child.on('port', listener);
      },
      closed: child.#link.terminated,
      teardown: () => child.teardown(),
    };
  }

  static async #boot(
    options: BootOptions,
    { scoped = false, ...made }: Making,
  ): Promise<OpenAgentsContainer> {
    requireSupportedHost();
    check('boot', accepted.boot, options);
    const assets = assetsOf(options);
    // Before there is a worker: what is refused here leaves none behind.
    const boot = await kernelBoot(options, assets, made);
    const { id, workdir } = boot;
    const paths = new Paths(workdir, scoped);
    const link = new KernelLink(new URL(KERNEL_SCRIPT, assets), `kernel ${id}`);
    const container = new OpenAgentsContainer(id, paths, link, assets, options);
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }: MessageEvent<KernelEvent>) => container.#receive(data);
    container.#restored = options.onProgress;
    try {
      const refused = await link.guard(link.calls.boot(boot, moving(port2, port2)));
      if (refused) throw new ContainerError(refused.code, refused.message);
      if (options.storeBusy === 'read-only') {
        const writable = await link.calls.file({ call: 'access', path: '/', mode: W_OK });
        container.#readOnly = !writable.ok && writable.errno === -Errno.EROFS;
      }
      await container.#previews.configure();
    } catch (cause) {
      link.terminate();
      if (cause instanceof ContainerError) throw cause;
      throw new ContainerError('ERR_CONTAINER_BOOT', `The container did not boot: ${String(cause)}`, {
        cause,
      });
    }
    if (options.remote !== undefined) {
      try {
        await container.remote.connect(options.remote);
      } catch (error) {
        await container.teardown();
        throw error;
      }
    }
    return container;
  }

  /** It shows a store that another container has, as `boot({ storeBusy: 'read-only' })` says. */
  get readOnly(): boolean {
    return this.#readOnly;
  }

  /** The stores of this origin that `boot({ persist })` has made. */
  static stores(options: Pick<BootOptions, 'assets'> = {}): Stores {
    check('stores', accepted.assets, options);
    return new Stores(assetsOf(options));
  }

  /**
   * Copies a tree below `mountPoint` (default: the working directory): a FileSystemTree, or an archive as bytes or Blob:
   * zip, tar (also gzipped), WebContainer's binary format. Rejects with a TypeError for a malformed tree, naming the path,
   * and for an archive that is damaged or leads out of itself: nothing of it is there then.
   *
   * A FileSystemDirectoryHandle (a folder of the user's disk), an object with Node's fs API (memfs, ZenFS) and a
   * MountSource are not copied: they stay where they are and programs see them at `mountPoint`. What such a file system
   * cannot do is ENOTSUP, or EROFS. Rejects with EBUSY where something is mounted already.
   */
  async mount(tree: Mountable, options: MountOptions = {}): Promise<void> {
    this.#open();
    check('mount', accepted.mount, options);
    await this.#trees.mount(tree, this.#paths.absolute(options.mountPoint ?? '.'), options);
  }

  /** Takes a mounted file system away. Rejects with EBUSY while files in it are open, with EINVAL if it is none. */
  async unmount(mountPoint: string): Promise<void> {
    this.#open();
    check('unmount', accepted.plain, mountPoint);
    settle(await this.#ask(this.#link.calls.unmount(this.#paths.absolute(mountPoint))));
  }

  /**
   * The tree at `path`: as JSON (a FileSystemTree), or as bytes that `mount` takes: WebContainer's binary format, a zip or
   * a tar (pax) archive. All keep permissions, symbolic links and times; tar keeps hard links too.
   */
  export(path: string, options?: ExportOptions & { format?: 'json' }): Promise<FileSystemTree>;
  export(
    path: string,
    options: ExportOptions & { format: 'binary' | 'zip' | 'tar' },
  ): Promise<Uint8Array<ArrayBuffer>>;
  async export(path: string, options: ExportOptions = {}): Promise<FileSystemTree | Uint8Array<ArrayBuffer>> {
    this.#open();
    check('export', accepted.plain, path);
    check('export', accepted.exportTree, options);
    return this.#trees.export(this.#paths.absolute(path), options);
  }

  /** All files of the container, for `boot({ snapshot })`; what is mounted and running is not in it. A tar with a checksum. */
  async snapshot(options: ProgressOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    this.#open();
    check('snapshot', accepted.snapshot, options);
    return this.#trees.snapshot(options);
  }

  /** Starts a command. One that does not exist gives a process that says so on stderr and exits with 127. */
  spawn(
    command: string,
    args: string[],
    options: SpawnOptions & { encoding: 'bytes' },
  ): Promise<ContainerProcess<Uint8Array>>;
  spawn(
    command: string,
    options: SpawnOptions & { encoding: 'bytes' },
  ): Promise<ContainerProcess<Uint8Array>>;
  spawn(command: string, args?: string[], options?: SpawnOptions): Promise<ContainerProcess>;
  spawn(command: string, options?: SpawnOptions): Promise<ContainerProcess>;
  async spawn(
    command: string,
    second?: string[] | SpawnOptions,
    third?: SpawnOptions,
  ): Promise<ContainerProcess<string | Uint8Array>> {
    this.#open();
    const [args = [], options = {}] = isOptions(second) ? [[], second] : [second, third];
    check('spawn', accepted.command, command);
    check('spawn', accepted.list, args);
    check('spawn', accepted.spawn, options);
    options.signal?.throwIfAborted();
    const request = spawnRequest(command, args, options, this.#paths);
    const { port1, port2 } = new MessageChannel();
    // The page writes to its end at once: what it posts waits in the port.
    const process = this.#newProcess(port1, options);
    const outcome = await this.#ask(this.#link.calls.spawn(request, moving(port2, port2)));
    if (!outcome.ok) {
      process.abandon();
      throw new SystemError(outcome);
    }
    process.pid = outcome.value.pid;
    process.runtime = outcome.value.runtime;
    this.#killOnAbort(process, options.signal);
    return process;
  }

  /** Runs a command line to its end and gathers what it wrote. */
  async exec(commandLine: string, options: ExecOptions = {}): Promise<ExecResult> {
    this.#open();
    check('exec', accepted.text, commandLine);
    check('exec', accepted.exec, options);
    const [command, ...args] = await this.#commandOf(commandLine);
    if (command === undefined) return { exitCode: 0, signal: null, stdout: '', stderr: '' };
    const { input, timeoutMs, ...rest } = options;
    const process = await this.spawn(command, args, rest);
    const timer =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => process.killGroup(), Math.min(timeoutMs, TIMEOUT_MAX_MS));
    const [stdout, stderr] = [collect(process.stdout), collect(process.stderr)];
    const writer = process.input.getWriter();
    if (input !== undefined) void writer.write(input as string).catch(() => undefined);
    void writer.close().catch(() => undefined);
    try {
      const code = await process.exit;
      return { exitCode: code, signal: process.signal, stdout: await stdout, stderr: await stderr };
    } finally {
      clearTimeout(timer);
    }
  }

  /** Runs a command (default: the shell) in an xterm terminal. */
  async openTerminal(
    terminal: XtermLike,
    options: { command?: string; args?: string[] } & Pick<SpawnOptions, 'cwd' | 'env' | 'capabilities'> = {},
  ): Promise<TerminalSession> {
    this.#open();
    check('openTerminal', accepted.xterm, terminal);
    check('openTerminal', accepted.terminal, options);
    const { command = SHELL, args = [], ...rest } = options;
    const size = { cols: terminal.cols, rows: terminal.rows };
    return await openSession(terminal, () =>
      this.spawn(command, args, { ...rest, terminal: size, encoding: 'bytes' }),
    );
  }

  async processes(): Promise<ProcessInfo[]> {
    this.#open();
    return (await this.#ask(this.#link.calls.processes())).map(processInfo);
  }

  /** The TCP ports that programs listen on now, with the addresses of their previews. */
  async ports(): Promise<PortInfo[]> {
    this.#open();
    const ports = await this.#ask(this.#link.calls.ports());
    return Promise.all(ports.map(async (port) => ({ port, url: await this.#previews.url(port) })));
  }

  /** A TCP connection to a program that listens in the container. Rejects with ECONNREFUSED when none does. */
  async connect(port: number): Promise<ContainerConnection> {
    this.#open();
    check('connect', accepted.port, port);
    const { port1, port2 } = new MessageChannel();
    settle(await this.#ask(this.#link.calls.connect(port, moving(port2, port2))));
    return wireConnection(port1);
  }

  /** A script that every HTML document of a preview runs first, from its next load on. '' takes it away. */
  async setPreviewScript(source: string, options: PreviewScriptOptions = {}): Promise<void> {
    this.#open();
    check('setPreviewScript', accepted.text, source);
    check('setPreviewScript', accepted.previewScript, options);
    await this.#previews.setScript(source, options);
  }

  on<E extends keyof ContainerEvents>(event: E, listener: ContainerEvents[E]): Unsubscribe {
    this.#open();
    check('on', accepted.event, event);
    check('on', accepted.callback, listener);
    return this.#events.on(event, listener);
  }

  /** Ends every process and frees workers and memory; resolves when they are gone. A second call changes nothing. */
  teardown(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    try {
      await this.#children.close();
      await this.#link.guard(this.#link.calls.shutdown());
    } finally {
      this.#previews.close();
      this.#link.terminate();
      for (const process of this.#processes) process.abandon();
      this.#processes.clear();
      this.#events.clear();
    }
  }

  #newProcess(port: MessagePort, options: SpawnOptions): ContainerProcess<string | Uint8Array> {
    const process = new ContainerProcess<string | Uint8Array>(port, options);
    this.#processes.add(process);
    void process.closed.then(() => this.#processes.delete(process));
    return process;
  }

  #killOnAbort(process: ContainerProcess<string | Uint8Array>, signal: AbortSignal | undefined): void {
    if (signal === undefined) return;
    const kill = (): void => process.killGroup();
    if (signal.aborted) kill();
    signal.addEventListener('abort', kill, { once: true });
    // What it started may write on when it has exited.
    void process.closed.then(() => signal.removeEventListener('abort', kill));
  }

  async #commandOf(line: string): Promise<string[]> {
    const shell = await this.fs.access(SHELL).then(
      () => true,
      () => false,
    );
    return shell ? [SHELL, '-c', line] : splitWords(line);
  }

  async #watch(path: string, recursive: boolean, listener: (event: WatchEvent) => void): Promise<() => void> {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }: MessageEvent<WatchEvent>) => listener(data);
    settle(await this.#ask(this.#link.calls.watch(path, recursive, moving(port2, port2))));
    return () => {
      port1.postMessage('close');
      port1.onmessage = null;
    };
  }

  #receive(event: KernelEvent): void {
    switch (event.type) {
      case 'port':
        this.#previews.changed(event.port, event.open);
        return;
      case 'page-request':
        if (event.request.kind === 'container') this.#children.receive(event.id, event.request);
        else this.actions.receive(event.id, event.request);
        return;
      case 'remote-state':
      case 'remote-sync':
      case 'remote-port':
      case 'remote-transfer':
      case 'offload-question':
        this.remote.receive(event);
        return;
      case 'restored':
        this.#restored?.(event.progress);
        return;
      case 'close':
        void this.teardown();
        return;
      default:
        tell(this.#events, event);
    }
  }

  #open(): void {
    if (this.#closing) throw closed();
  }

  /** The kernel's answer; after teardown it never comes, and the call rejects instead. */
  async #ask<T>(answer: Promise<T>): Promise<T> {
    this.#open();
    return this.#link.guard(
      Promise.race([answer, this.#link.terminated.then(() => Promise.reject(closed()))]),
    );
  }
}

const isOptions = (second: string[] | SpawnOptions | undefined): second is SpawnOptions =>
  typeof second === 'object' && !Array.isArray(second);

function closed(): ContainerError {
  return new ContainerError('ERR_CONTAINER_CLOSED', 'The container has been torn down: boot another.');
}

async function collect(stream: ReadableStream<string>): Promise<string> {
  const parts: string[] = [];
  for await (const part of stream) parts.push(part);
  return parts.join('');
}
