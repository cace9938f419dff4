/** args, environment, clocks, random bytes and the end of the program. */
import type { System } from '../system.ts';
import { ClockId, WasiErrno, wasiErrno } from './abi.ts';
import type { GuestMemory } from './memory.ts';
import { StringTable } from './memory.ts';

const NANOSECONDS_PER_MS = 1_000_000;
/** What clock_getres says: browsers coarsen their clocks to 5 µs or more. */
const RESOLUTION_NS = 5000n;
/** Signals of WASI by number, as Linux numbers them. */
const SIGNALS = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 29, 30,
  31,
];

export interface WasiProgram {
  args: readonly string[];
  /** `NAME=value` */
  env: readonly string[];
  /** Fills with random bytes. */
  random(bytes: Uint8Array, offset: number, size: number): void;
  /** proc_exit: does not return. */
  exit(code: number): void;
}

export function createSystemCalls(system: System, memory: GuestMemory, program: WasiProgram) {
  const args = new StringTable(program.args);
  const env = new StringTable(program.env);
  const sizes = (table: StringTable, count: number, size: number): number => {
    memory.setUint32(count, table.count);
    memory.setUint32(size, table.sizeBytes);
    return WasiErrno.SUCCESS;
  };
  const list = (table: StringTable, pointers: number, buffer: number): number => {
    table.write(memory, pointers, buffer);
    return WasiErrno.SUCCESS;
  };
  return {
    args_get: (argv: number, buffer: number) => list(args, argv, buffer),
    args_sizes_get: (count: number, size: number) => sizes(args, count, size),
    environ_get: (pointers: number, buffer: number) => list(env, pointers, buffer),
    environ_sizes_get: (count: number, size: number) => sizes(env, count, size),
    clock_res_get(clock: number, resolution: number) {
      if (!isClock(clock)) return WasiErrno.INVAL;
      memory.setUint64(resolution, RESOLUTION_NS);
      return WasiErrno.SUCCESS;
    },
    clock_time_get(clock: number, _precision: bigint, time: number) {
      if (!isClock(clock)) return WasiErrno.INVAL;
      memory.setUint64(time, clockTime(system, clock));
      return WasiErrno.SUCCESS;
    },
    proc_exit(code: number) {
      program.exit(code);
      return WasiErrno.SUCCESS;
    },
    proc_raise(signal: number) {
      const number = SIGNALS[signal];
      if (number === undefined) return WasiErrno.NOSYS;
      return wasiErrno(system.process.kill(system.process.pid, number));
    },
    random_get(buffer: number, size: number) {
      program.random(memory.bytes(buffer, size), 0, size);
      return WasiErrno.SUCCESS;
    },
    sched_yield: () => WasiErrno.SUCCESS,
  };
}

function isClock(clock: number): boolean {
  return clock >= ClockId.realtime && clock <= ClockId.threadCpuTime;
}

/** Nanoseconds. */
export function clockTime(system: System, clock: number): bigint {
  const { clock: own, process } = system;
  if (clock === ClockId.realtime) return toNanoseconds(own.timeOrigin + own.now());
  if (clock === ClockId.monotonic) return toNanoseconds(own.now());
  const { user, system: kernel } = process.cpuTime();
  return BigInt(Math.round((user + kernel) * 1000));
}

function toNanoseconds(milliseconds: number): bigint {
  const whole = Math.floor(milliseconds);
  const rest = Math.floor((milliseconds - whole) * NANOSECONDS_PER_MS);
  return BigInt(whole) * BigInt(NANOSECONDS_PER_MS) + BigInt(rest);
}
