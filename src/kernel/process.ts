/** A process as the kernel keeps it: from its spawn until its parent has taken its status and its thread has ended. */
import { controlBlock, ControlWord, type IpcMemory, ProcessState } from '../protocol/ipc-layout.ts';
import { type ShownDescriptor, shownDescriptors } from '../protocol/descriptor-table.ts';
import type { ProcessFacts } from '../protocol/container.ts';
import type { DescriptorGrant, ProcessCredentials } from '../protocol/process.ts';
import type { EffectiveBounds } from './bounds.ts';
import type { Grants } from './capabilities.ts';
import { Holdings } from './pipe-books.ts';
import type { Thread } from './threads.ts';

/** Stands for the page as a parent, and adopts orphans. */
export const INIT_PID = 1;

/** `node` for all that is written in JavaScript, `wasi` for a WebAssembly command. */
export type ProgramType = 'node' | 'wasi';

export interface ExitInfo {
  code: number;
  /** 0 when it ended by itself. */
  signal: number;
}

export interface ProcessOptions {
  pid: number;
  ppid: number;
  pgid: number;
  sid: number;
  argv: string[];
  /** `NAME=value`, as it started. */
  env: readonly string[];
  execPath: string;
  cwd: string;
  descriptors: readonly (DescriptorGrant | null)[];
  credentials: ProcessCredentials;
  bounds: EffectiveBounds;
  grants: Grants;
  /** Input ring of the controlling terminal. */
  terminal: number | null;
  /** Of a thread beside a main one: the main one. */
  leader?: Process;
  /** Where it runs; default in this browser. */
  runtime?: 'browser' | 'remote';
  /** What kind of program it runs. */
  program: ProgramType;
}

export class Process {
  readonly pid: number;
  readonly thread: Thread;
  readonly holdings = new Holdings();
  readonly argv: readonly string[];
  readonly env: readonly string[];
  readonly execPath: string;
  /** What it started with. */
  readonly descriptors: readonly (DescriptorGrant | null)[];
  readonly credentials: ProcessCredentials;
  readonly bounds: EffectiveBounds;
  readonly grants: Grants;
  readonly cwd: string;
  readonly startedAtMs = Date.now();
  terminal: number | null;
  /** Shown in place of its arguments, where it has set one. */
  title: string | undefined;
  /**
   * The process that this is a thread of: a worker of its own with a number of its own, that is no process to anyone
   * else. Undefined for processes.
   */
  readonly leader: Process | undefined;
  runtime: 'browser' | 'remote';
  readonly program: ProgramType;
  /** Set by a program that the kernel hosts: told of every signal; true if it took it. SIGKILL ends it whatever it says. */
  takeSignal: ((signal: number) => boolean) | undefined;
  state: 'running' | 'stopped' | 'exited' = 'running';
  exit: ExitInfo | undefined;
  /** Called once when it has ended (the page's handle, a command that waits). */
  onExit: ((exit: ExitInfo) => void) | undefined;
  /** It said so itself: its thread makes no more calls. */
  exitedItself = false;
  /** The status has been taken, or nobody will ask for it. */
  reaped = false;
  threadEnded = false;
  readonly #memory: IpcMemory;
  #pgid: number;
  #sid: number;
  #ppid: number;

  constructor(memory: IpcMemory, thread: Thread, options: ProcessOptions) {
    this.#memory = memory;
    this.thread = thread;
    this.pid = options.pid;
    this.argv = options.argv;
    this.env = options.env;
    this.execPath = options.execPath;
    this.descriptors = options.descriptors;
    this.credentials = options.credentials;
    this.bounds = options.bounds;
    this.grants = options.grants;
    this.cwd = options.cwd;
    this.terminal = options.terminal;
    this.leader = options.leader;
    this.program = options.program;
    this.runtime = options.runtime ?? 'browser';
    this.#ppid = options.ppid;
    this.#pgid = options.pgid;
    this.#sid = options.sid;
    this.setWord(ControlWord.pid, options.pid);
    this.setWord(ControlWord.ppid, options.ppid);
    this.setWord(ControlWord.pgid, options.pgid);
    this.setWord(ControlWord.sid, options.sid);
    this.setWord(ControlWord.state, ProcessState.running);
  }

  get ppid(): number {
    return this.#ppid;
  }
  set ppid(pid: number) {
    this.#ppid = pid;
    this.setWord(ControlWord.ppid, pid);
  }
  get pgid(): number {
    return this.#pgid;
  }
  set pgid(pgid: number) {
    this.#pgid = pgid;
    this.setWord(ControlWord.pgid, pgid);
  }
  get sid(): number {
    return this.#sid;
  }
  set sid(sid: number) {
    this.#sid = sid;
    this.setWord(ControlWord.sid, sid);
  }
  get slot(): number {
    return this.thread.slot;
  }
  get facts(): ProcessFacts {
    const { pid, ppid, pgid, sid, state, cwd, startedAtMs, runtime } = this;
    return { pid, ppid, pgid, sid, state, argv: [...this.argv], cwd, startedAtMs, runtime };
  }

  word(name: number): number {
    return Atomics.load(this.#memory.words, controlBlock(this.slot) + name);
  }
  setWord(name: number, value: number): void {
    Atomics.store(this.#memory.words, controlBlock(this.slot) + name, value);
  }
  /** Sets bits and wakes whoever waits on the word. */
  raise(name: number, bits: number): void {
    const index = controlBlock(this.slot) + name;
    Atomics.or(this.#memory.words, index, bits);
    Atomics.notify(this.#memory.words, index);
  }
  lower(name: number, bits: number): void {
    const index = controlBlock(this.slot) + name;
    Atomics.and(this.#memory.words, index, ~bits);
    Atomics.notify(this.#memory.words, index);
  }
  bump(name: number): void {
    const index = controlBlock(this.slot) + name;
    Atomics.add(this.#memory.words, index, 1);
    Atomics.notify(this.#memory.words, index);
  }

  /** What it has open now: of one that has only begun what it was given, of one that is over nothing. */
  openDescriptors(): ReadonlyMap<number, DescriptorGrant | ShownDescriptor> {
    if (this.state === 'exited') return new Map();
    const shown = shownDescriptors(this.#memory, this.slot);
    if (shown.size > 0) return shown;
    const open = new Map<number, DescriptorGrant>();
    for (const [fd, grant] of this.descriptors.entries()) if (grant !== null) open.set(fd, grant);
    return open;
  }

  /** Wakes the thread from whatever it waits on, so that it sees its flags. */
  wake(): void {
    const { words } = this.#memory;
    const waitingOn = this.word(ControlWord.waitingOn);
    if (waitingOn !== 0 && waitingOn < words.length) Atomics.notify(words, waitingOn);
    Atomics.notify(words, controlBlock(this.slot) + ControlWord.flags);
  }
}
