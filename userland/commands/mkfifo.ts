import { errorText } from '../program/errors.ts';
import { parseMode } from '../files/mode.ts';
import { parseOptions } from '../program/options.ts';
import { report } from '../files/per-file.ts';
import { Failure, type Program, type ProgramContext, UsageError } from '../program/program.ts';

const SPECS = { mode: { short: 'm', long: 'mode', value: 'required' } } as const;
const READ_WRITE = 0o666;

function main(context: ProgramContext): number {
  const { files } = context.system;
  const { value, operands } = parseOptions(context.args, SPECS);
  if (operands.length === 0) throw new UsageError('missing operand');
  const text = value('mode');
  const mode = text === undefined ? undefined : parseMode(text)(READ_WRITE, false, files.umask());
  let status = 0;
  for (const path of operands) {
    const result = files.mkfifo(path, mode ?? READ_WRITE);
    if (result < 0)
      status = report(context, new Failure(`cannot create fifo '${path}': ${errorText(result)}`));
    else if (mode !== undefined) files.chmod(path, mode, true);
  }
  return status;
}

export const mkfifo: Program = {
  name: 'mkfifo',
  usage: 'mkfifo [OPTION]... NAME...',
  help: `Create named pipes.

  -m, --mode=MODE   permissions as chmod takes them`,
  usageStatus: 1,
  main,
};
