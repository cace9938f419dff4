import { Failure, type Program, type ProgramContext, UsageError } from '../program/program.ts';
import { lines } from '../program/input.ts';
import { parseOptions } from '../program/options.ts';
import { terminalSize } from '../program/terminal.ts';

/** What xterm understands, by the names of terminfo(5); `%p1`, `%p2`: parameters, `%i`: counted from one. */
const STRINGS: Readonly<Record<string, string>> = {
  bel: '\x07',
  blink: '\x1b[5m',
  bold: '\x1b[1m',
  cbt: '\x1b[Z',
  civis: '\x1b[?25l',
  clear: '\x1b[H\x1b[2J\x1b[3J',
  cnorm: '\x1b[?12l\x1b[?25h',
  cr: '\r',
  csr: '\x1b[%i%p1;%p2r',
  cub: '\x1b[%p1D',
  cub1: '\b',
  cud: '\x1b[%p1B',
  cud1: '\n',
  cuf: '\x1b[%p1C',
  cuf1: '\x1b[C',
  cup: '\x1b[%i%p1;%p2H',
  cuu: '\x1b[%p1A',
  cuu1: '\x1b[A',
  cvvis: '\x1b[?12;25h',
  dch: '\x1b[%p1P',
  dch1: '\x1b[P',
  dim: '\x1b[2m',
  dl: '\x1b[%p1M',
  dl1: '\x1b[M',
  ech: '\x1b[%p1X',
  ed: '\x1b[J',
  el: '\x1b[K',
  el1: '\x1b[1K',
  flash: '\x1b[?5h\x1b[?5l',
  home: '\x1b[H',
  hpa: '\x1b[%i%p1G',
  ht: '\t',
  ich: '\x1b[%p1@',
  il: '\x1b[%p1L',
  il1: '\x1b[L',
  ind: '\n',
  indn: '\x1b[%p1S',
  invis: '\x1b[8m',
  is2: '\x1b[!p\x1b[?3;4l\x1b[4l\x1b>',
  kcub1: '\x1bOD',
  kcud1: '\x1bOB',
  kcuf1: '\x1bOC',
  kcuu1: '\x1bOA',
  kdch1: '\x1b[3~',
  kend: '\x1bOF',
  khome: '\x1bOH',
  kich1: '\x1b[2~',
  knp: '\x1b[6~',
  kpp: '\x1b[5~',
  op: '\x1b[39;49m',
  rc: '\x1b8',
  rev: '\x1b[7m',
  ri: '\x1bM',
  rin: '\x1b[%p1T',
  ritm: '\x1b[23m',
  rmam: '\x1b[?7l',
  rmcup: '\x1b[?1049l\x1b[23;0;0t',
  rmir: '\x1b[4l',
  rmkx: '\x1b[?1l\x1b>',
  rmso: '\x1b[27m',
  rmul: '\x1b[24m',
  rs1: '\x1bc',
  rs2: '\x1b[!p\x1b[?3;4l\x1b[4l\x1b>',
  sc: '\x1b7',
  sgr0: '\x1b(B\x1b[m',
  sitm: '\x1b[3m',
  smam: '\x1b[?7h',
  smcup: '\x1b[?1049h\x1b[22;0;0t',
  smir: '\x1b[4h',
  smkx: '\x1b[?1h\x1b=',
  smso: '\x1b[7m',
  smul: '\x1b[4m',
  vpa: '\x1b[%i%p1d',
};
const NUMBERS: Readonly<Record<string, number>> = { colors: 256, it: 8, pairs: 65_536 };
const FLAGS: Readonly<Record<string, boolean>> = {
  am: true,
  bce: true,
  ccc: true,
  km: true,
  mc5i: true,
  mir: true,
  msgr: true,
  npc: true,
  xenl: true,
  hs: false,
  bw: false,
  eo: false,
};
const NAMES: Readonly<Record<string, string>> = {
  cl: 'clear',
  cm: 'cup',
  ce: 'el',
  cd: 'ed',
  ho: 'home',
  md: 'bold',
  me: 'sgr0',
  so: 'smso',
  se: 'rmso',
  us: 'smul',
  ue: 'rmul',
  mr: 'rev',
  AF: 'setaf',
  AB: 'setab',
  ti: 'smcup',
  te: 'rmcup',
  vi: 'civis',
  ve: 'cnorm',
  co: 'cols',
  li: 'lines',
  Co: 'colors',
};

const UNKNOWN_CAPABILITY = 4;
const UNKNOWN_TERMINAL = 3;
const ATTRIBUTES = [';7', ';4', ';7', ';5', ';2', ';1', ';8'] as const;

function color(kind: 'setaf' | 'setab', given: number): string {
  const base = kind === 'setaf' ? 30 : 40;
  if (given < 8) return `\x1b[${base + given}m`;
  return given < 16 ? `\x1b[${base + 60 + given - 8}m` : `\x1b[${base + 8};5;${given}m`;
}

/** sgr: standout, underline, reverse, blink, dim, bold, invisible, protected, alternate characters. */
function attributes(values: readonly number[]): string {
  const order = [5, 4, 1, 3, 0, 2, 6];
  const set = order.filter((index) => values[index]).map((index) => ATTRIBUTES[index] ?? '');
  return `\x1b(${values[8] ? '0' : 'B'}\x1b[0${[...new Set(set)].join('')}m`;
}

function expand(template: string, values: readonly number[]): string {
  const offset = template.includes('%i') ? 1 : 0;
  return template
    .replace('%i', '')
    .replace(/%p(\d)/g, (_, index: string) => String((values[Number(index) - 1] ?? 0) + offset));
}

function capability(context: ProgramContext, given: string, parameters: readonly string[]): number {
  const { stdout } = context;
  const name = NAMES[given] ?? given;
  const values = parameters.map(Number);
  const size = (): [number, number] =>
    terminalSize(context, 1) ?? terminalSize(context, 2) ?? terminalSize(context, 0) ?? [80, 24];
  if (name === 'cols' || name === 'lines') {
    const own = Number(context.env[name === 'cols' ? 'COLUMNS' : 'LINES']);
    stdout.write(`${own > 0 ? own : size()[name === 'cols' ? 0 : 1]}\n`);
  } else if (name === 'longname') stdout.write('xterm with 256 colors');
  else if (name === 'init') stdout.write(STRINGS['is2'] ?? '');
  else if (name === 'reset') stdout.write(`${STRINGS['rs1'] ?? ''}${STRINGS['rs2'] ?? ''}`);
  else if (name === 'setaf' || name === 'setab') stdout.write(color(name, values[0] ?? 0));
  else if (name === 'sgr') stdout.write(attributes(values));
  else if (NUMBERS[name] !== undefined) stdout.write(`${NUMBERS[name]}\n`);
  else if (FLAGS[name] !== undefined) return FLAGS[name] ? 0 : 1;
  else if (STRINGS[name] !== undefined) stdout.write(expand(STRINGS[name], values));
  else throw new Failure(`unknown terminfo capability '${given}'`, UNKNOWN_CAPABILITY);
  return 0;
}

export const tput: Program = {
  name: 'tput',
  usage: 'tput [-T TERM] CAPABILITY [PARAMETER]...   or   tput -S',
  help: `Print what makes the terminal do something: clear, cup ROW COLUMN, setaf N, bold, sgr0, …
or what it is like: cols, lines, colors.

  -T TERM   for this terminal (the terminal of a container is an xterm)
  -S        capabilities from standard input, one a line`,
  main(context) {
    const specs = {
      terminal: { short: 'T', value: 'required' },
      input: { short: 'S' },
      keep: { short: 'x' },
    } as const;
    const { has, value, operands } = parseOptions(context.args, specs, { stopAtOperand: true });
    const terminal = value('terminal') ?? context.env['TERM'];
    if (terminal === undefined) throw new Failure('No value for $TERM and no -T specified', 2);
    if (!/^(?:xterm|screen|tmux|vt100|linux|ansi|rxvt)/.test(terminal))
      throw new Failure(`unknown terminal "${terminal}"`, UNKNOWN_TERMINAL);
    if (has('input')) {
      let status = 0;
      for (const line of lines(context.system.files, 0, '-')) {
        const [name, ...parameters] = line.split(/\s+/).filter((word) => word !== '');
        if (name !== undefined) status = capability(context, name, parameters);
      }
      return status;
    }
    const [name, ...parameters] = operands;
    if (name === undefined) throw new UsageError('missing capability');
    return capability(context, name, parameters);
  },
};
