/** The external runtime as the page asks its kernel for it: the kernel has the connection, because processes need it. */
import type { ProcessEntry, ProcessStats } from './runtime/processes.ts';

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

export type SyncDirection = 'both' | 'push' | 'pull';

export interface RemoteSyncReport {
  pushed: string[];
  pulled: string[];
  conflicts: { path: string; keptAs: string }[];
  errors: { path: string; code: string; message: string }[];
  bytes: number;
}

export type RemoteCall =
  | { call: 'connect'; settings: RemoteSettings }
  | { call: 'disconnect' }
  | { call: 'status' }
  | { call: 'list' }
  | { call: 'kill'; pid: number; signal: string }
  | { call: 'sync'; direction: SyncDirection }
  | { call: 'offload'; policy: OffloadPolicy }
  /** The page's answer to an `offload-question`. */
  | { call: 'allow'; question: number; allowed: boolean };

export interface RemoteAnswers {
  connect: RemoteStatus;
  status: RemoteStatus;
  list: { processes: ProcessEntry[]; stats: ProcessStats };
  sync: RemoteSyncReport;
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
  | { type: 'remote-sync'; report: RemoteSyncReport };
