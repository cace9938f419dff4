import { runChild, SIGNALLED } from '../program/child.ts';
import { parseOptions } from '../program/options.ts';
import { type Program, UsageError } from '../program/program.ts';

const SPECS = {
  portable: { short: 'p', long: 'portability' },
  format: { short: 'f', long: 'format', value: 'required' },
  verbose: { short: 'v', long: 'verbose' },
  quiet: { short: 'q', long: 'quiet' },
} as const;
const OWN_FAILURE = 125;
const DEFAULT_FORMAT = '%Uuser %Ssystem %Eelapsed %PCPU (0avgtext+0avgdata 0maxresident)k';
const POSIX_FORMAT = 'real %e\nuser %U\nsys %S';

function elapsedText(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return `${minutes}:${(seconds % 60).toFixed(2).padStart(5, '0')}`;
}

/** The program beside the shell's own word; the browser tells no processor time, so those figures are 0. */
export const time: Program = {
  name: 'time',
  usage: 'time [-p] [-f FORMAT] COMMAND [ARG]...',
  help: `Run a command and say how long it took.

  -p, --portability     as POSIX has it
  -f, --format=FORMAT   %E and %e elapsed, %U user, %S system, %P share, %C command, %x status
  -q, --quiet           no word of a status that is not 0`,
  usageStatus: OWN_FAILURE,
  main(context) {
    const { has, value, operands } = parseOptions(context.args, SPECS, { stopAtOperand: true });
    if (operands.length === 0) throw new UsageError('missing program to run');
    const start = context.system.clock.now();
    const status = runChild(context, operands);
    const seconds = (context.system.clock.now() - start) / 1000;
    const values: Readonly<Record<string, string>> = {
      E: elapsedText(seconds),
      e: seconds.toFixed(2),
      U: '0.00',
      S: '0.00',
      P: '0%',
      C: operands.join(' '),
      x: String(status),
      '%': '%',
    };
    const format = value('format') ?? (has('portable') ? POSIX_FORMAT : DEFAULT_FORMAT);
    const text = format
      .replace(/\\n/g, '\n')
      .replace(/\\t/g, '\t')
      .replace(/%(.)/g, (_, letter: string) => values[letter] ?? '0');
    const ended =
      status > SIGNALLED
        ? `Command terminated by signal ${status - SIGNALLED}\n`
        : status > 0
          ? `Command exited with non-zero status ${status}\n`
          : '';
    if (!has('portable') && !has('quiet') && ended !== '') context.stderr.write(ended);
    context.stderr.write(`${text}\n`);
    return status;
  },
};
