import { UNAME } from '../../src/base/uname.ts';
import { parseOptions } from '../program/options.ts';
import { parseCount } from '../text/numbers.ts';
import { Failure, type Program, type ProgramContext } from '../program/program.ts';

const SPECS = {
  all: { short: 'a', long: 'all' },
  kernel: { short: 's', long: 'kernel-name' },
  node: { short: 'n', long: 'nodename' },
  release: { short: 'r', long: 'kernel-release' },
  version: { short: 'v', long: 'kernel-version' },
  machine: { short: 'm', long: 'machine' },
  processor: { short: 'p', long: 'processor' },
  platform: { short: 'i', long: 'hardware-platform' },
  system: { short: 'o', long: 'operating-system' },
} as const;

const FIELDS = [
  'kernel',
  'node',
  'release',
  'version',
  'machine',
  'processor',
  'platform',
  'system',
] as const;

export const uname: Program = {
  name: 'uname',
  usage: 'uname [OPTION]...',
  help: `Print what the system is; without options its name.

  -a, --all                everything
  -s, --kernel-name        -n, --nodename    -r, --kernel-release
  -v, --kernel-version     -m, --machine     -p, --processor
  -i, --hardware-platform  -o, --operating-system`,
  usageStatus: 1,
  main(context) {
    const { has, operands } = parseOptions(context.args, SPECS);
    if (operands[0] !== undefined) throw new Failure(`extra operand '${operands[0]}'`);
    const values: Record<(typeof FIELDS)[number], string> = {
      kernel: UNAME.sysname,
      node: context.system.process.hostname,
      release: UNAME.release,
      version: UNAME.version,
      machine: UNAME.machine,
      processor: 'unknown',
      platform: 'unknown',
      system: 'GNU/Linux',
    };
    const chosen = FIELDS.filter((field) => has(field) || (has('all') && values[field] !== 'unknown'));
    context.stdout.write(
      `${(chosen.length ? chosen : (['kernel'] as const)).map((field) => values[field]).join(' ')}\n`,
    );
    return 0;
  },
};

export const arch: Program = {
  name: 'arch',
  usage: 'arch',
  help: "Print the machine's architecture.",
  usageStatus: 1,
  main(context) {
    parseOptions(context.args, {});
    context.stdout.write(`${UNAME.machine}\n`);
    return 0;
  },
};

export const hostname: Program = {
  name: 'hostname',
  usage: 'hostname [-s] [-f]',
  help: `Print the host's name.

  -s, --short   up to its first dot
  -f, --fqdn    all of it`,
  usageStatus: 1,
  main(context) {
    const specs = { short: { short: 's', long: 'short' }, full: { short: 'f', long: 'fqdn' } } as const;
    const { has, operands } = parseOptions(context.args, specs);
    if (operands.length) throw new Failure('the name of the host cannot be changed from inside');
    const { hostname: name } = context.system.process;
    context.stdout.write(`${has('short') ? name.split('.', 1)[0] : name}\n`);
    return 0;
  },
};

export const nproc: Program = {
  name: 'nproc',
  usage: 'nproc [--all] [--ignore=N]',
  help: `Print how many processors there are.

      --all        all of them
      --ignore=N   without N of them (one at least is left)`,
  usageStatus: 1,
  main(context: ProgramContext) {
    const specs = { all: { long: 'all' }, ignore: { long: 'ignore', value: 'required' } } as const;
    const { value } = parseOptions(context.args, specs);
    const ignored = parseCount(value('ignore') ?? '0', 'number');
    context.stdout.write(`${Math.max(1, context.system.process.hardwareConcurrency - ignored)}\n`);
    return 0;
  },
};

const NO_TERMINAL = 1;

export const tty: Program = {
  name: 'tty',
  usage: 'tty [-s]',
  help: `Print the name of the terminal of standard input.

  -s, --silent, --quiet   only the status`,
  main(context) {
    const specs = { silent: { short: 's', long: 'silent' }, quiet: { long: 'quiet' } } as const;
    const { has } = parseOptions(context.args, specs);
    const terminal = context.system.streams.type(0) === 'TTY';
    if (!has('silent') && !has('quiet')) context.stdout.write(terminal ? '/dev/tty\n' : 'not a tty\n');
    return terminal ? 0 : NO_TERMINAL;
  },
};
