import { TtyFlag, TTY_COOKED } from '../../src/protocol/ipc-layout.ts';
import { errorText } from '../errors.ts';
import { Failure, type Program, type ProgramContext, UsageError } from '../program.ts';
import { terminalSize } from '../terminal.ts';

/** Settings that a terminal of a container has. */
const MODES: Readonly<Record<string, number>> = {
  icanon: TtyFlag.canonical,
  echo: TtyFlag.echo,
  isig: TtyFlag.signals,
  icrnl: TtyFlag.mapInput,
  opost: TtyFlag.mapOutput,
};
const SHOWN = ['isig', 'icanon', 'echo', 'icrnl', 'opost'] as const;
const COMBINATIONS: Readonly<Record<string, (modes: number) => number>> = {
  sane: () => TTY_COOKED,
  cooked: () => TTY_COOKED,
  '-raw': () => TTY_COOKED,
  raw: () => 0,
  '-cooked': () => 0,
  cbreak: (modes) => modes & ~TtyFlag.canonical,
  '-cbreak': (modes) => modes | TtyFlag.canonical,
  nl: (modes) => modes & ~(TtyFlag.mapInput | TtyFlag.mapOutput),
  '-nl': (modes) => modes | TtyFlag.mapInput | TtyFlag.mapOutput,
};
/** Settings that are as they are: asking for that is no error. */
const FIXED = new Set([
  'echoe',
  'echok',
  'echoctl',
  'echoke',
  'iexten',
  'onlcr',
  'ixon',
  '-ixon',
  '-ixoff',
  '-ixany',
  'iutf8',
  'cs8',
  'cread',
  'hupcl',
  '-echonl',
  '-tostop',
  'brkint',
  '-ignbrk',
  'imaxbel',
]);

function describe(context: ProgramContext, modes: number, all: boolean): string {
  const [columns, rows] = terminalSize(context, 0) ?? [0, 0];
  const flags = SHOWN.map((name) => (modes & (MODES[name] ?? 0) ? name : `-${name}`));
  if (!all)
    return `speed 38400 baud; line = 0;\n${flags.filter((flag) => flag.startsWith('-')).join(' ')}\n`.replace(
      /\n\n$/,
      '\n',
    );
  return (
    `speed 38400 baud; rows ${rows}; columns ${columns}; line = 0;\n` +
    'intr = ^C; quit = ^\\; erase = ^?; kill = ^U; eof = ^D; susp = ^Z; rprnt = ^R; werase = ^W; lnext = ^V;\n' +
    `${flags.join(' ')}\n`
  );
}

export const stty: Program = {
  name: 'stty',
  usage: 'stty [-a | -g | size | SETTING...]',
  help: `Print or change what the terminal does with what is typed.

  -a, --all    everything       -g, --save   for stty to read back      size   rows and columns
Settings: [-]echo [-]icanon [-]isig [-]icrnl [-]opost, raw, -raw, cooked, sane, cbreak, -cbreak, nl, -nl.`,
  usageStatus: 1,
  main(context) {
    const { streams } = context.system;
    const words = [...context.args];
    let modes = streams.terminalModes(0);
    if (modes < 0) throw new Failure(`'standard input': ${errorText(modes)}`);
    const [first] = words;
    if (first === undefined || first === '-a' || first === '--all')
      context.stdout.write(describe(context, modes, first !== undefined));
    else if (first === '-g' || first === '--save') context.stdout.write(`oac:${modes.toString(16)}\n`);
    else if (first === 'size') {
      const [columns, rows] = terminalSize(context, 0) ?? [0, 0];
      context.stdout.write(`${rows} ${columns}\n`);
    } else {
      for (const word of words) modes = changed(modes, word);
      const done = streams.setTerminalModes(0, modes);
      if (done < 0) throw new Failure(`'standard input': ${errorText(done)}`);
    }
    return 0;
  },
};

function changed(modes: number, word: string): number {
  const saved = /^oac:([0-9a-f]+)$/.exec(word);
  if (saved) return parseInt(saved[1] ?? '', 16) & TTY_COOKED;
  const combination = COMBINATIONS[word];
  if (combination) return combination(modes);
  const bit = MODES[word.replace(/^-/, '')];
  if (bit !== undefined) return word.startsWith('-') ? modes & ~bit : modes | bit;
  if (FIXED.has(word)) return modes;
  throw new UsageError(`invalid argument '${word}'`);
}
