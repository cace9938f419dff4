import { Signal, signalName, signalNumber } from '../../src/base/signals.ts';
import { errorText } from '../program/errors.ts';
import { complain } from '../files/per-file.ts';
import { Failure, type Program, type ProgramContext, UsageError } from '../program/program.ts';

/** A signal by its name, with or without SIG, or its number. */
export function parseSignal(text: string): number | undefined {
  return signalNumber(/^\d+$/.test(text) ? Number(text) : text.toUpperCase());
}

const shortName = (name: string): string => name.replace(/^SIG/, '');

function list(context: ProgramContext, operands: readonly string[]): number {
  if (operands.length === 0) {
    context.stdout.write(`${Object.keys(Signal).map(shortName).join('\n')}\n`);
    return 0;
  }
  for (const operand of operands) {
    const number = parseSignal(operand);
    if (number === undefined) throw new Failure(`'${operand}': invalid signal`);
    context.stdout.write(`${/^\d+$/.test(operand) ? shortName(signalName(number) ?? '') : number}\n`);
  }
  return 0;
}

function main(context: ProgramContext): number {
  const args = [...context.args];
  let signal: number = Signal.SIGTERM;
  for (
    let first = args[0];
    first !== undefined && first.startsWith('-') && first.length > 1;
    first = args[0]
  ) {
    args.shift();
    if (first === '--') break;
    if (first === '-l' || first === '--list' || first === '-L' || first === '--table')
      return list(context, args);
    const named =
      first === '-s' || first === '--signal' ? args.shift() : first.replace(/^(?:--signal=|-s|-)/, '');
    const number = parseSignal(named ?? '');
    if (number === undefined) throw new Failure(`'${named ?? ''}': invalid signal`);
    signal = number;
    if (args[0] === '--') args.shift();
    break;
  }
  if (args.length === 0) throw new UsageError('no process ID specified');
  let status = 0;
  for (const text of args) {
    const pid = /^-?\d+$/.test(text) ? Number(text) : undefined;
    const result = pid === undefined ? undefined : context.system.process.kill(pid, signal);
    if (result !== undefined && result >= 0) continue;
    complain(
      context,
      result === undefined ? `'${text}': invalid process id` : `(${text}): ${errorText(result)}`,
    );
    status = 1;
  }
  return status;
}

export const kill: Program = {
  name: 'kill',
  usage: 'kill [-s SIGNAL | -SIGNAL] PID...',
  help: `Send a signal (TERM) to processes; a negative PID is a process group.

  -l, --list [SIGNAL]...   names of signals, or the number of a name and the other way round
  -s, --signal=SIGNAL      which one`,
  usageStatus: 1,
  main,
};
