/** Messages between the kernel worker and a process worker. What must reach synchronous code is in ipc-layout.ts. */
import type { FileLockCall } from './file-locks.ts';
import type { DatagramCall, DatagramMessage } from './datagrams.ts';
import type { SocketCall, SocketNames } from './sockets.ts';
import type { TreeAttributes, TreeCall, TreeFileCall, TreeMove } from './trees.ts';

export const PROCESS_PROTOCOL_VERSION = 15;

/** An end held in the kernel's books: closing the last one of a side ends the other side. */
export interface PipeEnds {
  /** Ring to read from, ring to write to; a tty and a socket pair have both. */
  input?: number;
  output?: number;
  /** The rings belong to a terminal: `input` holds its modes. */
  tty?: boolean;
  /** The rings are those of a socket. */
  socket?: SocketNames;
}

/** What a descriptor is when a process is given it. */
export type DescriptorGrant =
  | { kind: 'file'; ofd: number }
  | { kind: 'null' }
  | { kind: 'device'; rdev: number }
  /** A file of a control tree that is open. */
  | { kind: 'tree'; handle: number; attributes: TreeAttributes }
  | ({ kind: 'stream' } & PipeEnds);

export interface ProcessLimits {
  fileHandles: number;
}

export interface ProcessCredentials {
  uid: number;
  gid: number;
  groups: number[];
  umask: number;
}

export type ThreadRole = 'main' | 'thread' | 'userland';

/** Kernel → new worker, before anything else: boot Node's library up to the main script, then answer `ready`. */
export interface AttachMessage {
  type: 'attach';
  version: typeof PROCESS_PROTOCOL_VERSION;
  slot: number;
  /**
   * A process's main thread, one that a process starts beside it (worker_threads), or the thread of commands of the
   * userland: one without Node, which is attached anew when a command has ended, as another process.
   */
  role: ThreadRole;
  /** No program waits for it: it may load what the next one will want. */
  preload: boolean;
  ipc: WebAssembly.Memory;
  vfs: WebAssembly.Memory;
  limits: ProcessLimits;
  /** The worker holds this Web Lock for as long as it lives: its release proves that the thread has ended. */
  lockName: string;
  hostname: string;
  hardwareConcurrency: number;
  totalMemoryBytes: number;
  /** Date.now() at the container's boot. */
  bootedAtMs: number;
}

/** What an executable of the container holds. */
export type ProgramKind = { kind: 'node' } | { kind: 'wasi' } | { kind: 'userland'; name: string };

/** The working directory of a process whose own has been removed. */
export const CWD_GONE = '';

/** Kernel → booted spare: become this process. */
export interface RunMessage {
  type: 'run';
  pid: number;
  ppid: number;
  /** As execve gave it, argv[0] included (`['node', 'main.js', 'a']`). */
  argv: string[];
  /** Node, or a command of the userland by its name. */
  program: ProgramKind;
  /** The program's own file: process.execPath. */
  execPath: string;
  /** `NAME=value` */
  env: string[];
  cwd: string;
  credentials: ProcessCredentials;
  /** Index = descriptor; null = closed. */
  descriptors: (DescriptorGrant | null)[];
  /** The controlling terminal's input ring. */
  tty: number | null;
  /** For a thread beside the main one: `pid` and `ppid` are then the process's. */
  thread?: { processKey: string; init: unknown; leaderSlot: number };
}

export type KernelToProcess = AttachMessage | RunMessage;

/** How a child gets each descriptor, in the parent's terms already resolved. */
export type ChildDescriptor = DescriptorGrant | { kind: 'pipe'; direction: 'in' | 'out' | 'both' };

export interface SpawnCall {
  call: 'spawn';
  file: string;
  args: string[];
  env: string[];
  cwd: string;
  /** Where it is not, the child has its parent's directory, though that may be gone. */
  cwdIsGiven: boolean;
  descriptors: ChildDescriptor[];
  detached: boolean;
  umask: number;
  /** 0 = a group of its own, n = that group of the same session; left out: the parent's. */
  processGroup?: number;
  /** Ignored from the start; left out: what the parent ignores. */
  ignoredSignals?: readonly number[];
  /** A new pseudo-terminal of this size as descriptors 0–2 where those are 'pipe'. */
  terminal?: { columns: number; rows: number };
}

/** execve(2): the process runs another program from here on. */
export interface ReplaceCall {
  call: 'replace';
  file: string;
  args: string[];
  env: string[];
  cwd: string;
  umask: number;
  /** Those that the program has: index = descriptor, null = closed. All others end with the one that calls. */
  descriptors: (DescriptorGrant | null)[];
  /** As execvp(3): by PATH, and by the shell where a script names no interpreter. */
  search: boolean;
  /** As in `spawn`. */
  ignoredSignals?: readonly number[];
}

/** A thread of the calling process. `init` and `transfer` are the program's own. */
export interface ThreadCall {
  call: 'thread';
  processKey: string;
  cwd: string;
  umask: number;
  descriptors: ChildDescriptor[];
  init: unknown;
  /** What of `init` is moved rather than cloned. */
  transfer: unknown[];
}

/** `met`: a ring that ends once a named pipe has its other end; none when it has. */
export interface FifoWait {
  met?: number;
}

/** Synchronous calls: answered in the caller's mailbox. The payload, where there is one, is UTF-8 JSON. */
export type KernelCall =
  | SpawnCall
  /** Answered only if it cannot be. */
  | ReplaceCall
  /** RLIMIT_CPU, to be lowered where `cpuMs` is given. → 0, payload the bound in ms, null for none */
  | { call: 'cpu-limit'; cpuMs: number | null }
  /** → a number as of a process, by which it is killed and reaped; payload as of `spawn` */
  | ThreadCall
  /** → ring */
  | { call: 'pipe' }
  /** The program begins anew on the external runtime, as the same process. Answered only if that cannot be. */
  | { call: 'move-to-remote'; reason: string }
  | { call: 'kill'; pid: number; signal: number }
  | { call: 'setpgid'; pid: number; pgid: number }
  | { call: 'setsid' }
  /** Takes a reference to a terminal. → its output ring */
  | { call: 'open-tty'; input: number }
  /** Opens a named pipe. → its ring; unless `nonBlocking`, answered when the other side is there. */
  /** → its ring. `later`: answers at once, with a FifoWait. */
  | {
      call: 'fifo';
      dev: number;
      ino: number;
      access: 'read' | 'write' | 'both';
      nonBlocking: boolean;
      later?: boolean;
    }
  | FileLockCall
  | PassCall
  | SocketCall
  | DatagramCall
  | TreeCall
  | TreeFileCall
  | TreeMove;

/** A descriptor travels with the bytes of a pipe. */
export type PassCall =
  /** With the bytes that the caller writes to `ring` next; it keeps its own reference. */
  | { call: 'pass-descriptor'; ring: number; ends: PipeEnds }
  /** The one that came with the next byte of `ring`. → 0, payload DescriptorGrant; or -EAGAIN */
  | { call: 'take-descriptor'; ring: number };

/** Payload of `spawn`: the child's slot, and the parent's ends by the child's descriptor. */
export interface SpawnAnswer {
  slot: number;
  pipes: Record<number, PipeEnds>;
}

/** Process → kernel. */
export type ProcessToKernel =
  | { type: 'ready' }
  /** The worker could not boot; its console has more. */
  | { type: 'boot-failed'; message: string }
  | { type: 'exit'; code: number; signal: number }
  /** After `exit` or a kill: the stack is unwound and nothing of the program runs any more. */
  | { type: 'gone' }
  | { type: 'call'; sequence: number; request: KernelCall }
  | DatagramMessage
  /** One reference to these ends is dropped. */
  | { type: 'close'; ends: PipeEnds }
  /** One reference to an open file of a control tree is dropped. */
  | { type: 'tree-close'; handle: number }
  /** The parent has taken note of a child's status: its slot and pid are free. */
  | { type: 'reap'; pid: number }
  /** What `ps` shows in place of the command line (process.title). */
  | { type: 'title'; title: string }
  /** Terminal modes or size in shared memory were changed by the process. */
  | { type: 'tty'; input: number; change: 'modes' | 'size' };
