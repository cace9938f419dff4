/** A child with three pipes, the leader of a session of its own, so that a signal can take everything it started. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { BridgeError, codeOf, messageOf } from '../errors.ts';
import type { Child, ChildEvents, ChildOptions } from './child.ts';

/** Rejects if the operating system could not start it. */
export async function spawnWithPipes(options: ChildOptions, events: ChildEvents): Promise<Child> {
  const child = spawn(options.file, [...options.args], {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: 'pipe',
  });
  const { stdin, stdout, stderr, pid } = child;
  stdin.on('error', () => events.inputClosed());
  stdout.on('data', (bytes: Buffer) => events.output('stdout', bytes));
  stderr.on('data', (bytes: Buffer) => events.output('stderr', bytes));
  child.on('exit', (code, signal) => events.ended(code, signal));
  child.on('close', () => events.closed());
  if (pid === undefined) {
    const [error] = (await once(child, 'error')) as [unknown];
    throw new BridgeError(codeOf(error), messageOf(error));
  }
  child.on('error', () => undefined); // a signal that could not be sent: the caller sees that by itself
  return {
    osPid: pid,
    tty: false,
    write: (bytes, taken) => stdin.write(bytes, () => taken()),
    end: () => stdin.end(),
    pause: () => {
      stdout.pause();
      stderr.pause();
    },
    resume: () => {
      stdout.resume();
      stderr.resume();
    },
    abandonOutput: () => {
      stdout.destroy();
      stderr.destroy();
    },
  };
}
