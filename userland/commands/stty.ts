import {
  CONTROL_DISABLED,
  type ControlName,
  DEFAULT_CONTROLS,
  type TerminalControls,
} from '../../src/base/terminal-controls.ts';
import { TtyFlag, TTY_COOKED } from '../../src/protocol/ipc-layout.ts';
import { errorText } from '../program/errors.ts';
import { Failure, type Program, type ProgramContext, UsageError } from '../program/program.ts';
import { outputColumns, terminalSize } from '../program/terminal.ts';

/** What can be set of a terminal of a container. */
const MODES: Readonly<Record<string, number>> = {
  icanon: TtyFlag.canonical,
  echo: TtyFlag.echo,
  isig: TtyFlag.signals,
  icrnl: TtyFlag.mapInput,
  opost: TtyFlag.mapOutput,
  ixon: TtyFlag.flowControl,
};
/** All that stty -a shows, as it is; those of MODES are shown as they are set. */
const SHOWN = [
  '-parenb -parodd -cmspar cs8 -hupcl -cstopb cread -clocal -crtscts',
  '-ignbrk -brkint -ignpar -parmrk -inpck -istrip -inlcr -igncr icrnl ixon -ixoff -iuclc -ixany -imaxbel iutf8',
  'opost -olcuc -ocrnl onlcr -onocr -onlret -ofill -ofdel nl0 cr0 tab0 bs0 vt0 ff0',
  'isig icanon iexten echo echoe echok -echonl -noflsh -xcase -tostop -echoprt echoctl echoke -flusho -extproc',
].map((line) => line.split(' '));
const FIXED = new Set(SHOWN.flat());
/** The same names the other way round: they are known, and cannot be had. */
const UNAVAILABLE = new Set([...FIXED].map((name) => (name.startsWith('-') ? name.slice(1) : `-${name}`)));
/** How a sane terminal of Linux differs from ours, whatever is set. */
const UNLIKE_SANE = ['-brkint', '-imaxbel', 'iutf8'];
const CONTROL_ORDER =
  'intr quit erase kill eof eol eol2 swtch start stop susp rprnt werase lnext discard'.split(' ');
const FIXED_CONTROLS: Readonly<Record<string, string>> = { rprnt: '^R' };
const FROM_LINE =
  TtyFlag.canonical | TtyFlag.signals | TtyFlag.mapInput | TtyFlag.mapOutput | TtyFlag.flowControl;
const COMBINATIONS: Readonly<Record<string, (modes: number) => number>> = {
  cooked: (modes) => modes | FROM_LINE,
  '-raw': (modes) => modes | FROM_LINE,
  raw: (modes) => modes & ~FROM_LINE,
  '-cooked': (modes) => modes & ~FROM_LINE,
  cbreak: (modes) => modes & ~TtyFlag.canonical,
  '-cbreak': (modes) => modes | TtyFlag.canonical,
  nl: (modes) => modes & ~TtyFlag.mapInput,
  '-nl': (modes) => modes | TtyFlag.mapInput,
};

interface Settings {
  modes: number;
  controls: Record<ControlName, number>;
  size: [columns: number, rows: number];
  /** Something was asked for that a terminal here cannot do. */
  refused: boolean;
}

const isControl = (name: string): name is ControlName => name in DEFAULT_CONTROLS;

const shownControl = (code: number): string =>
  code === CONTROL_DISABLED
    ? '<undef>'
    : code < 32 || code === 127
      ? `^${String.fromCharCode(code ^ 64)}`
      : String.fromCharCode(code);

/** Words in lines of the terminal's width. */
function wrapped(words: readonly string[], columns: number): string {
  let text = '';
  let width = 0;
  for (const word of words) {
    const fits = width + 1 + word.length <= columns;
    if (width > 0) text += fits ? ' ' : '\n';
    width = width > 0 && fits ? width + 1 + word.length : word.length;
    text += word;
  }
  return `${text}\n`;
}

function describeAll(context: ProgramContext, { modes, controls, size }: Settings): string {
  const columns = outputColumns(context);
  const ofControl = (name: string): string => {
    const value = isControl(name) ? shownControl(controls[name]) : (FIXED_CONTROLS[name] ?? '<undef>');
    return `${name} = ${value};`;
  };
  const flag = (name: string): string => {
    const bit = MODES[name] ?? 0;
    return bit !== 0 && (modes & bit) === 0 ? `-${name}` : name;
  };
  return (
    wrapped(['speed 38400 baud;', `rows ${size[1]};`, `columns ${size[0]};`, 'line = 0;'], columns) +
    wrapped([...CONTROL_ORDER.map(ofControl), 'min = 1;', 'time = 0;'], columns) +
    SHOWN.map((line) => wrapped(line.map(flag), columns)).join('')
  );
}

/** What is not as in a sane terminal. */
function describe(context: ProgramContext, { modes, controls }: Settings): string {
  const columns = outputColumns(context);
  const changed = Object.entries(DEFAULT_CONTROLS)
    .filter(([name, code]) => isControl(name) && controls[name] !== code)
    .map(([name]) => `${name} = ${isControl(name) ? shownControl(controls[name]) : ''};`);
  const off = (names: readonly string[]): string[] =>
    names.filter((name) => (modes & (MODES[name] ?? 0)) === 0).map((name) => `-${name}`);
  const input = [...UNLIKE_SANE.slice(0, 1), ...off(['icrnl', 'ixon']), ...UNLIKE_SANE.slice(1)];
  return (
    'speed 38400 baud; line = 0;\n' +
    (changed.length > 0 ? wrapped(changed, columns) : '') +
    [input, off(['opost']), off(['isig', 'icanon', 'echo'])]
      .map((words) => (words.length > 0 ? wrapped(words, columns) : ''))
      .join('')
  );
}

export const stty: Program = {
  name: 'stty',
  usage: 'stty [-F DEVICE] [-a | -g | size | speed | SETTING...]',
  help: `Print or change what the terminal does with what is typed.

  -a, --all    everything       -g, --save   for stty to read back
  -F, --file=DEVICE   of this terminal, not of standard input
  size, speed   rows and columns, baud     rows N, cols N   set them
Settings: [-]echo [-]icanon [-]isig [-]icrnl [-]ixon [-]opost, raw, -raw, cooked, sane, cbreak, -cbreak, nl, -nl,
and the keys: intr, quit, erase, kill, eof, susp, werase, lnext, start, stop, each with ^X, a character or undef.`,
  usageStatus: 1,
  main(context) {
    const { streams, files } = context.system;
    const words = [...context.args];
    let [fd, name] = [0, "'standard input'"];
    const device = /^(?:-F|--file=)(.*)$/.exec(words[0] ?? '');
    if (device) {
      words.shift();
      name = device[1] || (words.shift() ?? '');
      fd = files.open(name, 2, 0);
      if (fd < 0) throw new Failure(`${name}: ${errorText(fd)}`);
    }
    const modes = streams.terminalModes(fd);
    if (modes < 0) throw new Failure(`${name}: ${errorText(modes)}`);
    const controls = streams.terminalControls(fd);
    if (typeof controls === 'number') throw new Failure(`${name}: ${errorText(controls)}`);
    const settings: Settings = {
      modes,
      controls: { ...controls },
      size: terminalSize(context, fd) ?? [0, 0],
      refused: false,
    };
    const [first] = words;
    if (first === undefined) context.stdout.write(describe(context, settings));
    else if (first === '-a' || first === '--all') context.stdout.write(describeAll(context, settings));
    else if (first === '-g' || first === '--save') context.stdout.write(`${saved(settings)}\n`);
    else change(context, fd, settings, words);
    if (!settings.refused) return 0;
    throw new Failure(`${name}: unable to perform all requested operations`);
  },
};

function change(context: ProgramContext, fd: number, settings: Settings, words: string[]): void {
  const { streams } = context.system;
  while (words.length > 0) {
    const word = words.shift() ?? '';
    if (word === 'size') context.stdout.write(`${settings.size[1]} ${settings.size[0]}\n`);
    else if (word === 'speed') context.stdout.write('38400\n');
    else apply(settings, word, words);
  }
  streams.setTerminalControls(fd, settings.controls);
  streams.setWindowSize(fd, ...settings.size);
  streams.setTerminalModes(fd, settings.modes);
}

/** One setting; those with a value take it from the words that follow. */
function apply(settings: Settings, word: string, more: string[]): void {
  const value = (): string => {
    const next = more.shift();
    if (next === undefined) throw new UsageError(`missing argument to '${word}'`);
    return next;
  };
  const number = (): number => {
    const text = value();
    if (!/^\d+$/.test(text)) throw new UsageError(`invalid integer argument: '${text}'`);
    return Number(text);
  };
  const bit = MODES[word.replace(/^-/, '')];
  const combination = COMBINATIONS[word];
  if (word.startsWith('oac:')) restore(settings, word);
  else if (word === 'sane') Object.assign(settings, { modes: TTY_COOKED, controls: { ...DEFAULT_CONTROLS } });
  else if (combination) settings.modes = combination(settings.modes);
  else if (bit !== undefined)
    settings.modes = word.startsWith('-') ? settings.modes & ~bit : settings.modes | bit;
  else if (word === 'rows') settings.size[1] = number();
  else if (word === 'cols' || word === 'columns') settings.size[0] = number();
  else if (isControl(word)) settings.controls[word] = controlCode(value());
  else if (word === 'min') settings.refused ||= number() !== 1;
  else if (word === 'time') settings.refused ||= number() !== 0;
  else if (UNAVAILABLE.has(word)) settings.refused = true;
  else if (!FIXED.has(word)) throw new UsageError(`invalid argument '${word}'`);
}

/** `^C`, `^?`, a character, a number, `undef` or `^-`. */
function controlCode(text: string): number {
  if (text === 'undef' || text === '^-' || text === '') return CONTROL_DISABLED;
  if (text.length === 1) return text.charCodeAt(0);
  if (/^\^.$/.test(text)) return text.charAt(1) === '?' ? 127 : text.toUpperCase().charCodeAt(1) & 31;
  const code = Number(text);
  if (!Number.isInteger(code) || code < 0 || code > 255)
    throw new UsageError(`invalid integer argument: '${text}'`);
  return code === 0 ? CONTROL_DISABLED : code;
}

function saved({ modes, controls }: Settings): string {
  const codes: TerminalControls = controls;
  return `oac:${[modes, ...Object.values(codes)].map((value) => value.toString(16)).join(':')}`;
}
function restore(settings: Settings, text: string): void {
  const values = text
    .split(':')
    .slice(1)
    .map((value) => parseInt(value, 16));
  const names = Object.keys(DEFAULT_CONTROLS).filter(isControl);
  if (values.length !== names.length + 1 || values.some(Number.isNaN))
    throw new UsageError(`invalid argument '${text}'`);
  settings.modes = (values[0] ?? 0) & TTY_COOKED;
  names.forEach((name, at) => (settings.controls[name] = values[at + 1] ?? 0));
}
