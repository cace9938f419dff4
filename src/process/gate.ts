/**
 * The one door between a program and the system: every call passes `enter`, every wait passes `block`. A process that
 * was killed or has exited never gets through (ProcessGone); a stopped one waits here until it is continued.
 */
import {
  arrayPush,
  atomicLoad,
  atomicStore,
  bytesCopy,
  futexWait,
  jsonParse,
  utf8Decode,
} from '../base/intrinsics.ts';
import { WAIT_SLICE_MS } from '../base/limits.ts';
import { createLinger } from './loop/linger.ts';
import { ProcessGone } from '../../polyfills/system.ts';
import {
  controlBlock,
  ControlFlag,
  ControlWord,
  type IpcMemory,
  mailboxByteOffset,
} from '../protocol/ipc-layout.ts';
import { ticksAt, ticksOf, ticksUsed } from '../protocol/cpu-time.ts';
import type { KernelCall, ProcessToKernel } from '../protocol/process.ts';

const now = performance.now.bind(performance);
const timeOriginMs = performance.timeOrigin;

export type Post = (message: ProcessToKernel, transfer?: Transferable[]) => void;

export class Gate {
  readonly memory: IpcMemory;
  readonly slot: number;
  readonly post: Post;
  readonly #words: Int32Array;
  readonly #control: number;
  readonly #bootedAtMs: number;
  #waitedMs = 0;
  readonly #beforeEnd: (() => void)[] = [];
  /** Set by a program that takes its signals between calls: its waits end with -EINTR when one is pending. */
  interruptible = false;
  /** The program has done something that others can see, or taken something from them: it cannot begin anew elsewhere. */
  touched = false;
  readonly #linger = createLinger();
  #over = false;
  #sequence = 0;

  constructor(memory: IpcMemory, slot: number, post: Post, bootedAtMs = 0) {
    this.#bootedAtMs = bootedAtMs;
    this.memory = memory;
    this.slot = slot;
    this.post = post;
    this.#words = memory.words;
    this.#control = controlBlock(slot);
  }

  /** Owner number in pipe locks. */
  get owner(): number {
    return this.slot + 1;
  }
  get over(): boolean {
    return this.#over || (this.word(ControlWord.flags) & ControlFlag.gone) !== 0;
  }
  /** A caught signal has arrived and this program's waits end for it. */
  get interrupted(): boolean {
    return (
      this.interruptible && (this.word(ControlWord.pendingLow) | this.word(ControlWord.pendingHigh)) !== 0
    );
  }
  word(name: number): number {
    return atomicLoad(this.#words, this.#control + name);
  }
  setWord(name: number, value: number): void {
    atomicStore(this.#words, this.#control + name, value);
  }
  wordIndex(name: number): number {
    return this.#control + name;
  }

  /** The clock of the container, in ticks (cpu-time.ts). */
  ticks(): number {
    return this.#ticksAt(now());
  }
  #ticksAt(at: number): number {
    return ticksAt(at, timeOriginMs, this.#bootedAtMs);
  }
  /** What this thread has been at work for. */
  ownTicks(): number {
    const used = ticksUsed((index) => atomicLoad(this.#words, index), this.slot, this.ticks());
    return used - this.word(ControlWord.cpuBefore);
  }
  /** A program begins: the thread has waited for nothing yet. */
  startClock(): void {
    this.#waitedMs = 0;
    this.setWord(ControlWord.cpuWaited, 0);
    this.setWord(ControlWord.cpuWaitingSince, 0);
    this.setWord(ControlWord.cpuStart, this.ticks());
  }
  /** From here on the thread waits. → when that was, for `waited` */
  waits(): number {
    const from = now();
    this.setWord(ControlWord.cpuWaitingSince, this.#ticksAt(from));
    return from;
  }
  /** It is at work again. → how long it has waited, in milliseconds */
  waited(from: number): number {
    const milliseconds = now() - from;
    this.#waitedMs += milliseconds;
    this.setWord(ControlWord.cpuWaited, ticksOf(this.#waitedMs));
    this.setWord(ControlWord.cpuWaitingSince, 0);
    return milliseconds;
  }

  /** A plain load: this is on the way of every call, and nothing is read by what the flags say. */
  enter(): void {
    if (this.#over || this.#words[this.#control + ControlWord.flags] !== 0) this.#held();
  }

  /** As `enter`, before a change. */
  change(): void {
    this.touched = true;
    this.enter();
  }

  /** Waits while `words[index]` is `value`, at most `timeoutMs` and never longer than a slice: callers loop. */
  block = (words: Int32Array, index: number, value: number, timeoutMs = WAIT_SLICE_MS): void => {
    this.enter();
    if (this.#linger?.look(words, index, value) === true) return;
    const from = this.waits();
    this.setWord(ControlWord.waitingOn, index);
    // The kernel raises a flag, then wakes `waitingOn`: look again now that it is set.
    if (this.word(ControlWord.flags) === 0 && !this.interrupted) {
      futexWait(words, index, value, timeoutMs < WAIT_SLICE_MS ? timeoutMs : WAIT_SLICE_MS);
    }
    this.setWord(ControlWord.waitingOn, 0);
    this.#linger?.slept(this.waited(from));
    this.enter();
  };

  /** A synchronous call of the kernel → its result. `payload` reads what came with it. */
  call(request: KernelCall, transfer?: Transferable[]): number {
    this.change();
    return this.look(request, transfer);
  }

  /** As `call`, for one that changes nothing and takes nothing from others. */
  look(request: KernelCall, transfer?: Transferable[]): number {
    this.enter();
    const sequence = (this.#sequence = (this.#sequence + 1) | 0);
    this.post({ type: 'call', sequence, request }, transfer);
    const index = this.wordIndex(ControlWord.mailboxSequence);
    for (;;) {
      const seen = atomicLoad(this.#words, index);
      if (seen === sequence) return this.word(ControlWord.mailboxResult);
      this.block(this.#words, index, seen);
    }
  }

  payload(): unknown {
    return jsonParse(utf8Decode(this.payloadBytes()));
  }

  payloadBytes(): Uint8Array<ArrayBuffer> {
    const start = mailboxByteOffset(this.slot);
    return bytesCopy(this.memory.bytes, start, start + this.word(ControlWord.mailboxLength));
  }

  /** Runs when the process ends by its own call, before the kernel is told. */
  onEnd(callback: () => void): void {
    arrayPush(this.#beforeEnd, callback);
  }

  /** The process ends itself: nothing passes the gate from here on. */
  end(code: number, signal: number): never {
    this.enter();
    for (let i = 0; i < this.#beforeEnd.length; i++) this.#beforeEnd[i]?.();
    this.#over = true;
    this.post({ type: 'exit', code, signal });
    throw new ProcessGone();
  }

  #held(): void {
    for (;;) {
      const flags = this.word(ControlWord.flags);
      if (this.#over || flags & ControlFlag.gone) throw new ProcessGone();
      if ((flags & ControlFlag.stopped) === 0) return;
      const from = this.waits();
      futexWait(this.#words, this.wordIndex(ControlWord.flags), flags, WAIT_SLICE_MS);
      this.waited(from);
    }
  }
}
