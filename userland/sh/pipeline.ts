import type { CommandNode, Pipeline, Statement } from 'unbash';
import { Errno } from '../../src/base/errno.ts';
import { errorText } from '../program/errors.ts';
import { ShellError } from './control.ts';
import { Handle } from './descriptors.ts';
import type { Job } from './jobs.ts';
import { statusNumber } from './jobs.ts';
import { hasJobControl, launchFailure, waitJob } from './processes.ts';
import { withRedirections } from './redirect.ts';
import type { Shell } from './shell.ts';
import { reportTime, usedCpu } from './time-report.ts';
import { beforeCommand } from './traps.ts';
import { externalLaunch } from './simple-command.ts';
import { inSubshell, launchSubshell } from './subshell.ts';

type RunCommand = (shell: Shell, node: CommandNode) => void;

export function runPipeline(shell: Shell, node: Pipeline, run: RunCommand): void {
  const negated = node.prefixes.filter((prefix) => prefix.type === 'Negation').length % 2 === 1;
  const timed = node.prefixes.find((prefix) => prefix.type === 'Time');
  const startedAtMs = Date.now();
  const before = timed ? usedCpu(shell) : 0;
  if (negated) shell.tolerant++;
  try {
    if (node.commands.length === 1 && node.commands[0] !== undefined) run(shell, node.commands[0]);
    else if (node.commands.length > 1) runStages(shell, node, run);
    else shell.status = 0;
  } finally {
    if (negated) shell.tolerant--;
  }
  if (negated) shell.status = shell.status === 0 ? 1 : 0;
  if (timed) {
    const times = { real: Date.now() - startedAtMs, user: usedCpu(shell) - before };
    reportTime(shell, times, timed.posix !== undefined);
  }
}

/** Each command of a pipeline runs beside the others. One that is not a program of its own is run by a subshell. */
function runStages(shell: Shell, node: Pipeline, run: RunCommand): void {
  const stages = node.commands.length;
  const statuses: number[] = Array.from({ length: stages }, () => 0);
  const started: { stage: number; pid: number }[] = [];
  const ends = openPipes(shell, stages - 1);
  const control = hasJobControl(shell);
  let group = control ? 0 : undefined;
  // The last stage may run in this process while the others run beside it: it only has to be started last.
  const here = control ? -1 : stages - 1;
  for (const [stage, command] of node.commands.entries()) {
    const keepsTraps = stage === here && shell.options.shopt('lastpipe');
    if (command.type === 'Command' && !keepsTraps) beforeCommand(shell, command);
    if (stage === here) continue;
    const pid = withEnds(shell, node, stage, ends, () => launchStage(shell, command, group));
    closeEnds(ends, stage);
    if (pid < 0)
      statuses[stage] =
        pid === NOTHING_STARTED ? shell.status : launchFailure(shell, textOf(shell, command), pid);
    else {
      started.push({ stage, pid });
      group = group === 0 ? pid : group;
    }
  }
  const job =
    started.length > 0
      ? shell.jobs.add(
          started.map(({ pid }) => pid),
          textOf(shell, node),
          false,
        )
      : undefined;
  if (here >= 0) {
    const command = node.commands[here];
    if (command !== undefined) statuses[here] = runHere(shell, node, command, ends, run);
  }
  finish(shell, job, started, statuses);
}

const NOTHING_STARTED = -Errno.ECANCELED;

function runHere(shell: Shell, node: Pipeline, command: CommandNode, ends: Ends, run: RunCommand): number {
  const stage = node.commands.length - 1;
  let status = 0;
  withEnds(shell, node, stage, ends, () => {
    closeEnds(ends, stage);
    if (shell.options.shopt('lastpipe')) {
      run(shell, command);
      status = shell.status;
    } else status = inSubshell(shell, (inner) => run(inner, command));
    return 0;
  });
  return status;
}

function finish(
  shell: Shell,
  job: Job | undefined,
  started: readonly { stage: number }[],
  statuses: number[],
): void {
  if (job !== undefined) {
    const status = waitJob(shell, job);
    for (const [at, { stage }] of started.entries()) {
      const ended = job.processes[at]?.status;
      statuses[stage] = ended === undefined ? status : statusNumber(ended);
    }
  }
  shell.pipeStatus = statuses;
  const failed = shell.options.has('pipefail') ? statuses.findLast((status) => status !== 0) : undefined;
  shell.status = failed ?? statuses.at(-1) ?? 0;
}

/** Pipes between stages: `ends[i]` joins stage i with stage i + 1. */
type Ends = { reader: Handle; writer: Handle; open: Set<'reader' | 'writer'> }[];

function openPipes(shell: Shell, count: number): Ends {
  const { files, streams } = shell.system;
  return Array.from({ length: count }, () => {
    const pipe = streams.pipe();
    if (typeof pipe === 'number') throw new ShellError(`pipe error: ${errorText(pipe)}`, { status: 254 });
    return {
      reader: new Handle(files, pipe[0], true).retain(),
      writer: new Handle(files, pipe[1], true).retain(),
      open: new Set(['reader', 'writer'] as const),
    };
  });
}

/** The shell lets go of the ends that only `stage` uses. */
function closeEnds(ends: Ends, stage: number): void {
  release(ends[stage - 1], 'reader');
  release(ends[stage], 'writer');
}
function release(pipe: Ends[number] | undefined, end: 'reader' | 'writer'): void {
  if (pipe?.open.delete(end)) pipe[end].release();
}

function withEnds(shell: Shell, node: Pipeline, stage: number, ends: Ends, action: () => number): number {
  const saved = shell.descriptors;
  shell.descriptors = saved.clone();
  const before = ends[stage - 1];
  const after = ends[stage];
  if (before !== undefined) shell.descriptors.set(0, before.reader);
  if (after !== undefined) {
    shell.descriptors.set(1, after.writer);
    if (node.operators[stage] === '|&') shell.descriptors.set(2, after.writer);
  }
  try {
    return action();
  } finally {
    shell.descriptors.closeAll();
    shell.descriptors = saved;
  }
}

/** Starts one stage. → pid or -errno */
function launchStage(shell: Shell, command: CommandNode, group: number | undefined): number {
  let pid = NOTHING_STARTED;
  const external = command.type === 'Command' ? externalLaunch(shell, command) : undefined;
  if (external === undefined) return launchSubshell(shell, handedOver(shell, command), group);
  try {
    withRedirections(shell, external.redirects, () => {
      pid = external.start(group);
    });
  } catch (error) {
    if (!(error instanceof ShellError)) throw error;
    shell.complain(error.message);
    shell.status = error.status;
  }
  return pid;
}

const textOf = (shell: Shell, node: { pos: number; end: number }): string =>
  shell.source.text.slice(node.pos, node.end);

/** What a process of its own runs for it: of `( … )` what stands within, as that process is the subshell. */
function handedOver(shell: Shell, command: Statement['command']): string {
  return command.type === 'Subshell'
    ? shell.source.text.slice(command.pos + 1, command.end - 1)
    : textOf(shell, command);
}

const O_RDONLY = 0;

/** `command &` */
export function startBackground(shell: Shell, statement: Statement): void {
  const { command } = statement;
  const text = textOf(shell, command);
  const group = hasJobControl(shell) ? 0 : undefined;
  const saved = shell.descriptors;
  const wasAsynchronous = shell.asynchronous;
  shell.descriptors = saved.clone();
  shell.asynchronous ||= group === undefined;
  try {
    if (group === undefined && shell.descriptors.get(0)?.fd === 0) {
      const fd = shell.system.files.open('/dev/null', O_RDONLY, 0);
      if (fd >= 0) shell.descriptors.set(0, new Handle(shell.system.files, fd, true));
    }
    let simple =
      command.type === 'Command'
        ? launchStage(shell, command, group)
        : launchSubshell(shell, handedOver(shell, command), group);
    // What cannot be started fails beside the shell too: a subshell says so, and has a pid to wait for.
    if (simple === -Errno.ENOENT || simple === -Errno.EACCES) simple = launchSubshell(shell, text, group);
    if (simple < 0) {
      shell.status = simple === NOTHING_STARTED ? shell.status : launchFailure(shell, text, simple);
      return;
    }
    const job = shell.jobs.add([simple], text, true);
    shell.lastBackground = simple;
    shell.status = 0;
    if (shell.interactive) shell.write(2, `[${job.id}] ${simple}\n`);
  } finally {
    shell.asynchronous = wasAsynchronous;
    shell.descriptors.closeAll();
    shell.descriptors = saved;
  }
}
