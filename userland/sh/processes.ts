import { Errno } from '../../src/base/errno.ts';
import type { StdioSource } from '../../polyfills/system.ts';
import { errorText } from '../program/errors.ts';
import { type Job, jobState, jobStatus } from './jobs.ts';
import type { Shell } from './shell.ts';
import { Interrupted } from './control.ts';
import { endsLine, noteSignals, settleSignal, signalNumber } from './traps.ts';

const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;
const SIGINT = 2;
const SIGQUIT = 3;
/** Without job control, what is started in the background is not ended by the terminal's keys (POSIX, 2.12). */
const KEYBOARD_SIGNALS = [SIGINT, SIGQUIT];
/** Descriptors above the standard three that a child inherits at most. */
const INHERITED_MAX = 256;

export interface Launch {
  file: string;
  /** argv, its first element included. */
  args: readonly string[];
  /** `NAME=value` */
  env: readonly string[];
  /** 0 = a group of its own, n = that group; undefined: the shell's. */
  group: number | undefined;
}

/** Starts a program with the shell's descriptors as they are now. → pid or -errno */
export function launch(shell: Shell, { file, args, env, group }: Launch): number {
  const stdio: StdioSource[] = [];
  const highest = Math.min(shell.descriptors.highest, INHERITED_MAX);
  for (let number = 0; number <= Math.max(2, highest); number++) {
    const handle = shell.descriptors.get(number);
    stdio.push(handle === undefined ? { kind: 'null' } : { kind: 'fd', fd: handle.fd });
  }
  const cwd = shell.system.files.cwd();
  return shell.system.process.spawn(
    {
      file,
      args,
      env,
      stdio,
      detached: false,
      cwd: typeof cwd === 'string' ? cwd : undefined,
      processGroup: group,
      ignoredSignals: ignoredSignals(shell),
    },
    new Map(),
    () => undefined,
  );
}

/** What a trap ignores, and what was ignored when the shell began: so it is for the programs that it starts. */
function ignoredSignals({ traps, asynchronous }: Shell): number[] {
  const ignored = [...traps].flatMap(([name, action]) => {
    const number = action === '' ? signalNumber(name) : undefined;
    return number === undefined ? [] : [number];
  });
  return asynchronous ? [...ignored, ...KEYBOARD_SIGNALS] : ignored;
}

/** The program in the shell's place, with its descriptors as they are now. → -errno: otherwise the shell is over. */
export function become(shell: Shell, { file, args, env }: Omit<Launch, 'group'>): number {
  const { highest } = shell.descriptors;
  const descriptors: (number | null)[] = [];
  for (let number = 0; number <= Math.min(highest, INHERITED_MAX); number++)
    descriptors.push(shell.descriptors.get(number)?.fd ?? null);
  return shell.system.process.replace({
    file,
    args,
    env,
    descriptors,
    search: true,
    ignoredSignals: ignoredSignals(shell),
  });
}

/** The path of a command by PATH; undefined when there is none. A name with a slash is itself. */
export function findCommand(shell: Shell, name: string, path?: string): string | undefined {
  return commandsNamed(shell, name, path).next().value ?? undefined;
}

/** Every program of that name on PATH, in order. A name with a slash is itself. */
export function* commandsNamed(
  shell: Shell,
  name: string,
  path = shell.variables.get('PATH') ?? '',
): Generator<string, undefined> {
  if (name.includes('/')) yield name;
  else
    for (const folder of path.split(':')) {
      const candidate = `${folder === '' ? '.' : folder}/${name}`;
      if (shell.system.files.kind(candidate) === 0 && shell.system.files.access(candidate, 1) >= 0)
        yield candidate;
    }
}

/** Says why a command did not start. → its status */
export function launchFailure(shell: Shell, name: string, errno: number): number {
  if (errno === -Errno.ENOENT && !name.includes('/')) {
    shell.complain(`${name}: command not found`);
    return NOT_FOUND;
  }
  const folder = errno === -Errno.EACCES && shell.system.files.kind(name) === 1;
  shell.complain(`${name}: ${folder ? 'Is a directory' : errorText(errno)}`);
  return errno === -Errno.ENOENT ? NOT_FOUND : NOT_EXECUTABLE;
}

/** True when pipelines get a process group each, and the terminal while they are in the foreground. */
export function hasJobControl(shell: Shell): boolean {
  return shell.options.has('monitor') && shell.subshell === 0;
}

/** Gives the terminal to a group, where there is job control. */
export function giveTerminal(shell: Shell, group: number): void {
  if (shell.interactive && hasJobControl(shell)) shell.system.process.setForegroundGroup(0, group);
}

/** Waits for a foreground pipeline. → its status; a stopped one becomes a job. */
export function waitForeground(shell: Shell, pids: readonly number[], command: string): number {
  const job = shell.jobs.add(pids, command, false);
  return waitJob(shell, job);
}

export function waitJob(shell: Shell, job: Job): number {
  const control = hasJobControl(shell);
  giveTerminal(shell, job.group);
  try {
    while (shell.jobs.waitFor(job, control) < 0) {
      // A signal of our own: without job control ^C reached the child too, which decides. Traps run after the command.
      if (jobState(job) !== 'running') break;
      if (!noteSignals(shell).includes(SIGINT) || !endsLine(shell)) continue;
      // It came before the job was there, for which it was meant.
      settleSignal(shell, SIGINT);
      for (const { pid } of job.processes) shell.system.process.kill(pid, SIGINT);
    }
  } finally {
    giveTerminal(shell, shell.pid);
  }
  if (jobState(job) === 'stopped') {
    job.background = true;
    shell.write(2, `\n[${job.id}]+  Stopped                 ${job.command}\n`);
    job.told = true;
    return 128 + STOPPED_BY;
  }
  shell.jobs.remove(job);
  reportSignal(shell, job);
  if (job.processes.at(-1)?.status?.signal === SIGINT && endsLine(shell)) throw new Interrupted();
  return jobStatus(job);
}
const STOPPED_BY = 20;

const SIGNAL_TEXTS: Readonly<Record<number, string>> = {
  3: 'Quit',
  4: 'Illegal instruction',
  6: 'Aborted',
  9: 'Killed',
  11: 'Segmentation fault',
  14: 'Alarm clock',
  15: 'Terminated',
};

function reportSignal(shell: Shell, job: Job): void {
  const signal = job.processes.at(-1)?.status?.signal ?? 0;
  if (signal === SIGINT && shell.interactive) shell.write(2, '\n');
  const message = SIGNAL_TEXTS[signal];
  if (message !== undefined && (shell.interactive || signal !== 15)) shell.write(2, `${message}\n`);
}
