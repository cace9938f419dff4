/** Processor time of processes, as their threads tell of it (protocol/cpu-time.ts). */
import { ticksAt, ticksUsed } from '../../protocol/cpu-time.ts';
import { ControlWord } from '../../protocol/ipc-layout.ts';
import type { Kernel } from '../kernel.ts';
import type { Process } from './process.ts';

export type Clock = Pick<Kernel, 'memory' | 'bootedAtMs' | 'table'>;

/** In ticks. */
export interface CpuTime {
  /** Of the process and its threads. */
  own: number;
  /** Of children that it has waited for, with theirs. */
  children: number;
}

/** Of a process until now, or until it ended. */
export function cpuTime(clock: Clock, process: Process): CpuTime {
  return process.cpuTime ?? cpuTimeUntilNow(clock, process);
}

export function cpuTimeUntilNow({ memory, bootedAtMs, table }: Clock, process: Process): CpuTime {
  const now = ticksAt(performance.now(), performance.timeOrigin, bootedAtMs);
  const read = (index: number): number => Atomics.load(memory.words, index);
  let own = ticksUsed(read, process.slot, now);
  for (const other of table.all())
    if (other.leader === process && other.state !== 'exited') own += ticksUsed(read, other.slot, now);
  return { own, children: process.word(ControlWord.cpuChildren) };
}
