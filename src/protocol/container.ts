/**
 * Between the page and its kernel worker. Control calls are one object behind RPC; every process's streams, its
 * signals and its end go over a MessagePort of its own, with credit in both directions.
 */
import type { PreviewReport, PreviewSettings } from './preview.ts';

import type { PageAnswer, PageRequest } from './page-request.ts';
import type { RemoteCall, RemoteEvent, RemoteOutcome } from './remote.ts';
import type { ExportRequest, TreeProgress } from './archives.ts';
import type { NodeFilesCapabilities } from './node-files.ts';
import type { BootFailure } from './stores.ts';

export const CONTAINER_PROTOCOL_VERSION = 10;

/** What the command `code` asks for: files in an editor, or two of them beside each other. */
export type CodeAction = 'open' | 'diff';
export interface CodeFile {
  /** Absolute. */
  filepath: string;
  line?: number;
  column?: number;
}

/** A call's outcome: values cross as they are, failures as an errno that the page turns into an Error. */
export type Outcome<T> = { ok: true; value: T } | Failure;
export interface Failure {
  ok: false;
  /** Negative. */
  errno: number;
  syscall: string;
  path?: string;
  destination?: string;
}

export interface KernelBoot {
  version: typeof CONTAINER_PROTOCOL_VERSION;
  id: string;
  /** Folder of the worker scripts, an absolute address with a slash at its end. */
  assets: string;
  workdir: string;
  limits: KernelLimits;
  hardwareConcurrency: number;
  /** The store that the files live in; left out: memory only. */
  store?: StorePolicy;
  /** Bytes or a Blob that a new container starts from; a store that is there already keeps its own. */
  snapshot?: object;
  network: NetworkBoot;
  process?: ProcessCapabilities;
  /** Left out: programs see every file. */
  files?: FileCapabilities;
  npm: NpmBoot;
  /** It was made by a program of another container, and makes none itself. */
  isChild?: boolean;
}

/** Where npm installs from: the registry's address, or an address that answers with it; npm's default otherwise. */
export interface NpmBoot {
  registry?: string;
  registryFrom?: string;
}

/** What the container may do on the network. */
export interface NetworkBoot {
  /** Hosts that requests may go to: all, none, or `example.org` and `*.example.org`. */
  fetch: boolean | string[];
  /** The npm registry too, whatever its host. */
  registry: boolean;
  /** Connections other than of HTTP, through the external runtime: all, none, `db.example.org`, `*.example.org`, `db:5432`. */
  tcp: boolean | string[];
  /** Hosts that WebSockets may go to, likewise. */
  websocket: boolean | string[];
  /** Servers of the container's own. */
  listen: boolean;
  /** Where requests go whose host does not let this page's origin read: the wanted address follows, encoded. */
  corsProxy?: string;
  /** Address of a server of DNS over HTTPS. */
  nameServer?: string;
}
export interface StorePolicy {
  name: string;
  /** When another container has it. `read-only`: a view of what is in it now, which takes no changes. */
  whenBusy: 'refuse' | 'wait' | 'read-only';
}
export interface KernelLimits extends ProcessBounds {
  /** Processes at one time. */
  processes: number;
  /** Descriptors of one process. */
  fileHandles: number;
  /** Bytes of file data. */
  storageBytes: number;
}

/** Bounds of one process; what it starts gets at most what it has left. */
export interface ProcessBounds {
  cpuMs?: number;
  wallMs?: number;
  outputBytes?: number;
}

/** What a process, and all that it starts, may do at most. Left out: all that its parent may. */
export interface ProcessCapabilities {
  /** Programs that it may start: all, none, or built-in ones by name (`node`, `ls`) and others by their path. */
  spawn?: boolean | string[];
  /** Names of the variables that it is given. */
  env?: string[];
}

/** Absolute paths, each with all that lies below it: what programs may read, and what they may change. */
export interface FileCapabilities {
  read: string[];
  write: string[];
}

export interface TerminalSize {
  columns: number;
  rows: number;
}

export interface SpawnedProcess {
  pid: number;
  runtime: 'browser' | 'remote';
}

export interface PageSpawn {
  command: string;
  args: string[];
  /** Added to the container's own environment. */
  env: Record<string, string>;
  cwd: string;
  /** A pseudo-terminal as descriptors 0–2 instead of three pipes. */
  terminal: TerminalSize | null;
  /** `remote`: on the external runtime, whatever the command is. */
  runtime?: 'browser' | 'remote' | 'auto';
  bounds?: ProcessBounds;
  capabilities?: ProcessCapabilities;
  /** Narrows those of the container. */
  files?: FileCapabilities;
}

/** Page → kernel, on a process's port. */
export type ToProcessPort =
  | { type: 'input'; chunk: Uint8Array<ArrayBuffer> }
  | { type: 'input-end' }
  /** The page has room for so many further bytes of a stream. */
  | { type: 'credit'; stream: OutputStream; bytes: number }
  | { type: 'kill'; signal: number }
  /** To its process group, which may outlive it. */
  | { type: 'kill-group'; signal: number }
  | { type: 'resize'; size: TerminalSize };

/** A terminal has one stream: its output counts as 1. */
export type OutputStream = 1 | 2;

/** Kernel → page, on a process's port. */
export type FromProcessPort =
  | { type: 'output'; stream: OutputStream; chunk: Uint8Array<ArrayBuffer> }
  | { type: 'output-end'; stream: OutputStream }
  /** One chunk of input is in the pipe: the next may come. */
  | { type: 'input-taken' }
  /** Nobody will read input any more. */
  | { type: 'input-closed' }
  | { type: 'exit'; code: number; signal: number };

/** What a container's kernel is told of one that its programs have made. */
export interface ChildFacts {
  processes: ProcessFacts[];
  ports: { port: number; pid: number }[];
}

export interface ProcessFacts {
  pid: number;
  ppid: number;
  pgid: number;
  sid: number;
  state: 'running' | 'stopped' | 'exited';
  argv: string[];
  cwd: string;
  startedAtMs: number;
  runtime: 'browser' | 'remote';
}

/**
 * What a mount writes and an export reads. Paths are relative, without a leading slash; '' is the root itself. A file
 * without a time was written now.
 */
export type TreeEntry =
  | { kind: 'directory'; path: string; mode?: number; mtimeMs?: number }
  | { kind: 'file'; path: string; data: Uint8Array; mode?: number; mtimeMs?: number }
  | { kind: 'symlink'; path: string; target: string };

/** Attributes as fs.Stats has them. Times in ms with fractions. */
export interface FileAttributes {
  dev: number;
  ino: number;
  mode: number;
  nlink: number;
  uid: number;
  gid: number;
  rdev: number;
  size: number;
  blksize: number;
  blocks: number;
  atimeMs: number;
  mtimeMs: number;
  ctimeMs: number;
  birthtimeMs: number;
}

/** Of the file system that a path is on, as statfs(2) tells it; where it is not known, no blocks. */
export interface FileSystemSpace {
  type: number;
  bsize: number;
  blocks: number;
  bfree: number;
  bavail: number;
  files: number;
  ffree: number;
}

/** File calls of the page. */
export type PageFileCall = PathCall | OpenFileCall;

/** Paths are absolute. Paths and names are text without loss (base/path-text.ts). */
export type PathCall =
  | { call: 'readFile'; path: string }
  | { call: 'writeFile'; path: string; data: Uint8Array; flags: number; mode: number }
  /** `exact`: names that are not UTF-8 without loss. */
  | { call: 'readdir'; path: string; exact?: boolean }
  | { call: 'mkdir'; path: string; recursive: boolean; mode: number }
  | { call: 'rm'; path: string; recursive: boolean; force: boolean }
  | { call: 'rmdir' | 'unlink'; path: string }
  | { call: 'rename' | 'link' | 'cp'; path: string; destination: string; recursive?: boolean }
  | { call: 'symlink'; path: string; target: string }
  | { call: 'readlink' | 'realpath'; path: string }
  | { call: 'stat' | 'lstat' | 'statfs'; path: string }
  | { call: 'access'; path: string; mode: number }
  | { call: 'chmod'; path: string; mode: number }
  | { call: 'utimes'; path: string; atimeMs: number; mtimeMs: number }
  | { call: 'truncate'; path: string; size: number }
  | { call: 'open'; path: string; flags: number; mode: number };

/** On what `open` answered; the path is for the error. */
export type OpenFileCall =
  | { call: 'readOpen'; path: string; handle: number; lengthMax: number }
  | { call: 'writeOpen'; path: string; handle: number; data: Uint8Array }
  | { call: 'closeOpen'; path: string; handle: number };

export interface FileAnswers {
  open: { handle: number };
  /** Empty at the end. */
  readOpen: Uint8Array<ArrayBuffer>;
  readFile: Uint8Array<ArrayBuffer>;
  readdir: { names: string[]; types: number[] };
  mkdir: string | undefined;
  readlink: string;
  realpath: string;
  stat: FileAttributes;
  lstat: FileAttributes;
  statfs: FileSystemSpace;
}
export type FileAnswer<C extends PageFileCall['call']> = C extends keyof FileAnswers
  ? FileAnswers[C]
  : undefined;

/** Events of one watched path; posted on the port given with the call until that is closed. */
export interface WatchEvent {
  kind: 'rename' | 'change';
  name: string;
}

/** What the kernel tells the page unasked, on the events port of `boot`. */
export type KernelEvent =
  | { type: 'page-request'; id: number; request: PageRequest }
  | { type: 'process'; event: 'start'; process: ProcessFacts }
  | { type: 'process'; event: 'exit'; pid: number; code: number; signal: number }
  /** The first listener of a port is there, or the last one has gone. */
  | { type: 'port'; port: number; open: boolean }
  | { type: 'preview-message'; port: number; message: PreviewReport }
  | { type: 'limit'; limit: 'processes' | 'pipes' | 'cpuMs' | 'wallMs' | 'outputBytes'; pid: number }
  /** A command asks for a terminal window that runs this. */
  | { type: 'terminal-wanted'; command: string[]; cwd: string }
  /** `target`: an address, or an absolute path. */
  | { type: 'open-wanted'; target: string }
  | { type: 'code-wanted'; action: CodeAction; files: CodeFile[] }
  | RemoteEvent
  /** Of the snapshot that the container starts from. */
  | { type: 'restored'; progress: TreeProgress }
  /** A program has written `close` to the container's ctl file. */
  | { type: 'close' }
  | { type: 'error'; message: string };

/** A file of an HTTP mount's index; directories follow from the paths. */
export interface MountIndexEntry {
  path: string;
  size?: number;
  mode?: number;
  mtimeMs?: number;
  /** It is a symbolic link. */
  link?: string;
}

/** A file system that is mounted, rather than copied, into the container. */
export type MountSource =
  /** A FileSystemDirectoryHandle: this layer does not know the type. */
  | { type: 'directory'; handle: object }
  /** Files below `base`, read-only, by range requests; without an index nothing can be listed. */
  | { type: 'http'; base: string; index?: MountIndexEntry[] }
  /** Read-only; `source` is a Blob, bytes, or the address of an archive whose server answers range requests. */
  | { type: 'zip' | 'tar'; source: Uint8Array | object | string }
  /** A file system of the page's with Node's fs API (node-files.ts); `root` is the folder of it that is mounted. */
  | { type: 'node'; port: MessagePort; root?: string; capabilities?: NodeFilesCapabilities }
  /** What is changed stays in the container; `lower` is left as it is. */
  | { type: 'overlay'; lower: MountSource };

/** The kernel as the page calls it. */
export interface KernelControl {
  /** → why the store cannot be used; nothing when the container is there. */
  boot(options: KernelBoot, events: MessagePort): Promise<BootFailure | undefined>;
  spawn(request: PageSpawn, port: MessagePort): Promise<Outcome<SpawnedProcess>>;
  file(call: PageFileCall): Promise<Outcome<unknown>>;
  watch(path: string, recursive: boolean, port: MessagePort): Promise<Outcome<undefined>>;
  writeTree(base: string, entries: TreeEntry[]): Outcome<undefined>;
  mount(path: string, source: MountSource): Promise<Outcome<undefined>>;
  unmount(path: string): Promise<Outcome<undefined>>;
  /** How it goes is told on `port` (archives.ts). */
  exportTree(base: string, request: ExportRequest, port: MessagePort): void;
  /** Copies an archive, bytes or a Blob, below `base`; how it goes is told on `port`. */
  unpack(base: string, archive: Uint8Array | object, port: MessagePort): void;
  processes(): ProcessFacts[];
  kill(pid: number, signal: number): Outcome<undefined>;
  /** The external runtime. */
  remote(call: RemoteCall): Promise<RemoteOutcome>;
  /** The outcome of a `page-request`. */
  answerPage(id: number, answer: PageAnswer): void;
  /** TCP ports that are listened on. */
  ports(): number[];
  /** A connection to a port: its bytes go as a process's do, input to the server, and output 1 from it. */
  connect(port: number, wire: MessagePort): Outcome<undefined>;
  /** What a service worker sends on this port is answered from now on. */
  previewRoute(route: MessagePort): void;
  previewSettings(settings: PreviewSettings): void;
  /** The memory that the files live in, for the kernel of a container whose program made this one. */
  filesMemory(): WebAssembly.Memory;
  /** A container that a program of this one has made is there. → 0 or -errno */
  adoptContainer(id: string, memory: WebAssembly.Memory): number;
  containerChanged(id: string, facts: ChildFacts): void;
  containerClosed(id: string): void;
  /** Ports that are listened on, and who does. */
  routes(): ChildFacts['ports'];
  /** Ends every process and thread; resolves when none is left. */
  shutdown(): Promise<void>;
}
