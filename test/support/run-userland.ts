import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { System } from '../../polyfills/system.ts';
import { Output } from '../../userland/output.ts';
import { runProgram } from '../../userland/program.ts';
import { findProgram } from '../../userland/registry.ts';
import { HOST_NAME, hostFiles } from './host-files.ts';

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
  env: Record<string, string> = {},
): Run {
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
    fstat: (fd: number, out: Float64Array | BigInt64Array, at: number) => host.fstat(real(fd), out, at),
  };
  const processCalls = {
    pid: process.pid,
    ppid: process.ppid,
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    hostname: HOST_NAME,
  };
  const system = { files, streams: { type: () => 'FILE' }, process: processCalls } as unknown as System;
  const [command = '', ...args] = argv;
  const program = findProgram(command);
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
    env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C.UTF-8', TZ: 'UTC', ...env },
  });
  return {
    status: result.status ?? -1,
    stdout: result.stdout.toString('latin1'),
    stderr: result.stderr.toString('latin1'),
  };
}
