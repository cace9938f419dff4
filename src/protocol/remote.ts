/** The external runtime as the page asks its kernel for it: the kernel has the connection, because processes need it. */

/** What runs on the runtime without being asked to: `ask` asks the page each time. */
export type OffloadPolicy = 'auto' | 'ask' | 'never';

export interface RemoteSettings {
  url: string;
  /** Left out: the one that was given for the same origin before. */
  token?: string;
  offload?: OffloadPolicy;
  /** Folder of the workspace that is kept alike with the project; '' is all of it. Default: one of the container's own. */
  folder?: string;
  /** Names and paths that sync leaves alone. Default: node_modules, .git, dist, .cache. */
  excludes?: string[];
}

export interface RemoteStatus {
  state: 'disconnected' | 'connected' | 'reconnecting';
  offload: OffloadPolicy;
  url?: string;
  /** Absolute, on the runtime. */
  workspace?: string;
  folder?: string;
  server?: { name: string; version: string; node: string; platform: string };
  sandbox?: { mode: 'strict' | 'relaxed' | 'none'; landlock: number };
  features?: string[];
}

/** A process of the runtime, whoever started it. */
export interface RemoteProcess {
  /** The runtime's own: what `attach` and `kill` take. */
  pid: number;
  type: 'node' | 'workerd' | 'shell' | 'python' | 'openclaw';
  command: string;
  args: string[];
  cwd: string;
  tty: boolean;
  /** Milliseconds since the epoch, by the runtime's clock. */
  startTime: number;
  status: 'running' | 'exited';
  code?: number | null | undefined;
  signal?: string | null | undefined;
}

export type SyncDirection = 'both' | 'push' | 'pull';

export interface RemoteSyncReport {
  pushed: string[];
  pulled: string[];
  conflicts: { path: string; keptAs: string }[];
  errors: { path: string; code: string; message: string }[];
  bytes: number;
}

/** What a sync would do: paths that changed here, there, and on both sides. */
export interface RemoteDifferences {
  push: string[];
  pull: string[];
  conflicts: string[];
}

/** How far a transfer to or from the object store is. */
export interface RemoteTransfer {
  direction: 'push' | 'pull';
  /** The file that was moved last. */
  path: string;
  files: number;
  filesTotal: number;
  bytes: number;
  bytesTotal: number;
}

export interface RemoteTransferReport {
  pushed: string[];
  pulled: string[];
  /** On the side that a deletion was taken over to. */
  deleted: string[];
  same: number;
  bytes: number;
  conflicts: { path: string; keptAs: string }[];
  errors: { path: string; code: string; message: string }[];
}

export interface RemoteStoreStatus {
  configured: boolean;
  reachable?: boolean | undefined;
  endpoint?: string | undefined;
  bucket?: string | undefined;
  code?: string | undefined;
  message?: string | undefined;
}

export interface RemoteObject {
  key: string;
  size: number;
  etag: string;
  lastModified: number;
}

export interface RemoteObjectMetadata extends RemoteObject {
  contentType?: string | undefined;
  contentEncoding?: string | undefined;
  metadata: Record<string, string>;
}

export interface RemoteTransferOptions {
  /** Path in the project, or of its folder in the store. Default: all of it. */
  path?: string;
  /** Beside those of `remote.excludes`. */
  excludes?: string[];
}

export type RemoteCall =
  | { call: 'connect'; settings: RemoteSettings }
  | { call: 'disconnect' }
  | { call: 'status' }
  | { call: 'list' }
  | { call: 'kill'; pid: number; signal: string }
  | { call: 'sync'; direction: SyncDirection }
  | { call: 'differences' }
  | { call: 's3-status' }
  | { call: 's3-transfer'; direction: SyncDirection; options: RemoteTransferOptions }
  | { call: 's3-list'; prefix: string }
  | { call: 's3-delete'; key: string }
  | { call: 's3-metadata'; key: string }
  | { call: 'offload'; policy: OffloadPolicy }
  /** The page's answer to an `offload-question`. */
  | { call: 'allow'; question: number; allowed: boolean };

export interface RemoteAnswers {
  connect: RemoteStatus;
  status: RemoteStatus;
  list: { processes: RemoteProcess[] };
  sync: RemoteSyncReport;
  differences: RemoteDifferences;
  's3-status': RemoteStoreStatus;
  's3-transfer': RemoteTransferReport;
  's3-list': RemoteObject[];
  's3-metadata': RemoteObjectMetadata;
}
export type RemoteAnswer<Call extends RemoteCall['call']> = Call extends keyof RemoteAnswers
  ? RemoteAnswers[Call]
  : undefined;

export type RemoteOutcome = { ok: true; value: unknown } | { ok: false; code: string; message: string };

export type RemoteEvent =
  | { type: 'remote-state'; status: RemoteStatus; reason?: string }
  /** A program runs on the runtime because it cannot run here, or because it was asked to. */
  | { type: 'offload'; pid: number; remotePid: number; argv: string[]; reason: string }
  | { type: 'offload-question'; question: number; argv: string[]; reason: string }
  | { type: 'remote-port'; port: number; open: boolean }
  | { type: 'remote-sync'; report: RemoteSyncReport }
  | { type: 'remote-transfer'; progress: RemoteTransfer };
