/** A process as the kernel keeps it: from its spawn until its parent has taken its status and its thread has ended. */
import { controlBlock, ControlWord, type IpcMemory, ProcessState } from '../../protocol/ipc-layout.ts';
import { type ShownDescriptor, shownDescriptors } from '../../protocol/descriptor-table.ts';
import type { ProcessFacts } from '../../protocol/container.ts';
import type { DescriptorGrant, ProcessCredentials } from '../../protocol/process.ts';
import type { EffectiveBounds } from './bounds.ts';
import type { CpuTime } from './cpu-time.ts';
import type { Grants } from '../capabilities.ts';
import { Holdings } from '../pipes/books.ts';
import type { Thread } from './threads.ts';

/** What runs in a process, and where: all that execve(2) replaces. */
export interface Image {
  thread: Thread;
  argv: readonly string[];
  /** `NAME=value`, as it started. */
  env: readonly string[];
  execPath: string;
  cwd: string;
  /** What it started with. */
  descriptors: readonly (DescriptorGrant | null)[];
  credentials: ProcessCredentials;
  /** What kind of program it runs. */
  program: ProgramType;
}

/** Wakes the thread of a slot from whatever it waits on, so that it sees its flags. */
export function wakeSlot({ words }: IpcMemory, slot: number): void {
  const waitingOn = Atomics.load(words, controlBlock(slot) + ControlWord.waitingOn);
  if (waitingOn !== 0 && waitingOn < words.length) Atomics.notify(words, waitingOn);
  Atomics.notify(words, controlBlock(slot) + ControlWord.flags);
}

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
  /** The slot by which its parent knows it: that of its first program. */
  readonly firstSlot: number;
  holdings = new Holdings();
  readonly bounds: EffectiveBounds;
  readonly grants: Grants;
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
  /** Set by a program that the kernel hosts: told of every signal; true if it took it. SIGKILL ends it whatever it says. */
  takeSignal: ((signal: number) => boolean) | undefined;
  state: 'running' | 'stopped' | 'exited' = 'running';
  exit: ExitInfo | undefined;
  /** What it had used when it ended. */
  cpuTime: CpuTime | undefined;
  /** Called once when it has ended (the page's handle, a command that waits). */
  onExit: ((exit: ExitInfo) => void) | undefined;
  /** It said so itself: its thread makes no more calls. */
  exitedItself = false;
  /** The status has been taken, or nobody will ask for it. */
  reaped = false;
  threadEnded = false;
  #image: Image;
  readonly #memory: IpcMemory;
  #pgid: number;
  #sid: number;
  #ppid: number;

  constructor(memory: IpcMemory, thread: Thread, options: ProcessOptions) {
    this.#memory = memory;
    this.firstSlot = thread.slot;
    this.#image = { ...options, thread };
    this.pid = options.pid;
    this.bounds = options.bounds;
    this.grants = options.grants;
    this.terminal = options.terminal;
    this.leader = options.leader;
    this.runtime = options.runtime ?? 'browser';
    this.#ppid = options.ppid;
    this.#pgid = options.pgid;
    this.#sid = options.sid;
    this.#showIdentity();
  }

  #showIdentity(): void {
    this.setWord(ControlWord.pid, this.pid);
    this.setWord(ControlWord.ppid, this.#ppid);
    this.setWord(ControlWord.pgid, this.#pgid);
    this.setWord(ControlWord.sid, this.#sid);
    this.setWord(ControlWord.state, ProcessState.running);
  }

  get thread(): Thread {
    return this.#image.thread;
  }
  get argv(): readonly string[] {
    return this.#image.argv;
  }
  get env(): readonly string[] {
    return this.#image.env;
  }
  get execPath(): string {
    return this.#image.execPath;
  }
  get cwd(): string {
    return this.#image.cwd;
  }
  get descriptors(): readonly (DescriptorGrant | null)[] {
    return this.#image.descriptors;
  }
  get credentials(): ProcessCredentials {
    return this.#image.credentials;
  }
  get program(): ProgramType {
    return this.#image.program;
  }

  /** Another program in the place of the one that was: the same process in another thread. */
  become(image: Image): void {
    this.#image = image;
    this.title = undefined;
    this.#showIdentity();
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
  /** Its state, and how it ended, also where its parent looks for it. */
  showState(state: number): void {
    const { words } = this.#memory;
    for (const slot of this.slot === this.firstSlot ? [this.slot] : [this.slot, this.firstSlot]) {
      const block = controlBlock(slot);
      Atomics.store(words, block + ControlWord.exitCode, this.exit?.code ?? 0);
      Atomics.store(words, block + ControlWord.exitSignal, this.exit?.signal ?? 0);
      const { own, children } = this.cpuTime ?? { own: 0, children: 0 };
      Atomics.store(words, block + ControlWord.cpuTotal, own + children);
      Atomics.store(words, block + ControlWord.state, state);
      Atomics.notify(words, block + ControlWord.state);
    }
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
    wakeSlot(this.#memory, this.slot);
  }
}
