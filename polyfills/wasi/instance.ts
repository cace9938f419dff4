/** WASI preview 1 over the system interface: what uvwasi is over libuv. */
import type { Fd, System } from '../system.ts';
import { createDescriptorCalls } from './descriptor-calls.ts';
import { WasiDescriptors } from './descriptors.ts';
import { GuestMemory, WasiFailure } from './memory.ts';
import { WasiErrno } from './abi.ts';
import { createPathCalls } from './path-calls.ts';
import { createPollCalls } from './poll.ts';
import { createSocketCalls } from './socket-calls.ts';
import { createSystemCalls, type WasiProgram } from './system-calls.ts';

export interface WasiOptions extends WasiProgram {
  /** Directories of the container by the guest's name for them. */
  preopens: readonly (readonly [guestPath: string, hostPath: string])[];
  stdio: readonly Fd[];
}

export type WasiCall = (...parameters: (number | bigint)[]) => number;

export interface Wasi {
  readonly memory: GuestMemory;
  /** The imports of a program. */
  readonly calls: Readonly<Record<string, WasiCall>>;
}

/** → -errno where a directory cannot be opened. */
export function createWasi(system: System, options: WasiOptions): Wasi | number {
  const memory = new GuestMemory();
  const table = new WasiDescriptors(system.files, system.streams);
  for (const fd of options.stdio) table.addStandard(fd);
  for (const [guestPath, hostPath] of options.preopens) {
    const result = table.addPreopen(guestPath, hostPath);
    if (result < 0) return result;
  }
  const all = {
    ...createSystemCalls(system, memory, options),
    ...createDescriptorCalls(system, memory, table),
    ...createPathCalls(system, memory, table),
    ...createPollCalls(system, memory, table),
    ...createSocketCalls(system, memory, table),
  };
  const calls: Record<string, WasiCall> = {};
  for (const [name, call] of Object.entries(all)) calls[name] = guarded(call as WasiCall);
  return { memory, calls };
}

function guarded(call: WasiCall): WasiCall {
  const { length } = call;
  return (...parameters) => {
    if (parameters.length < length) return WasiErrno.INVAL;
    try {
      // Pointers and sizes are unsigned; WebAssembly hands out every i32 as signed.
      return call(...parameters.map((value) => (typeof value === 'number' ? value >>> 0 : value)));
    } catch (error) {
      if (error instanceof WasiFailure) return error.errno;
      throw error;
    }
  };
}
