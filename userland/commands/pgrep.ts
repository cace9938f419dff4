import { errorText } from '../program/errors.ts';
import { parseOptions } from '../program/options.ts';
import { complain } from '../files/per-file.ts';
import { allProcesses, type ProcessRow } from '../proc/processes.ts';
import { Failure, type Program, type ProgramContext, UsageError } from '../program/program.ts';
import { compile } from '../text/regex.ts';
import { parseSignal } from './kill.ts';

const SPECS = {
  count: { short: 'c', long: 'count' },
  delimiter: { short: 'd', long: 'delimiter', value: 'required' },
  full: { short: 'f', long: 'full' },
  ignoreCase: { short: 'i', long: 'ignore-case' },
  list: { short: 'l', long: 'list-name' },
  listFull: { short: 'a', long: 'list-full' },
  newest: { short: 'n', long: 'newest' },
  oldest: { short: 'o', long: 'oldest' },
  parent: { short: 'P', long: 'parent', value: 'required' },
  group: { short: 'g', long: 'pgroup', value: 'required' },
  user: { short: 'u', long: 'euid', value: 'required' },
  invert: { short: 'v', long: 'inverse' },
  exact: { short: 'x', long: 'exact' },
  echo: { short: 'e', long: 'echo' },
  signal: { long: 'signal', value: 'required' },
} as const;

const USAGE = 2;

function matching(
  context: ProgramContext,
  args: readonly string[],
): { rows: ProcessRow[]; options: ReturnType<typeof parse> } {
  const options = parse(args);
  const { has, value, operands } = options;
  const [pattern, extra] = operands;
  const criteria = has('parent') || has('group') || has('user');
  if (pattern === undefined && !criteria) throw new UsageError('no matching criteria specified');
  if (extra !== undefined) throw new UsageError('only one pattern can be provided');
  const expression = compile(
    has('exact') ? `^(${pattern ?? ''})$` : (pattern ?? ''),
    'extended',
    has('ignoreCase') ? 'i' : '',
  );
  const within = (name: 'parent' | 'group' | 'user', ...texts: string[]): boolean =>
    !has(name) || (value(name) ?? '').split(',').some((wanted) => texts.includes(wanted));
  let rows = allProcesses(context.system.files).filter((row) => {
    if (row.pid === context.system.process.pid) return false;
    const found =
      expression.test(has('full') ? row.args : row.name) &&
      within('parent', String(row.ppid)) &&
      within('group', String(row.pgid)) &&
      within('user', row.user, String(row.uid));
    return found !== has('invert');
  });
  if (has('newest')) rows = rows.slice(-1);
  if (has('oldest')) rows = rows.slice(0, 1);
  return { rows, options };
}

const parse = (args: readonly string[]) => parseOptions(args, SPECS);

const HELP = `  -a, --list-full   all words too     -l, --list-name   the name too
  -c, --count       how many          -d, --delimiter=TEXT between them
  -f, --full        match all words, not only the name
  -i  -v  -x        in any case; those that do not match; the whole name
  -n  -o            the newest; the oldest
  -P PPID,...  -g GROUP,...  -u USER,...`;

export const pgrep: Program = {
  name: 'pgrep',
  usage: 'pgrep [OPTION]... PATTERN',
  help: `Print the numbers of processes whose name matches. Status 1: none does.\n\n${HELP}`,
  usageStatus: USAGE,
  main(context) {
    const { rows, options } = matching(context, context.args);
    const lines = rows.map((row) =>
      options.has('listFull')
        ? `${row.pid} ${row.args}`
        : options.has('list')
          ? `${row.pid} ${row.name}`
          : String(row.pid),
    );
    if (options.has('count')) context.stdout.write(`${rows.length}\n`);
    else if (lines.length > 0) context.stdout.write(`${lines.join(options.value('delimiter') ?? '\n')}\n`);
    return rows.length > 0 ? 0 : 1;
  },
};

export const pkill: Program = {
  name: 'pkill',
  usage: 'pkill [-SIGNAL] [OPTION]... PATTERN',
  help: `Send a signal (TERM) to processes whose name matches.\n\n      --signal=SIGNAL, -SIGNAL   which\n  -e, --echo                     say what is killed\n${HELP}`,
  usageStatus: USAGE,
  main(context) {
    const [first = ''] = context.args;
    const named = /^-[A-Z0-9]{2,}$|^-\d$/.test(first) ? parseSignal(first.slice(1)) : undefined;
    const { rows, options } = matching(context, named === undefined ? context.args : context.args.slice(1));
    const signal = named ?? parseSignal(options.value('signal') ?? 'TERM');
    if (signal === undefined) throw new UsageError(`unknown signal "${options.value('signal')}"`);
    let status = rows.length > 0 ? 0 : 1;
    for (const { pid, name } of rows) {
      const result = context.system.process.kill(pid, signal);
      if (result < 0) {
        complain(context, `killing pid ${pid} failed: ${errorText(result)}`);
        status = 1;
      } else if (options.has('echo')) context.stdout.write(`${name} killed (pid ${pid})\n`);
    }
    if (options.has('count')) context.stdout.write(`${rows.length}\n`);
    return status;
  },
};

export const pidof: Program = {
  name: 'pidof',
  usage: 'pidof [-s] [-o PID] NAME...',
  help: `Print the numbers of the processes of programs.

  -s       only one
  -o PID   not this one`,
  usageStatus: 1,
  main(context) {
    const { has, value, operands } = parseOptions(context.args, {
      single: { short: 's' },
      omit: { short: 'o', value: 'required' },
    } as const);
    if (operands.length === 0) throw new Failure('');
    const omitted = (value('omit') ?? '').split(',');
    const rows = allProcesses(context.system.files).filter(({ pid, name, args }) => {
      const [program = ''] = args.split(' ');
      return (
        pid !== context.system.process.pid &&
        !omitted.includes(String(pid)) &&
        operands.some((one) => one === name || one === program || program.endsWith(`/${one}`))
      );
    });
    const pids = rows.map(({ pid }) => pid).reverse();
    if (pids.length > 0)
      context.stdout.write(`${pids.slice(0, has('single') ? 1 : pids.length).join(' ')}\n`);
    return pids.length > 0 ? 0 : 1;
  },
};
