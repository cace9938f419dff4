/** ThreadCalls: workers beside this one that are threads of the same process. */
import type { ThreadCalls, ThreadStart } from '../../../polyfills/system.ts';
import { Signal } from '../../base/signals.ts';
import { MICROSECONDS_PER_TICK } from '../../protocol/cpu-time.ts';
import type { FileSystem } from '../../../vfs/file-system.ts';
import type { AttachMessage, RunMessage, SpawnAnswer } from '../../protocol/process.ts';
import type { Children } from './children.ts';
import type { Descriptors } from '../files/descriptors.ts';
import type { Gate } from '../gate.ts';
import { standardDescriptors } from './spawn.ts';

export interface ThreadContext {
  attach: AttachMessage;
  fileSystem: FileSystem;
  gate: Gate;
  descriptors: Descriptors;
  children: Children;
}

export function createThreadCalls({ attach, gate, descriptors, children, fileSystem }: ThreadContext): {
  calls: ThreadCalls;
  start(run: RunMessage): void;
} {
  let self: ThreadStart | undefined;
  let processKey = attach.lockName;
  return {
    calls: {
      get processKey() {
        return processKey;
      },
      get self() {
        return self;
      },
      start(init, transfer, exited) {
        gate.enter();
        const cwd = fileSystem.cwd();
        const handle = gate.call(
          {
            call: 'thread',
            processKey,
            cwd: typeof cwd === 'number' ? '/' : cwd,
            umask: fileSystem.credentials.umask,
            descriptors: standardDescriptors(descriptors),
            init,
            transfer: transfer as Transferable[],
          },
          transfer as Transferable[],
        );
        if (handle >= 0) children.add(handle, (gate.payload() as SpawnAnswer).slot, exited, true);
        return handle;
      },
      onEnd: (callback) => gate.onEnd(callback),
      stop(handle) {
        gate.call({ call: 'kill', pid: handle, signal: Signal.SIGKILL });
      },
      cpuTime: (handle) => ({ user: children.ticksUsedBy(handle) * MICROSECONDS_PER_TICK, system: 0 }),
    },
    start({ thread }) {
      if (thread === undefined) return;
      processKey = thread.processKey;
      self = { init: thread.init };
      fileSystem.followDirectory(thread.leaderSlot);
    },
  };
}
