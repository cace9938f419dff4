import { errorText } from '../../program/errors.ts';
import { type Job, jobState, jobStatus } from '../jobs.ts';
import { hasJobControl, waitJob } from '../processes.ts';
import type { Shell } from '../shell.ts';
import { conditionName, runPendingTraps, signalNames, signalNumber } from '../traps.ts';

const NOT_A_CHILD = 127;
const USAGE_ERROR = 2;
const SIGCONT = 18;
const SIGSTOP = 19;
const SIGNAL_BASE = 128;
const MEGABYTE = 1024;

export function describeState(job: Job): string {
  const state = jobState(job);
  if (state === 'running') return 'Running';
  if (state === 'stopped') return 'Stopped';
  const status = jobStatus(job);
  if (status === 0) return 'Done';
  return status > SIGNAL_BASE ? 'Terminated' : `Exit ${status}`;
}

export function jobLine(shell: Shell, job: Job): string {
  const { current, previous } = shell.jobs.shown;
  const mark = job === current ? '+' : job === previous ? '-' : ' ';
  const running = jobState(job) === 'running' ? ' &' : '';
  return `[${job.id}]${mark}  ${describeState(job).padEnd(24)}${job.command}${running}\n`;
}

export function jobs(shell: Shell, args: readonly string[]): number {
  const { shown } = shell.jobs;
  shown.poll();
  const pidsOnly = args.includes('-p');
  const long = args.includes('-l');
  for (const job of [...shown.list]) {
    if (args.includes('-r') && jobState(job) !== 'running') continue;
    if (args.includes('-s') && jobState(job) !== 'stopped') continue;
    if (pidsOnly) shell.write(1, `${job.group}\n`);
    else
      shell.write(
        1,
        long ? jobLine(shell, job).replace(/^(\[\d+\].) /, `$1 ${job.group} `) : jobLine(shell, job),
      );
    if (jobState(job) === 'done') shown.remove(job);
  }
  return 0;
}

/** `wait`: for all children, for jobs, for pids; `-n` for the next that ends. */
export function wait(shell: Shell, args: readonly string[]): number {
  const next = args.includes('-n');
  const targets = args.filter((arg) => !arg.startsWith('-') && arg !== '--');
  if (targets.length === 0 || next) return waitAny(shell, next, targets);
  let status = 0;
  for (const target of targets) status = waitOne(shell, target);
  return status;
}

/** Ends early for a trapped signal, as POSIX has it. */
function waitAny(shell: Shell, next: boolean, targets: readonly string[]): number {
  for (;;) {
    const jobs = shell.jobs.list.filter(
      (job) =>
        !job.keep && (targets.length === 0 || targets.some((target) => shell.jobs.find(target) === job)),
    );
    const done = jobs.find((job) => jobState(job) === 'done');
    if (done !== undefined) {
      const status = jobStatus(done);
      shell.jobs.remove(done);
      if (next) return status;
      continue;
    }
    if (jobs.length === 0) return next ? NOT_A_CHILD : 0;
    const interrupted = step(shell, jobs);
    if (interrupted !== undefined) return interrupted;
  }
}

function step(shell: Shell, jobs: readonly Job[]): number | undefined {
  if (shell.jobs.waitChange(jobs, false, null) === 0) return undefined;
  const [signal] = runPendingTraps(shell).filter((number) => number !== CHILD_SIGNAL);
  return signal === undefined ? undefined : SIGNAL_BASE + signal;
}
const CHILD_SIGNAL = 17;

function waitOne(shell: Shell, target: string): number {
  if (!/^(%.*|\d+)$/.test(target)) {
    shell.complain(`wait: \`${target}': not a pid or valid job spec`);
    return 1;
  }
  const job = shell.jobs.find(target);
  if (job === undefined) {
    const past = /^\d+$/.test(target) ? shell.jobs.pastStatus(Number(target)) : undefined;
    if (past !== undefined) return past;
    shell.complain(
      target.startsWith('%')
        ? `wait: ${target}: no such job`
        : `wait: pid ${target} is not a child of this shell`,
    );
    return NOT_A_CHILD;
  }
  while (jobState(job) === 'running') {
    const interrupted = step(shell, [job]);
    if (interrupted !== undefined) return interrupted;
  }
  const own = job.processes.find((process) => String(process.pid) === target)?.status;
  const status = own === undefined ? jobStatus(job) : own.signal === 0 ? own.code : SIGNAL_BASE + own.signal;
  shell.jobs.remove(job);
  return status;
}

/** `fg`, `bg` */
function resume(foreground: boolean) {
  return (shell: Shell, args: readonly string[]): number => {
    const name = foreground ? 'fg' : 'bg';
    if (!hasJobControl(shell)) {
      shell.complain(`${name}: no job control`);
      return 1;
    }
    shell.jobs.poll();
    const job = args[0] === undefined ? shell.jobs.current : shell.jobs.find(args[0]);
    if (job === undefined) {
      shell.complain(`${name}: ${args[0] ?? 'current'}: no such job`);
      return 1;
    }
    shell.write(1, foreground ? `${job.command}\n` : `[${job.id}]+ ${job.command} &\n`);
    for (const process of job.processes) if (process.state === 'stopped') process.state = 'running';
    job.background = !foreground;
    if (foreground) shell.system.process.setForegroundGroup(0, job.group);
    shell.system.process.kill(-job.group, SIGCONT);
    return foreground ? waitJob(shell, job) : 0;
  };
}
export const fg = resume(true);
export const bg = resume(false);

/** `suspend`: the shell stops itself; a login shell needs -f. */
export function suspend(shell: Shell, args: readonly string[]): number {
  if (!args.includes('-f') && (!hasJobControl(shell) || shell.options.shopt('login_shell'))) {
    shell.complain(`suspend: cannot suspend${hasJobControl(shell) ? ' a login shell' : ': no job control'}`);
    return 1;
  }
  shell.system.process.kill(shell.pid, SIGSTOP);
  return 0;
}

export function disown(shell: Shell, args: readonly string[]): number {
  const keep = args.includes('-h');
  const all = args.includes('-a') || args.includes('-r');
  const specs = args.filter((arg) => !/^-[har]+$/.test(arg));
  const jobs = all
    ? [...shell.jobs.list]
    : specs.length > 0
      ? specs.map((spec) => shell.jobs.find(spec))
      : [shell.jobs.current];
  let status = 0;
  for (const [at, job] of jobs.entries()) {
    if (job === undefined) {
      shell.complain(`disown: ${specs[at] ?? 'current'}: no such job`);
      status = 1;
    } else if (keep) job.keep = true;
    else shell.jobs.remove(job);
  }
  return status;
}

export function kill(shell: Shell, args: readonly string[]): number {
  if (args[0] === '-l' || args[0] === '-L') return listSignals(shell, args.slice(1));
  let signal = signalNumber('TERM') ?? 0;
  let rest = [...args];
  const [first = ''] = rest;
  if (first === '-s' || first === '-n') {
    const chosen = numberOf(rest[1] ?? '');
    if (chosen === undefined) return invalidSignal(shell, rest[1] ?? '');
    signal = chosen;
    rest = rest.slice(2);
  } else if (first.startsWith('-') && first !== '--') {
    const chosen = numberOf(first.slice(1));
    if (chosen === undefined) return invalidSignal(shell, first.slice(1));
    signal = chosen;
    rest = rest.slice(1);
  }
  if (rest[0] === '--') rest = rest.slice(1);
  if (rest.length === 0) {
    shell.complain(
      'kill: usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]',
    );
    return USAGE_ERROR;
  }
  return rest.reduce((worst, target) => Math.max(worst, killOne(shell, target, signal)), 0);
}

const numberOf = (given: string): number | undefined => {
  if (given === '0') return 0;
  const name = conditionName(given);
  return name === undefined ? undefined : signalNumber(name);
};

function invalidSignal(shell: Shell, given: string): number {
  shell.complain(`kill: ${given}: invalid signal specification`);
  return 1;
}

function killOne(shell: Shell, target: string, signal: number): number {
  const job = target.startsWith('%') ? shell.jobs.shown.find(target) : undefined;
  if (target.startsWith('%') && job === undefined) {
    shell.complain(`kill: ${target}: no such job`);
    return 1;
  }
  if (job === undefined && !/^-?\d+$/.test(target)) {
    shell.complain(`kill: ${target}: arguments must be process or job IDs`);
    return 1;
  }
  const { process } = shell.system;
  const results =
    job === undefined
      ? [process.kill(Number(target), signal)]
      : job.processes.filter(({ state }) => state !== 'done').map(({ pid }) => process.kill(pid, signal));
  const failed = results.find((result) => result < 0);
  if (failed !== undefined) shell.complain(`kill: (${target}) - ${errorText(failed)}`);
  return failed === undefined ? 0 : 1;
}

function listSignals(shell: Shell, given: readonly string[]): number {
  const all = signalNames();
  if (given.length === 0) {
    shell.write(
      1,
      all
        .map(([name, number], at) => `${String(number).padStart(2)}) SIG${name}${at % 5 === 4 ? '\n' : '\t'}`)
        .join('')
        .trimEnd() + '\n',
    );
    return 0;
  }
  let status = 0;
  for (const word of given) {
    if (word === '0') {
      shell.write(1, 'EXIT\n');
      continue;
    }
    const number = /^\d+$/.test(word) ? Number(word) % SIGNAL_BASE : undefined;
    const found = number === undefined ? numberOf(word) : all.find((entry) => entry[1] === number)?.[0];
    if (found === undefined) status = invalidSignal(shell, word);
    else shell.write(1, `${found}\n`);
  }
  return status;
}

export function times(shell: Shell): number {
  const { process } = shell.system;
  const format = (microseconds: number): string => {
    const seconds = microseconds / 1e6;
    return `${Math.floor(seconds / 60)}m${(seconds % 60).toFixed(3)}s`;
  };
  for (const { user, system } of [process.cpuTime(), process.childrenCpuTime()])
    shell.write(1, `${format(user)} ${format(system)}\n`);
  return 0;
}

/** `ulimit -t`: → status */
function limitCpu(shell: Shell, wanted: string | undefined): number {
  const { process } = shell.system;
  if (wanted === undefined) {
    const now = process.cpuLimit(null);
    shell.write(1, `${now === Infinity ? 'unlimited' : Math.ceil(now / SECOND_MS)}\n`);
    return 0;
  }
  if (wanted !== 'unlimited' && !/^\d+$/.test(wanted)) {
    shell.complain(`ulimit: ${wanted}: invalid number`);
    return 1;
  }
  // No bound is what it has, or more than it may ask for.
  const cpuMs = wanted === 'unlimited' ? Number.MAX_SAFE_INTEGER : Number(wanted) * SECOND_MS;
  const isNone = wanted === 'unlimited' && process.cpuLimit(null) === Infinity;
  if (isNone || process.cpuLimit(cpuMs) >= 0) return 0;
  shell.complain('ulimit: cpu time: cannot modify limit: Operation not permitted');
  return 1;
}
const SECOND_MS = 1000;

/** Processor time is bounded here; what else a container bounds is set when it is booted: shown, not changed. */
export function ulimit(shell: Shell, args: readonly string[]): number {
  const shown: readonly (readonly [letter: string, text: string, value: string])[] = [
    ['c', 'core file size              (blocks, -c)', '0'],
    ['f', 'file size                   (blocks, -f)', 'unlimited'],
    ['n', 'open files                          (-n)', String(MEGABYTE)],
    ['s', 'stack size                  (kbytes, -s)', '984'],
    ['u', 'max user processes                  (-u)', 'unlimited'],
    ['v', 'virtual memory              (kbytes, -v)', 'unlimited'],
  ];
  const letter = args.find((arg) => /^-[a-z]$/.test(arg) && arg !== '-S' && arg !== '-H')?.slice(1) ?? 'f';
  if (letter === 'a') {
    shell.write(1, shown.map(([, text, value]) => `${text} ${value}\n`).join(''));
    shell.write(1, 'cpu time                   (seconds, -t) ');
    return limitCpu(shell, undefined);
  }
  if (letter === 't')
    return limitCpu(
      shell,
      args.find((arg) => !arg.startsWith('-')),
    );
  if (args.some((arg) => !arg.startsWith('-'))) {
    shell.complain('ulimit: limits are set when the container is booted (boot({ limits }))');
    return 1;
  }
  shell.write(1, `${shown.find(([name]) => name === letter)?.[2] ?? 'unlimited'}\n`);
  return 0;
}
