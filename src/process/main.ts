/** The entry of a process worker: it boots Node's library, and runs a program of Node, of WASI or of the userland. */
import type { AttachMessage, RunMessage } from '../protocol/process.ts';
import { createBuiltinHost, fetchFacts } from './programs/builtin-host.ts';
import { isNodeCommand, loadNodeCommand } from './programs/node-command.ts';
import { NodeProcess } from './programs/node-process.ts';
import type { ProcessSystem } from './system.ts';
import { serveKernel } from './thread.ts';
import { createTrim } from './programs/trim.ts';
import { runUserland } from './programs/userland.ts';
import { runWasi } from './programs/wasi.ts';

const { location } = globalThis;
const library = new URL('node/', location.href).href;

/**
 * On its way while the kernel's first message is. From a microtask: the browser notes who asks, for which V8 reads each
 * function of the stack again, and here that is the whole script (as for errors: scripts/node-layer/workers.mjs).
 */
const facts = Promise.resolve().then(() => fetchFacts(library));

let node: NodeProcess | undefined;

/** Of the program that runs: none yet. */
let trim: (idle: boolean) => void = () => undefined;

async function boot(system: ProcessSystem, { role }: AttachMessage): Promise<void> {
  node = new NodeProcess({
    system: system.system,
    waiting: system.waiting,
    isOver: () => system.over,
    host: createBuiltinHost(library),
    facts: await facts,
    ownScript: location.href,
    role: role === 'thread' ? role : 'main',
  });
  node.loop.onIdle = (idle) => {
    system.idle(idle);
    trim(idle);
  };
  await node.boot();
}

async function run({ system }: ProcessSystem, message: RunMessage): Promise<void> {
  trim = createTrim();
  const { program } = message;
  if (program.kind === 'wasi') runWasi(system, message);
  else if (program.kind === 'userland' && !isNodeCommand(program.name))
    runUserland(system, message, program.name);
  else await node?.run(program.kind === 'node' ? message : loadNodeCommand(message, program.name));
}

serveKernel({ boot, run, enqueue: (callback) => node?.loop.enqueueUnref(callback) });
