import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import type { ExitStatus, ProcessCalls, System } from '../../polyfills/system.ts';
import { Output } from '../../userland/program/output.ts';
import { runProgram } from '../../userland/program/program.ts';
import { jqProgram } from '../../userland/jq/program.ts';
import { PROGRAMS } from '../../userland/registry.ts';
import { TOOLS } from '../../userland/tools-registry.ts';
import { HOST_NAME, hostFiles } from './host-files.ts';

const HOST_ENVIRONMENT = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C.UTF-8', TZ: 'UTC', TERM: 'xterm' };

const JQ = jqProgram(fs.readFileSync(createRequire(import.meta.url).resolve('jq-web/jq.wasm')));

export interface Run {
  status: number;
  stdout: string;
  stderr: string;
}

/** Runs a command of the userland in this process: its files are this machine's, below `cwd`; its standard input is `input`. */
export function runUserland(
  argv: readonly string[],
  cwd: string,
  input = '',
  given: Record<string, string> = {},
): Run {
  const env = { ...HOST_ENVIRONMENT, ...given };
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'userland-'));
  const stream = (name: string, text?: string): number => {
    const file = path.join(folder, name);
    if (text !== undefined) fs.writeFileSync(file, Buffer.from(text, 'latin1'));
    return fs.openSync(file, text === undefined ? 'w+' : 'r');
  };
  const descriptors = [stream('0', input), stream('1'), stream('2')] as const;
  const host = hostFiles(cwd);
  const real = (fd: number): number => descriptors[fd] ?? fd;
  const files = {
    ...host,
    read: (fd: number, into: Uint8Array, position: number | null) => host.read(real(fd), into, position),
    write: (fd: number, from: Uint8Array, position: number | null) => host.write(real(fd), from, position),
    close: (fd: number) => (fd < descriptors.length ? 0 : host.close(fd)),
    fstat: (fd: number, out: Float64Array | BigInt64Array, at: number) => host.fstat(real(fd), out, at),
  };
  const processCalls = {
    pid: process.pid,
    ppid: process.ppid,
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    hostname: HOST_NAME,
    hardwareConcurrency: os.availableParallelism(),
    ...hostChildren(cwd, folder, real),
  };
  const system = {
    files,
    streams: { type: () => 'FILE', terminalModes: () => -os.constants.errno.ENOTTY },
    process: processCalls,
    unix: { sleep: (ms: number) => (Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms), 0) },
    clock: { timeOrigin: performance.timeOrigin, now: () => performance.now() },
  } as unknown as System;
  const [command = '', ...args] = argv;
  const program = [...PROGRAMS, ...TOOLS, JQ].find(
    ({ name, aliases }) => name === command || aliases?.includes(command),
  );
  if (program === undefined) throw new Error(`no such program: ${command}`);
  try {
    const status = runProgram(program, {
      system,
      name: command,
      args,
      env,
      stdout: new Output(system, 1),
      stderr: new Output(system, 2, true),
    });
    const text = (name: string): string => fs.readFileSync(path.join(folder, name), 'latin1');
    return { status, stdout: text('1'), stderr: text('2') };
  } finally {
    descriptors.forEach((fd) => fs.closeSync(fd));
    fs.rmSync(folder, { recursive: true });
  }
}

/**
 * Children are this machine's own programs, run to their end at once: what they write to a pipe is in a file by then.
 * One that reads from a pipe runs when it is waited for, with all that was written.
 */
function hostChildren(
  cwd: string,
  folder: string,
  real: (fd: number) => number,
): Pick<ProcessCalls, 'spawn' | 'waitSync' | 'kill'> {
  const results = new Map<number, () => ExitStatus>();
  let pid = 0;
  return {
    spawn(request, pipes) {
      const [name = '', ...args] = request.args;
      const id = ++pid;
      const pipeFiles = request.stdio.map((source, fd) => {
        if (source.kind !== 'pipe') return undefined;
        const file = path.join(folder, `pipe-${id}-${fd}`);
        pipes.set(fd, fs.openSync(file, 'w+'));
        return file;
      });
      const run = (): ReturnType<typeof spawnSync> =>
        spawnSync(request.file, args, {
          argv0: name,
          cwd: request.cwd ?? cwd,
          env: Object.fromEntries(request.env.map((entry) => entry.split(/=(.*)/s) as [string, string])),
          stdio: request.stdio.map((source, fd) => {
            const file = pipeFiles[fd];
            if (file !== undefined) return fs.openSync(file, fd === 0 ? 'r' : 'w');
            return source.kind === 'fd' ? real(source.fd) : 'ignore';
          }),
        });
      const statusOf = (result: ReturnType<typeof spawnSync>): ExitStatus => ({
        code: result.status ?? 0,
        signal: result.signal === null ? 0 : os.constants.signals[result.signal],
      });
      if (pipeFiles[0] !== undefined) {
        results.set(id, () => statusOf(run()));
        return id;
      }
      const result = run();
      if (result.error) return (result.error as NodeJS.ErrnoException).errno ?? -os.constants.errno.EINVAL;
      results.set(id, () => statusOf(result));
      return id;
    },
    kill: (target, signal) => {
      try {
        process.kill(target, signal);
        return 0;
      } catch (error) {
        return (error as NodeJS.ErrnoException).errno ?? -os.constants.errno.EINVAL;
      }
    },
    waitSync: (id) => results.get(id)?.() ?? -os.constants.errno.ECHILD,
  };
}

/** The same command by this machine's own tool. */
export function runHost(
  argv: readonly string[],
  cwd: string,
  input = '',
  env: Record<string, string> = {},
): Run {
  const [command = '', ...args] = argv;
  const result = spawnSync('env', [command, ...args], {
    cwd,
    input: Buffer.from(input, 'latin1'),
    env: { ...HOST_ENVIRONMENT, ...env },
  });
  return {
    status: result.status ?? -1,
    stdout: result.stdout.toString('latin1'),
    stderr: result.stderr.toString('latin1'),
  };
}
