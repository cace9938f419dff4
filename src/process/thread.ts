/**
 * A worker that the kernel ends and starts: it is attached to a container, upon which it makes itself ready and says so;
 * later it is given a program, runs it, and says when nothing of it runs any more.
 */
import { ProcessGone } from '../../polyfills/system.ts';
import { attach as attachFileSystem } from '../../vfs/attach.ts';
import { promiseThen } from '../base/intrinsics.ts';
import {
  type AttachMessage,
  type KernelToProcess,
  PROCESS_PROTOCOL_VERSION,
  type ProcessToKernel,
  type RunMessage,
} from '../protocol/process.ts';
import { createSystem, type ProcessSystem } from './system.ts';

const { navigator } = globalThis;
const post = globalThis.postMessage.bind(globalThis) as (
  message: ProcessToKernel,
  transfer?: Transferable[],
) => void;
const addListener = globalThis.addEventListener.bind(globalThis);

/** What this kind of worker makes of a thread. */
export interface ThreadKind {
  /** Makes ready what programs need. */
  boot(system: ProcessSystem, message: AttachMessage): void | Promise<void>;
  /** Runs a program to its end. */
  run(system: ProcessSystem, message: RunMessage): void | Promise<void>;
  /** Runs `callback` in the loop's poll phase; must not keep the loop alive. */
  enqueue(callback: () => void): void;
}

const describe = (error: unknown) => String((error as Error | undefined)?.stack ?? error);

/** Serves the kernel for as long as the worker lives. */
export function serveKernel(kind: ThreadKind): void {
  let attached: ProcessSystem | undefined;
  const attach = async (message: AttachMessage): Promise<void> => {
    if (message.version !== PROCESS_PROTOCOL_VERSION) {
      throw new Error(
        `the kernel speaks version ${message.version}, this worker ${PROCESS_PROTOCOL_VERSION}`,
      );
    }
    // Held for as long as the thread lives: the kernel learns from its release that the thread has ended.
    if (attached === undefined) void navigator.locks.request(message.lockName, () => new Promise(() => {}));
    const fileSystem = attachFileSystem(message.vfs, {
      processSlot: message.slot,
      gone() {
        throw new ProcessGone();
      },
    });
    attached = createSystem({ attach: message, fileSystem, post, enqueue: kind.enqueue });
    await kind.boot(attached, message);
  };
  const run = async (message: RunMessage): Promise<void> => {
    if (attached === undefined) throw new Error('run before attach');
    attached.start(message);
    await kind.run(attached, message);
  };
  addListener('message', ({ data }: MessageEvent<KernelToProcess>) => {
    if (data.type === 'attach') {
      void attach(data).then(
        () => post({ type: 'ready' }),
        (error: unknown) => post({ type: 'boot-failed', message: describe(error) }),
      );
    } else if (data.type === 'run') {
      // The program has begun: promise hooks that it has set are not told of this layer's promises.
      promiseThen(
        run(data),
        () => post({ type: 'gone' }),
        (error: unknown) => post({ type: 'boot-failed', message: describe(error) }),
      );
    }
  });
}
