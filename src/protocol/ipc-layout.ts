/**
 * The IPC memory of a container: a shared WebAssembly.Memory that the kernel makes and every process maps.
 * It holds what must reach a worker that is inside synchronous code and so receives no message:
 *
 *     [ header block | control block × PROCESS_SLOTS | pipe ring × (grows to PIPES_MAX) ]
 *     control block: [ words | a bit for each ring that the process watches and that has changed | mailbox ]
 *
 * All positions are indexes of 32-bit words in one Int32Array over the whole memory. The control blocks lie in
 * the part that exists from the start; pipe rings may lie in a part added by growth, so views are refreshed there.
 */
import { viewsOver } from '../base/intrinsics.ts';
import {
  CONTROL_BLOCK_BYTES,
  CONTROL_WORDS,
  DESCRIPTORS_SHOWN,
  PIPES_GROWTH,
  PIPES_MAX,
  PIPE_BUFFER_BYTES,
  PROCESS_SLOTS,
} from '../base/limits.ts';

export const IPC_LAYOUT_VERSION = 10;

const WASM_PAGE_BYTES = 64 * 1024;
const HEADER_BYTES = CONTROL_BLOCK_BYTES;
export const PIPE_HEADER_BYTES = 256;
export const PIPE_STRIDE_BYTES = PIPE_HEADER_BYTES + PIPE_BUFFER_BYTES;
const PIPES_OFFSET = HEADER_BYTES + PROCESS_SLOTS * CONTROL_BLOCK_BYTES;

/** Words of the header block. */
export const HeaderWord = { version: 0, pipesInMemory: 1 } as const;

/** Words of a control block. */
export const ControlWord = {
  /** ControlFlag bits: looked at on entry to every system call, and after every wait. */
  flags: 0,
  pid: 1,
  /** ProcessState. A parent that waits synchronously waits on this word. */
  state: 2,
  exitCode: 3,
  exitSignal: 4,
  /** Word index that the process is blocked on, 0 = none: the kernel notifies it after changing `flags`. */
  waitingOn: 5,
  /** Bumped and notified for synchronous poll: a pipe with this process as its poller, or a child, changed. */
  wake: 6,
  /** Bumped and notified when `pending*` gained a bit. */
  signalDoorbell: 7,
  /** Signals 1–31 and 32–64 that have arrived and are to be handled by the program's listeners. */
  pendingLow: 8,
  pendingHigh: 9,
  /** Signals that the program listens to: written by the process, read by the kernel when one is sent. */
  caughtLow: 10,
  caughtHigh: 11,
  /** Sequence number of the last answer in the mailbox; the process waits on it. */
  mailboxSequence: 12,
  /** The call's result: ≥ 0 or -errno. */
  mailboxResult: 13,
  /** Bytes of payload in the mailbox. */
  mailboxLength: 14,
  /** Parent as it is now (1 after the parent died). */
  ppid: 15,
  pgid: 16,
  sid: 17,
  /** 1 while the event loop waits and nothing of the program runs. */
  idle: 18,
  /** Bumped and notified when the event loop of the process has something to look at: see doorbell.ts. */
  doorbell: 19,
  /** Signals that are ignored: written by the process, and by the kernel before a program starts. */
  ignoredLow: 20,
  ignoredHigh: 21,
  /** Processor time, in ticks: see cpu-time.ts. When the program began, since the container's boot. */
  cpuStart: 22,
  /** How long its thread has waited since then, and since when it waits now; 0 = it is at work. */
  cpuWaited: 23,
  cpuWaitingSince: 24,
  /** What the process had used before: by programs that it ran earlier, by threads that have ended. */
  cpuBefore: 25,
  /** Used by children whose status it has taken. */
  cpuChildren: 26,
  /** Of a process that is over: its own and its children's. */
  cpuTotal: 27,
  /** Signals 1–31 that interrupt the script that runs: written by the process. One that still waits has the next one's default action. */
  interrupting: 28,
} as const;

/** A new program starts with zeros there. */
export const FRESH_CONTROL_WORDS = [
  ControlWord.ignoredLow,
  ControlWord.ignoredHigh,
  ControlWord.cpuStart,
  ControlWord.cpuWaited,
  ControlWord.cpuWaitingSince,
  ControlWord.cpuBefore,
  ControlWord.cpuChildren,
  ControlWord.cpuTotal,
  ControlWord.interrupting,
];

export const ControlFlag = {
  /** The process is over: every call throws ProcessGone. */
  gone: 1,
  /** SIGSTOP and kin: calls wait on `flags` until it is cleared. */
  stopped: 2,
} as const;

export const ProcessState = { free: 0, spare: 1, running: 2, stopped: 3, exited: 4 } as const;

/** Words of a pipe ring's header; its bytes follow PIPE_HEADER_BYTES after the header's start. */
export const PipeWord = {
  /** Bytes ever written and ever read, modulo 2^32. */
  head: 0,
  tail: 1,
  /** Holder (slot + 1, or KERNEL_OWNER) with LOCK_CONTENDED, 0 = free. One for writers, one for readers. */
  writeLock: 2,
  readLock: 3,
  /** Bumped and notified when a reader's (a writer's) situation may have changed. */
  readSequence: 4,
  writeSequence: 5,
  /** PipeFlag bits. */
  flags: 6,
  /** slot + 1 of the process that polls this ring synchronously, 0 = none. */
  poller: 7,
  /** Terminal input only: see TtyFlag. */
  ttyFlags: 8,
  columns: 9,
  rows: 10,
  /** Foreground process group and session of a terminal. */
  foreground: 11,
  session: 12,
  /** End-of-file marks (^D) in canonical input: how many, and the `head` at which the first stands. */
  eofCount: 13,
  eofAt: 14,
  /** Index of the ring that carries the terminal's output. */
  ttyOutput: 15,
  /** Descriptors that travel with the bytes (SCM_RIGHTS): how many, and the position at which the first stands. */
  passedCount: 16,
  passedAt: 17,
  /** Bytes that the ring buffers, a power of two; 0 stands for PIPE_BUFFER_BYTES. */
  capacity: 18,
  /** slot + 1 of the process whose event loop waits to read, and to write; 0 = none. */
  readWatcher: 19,
  writeWatcher: 20,
  /** What the doorbell of that process counted when this ring rang it. */
  readRungAt: 21,
  writeRungAt: 22,
  /** Terminal input only: its control characters, four bytes a word (terminal-controls.ts). */
  controls: 23,
  moreControls: 24,
  lastControls: 25,
} as const;

/**
 * `reset`: the other end of the connection was closed before it had read everything, or was reset. `connecting`: of a
 * ring that a socket writes, while its connection is being made: it takes nothing yet.
 */
export const PipeFlag = { noReaders: 1, noWriters: 2, hangup: 4, reset: 8, connecting: 16 } as const;

/** The terminal modes that a program can see or set; names as termios(3). */
export const TtyFlag = {
  canonical: 1,
  echo: 2,
  signals: 4,
  /** ICRNL, OPOST|ONLCR */
  mapInput: 8,
  mapOutput: 16,
  /** IXON: keys hold the output and let it go on. */
  flowControl: 32,
} as const;
export const TTY_COOKED = 63;

export const RING_BIT_WORDS = PIPES_MAX / 32;

export const KERNEL_OWNER = PROCESS_SLOTS + 1;
export const LOCK_CONTENDED = 1 << 30;

export function controlBlock(slot: number): number {
  return (HEADER_BYTES + slot * CONTROL_BLOCK_BYTES) >> 2;
}
/** Index of the first of the RING_BIT_WORDS words with a bit for each ring. */
export function ringBits(slot: number): number {
  return controlBlock(slot) + CONTROL_WORDS;
}
export function mailboxByteOffset(slot: number): number {
  return (ringBits(slot) + RING_BIT_WORDS) << 2;
}
/** Word index of a process's table of descriptors: two words each, see descriptor-table.ts. */
export function descriptorTable(slot: number): number {
  return controlBlock(slot) + CONTROL_BLOCK_BYTES / 4 - 2 * DESCRIPTORS_SHOWN;
}
export function pipeByteOffset(pipe: number): number {
  return PIPES_OFFSET + pipe * PIPE_STRIDE_BYTES;
}

function pagesFor(pipes: number): number {
  return Math.ceil((PIPES_OFFSET + pipes * PIPE_STRIDE_BYTES) / WASM_PAGE_BYTES);
}

/** The memory and its word view, refreshed when another thread has grown it. */
export class IpcMemory {
  readonly memory: WebAssembly.Memory;
  #words: Int32Array;
  #bytes: Uint8Array;

  constructor(memory: WebAssembly.Memory) {
    this.memory = memory;
    const { words, bytes } = viewsOver(memory);
    this.#words = words;
    this.#bytes = bytes;
    if (words[HeaderWord.version] !== IPC_LAYOUT_VERSION) throw new Error('IPC memory of another version');
  }

  static create(): IpcMemory {
    const memory = new WebAssembly.Memory({
      initial: pagesFor(PIPES_GROWTH),
      maximum: pagesFor(PIPES_MAX),
      shared: true,
    });
    const { words } = viewsOver(memory);
    words[HeaderWord.version] = IPC_LAYOUT_VERSION;
    words[HeaderWord.pipesInMemory] = PIPES_GROWTH;
    return new IpcMemory(memory);
  }

  get words(): Int32Array {
    return this.#words;
  }
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /**
   * Views that reach at least `end` bytes, which another thread may have added. The engine tells a thread of the growth
   * by an interrupt that it takes some time later, and `memory.buffer` is the old one until then; to grow by nothing
   * makes it look at once.
   */
  covering(end: number): this {
    if (end > this.#bytes.length) this.#look();
    if (end > this.#bytes.length) {
      this.memory.grow(0);
      this.#look();
    }
    return this;
  }

  #look(): void {
    const { words, bytes } = viewsOver(this.memory);
    this.#words = words;
    this.#bytes = bytes;
  }

  /** Kernel only: makes room for ring number `pipe`. False when the host refuses. */
  ensurePipe(pipe: number): boolean {
    const present = this.#words[HeaderWord.pipesInMemory] ?? 0;
    if (pipe < present) return true;
    const wanted = Math.min(PIPES_MAX, present + PIPES_GROWTH);
    if (pipe >= wanted) return false;
    try {
      this.memory.grow(pagesFor(wanted) - this.memory.buffer.byteLength / WASM_PAGE_BYTES);
    } catch {
      return false;
    }
    this.covering(pipeByteOffset(wanted));
    this.#words[HeaderWord.pipesInMemory] = wanted;
    return true;
  }
}
