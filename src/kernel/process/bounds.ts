/**
 * Bounds of processes in time: of the clock and of the processor. A browser tells no thread's processor time, so the
 * kernel looks at short intervals whether the thread is at work (neither waiting in a call nor idle in its loop).
 */
import { Errno } from '../../base/errno.ts';
import { BOUNDS_SAMPLE_MS, CPU_GRACE_MS } from '../../base/limits.ts';
import { Signal } from '../../base/signals.ts';
import type { ProcessBounds } from '../../protocol/container.ts';
import { ControlWord } from '../../protocol/ipc-layout.ts';
import type { Kernel } from '../kernel.ts';
import type { Process } from './process.ts';
import { sendSignal } from './signals.ts';

/** What holds for one process: its own bounds, and never more than its parent has left. */
export interface EffectiveBounds {
  cpuMs: number;
  /** By performance.now(). */
  deadlineMs: number;
}

export function narrowed(
  parent: EffectiveBounds | undefined,
  ...wanted: (ProcessBounds | undefined)[]
): EffectiveBounds {
  const now = performance.now();
  const bounds = { cpuMs: parent?.cpuMs ?? Infinity, deadlineMs: parent?.deadlineMs ?? Infinity };
  for (const { cpuMs = Infinity, wallMs = Infinity } of wanted.filter((one) => one !== undefined)) {
    bounds.cpuMs = Math.min(bounds.cpuMs, cpuMs);
    bounds.deadlineMs = Math.min(bounds.deadlineMs, now + wallMs);
  }
  return bounds;
}

export class Watchdog {
  readonly #kernel: Kernel;
  readonly #watched = new Map<Process, { cpuMs: number; told: boolean }>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #lastMs = 0;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  watch(process: Process): void {
    const { cpuMs, deadlineMs } = process.bounds;
    if ((cpuMs === Infinity && deadlineMs === Infinity) || this.#watched.has(process)) return;
    this.#watched.set(process, { cpuMs: 0, told: false });
    if (this.#timer !== undefined) return;
    this.#lastMs = performance.now();
    this.#timer = setInterval(() => this.#look(), BOUNDS_SAMPLE_MS);
  }

  /** setrlimit(RLIMIT_CPU), for the process and what it starts: what it asks for, which may not be more than it has. */
  limitCpu(process: Process, cpuMs: number): number {
    const { bounds } = process.leader ?? process;
    if (cpuMs > bounds.cpuMs) return -Errno.EPERM;
    bounds.cpuMs = cpuMs;
    this.watch(process);
    return 0;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#watched.clear();
  }

  #look(): void {
    const now = performance.now();
    // A kernel that was held up itself has seen nothing of the time between.
    const elapsed = Math.min(now - this.#lastMs, 2 * BOUNDS_SAMPLE_MS);
    this.#lastMs = now;
    for (const [process, used] of this.#watched) {
      if (process.state === 'exited') {
        this.#watched.delete(process);
        continue;
      }
      if (isAtWork(process)) used.cpuMs += elapsed;
      if (now >= process.bounds.deadlineMs) this.#end(process, 'wallMs');
      else if (used.cpuMs >= process.bounds.cpuMs) this.#processorTimeUp(process, used);
    }
    if (this.#watched.size === 0) this.close();
  }

  /** SIGXCPU first, which a program may catch to end in good order; then SIGKILL. */
  #processorTimeUp(process: Process, used: { cpuMs: number; told: boolean }): void {
    const { table } = this.#kernel;
    if (used.cpuMs >= process.bounds.cpuMs + CPU_GRACE_MS) {
      this.#end(process, 'cpuMs');
    } else if (!used.told) {
      used.told = true;
      this.#kernel.emit({ type: 'limit', limit: 'cpuMs', pid: process.pid });
      sendSignal(table, process.leader ?? process, Signal.SIGXCPU);
    }
  }

  #end(process: Process, limit: 'cpuMs' | 'wallMs'): void {
    if (limit === 'wallMs') this.#kernel.emit({ type: 'limit', limit, pid: process.pid });
    sendSignal(this.#kernel.table, process.leader ?? process, Signal.SIGKILL);
  }
}

function isAtWork(process: Process): boolean {
  return (
    process.state === 'running' &&
    process.thread.state === 'ready' &&
    process.word(ControlWord.waitingOn) === 0 &&
    process.word(ControlWord.idle) === 0
  );
}
