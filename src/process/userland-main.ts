/**
 * The entry of a worker of the userland: commands run in it without Node, and it is attached again after each; nothing of
 * a process is left in it but the commands' code. It is a script of its own, for Node's bindings are seven times as long.
 */
import { serveKernel } from './thread.ts';
import { loadUserland, runUserland } from './programs/userland.ts';

serveKernel({
  boot(_system, { preload }) {
    if (preload) loadUserland();
  },
  run({ system }, message) {
    const { program } = message;
    if (program.kind !== 'userland')
      throw new Error(`a program of ${program.kind} in a worker of the userland`);
    runUserland(system, message, program.name);
  },
  enqueue: () => undefined,
});
