/** What callers of the container pass and get. */
import type { CodeAction, CodeFile } from '../src/protocol/container.ts';
import type { TreeProgress } from '../src/protocol/archives.ts';
import type { PreviewMessage } from './preview/messages.ts';
import type { RemoteSettings } from '../src/protocol/remote.ts';

export interface BootOptions {
  /** Name of a store that the files live in and are found in again. Default: memory only. */
  persist?: string | false;
  /**
   * When another container, in any tab, has the store: reject with ERR_STORE_BUSY (default), wait for it, or show what is
   * in it now: every change is EROFS then, and the container is `readOnly`.
   */
  storeBusy?: 'refuse' | 'wait' | 'read-only';
  /**
   * What a new container starts from: the bytes that `snapshot()` gave (also gzipped), a Blob of them, or an address. A
   * store that is there already keeps what it has. One that is damaged is refused whole.
   */
  snapshot?: Uint8Array | Blob | URL;
  /** Of the snapshot. */
  onProgress?: (progress: TreeProgress) => void;
  /** Name of the project's folder below /home. Default: project. */
  workdirName?: string;
  /** Cross-Origin-Embedder-Policy of preview documents; the page's own headers are its host's. Default: require-corp. */
  coep?: 'require-corp' | 'credentialless' | 'none';
  /** Errors of previews arrive as `preview-message`: exceptions and rejections, or (true) also console.error. */
  forwardPreviewErrors?: boolean | 'exceptions-only';
  /**
   * 'sandbox' (the default): everything inside the container, requests to the npm registry, nothing else outside.
   * 'trusted': all that the page may do.
   */
  capabilities?: 'sandbox' | 'trusted' | Partial<Capabilities>;
  /**
   * Address of the npm registry, which a sandboxed container may reach too; or where to ask for it, when npm is first run:
   * an address of this page's origin that answers with it. Default: npm's own, registry.npmjs.org.
   */
  registry?: string | { from: string | URL };
  /**
   * Where requests go whose host sends no CORS headers: this address with the wanted one, encoded, at its end
   * (`/relay?url=`). Hosts that do are asked directly.
   */
  corsProxy?: string;
  /**
   * Whom `dns.resolve*` and other clients of DNS ask: the address of a server of DNS over HTTPS (RFC 8484) that lets this
   * page read its answers. It is asked only for names of hosts that the capabilities allow.
   */
  nameServer?: string;
  /**
   * Gives each previewed server an origin of its own: https://<port>--<container>.<previewHost>/, where that host serves
   * the package's assets on all those names, with `Service-Worker-Allowed: /`, and is of this page's own site (in
   * development: `app.localhost:5000` for a page at http://app.localhost:5000). Left out: a path of this page's origin.
   */
  previewHost?: string;
  /** An external runtime, for what a browser cannot run. Boot rejects when it cannot be reached. */
  remote?: RemoteSettings;
  limits?: Partial<ContainerLimits>;
  /** Where the folder `assets` of the package is served. Default: beside this module. */
  assets?: string | URL;
}

export interface Capabilities {
  filesystem: FileCapabilities;
  network: Partial<NetworkCapabilities>;
  process: ProcessCapabilities;
}

/**
 * Files that programs may see at most: paths, relative ones below the working directory, each with all that lies below it.
 * Everything else is EACCES, and the event `error` names it. Such programs have a `/tmp` and the system's files of their
 * own. Left out: nothing.
 */
export interface FileCapabilities {
  read?: string[];
  /** What may be made, changed and removed. To read it too it must be named in `read`. */
  write?: string[];
}

/** What a process, and all that it starts, may do at most. Left out: all that its parent may. */
export interface ProcessCapabilities {
  /**
   * Programs that it may start: all, none, or built-in ones by name (`node`, `ls`) and others by their path; a further
   * spawn fails with EACCES, and the event `error` names it.
   */
  spawn?: boolean | string[];
  /** Names of the variables that it is given. Default: all. */
  env?: string[];
}

export interface NetworkCapabilities {
  /** HTTP requests to other hosts: all, none, or these (`example.org`, `*.example.org`). */
  fetch: boolean | string[];
  /**
   * Connections that are not of HTTP, which the external runtime makes: all, none, or these (`db.example.org`,
   * `*.example.org`, `db.example.org:5432`).
   */
  tcp: boolean | string[];
  /** WebSockets to other hosts: all, none, or these. */
  websocket: boolean | string[];
  /** Servers that listen on ports. */
  listen: boolean;
}

export interface ContainerLimits {
  /** Processes at one time; a further spawn fails with EAGAIN. */
  processes: number;
  /** Open descriptors of one process; a further open fails with EMFILE. */
  fileHandles: number;
  /** Bytes of file data; a further write fails with ENOSPC. */
  storage: number;
  /** Of one process, as near as a browser lets it be known: SIGXCPU, and SIGKILL for who catches that. */
  cpuMs?: number;
  /** From a process's start: SIGKILL. What it starts ends no later. */
  wallMs?: number;
  /** Output of a process of the page, its children's to the same streams included: SIGKILL to its group. */
  outputBytes?: number;
}

export interface TerminalDimensions {
  cols: number;
  rows: number;
}

export interface SpawnOptions {
  cwd?: string;
  env?: Record<string, string | number | boolean>;
  /** False: the merged `output` gives nothing; `stdout` and `stderr` are not concerned. */
  output?: boolean;
  /** Runs in a terminal of this size: stdout and stderr are one, input is edited as a terminal does. */
  terminal?: TerminalDimensions;
  stdio?: 'pty' | 'pipe';
  /** 'remote' runs it on the external runtime. Default: there only what cannot run here. */
  runtime?: 'browser' | 'remote' | 'auto';
  /** 'bytes' makes every stream one of Uint8Array. Default: 'utf8'. */
  encoding?: 'utf8' | 'bytes';
  /** When it aborts, the process and what it has started (its process group) get SIGKILL. */
  signal?: AbortSignal;
  /** Narrower than the container's. */
  limits?: Pick<ContainerLimits, 'cpuMs' | 'wallMs' | 'outputBytes'>;
  /** Narrower than the container's. */
  capabilities?: Partial<Pick<Capabilities, 'process' | 'filesystem'>>;
}

/** `signal` ends all that the line has started. */
export interface ExecOptions extends Pick<
  SpawnOptions,
  'cwd' | 'env' | 'runtime' | 'signal' | 'limits' | 'capabilities'
> {
  /** Given to the command as standard input. */
  input?: string | Uint8Array;
  /** SIGKILL after so many ms, to all that the line has started. */
  timeoutMs?: number;
}

export interface ExecResult {
  exitCode: number;
  /** Name of the signal that ended it, null when it exited. */
  signal: string | null;
  stdout: string;
  stderr: string;
}

export interface ProcessInfo {
  pid: number;
  ppid: number;
  pgid: number;
  sid: number;
  state: 'running' | 'stopped' | 'exited';
  argv: string[];
  cwd: string;
  startedAt: Date;
  runtime: 'browser' | 'remote';
}

export interface PortInfo {
  port: number;
  /** Where a frame shows it. */
  url: string;
}

export type ContainerEvents = {
  process: (
    event: { type: 'start'; process: ProcessInfo } | { type: 'exit'; pid: number; exitCode: number },
  ) => void;
  /** A program runs on the external runtime. */
  offload: (event: { pid: number; remotePid: number; argv: string[]; reason: string }) => void;
  /** A command (`term`) asks the page for a terminal window that runs this. */
  terminal: (event: { command: string[]; cwd: string }) => void;
  /** A command (`xdg-open`, which `--open` of servers calls) asks the page to show an address or a file. */
  'xdg-open': (target: string) => void;
  /** A command (`code`) asks the page for files in an editor, or for two of them beside each other. */
  code: (action: CodeAction, event: { files: CodeFile[] }) => void;
  limit: (event: { limit: string; pid: number }) => void;
  error: (error: { message: string }) => void;
  port: (port: number, type: 'open' | 'close', url: string) => void;
  'server-ready': (port: number, url: string) => void;
  'preview-message': (message: PreviewMessage) => void;
};
export type Unsubscribe = () => void;
