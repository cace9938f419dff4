import { Errno } from '../../src/base/errno.ts';
import { Signal } from '../../src/base/signals.ts';
import type { ExitStatus } from '../../polyfills/system.ts';
import { becomeCommand, runChild, SIGNALLED, startChild } from '../program/child.ts';
import { parseDuration } from '../text/duration.ts';
import { errorText } from '../program/errors.ts';
import { parseOptions } from '../program/options.ts';
import { complain } from '../files/per-file.ts';
import { Failure, type Program, type ProgramContext, UsageError } from '../program/program.ts';
import { parseSignal } from './kill.ts';

const SPECS = {
  foreground: { long: 'foreground' },
  killAfter: { short: 'k', long: 'kill-after', value: 'required' },
  preserve: { long: 'preserve-status' },
  signal: { short: 's', long: 'signal', value: 'required' },
  verbose: { short: 'v', long: 'verbose' },
  help: { long: 'help' },
} as const;

const TIMED_OUT = 124;
const OWN_FAILURE = 125;
const SECOND_MS = 1000;

function milliseconds(text: string): number | null {
  const seconds = parseDuration(text);
  if (seconds === undefined) throw new UsageError(`invalid time interval '${text}'`);
  return seconds === 0 || seconds === Infinity ? null : seconds * SECOND_MS;
}

/** Waits for the child's end; undefined when the time is up first. */
function waitFor(context: ProgramContext, pid: number, limitMs: number | null): ExitStatus | undefined {
  const { process, clock } = context.system;
  const deadline = limitMs === null ? null : clock.now() + limitMs;
  for (;;) {
    const left = deadline === null ? null : Math.max(0, deadline - clock.now());
    const ended = process.waitSync(pid, left);
    if (typeof ended !== 'number') return ended;
    if (ended === -Errno.ETIMEDOUT) return undefined;
    if (ended !== -Errno.EINTR) throw new Failure(`wait: ${errorText(ended)}`, OWN_FAILURE);
  }
}

function main(context: ProgramContext): number {
  const { has, value, operands } = parseOptions(context.args, SPECS, { stopAtOperand: true });
  if (has('help')) {
    context.stdout.write(`Usage: ${timeout.usage}\n${timeout.help}\n`);
    return 0;
  }
  const [duration, ...command] = operands;
  if (duration === undefined || command.length === 0) throw new UsageError('missing operand');
  const signal = parseSignal(value('signal') ?? 'TERM');
  if (signal === undefined) throw new UsageError(`'${value('signal')}': invalid signal`);
  const limit = milliseconds(duration);
  const killAfter = value('killAfter') === undefined ? null : milliseconds(value('killAfter') ?? '');
  const { process } = context.system;
  const pid = startChild(context, command, has('foreground') ? {} : { processGroup: 0 });
  const target = has('foreground') ? pid : -pid;
  let ended = waitFor(context, pid, limit);
  if (ended !== undefined) return statusOf(ended);
  if (has('verbose'))
    complain(context, `sending signal ${value('signal') ?? 'TERM'} to command '${command[0]}'`);
  process.kill(target, signal);
  process.kill(target, Signal.SIGCONT);
  let killed = signal === Signal.SIGKILL;
  ended = waitFor(context, pid, killAfter);
  if (ended === undefined) {
    process.kill(target, Signal.SIGKILL);
    killed = true;
    ended = waitFor(context, pid, null);
  }
  if (killed) return SIGNALLED + Signal.SIGKILL;
  return has('preserve') && ended !== undefined ? statusOf(ended) : TIMED_OUT;
}

function statusOf(ended: ExitStatus): number {
  return ended.signal ? SIGNALLED + ended.signal : ended.code;
}

export const timeout: Program = {
  name: 'timeout',
  usage: 'timeout [OPTION]... DURATION COMMAND [ARG]...',
  help: `Run COMMAND and end it when it still runs after DURATION (s, m, h, d; 0: never). Status 124 then.

      --foreground            do not give it a process group of its own
  -k, --kill-after=DURATION   KILL it when it still runs that much later
      --preserve-status       its own status, also when it was ended
  -s, --signal=SIGNAL         instead of TERM
  -v, --verbose               say when it is ended`,
  usageStatus: OWN_FAILURE,
  main,
};

export const nohup: Program = {
  name: 'nohup',
  usage: 'nohup COMMAND [ARG]...',
  help: `Run COMMAND so that a hangup does not end it; output to a terminal goes to nohup.out. Node takes every signal as
its program says, whatever was ignored before it.`,
  usageStatus: OWN_FAILURE,
  main(context) {
    const { operands } = parseOptions(context.args, {}, { stopAtOperand: true });
    if (operands.length === 0) throw new UsageError('missing operand');
    const { files, streams, unix } = context.system;
    unix.signalAction(Signal.SIGHUP, 'ignore');
    const READ = 0; // O_RDONLY
    const APPEND = 0o2101; // O_WRONLY | O_CREAT | O_APPEND
    if (streams.type(1) === 'TTY') {
      const fd = files.open('nohup.out', APPEND, 0o600);
      if (fd < 0) throw new Failure(`failed to open 'nohup.out': ${errorText(fd)}`, OWN_FAILURE);
      complain(context, "appending output to 'nohup.out'");
      return becomeCommand(context, operands, [files.open('/dev/null', READ, 0), fd, 2]);
    }
    return becomeCommand(context, operands, [0, 1, 2]);
  },
};

export const nice: Program = {
  name: 'nice',
  usage: 'nice [-n N] [COMMAND [ARG]...]',
  help: 'Run COMMAND. Every process of a container has the same priority: the number is taken and has no effect.',
  usageStatus: OWN_FAILURE,
  main(context) {
    const specs = { adjustment: { short: 'n', long: 'adjustment', value: 'required' } } as const;
    const { value, operands } = parseOptions(context.args, specs, {
      stopAtOperand: true,
      number: () => true,
    });
    const given = value('adjustment');
    if (given !== undefined && !/^[-+]?\d+$/.test(given))
      throw new UsageError(`invalid adjustment '${given}'`);
    if (operands.length > 0) return runChild(context, operands);
    context.stdout.write('0\n');
    return 0;
  },
};
