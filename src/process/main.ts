/**
 * The entry of a process worker. The kernel attaches it to a container, upon which it boots Node's library and says that
 * it is ready; later it is given a program, runs it, and says when nothing of it runs any more. A worker of the userland
 * boots no Node, and is attached again after each command: nothing of a process is left in it but the commands' code.
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
import { createBuiltinHost } from './builtin-host.ts';
import { isNodeCommand, loadNodeCommand } from './node-command.ts';
import { NodeProcess } from './node-process.ts';
import { loadUserland, runUserland } from './userland.ts';
import { createTrim } from './trim.ts';
import { runWasi } from './wasi.ts';
import { createSystem, type ProcessSystem } from './system.ts';

const { location, navigator } = globalThis;
const post = globalThis.postMessage.bind(globalThis) as (
  message: ProcessToKernel,
  transfer?: Transferable[],
) => void;
const addListener = globalThis.addEventListener.bind(globalThis);

/** Without Node: a thread of the userland. */
let attached: { node: NodeProcess | undefined; system: ProcessSystem } | undefined;

/** Of the program that runs: none yet. */
let trim: (idle: boolean) => void = () => undefined;

const describe = (error: unknown) => String((error as Error | undefined)?.stack ?? error);

async function attach(message: AttachMessage): Promise<void> {
  if (message.version !== PROCESS_PROTOCOL_VERSION) {
    throw new Error(`the kernel speaks version ${message.version}, this worker ${PROCESS_PROTOCOL_VERSION}`);
  }
  // Held for as long as the thread lives: the kernel learns from its release that the thread has ended.
  if (attached === undefined) void navigator.locks.request(message.lockName, () => new Promise(() => {}));
  const fileSystem = attachFileSystem(message.vfs, {
    processSlot: message.slot,
    gone() {
      throw new ProcessGone();
    },
  });
  const system = createSystem({
    attach: message,
    fileSystem,
    post,
    enqueue: (callback) => attached?.node?.loop.enqueueUnref(callback),
  });
  const { role } = message;
  if (role === 'userland') {
    attached = { node: undefined, system };
    loadUserland();
    return;
  }
  const node = new NodeProcess({
    system: system.system,
    waiting: system.waiting,
    isOver: () => system.over,
    host: createBuiltinHost(new URL('node/', location.href).href),
    ownScript: location.href,
    role,
  });
  node.loop.onIdle = (idle) => {
    system.idle(idle);
    trim(idle);
  };
  attached = { node, system };
  await node.boot();
}

async function run(message: RunMessage): Promise<void> {
  if (attached === undefined) throw new Error('run before attach');
  const { node, system } = attached;
  system.start(message);
  trim = createTrim();
  const { program } = message;
  if (program.kind === 'wasi') runWasi(system.system, message);
  else if (program.kind === 'userland' && !isNodeCommand(program.name))
    runUserland(system.system, message, program.name);
  else if (node === undefined) throw new Error('a program of Node in a thread without it');
  else await node.run(program.kind === 'node' ? message : loadNodeCommand(message, program.name));
}

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
