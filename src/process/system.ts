/**
 * What stands between Node's bindings and the container: the system interface over the shared file system, the IPC
 * memory and the kernel's port. Made when a spare is attached; `start` turns it into a process.
 */
import type { FileCalls, System } from '../../polyfills/system.ts';
import type { FileSystem } from '../../vfs/file-system.ts';
import { doorbellWord } from '../protocol/doorbell.ts';
import { ControlWord, IpcMemory } from '../protocol/ipc-layout.ts';
import { type AttachMessage, CWD_GONE, type RunMessage } from '../protocol/process.ts';
import { Children } from './calls/children.ts';
import { Clock } from './loop/clock.ts';
import { createDatagramCalls } from './streams/datagrams.ts';
import { Descriptors } from './files/descriptors.ts';
import { createFileCalls } from './files/files.ts';
import { Gate, type Post } from './gate.ts';
import { createProcessCalls } from './calls/process-calls.ts';
import type { LoopWaiting } from './loop/loop.ts';
import { createNamedLocks } from './calls/named-locks.ts';
import { Readiness } from './streams/readiness.ts';
import { createSocketCalls } from './streams/sockets.ts';
import { createThreadCalls } from './calls/thread-calls.ts';
import { createStreamCalls } from './streams/streams.ts';
import { Trees } from './files/trees.ts';
import { createUnixCalls } from './calls/unix-calls.ts';

export interface SystemOptions {
  attach: AttachMessage;
  /** The worker's own view of the file system that `attach.vfs` holds. */
  fileSystem: FileSystem;
  post: Post;
  /** Runs `callback` in the loop's poll phase; must not keep the loop alive. */
  enqueue(callback: () => void): void;
}

export interface ProcessSystem {
  readonly system: System;
  /** Gives the process its number, credentials, directory and descriptors. Before it, only paths can be used. */
  start(run: RunMessage): void;
  /** True once the process has exited or was killed. */
  readonly over: boolean;
  readonly waiting: LoopWaiting;
  /** Nothing of the program runs, until it is called again with false. */
  idle(idle: boolean): void;
}

export function createSystem(options: SystemOptions): ProcessSystem {
  const { attach, fileSystem } = options;
  const gate = new Gate(new IpcMemory(attach.ipc), attach.slot, options.post, attach.bootedAtMs);
  const descriptors = new Descriptors(gate, fileSystem, attach.limits.fileHandles);
  const clock = new Clock();
  const readiness = new Readiness(gate, options.enqueue);
  const children = new Children(gate, readiness, options.enqueue);
  let idleFrom = 0;
  const trees = new Trees(gate, fileSystem, descriptors, () => gate.word(ControlWord.pid));
  const files = createFileCalls({ gate, descriptors, files: fileSystem, trees, enqueue: options.enqueue });
  const streams = createStreamCalls({ gate, descriptors, children, readiness });
  const processCalls = createProcessCalls({ ...options, gate, descriptors, children, trees });
  const threads = createThreadCalls({ ...options, gate, descriptors, children });
  gate.onEnd(() => descriptors.closeFiles());
  return {
    system: {
      files: files.calls,
      streams,
      datagrams: createDatagramCalls(gate, descriptors),
      sockets: createSocketCalls({ gate, descriptors, files: fileSystem, trees }),
      process: processCalls.calls,
      clock,
      unix: createUnixCalls(gate, children),
      threads: threads.calls,
      namedLocks: createNamedLocks(() => threads.calls.processKey),
    },
    start(run) {
      gate.touched = false;
      gate.startClock();
      fileSystem.setCredentials(run.credentials);
      if (run.cwd === CWD_GONE) leaveDirectories(files.calls, run.pid);
      else files.calls.chdir(run.cwd);
      descriptors.install(run.descriptors);
      files.setTerminal(run.tty);
      clock.start();
      processCalls.start(run);
      threads.start(run);
    },
    waiting: {
      words: gate.memory.words,
      index: doorbellWord(attach.slot),
      collect: () => void readiness.collect(),
    },
    idle(idle) {
      gate.setWord(ControlWord.idle, idle ? 1 : 0);
      if (idle) idleFrom = gate.waits();
      else gate.waited(idleFrom);
    },
    get over() {
      return gate.over;
    },
  };
}

/** The parent's directory is gone: the process is in one that is gone as well. */
function leaveDirectories(files: FileCalls, pid: number): void {
  const folder = `/tmp/.gone-${pid}`;
  if (files.mkdir(folder, 0o700) < 0) return;
  files.chdir(folder);
  files.rmdir(folder);
}
