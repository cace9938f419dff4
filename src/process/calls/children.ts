/** The children of a process: their control blocks tell how they ended, and are kept until the parent has taken note. */
import { Errno } from '../../base/errno.ts';
import { atomicLoad, SafeMap } from '../../base/intrinsics.ts';
import type { ChildChange, ExitStatus } from '../../../polyfills/system.ts';
import { controlBlock, ControlWord, ProcessState } from '../../protocol/ipc-layout.ts';
import { ticksUsed } from '../../protocol/cpu-time.ts';
import { type Cancel, whenWord } from '../../protocol/wait-async.ts';
import type { Gate } from '../gate.ts';
import type { Readiness } from '../streams/readiness.ts';

const now = performance.now.bind(performance);

/** Turns for which the end of a child waits behind streams that are ready: another writer may never stop. */
const EXIT_TURNS_MAX = 16;

interface Child {
  slot: number;
  /** A thread of this process: its processor time is this process's own. */
  isThread: boolean;
  wait: Cancel;
  /** The stop was told by `waitAny`. */
  stopped: boolean;
}

export class Children {
  readonly #gate: Gate;
  readonly #readiness: Readiness;
  readonly #enqueue: (callback: () => void) => void;
  readonly #children = new SafeMap<number, Child>();

  constructor(gate: Gate, readiness: Readiness, enqueue: (callback: () => void) => void) {
    this.#gate = gate;
    this.#readiness = readiness;
    this.#enqueue = enqueue;
  }

  add(pid: number, slot: number, exited: (status: ExitStatus) => void, isThread = false): void {
    const { words } = this.#gate.memory;
    const state = controlBlock(slot) + ControlWord.state;
    const wait = whenWord(
      words,
      state,
      () => atomicLoad(words, state) === ProcessState.exited,
      () => {
        if (this.#gate.over || !this.#children.has(pid)) return;
        const status = this.#take(pid, slot);
        // What is being read at the moment waits again only afterwards.
        this.#enqueue(() => this.#tell(() => exited(status), EXIT_TURNS_MAX));
      },
    );
    this.#children.set(pid, { slot, isThread, wait, stopped: false });
  }

  /** As libuv, which tells the end of a child after what it wrote: a turn of the loop for each read that is ready. */
  #tell(exited: () => void, turnsLeft: number): void {
    if (turnsLeft > 0 && this.#readiness.collect()) {
      this.#enqueue(() => this.#tell(exited, turnsLeft - 1));
    } else this.#enqueue(exited);
  }

  /** Word index of a child's state, for waits. */
  stateWord(pid: number): number | undefined {
    const child = this.#children.get(pid);
    return child && controlBlock(child.slot) + ControlWord.state;
  }

  waitSync(pid: number, timeoutMs: number | null): ExitStatus | number {
    this.#gate.enter();
    const child = this.#children.get(pid);
    if (child === undefined) return -Errno.ECHILD;
    const { words } = this.#gate.memory;
    const state = controlBlock(child.slot) + ControlWord.state;
    const deadline = timeoutMs === null ? Infinity : now() + timeoutMs;
    for (;;) {
      const seen = atomicLoad(words, state);
      if (seen === ProcessState.exited) return this.#take(pid, child.slot);
      const left = deadline - now();
      if (left <= 0) return -Errno.ETIMEDOUT;
      this.#gate.block(words, state, seen, left);
    }
  }

  /** waitpid(2) of any of `pids`; a stop is told once, until the child was continued. */
  waitAny(
    pids: readonly number[],
    { stopped, timeoutMs }: { stopped: boolean; timeoutMs: number | null },
  ): ChildChange | number {
    this.#gate.enter();
    const { words } = this.#gate.memory;
    const wake = this.#gate.wordIndex(ControlWord.wake);
    const deadline = timeoutMs === null ? Infinity : now() + timeoutMs;
    for (;;) {
      const seen = atomicLoad(words, wake);
      let known = false;
      for (let i = 0; i < pids.length; i++) {
        const pid = pids[i] ?? 0;
        const child = this.#children.get(pid);
        if (child === undefined) continue;
        known = true;
        const change = this.#changeOf(pid, child, stopped);
        if (change !== undefined) return change;
      }
      if (!known) return -Errno.ECHILD;
      if (this.#gate.interrupted) return -Errno.EINTR;
      const left = deadline - now();
      if (left <= 0) return -Errno.ETIMEDOUT;
      this.#gate.block(words, wake, seen, left);
    }
  }

  /** Ticks that this process has been at work for: this thread, and those that it has started. */
  ticksUsed(): number {
    const { words } = this.#gate.memory;
    const now = this.#gate.ticks();
    const read = (index: number): number => atomicLoad(words, index);
    let sum = ticksUsed(read, this.#gate.slot, now);
    this.#children.forEach(({ slot, isThread }) => {
      if (isThread) sum += ticksUsed(read, slot, now);
    });
    return sum;
  }

  /** Of a child that has not been reaped. */
  ticksUsedBy(pid: number): number {
    const child = this.#children.get(pid);
    if (child === undefined) return 0;
    const { words } = this.#gate.memory;
    return ticksUsed((index) => atomicLoad(words, index), child.slot, this.#gate.ticks());
  }

  #changeOf(pid: number, child: Child, stopped: boolean): ChildChange | undefined {
    const state = atomicLoad(this.#gate.memory.words, controlBlock(child.slot) + ControlWord.state);
    if (state === ProcessState.exited) return { pid, kind: 'exited', status: this.#take(pid, child.slot) };
    const isStopped = state === ProcessState.stopped;
    if (!stopped || isStopped === child.stopped) return undefined;
    child.stopped = isStopped;
    return { pid, kind: isStopped ? 'stopped' : 'continued' };
  }

  #take(pid: number, slot: number): ExitStatus {
    const { words } = this.#gate.memory;
    const block = controlBlock(slot);
    const status = {
      code: atomicLoad(words, block + ControlWord.exitCode),
      signal: atomicLoad(words, block + ControlWord.exitSignal),
    };
    const child = this.#children.get(pid);
    const counted = child?.isThread ? ControlWord.cpuBefore : ControlWord.cpuChildren;
    this.#gate.setWord(counted, this.#gate.word(counted) + atomicLoad(words, block + ControlWord.cpuTotal));
    child?.wait.close();
    this.#children.delete(pid);
    this.#gate.post({ type: 'reap', pid });
    return status;
  }
}
