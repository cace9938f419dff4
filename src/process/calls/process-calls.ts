/** ProcessCalls: identity, ends, signals and children. */
import { Errno } from '../../base/errno.ts';
import type { ProcessCalls } from '../../../polyfills/system.ts';
import type { FileSystem } from '../../../vfs/file-system.ts';
import { MICROSECONDS_PER_TICK } from '../../protocol/cpu-time.ts';
import { ControlWord, PipeWord } from '../../protocol/ipc-layout.ts';
import type { AttachMessage, RunMessage } from '../../protocol/process.ts';
import type { Children } from './children.ts';
import type { Descriptors } from '../files/descriptors.ts';
import type { Gate } from '../gate.ts';
import { Signals } from './signals.ts';
import { replace, spawn } from './spawn.ts';
import type { Trees } from '../files/trees.ts';

const SIGABRT = 6;
const wallClock = Date.now;

export interface ProcessContext {
  attach: AttachMessage;
  fileSystem: FileSystem;
  gate: Gate;
  descriptors: Descriptors;
  children: Children;
  trees: Trees;
  enqueue(callback: () => void): void;
}

export interface ProcessControl {
  calls: ProcessCalls;
  start(run: RunMessage): void;
}

export function createProcessCalls(context: ProcessContext): ProcessControl {
  const { attach, gate, descriptors, children, fileSystem } = context;
  const signals = new Signals(gate, context.enqueue);
  let pid = 0;
  /** Of a thread beside the main one. */
  let ppidOfLeader: number | undefined;
  const terminalOf = (fd: number) => {
    const description = descriptors.get(fd);
    if (description === undefined) return -Errno.EBADF;
    return description.kind === 'stream' && description.tty && description.input
      ? description.input
      : -Errno.ENOTTY;
  };
  const calls: ProcessCalls = {
    get pid() {
      return pid;
    },
    get ppid() {
      return ppidOfLeader ?? gate.word(ControlWord.ppid);
    },
    get uid() {
      return fileSystem.credentials.uid;
    },
    get gid() {
      return fileSystem.credentials.gid;
    },
    hostname: attach.hostname,
    hardwareConcurrency: attach.hardwareConcurrency,
    exit: (code) => gate.end(code & 0xff, 0),
    abort: () => gate.end(0, SIGABRT),
    kill(target, signal) {
      const result = gate.call({ call: 'kill', pid: target, signal });
      // A signal to ourselves has taken effect when kill returns.
      gate.enter();
      return result;
    },
    moveToRemote: (reason) => (gate.touched ? -Errno.EBUSY : gate.call({ call: 'move-to-remote', reason })),
    onSignal: (signal, listener) => signals.on(signal, listener),
    interruptBy: (signal) => signals.interrupt(signal),
    spawn: (request, pipes, exited) => spawn(context, request, pipes, exited),
    cpuLimit(cpuMs) {
      const result = gate.call({ call: 'cpu-limit', cpuMs });
      return result < 0 ? result : ((gate.payload() as number | null) ?? Infinity);
    },
    replace: (request) => replace(context, request),
    waitSync: (child, timeoutMs) => children.waitSync(child, timeoutMs),
    setProcessGroup: (child, group) => gate.call({ call: 'setpgid', pid: child, pgid: group }),
    foregroundGroup(fd) {
      const terminal = terminalOf(fd);
      return typeof terminal === 'number' ? terminal : terminal.word(PipeWord.foreground);
    },
    setForegroundGroup(fd, group) {
      const terminal = terminalOf(fd);
      if (typeof terminal === 'number') return terminal;
      terminal.setWord(PipeWord.foreground, group);
      return 0;
    },
    setTitle: (title) => gate.post({ type: 'title', title }),
    memory: () => memoryUse(attach),
    cpuTime: () => ({ user: children.ticksUsed() * MICROSECONDS_PER_TICK, system: 0 }),
    threadCpuTime: () => ({ user: gate.ownTicks() * MICROSECONDS_PER_TICK, system: 0 }),
    childrenCpuTime: () => ({
      user: gate.word(ControlWord.cpuChildren) * MICROSECONDS_PER_TICK,
      system: 0,
    }),
    totalMemory: attach.totalMemoryBytes,
    freeMemory: () => Math.max(0, attach.totalMemoryBytes - memoryUse(attach).rss),
    uptime: () => (wallClock() - attach.bootedAtMs) / 1000,
  };
  return {
    calls,
    start(run) {
      pid = run.pid;
      if (run.thread) ppidOfLeader = run.ppid;
    },
  };
}

/**
 * A worker is told nothing of its heap: those figures are zero, which is no size a heap can have. What the process maps
 * of shared memory is known: it is all of `rss`.
 */
function memoryUse({ ipc, vfs }: AttachMessage): ReturnType<ProcessCalls['memory']> {
  return {
    rss: ipc.buffer.byteLength + vfs.buffer.byteLength,
    heapTotal: 0,
    heapUsed: 0,
    external: 0,
    arrayBuffers: 0,
  };
}
