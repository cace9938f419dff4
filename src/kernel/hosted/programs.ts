/** The hosted programs by name. */
import { REMOTE_NODE } from '../../protocol/hosted.ts';
import type { StartRequest } from '../process/admit.ts';
import type { Kernel } from '../kernel.ts';
import type { Process } from '../process/process.ts';
import { fsync, openclaw, rshell, runtimeCommand, term, workerd } from '../remote/commands.ts';
import { nativeBuild } from '../remote/native-build.ts';
import { nodeProgram } from '../remote/node.ts';
import { remotePackageOf } from '../remote/package-script.ts';
import { s3ls, s3meta, s3pull, s3push, s3rm, s3status, s3sync } from '../remote/s3-commands.ts';
import { type RemoteProgram, runRemote } from '../remote/run.ts';
import { backup, code, edit, upload, xdgOpen } from './page-commands.ts';
import { type HostedMain, startHosted } from './start.ts';

export type HostedProgram = (kernel: Kernel) => HostedMain;

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** A command that only the runtime has. */
const remoteRun: HostedProgram = (kernel) => async (io, start) => {
  const command = baseName(start.argv[0] ?? '');
  return await runRemote(kernel, io, start, {
    processType: 'shell',
    command,
    args: start.argv.slice(1),
    reason: `${command} does not run in a browser`,
    explicit: false,
  });
};

/** A command that was asked to run there, whatever it is. */
const remoteCommand: HostedProgram = (kernel) => async (io, start) => {
  const [command = '', ...args] = start.argv;
  const reason = 'it was asked to run on the external runtime';
  const program: RemoteProgram =
    command === 'node'
      ? nodeProgram(args, reason, true)
      : { processType: 'shell', command, args, reason, explicit: true };
  return await runRemote(kernel, io, start, program);
};

/** npm's scripts around the installation of a package. */
const INSTALLS = /^npm_lifecycle_event=(pre|post)?install$/;

/** A Node program of a package that is nothing without a binary of its own. */
const remoteNode: HostedProgram = (kernel) => async (io, start) => {
  const name = remotePackageOf(kernel.files, start.argv, start.cwd) ?? '';
  if (start.env.some((entry) => INSTALLS.test(entry))) {
    await io.write(2, `${name}: its binary is installed on the external runtime, when it is first run.\n`);
    return { code: 0, signal: 0 };
  }
  const reason = `${name} needs a binary that does not run in a browser`;
  return await runRemote(kernel, io, start, nodeProgram(start.argv.slice(1), reason, false));
};

const PROGRAMS: Readonly<Record<string, HostedProgram>> = {
  'remote-run': remoteRun,
  'remote-command': remoteCommand,
  [REMOTE_NODE]: remoteNode,
  'native-build': nativeBuild,
  workerd,
  rshell,
  runtime: runtimeCommand,
  fsync,
  openclaw,
  term,
  edit,
  upload,
  'xdg-open': xdgOpen,
  code,
  backup,
  s3status,
  s3push,
  s3pull,
  s3ls,
  s3sync,
  s3rm,
  s3meta,
};
const REMOTE = new Set([REMOTE_NODE, 'native-build', 'remote-run', 'remote-command', 'workerd', 'rshell']);

/** → the process, or -errno. */
export function startHostedProgram(kernel: Kernel, request: StartRequest, name: string): Process | number {
  const { runtime, main } = hostedPlace(kernel, name);
  return startHosted(kernel, request, runtime, main);
}

/** Where the program runs, and what runs it. */
export function hostedPlace(
  kernel: Kernel,
  name: string,
): { runtime: 'browser' | 'remote'; main: HostedMain } {
  const program = PROGRAMS[name];
  if (program === undefined) throw new Error(`the kernel has no program '${name}'`);
  return { runtime: REMOTE.has(name) ? 'remote' : 'browser', main: program(kernel) };
}
