import { parseOptions } from '../program/options.ts';
import { allProcesses, clockText, memoryInfo, type ProcessRow } from '../proc/processes.ts';
import { Failure, type Program, type ProgramContext } from '../program/program.ts';
import { outputColumns, isTerminal } from '../program/terminal.ts';
import { strftime, zoneOf } from '../text/time.ts';

interface Column {
  readonly title: string;
  readonly width: number;
  readonly left?: boolean;
  readonly text: (row: ProcessRow, view: View) => string;
}
interface View {
  readonly now: number;
  readonly zone: string;
  readonly memoryBytes: number;
}

const DAY_SECONDS = 86_400;
const startText = (row: ProcessRow, { now, zone }: View): string =>
  strftime(now - row.started < DAY_SECONDS ? '%H:%M' : '%b%d', row.started, 0, zone);
const stateText = ({ state, pid, sid, threads }: ProcessRow): string =>
  state + (pid === sid ? 's' : '') + (threads > 1 ? 'l' : '');
const percent = (part: number, whole: number): string => (whole > 0 ? (100 * part) / whole : 0).toFixed(1);
const cpuShare = (row: ProcessRow, { now }: View): number =>
  (100 * row.cpuSeconds) / Math.max(1, now - row.started);

function elapsedText(row: ProcessRow, { now }: View): string {
  const seconds = Math.max(0, Math.floor(now - row.started));
  const days = Math.floor(seconds / DAY_SECONDS);
  const clock = clockText(seconds % DAY_SECONDS, seconds >= 3600);
  return days > 0 ? `${days}-${clock}` : clock.padStart(5, '0');
}

const ARGS: Column = { title: 'COMMAND', width: 27, left: true, text: (row) => row.args };
const COLUMNS: Readonly<Record<string, Column>> = {
  pid: { title: 'PID', width: 7, text: (row) => String(row.pid) },
  ppid: { title: 'PPID', width: 7, text: (row) => String(row.ppid) },
  pgid: { title: 'PGID', width: 7, text: (row) => String(row.pgid) },
  pgrp: { title: 'PGRP', width: 7, text: (row) => String(row.pgid) },
  sid: { title: 'SID', width: 7, text: (row) => String(row.sid) },
  sess: { title: 'SESS', width: 7, text: (row) => String(row.sid) },
  uid: { title: 'UID', width: 5, text: (row) => String(row.uid) },
  user: { title: 'USER', width: 8, left: true, text: (row) => row.user },
  tty: { title: 'TT', width: 8, left: true, text: (row) => row.terminal },
  tname: { title: 'TTY', width: 8, left: true, text: (row) => row.terminal },
  stat: { title: 'STAT', width: 4, left: true, text: stateText },
  s: { title: 'S', width: 1, left: true, text: (row) => row.state },
  pcpu: { title: '%CPU', width: 4, text: (row, view) => cpuShare(row, view).toFixed(1) },
  pmem: { title: '%MEM', width: 4, text: (row, view) => percent(row.residentBytes, view.memoryBytes) },
  c: { title: 'C', width: 2, text: (row, view) => String(Math.floor(cpuShare(row, view))) },
  vsz: { title: 'VSZ', width: 6, text: (row) => String(Math.floor(row.virtualBytes / 1024)) },
  rss: { title: 'RSS', width: 5, text: (row) => String(Math.floor(row.residentBytes / 1024)) },
  start: { title: 'START', width: 5, left: true, text: startText },
  stime: { title: 'STIME', width: 5, left: true, text: startText },
  lstart: {
    title: 'STARTED',
    width: 24,
    text: (row, { zone }) => strftime('%a %b %e %H:%M:%S %Y', row.started, 0, zone),
  },
  etime: { title: 'ELAPSED', width: 11, text: elapsedText },
  etimes: {
    title: 'ELAPSED',
    width: 7,
    text: (row, { now }) => String(Math.max(0, Math.floor(now - row.started))),
  },
  time: { title: 'TIME', width: 8, text: (row) => clockText(row.cpuSeconds, true) },
  bsdtime: { title: 'TIME', width: 6, text: (row) => clockText(row.cpuSeconds, false) },
  ni: { title: 'NI', width: 3, text: (row) => String(row.nice) },
  pri: { title: 'PRI', width: 3, text: () => '19' },
  nlwp: { title: 'NLWP', width: 4, text: (row) => String(row.threads) },
  comm: { title: 'COMMAND', width: 15, left: true, text: (row) => row.name },
  args: ARGS,
};
const ALIASES: Readonly<Record<string, string>> = {
  cmd: 'args',
  command: 'args',
  ucmd: 'comm',
  ucomm: 'comm',
  fname: 'comm',
  euser: 'user',
  uname: 'user',
  euid: 'uid',
  ruid: 'uid',
  ruser: 'user',
  tt: 'tty',
  state: 's',
  '%cpu': 'pcpu',
  '%mem': 'pmem',
  vsize: 'vsz',
  rssize: 'rss',
  session: 'sid',
  nice: 'ni',
  thcount: 'nlwp',
  start_time: 'stime',
  cputime: 'time',
};

type Shown = readonly [key: string, title?: string];
const FORMATS: Readonly<Record<string, readonly Shown[]>> = {
  plain: [['pid'], ['tname'], ['time'], ['comm', 'CMD']],
  full: [['user', 'UID'], ['pid'], ['ppid'], ['c'], ['stime'], ['tname'], ['time'], ['args', 'CMD']],
  long: [['s'], ['uid'], ['pid'], ['ppid'], ['c'], ['pri'], ['ni'], ['tname'], ['time'], ['comm', 'CMD']],
  jobs: [['pid'], ['pgid'], ['sid'], ['tname'], ['time'], ['comm', 'CMD']],
  bsd: [['pid'], ['tname'], ['stat'], ['bsdtime'], ['args']],
  user: [
    ['user'],
    ['pid'],
    ['pcpu'],
    ['pmem'],
    ['vsz'],
    ['rss'],
    ['tname'],
    ['stat'],
    ['start'],
    ['bsdtime'],
    ['args'],
  ],
};

const SPECS = {
  all: { short: 'e' },
  every: { short: 'A', long: 'all' },
  session: { short: 'a' },
  leaders: { short: 'd' },
  full: { short: 'f' },
  extraFull: { short: 'F' },
  long: { short: 'l' },
  jobs: { short: 'j' },
  format: { short: 'o', long: 'format', value: 'required' },
  pid: { short: 'p', long: 'pid', value: 'required' },
  ppid: { long: 'ppid', value: 'required' },
  user: { short: 'u', long: 'user', value: 'required' },
  realUser: { short: 'U', long: 'User', value: 'required' },
  terminal: { short: 't', long: 'tty', value: 'required' },
  name: { short: 'C', value: 'required' },
  sort: { long: 'sort', value: 'required' },
  noHeaders: { long: 'no-headers' },
  noHeader: { long: 'no-header' },
  forest: { short: 'H', long: 'forest' },
  wide: { short: 'w', long: 'width' },
  threads: { short: 'L' },
} as const;

interface Request {
  readonly columns: readonly { column: Column; title: string }[];
  readonly chooses: (row: ProcessRow, own: ProcessRow | undefined) => boolean;
  readonly sort: readonly string[];
  readonly forest: boolean;
  readonly headers: boolean;
  readonly wide: boolean;
}

/** `pid,ppid=PARENT,args=`: a title after `=` takes the rest of the word. */
function columnsOf(formats: readonly string[]): Request['columns'] {
  return formats.flatMap((format) => {
    const equals = format.indexOf('=');
    const names = (equals < 0 ? format : format.slice(0, equals)).split(/[\s,]+/);
    return names.map((name, index) => {
      const column = COLUMNS[ALIASES[name] ?? name];
      if (column === undefined) throw new Failure(`error: unknown user-defined format specifier "${name}"`);
      const title =
        equals >= 0 && index === names.length - 1
          ? format.slice(equals + 1)
          : name === 'cmd'
            ? 'CMD'
            : column.title;
      return { column, title };
    });
  });
}

const named = (format: string): Request['columns'] =>
  (FORMATS[format] ?? []).map(([key, title]) => {
    const column = COLUMNS[key] ?? ARGS;
    return { column, title: title ?? column.title };
  });

const list = (text: string | undefined): string[] =>
  (text ?? '').split(/[\s,]+/).filter((word) => word !== '');

function parseUnix(context: ProgramContext): Request {
  const { has, value, occurrences, operands } = parseOptions(context.args, SPECS);
  const formats = occurrences.flatMap(({ name, value: given = '' }) => (name === 'format' ? [given] : []));
  const tests: ((row: ProcessRow) => boolean)[] = [];
  const pids = [...list(value('pid')), ...operands];
  if (pids.length > 0) tests.push((row) => pids.includes(String(row.pid)));
  const within = (
    name: 'ppid' | 'user' | 'realUser' | 'terminal' | 'name',
    text: (row: ProcessRow) => string[],
  ): void => {
    if (!has(name)) return;
    const wanted = list(value(name));
    tests.push((row) => text(row).some((one) => wanted.includes(one)));
  };
  within('ppid', (row) => [String(row.ppid)]);
  within('user', (row) => [row.user, String(row.uid)]);
  within('realUser', (row) => [row.user, String(row.uid)]);
  within('terminal', (row) => [row.terminal, row.terminal.replace('pts/', '')]);
  within('name', (row) => [row.name]);
  const all = has('all') || has('every');
  const kind =
    has('full') || has('extraFull') ? 'full' : has('long') ? 'long' : has('jobs') ? 'jobs' : 'plain';
  return {
    columns: formats.length > 0 ? columnsOf(formats) : named(kind),
    chooses: (row, own) => {
      if (all) return true;
      if (has('leaders')) return row.pid !== row.sid;
      if (has('session')) return row.pid !== row.sid && row.terminal !== '?';
      return tests.length > 0
        ? tests.some((test) => test(row))
        : row.uid === own?.uid && row.terminal === own.terminal;
    },
    sort: list(value('sort')),
    forest: has('forest'),
    headers: !has('noHeaders') && !has('noHeader'),
    wide: has('wide'),
  };
}

/** `ps aux`, `ps ax`, `ps l`: letters without a dash. */
function parseBsd(letters: string, rest: readonly string[]): Request {
  const known = /^[axulfwejcrTtgSn]*$/;
  if (!known.test(letters))
    throw new Failure(
      `error: unsupported option (BSD syntax): ${letters.replace(/[axulfwejcrTtgSn]/g, '')[0]}`,
    );
  const has = (letter: string): boolean => letters.includes(letter);
  const pids = rest.flatMap(list).filter((word) => /^\d+$/.test(word));
  return {
    columns: has('u') ? named('user') : has('l') ? named('long') : has('j') ? named('jobs') : named('bsd'),
    chooses: (row, own) => {
      if (pids.length > 0) return pids.includes(String(row.pid));
      return (has('a') || row.uid === own?.uid) && (has('x') || row.terminal !== '?');
    },
    sort: [],
    forest: has('f'),
    headers: true,
    wide: has('w'),
  };
}

function sortRows(rows: ProcessRow[], keys: readonly string[], view: View): void {
  for (const key of keys.toReversed()) {
    const [, sign = '', name = ''] = /^([-+]?)(.*)$/.exec(key) ?? [];
    const column = COLUMNS[ALIASES[name] ?? name];
    if (column === undefined) throw new Failure(`error: unknown sort specifier`);
    const direction = sign === '-' ? -1 : 1;
    rows.sort((a, b) => {
      const [x, y] = [column.text(a, view), column.text(b, view)];
      const numeric = Number(x) - Number(y);
      return direction * (Number.isNaN(numeric) ? (x < y ? -1 : x > y ? 1 : 0) : numeric);
    });
  }
}

/** Children below their parents, with the depth of each. */
function forest(rows: readonly ProcessRow[]): [row: ProcessRow, depth: number][] {
  const pids = new Set(rows.map(({ pid }) => pid));
  const below = (parent: number, depth: number): [ProcessRow, number][] =>
    rows
      .filter(({ ppid, pid }) => ppid === parent && pid !== parent)
      .flatMap((row): [ProcessRow, number][] => [[row, depth], ...below(row.pid, depth + 1)]);
  return rows
    .filter(({ ppid, pid }) => !pids.has(ppid) || ppid === pid)
    .flatMap((row): [ProcessRow, number][] => [[row, 0], ...below(row.pid, 1)]);
}

function main(context: ProgramContext): number {
  const [first = '', ...rest] = context.args;
  const isBsd = /^[A-Za-z]+$/.test(first);
  const request = isBsd ? parseBsd(first, rest) : parseUnix(context);
  const { files } = context.system;
  const all = allProcesses(files);
  const own = all.find(({ pid }) => pid === context.system.process.pid);
  const view: View = {
    now: Date.now() / 1000,
    zone: zoneOf(context.env),
    memoryBytes: memoryInfo(files)('MemTotal') * 1024,
  };
  const rows = all.filter((row) => request.chooses(row, own));
  sortRows(rows, request.sort, view);
  const shown = request.forest ? forest(rows) : rows.map((row): [ProcessRow, number] => [row, 0]);
  const width = request.wide || !isTerminal(context, 1) ? Infinity : outputColumns(context);
  const print = (cells: readonly string[]): void => {
    const line = cells
      .map((cell, index) => {
        const { column } = request.columns[index] ?? { column: ARGS };
        if (!column.left) return cell.padStart(column.width);
        return index === cells.length - 1 ? cell : cell.padEnd(column.width);
      })
      .join(' ');
    context.stdout.write(`${line.slice(0, width)}\n`);
  };
  const titles = request.columns.map(({ title }) => title);
  if (request.headers && titles.some((title) => title !== '')) print(titles);
  for (const [row, depth] of shown) {
    const indent = depth === 0 ? '' : `${' '.repeat(4 * (depth - 1))} \\_ `;
    print(
      request.columns.map(
        ({ column }) =>
          (column === ARGS || column.title === 'COMMAND' ? indent : '') + column.text(row, view),
      ),
    );
  }
  return rows.length > 0 ? 0 : 1;
}

export const ps: Program = {
  name: 'ps',
  usage: 'ps [OPTION]...   or   ps aux',
  help: `Print the processes; those of this terminal where nothing else is said.

  -e, -A           all                       a, x    of all users, without terminals too
  -f  -l  -j       more about each           u       for users
  -o, --format=COLUMN[=TITLE],...   pid ppid pgid sid user uid tty stat s pcpu pmem vsz rss
                   start lstart etime etimes time ni comm args
  -p, --pid=N,...  -C NAME   -u USER   -t TTY   --ppid=N,...
  -H, --forest, f  children below their parents
      --sort=[-]COLUMN,...   --no-headers   -w   not cut at the terminal's width
The browser does not tell how much memory a thread takes: those columns are 0. Processor time is the time that its threads
did not wait.`,
  usageStatus: 1,
  main,
};
