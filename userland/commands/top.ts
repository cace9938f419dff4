import { Signal, signalNumber } from '../../src/base/signals.ts';
import { errorText } from '../program/errors.ts';
import type { FullScreen } from '../program/full-screen.ts';
import { parseCount } from '../text/numbers.ts';
import { parseOptions } from '../program/options.ts';
import { LiveScreen } from '../proc/live.ts';
import { allProcesses, clockText, memoryInfo, type ProcessRow, uptimeSeconds } from '../proc/processes.ts';
import { KeyLine } from '../pager/key-line.ts';
import { KeyReader } from '../sh/interactive/keys.ts';
import { Failure, type Program, type ProgramContext, UsageError } from '../program/program.ts';
import { isTerminal } from '../program/terminal.ts';
import { zoneOf } from '../text/time.ts';
import { summary } from './machine.ts';

const DEFAULT_SECONDS = '3';
const MIB = 1024;
const SHORTEST_MS = 100;
/** Rows above the title: what is asked and said stands in the last of them. */
const SUMMARY_ROWS = 4;

type Order = (a: ProcessRow, b: ProcessRow) => number;
const ORDERS: Readonly<Record<string, Order>> = {
  N: (a, b) => b.pid - a.pid,
  P: (a, b) => b.cpuSeconds - a.cpuSeconds || a.pid - b.pid,
  M: (a, b) => b.residentBytes - a.residentBytes || a.pid - b.pid,
  T: (a, b) => b.cpuSeconds - a.cpuSeconds || a.pid - b.pid,
};

const HELP = `Keys of top

  q      end                     Space, Enter   draw now
  P M    by processor, memory    T N            by time, by number
  R      the other way round     c              all words of commands
  d s    seconds between two     k              send a signal to a process
  u      only a user's           h ?            this

Any key goes back. `;

class Top {
  order: string = 'P';
  reversed = false;
  fullCommand = false;
  user: string | undefined;
  intervalMs: number;
  /** What stands below the summary, until the next drawing. */
  said = '';
  readonly #context: ProgramContext;
  readonly #chooses: (row: ProcessRow) => boolean;

  constructor(context: ProgramContext, intervalMs: number, chooses: (row: ProcessRow) => boolean) {
    this.#context = context;
    this.intervalMs = intervalMs;
    this.#chooses = chooses;
  }

  /** → true to end */
  key(key: string, screen: FullScreen): boolean {
    const keys = new KeyReader(this.#context.system.files, 0);
    const ask = (text: string): string => {
      const line = new KeyLine(keys, (drawn) => screen.write(drawn));
      screen.write(`\x1b[${SUMMARY_ROWS};1H`);
      return line.ask(`${text} `) ?? '';
    };
    if (key in ORDERS) this.order = key;
    else if (key === 'R') this.reversed = !this.reversed;
    else if (key === 'c') this.fullCommand = !this.fullCommand;
    else if (key === 'd' || key === 's') {
      const seconds = Number(ask(`Change delay from ${(this.intervalMs / 1000).toFixed(1)} to`) || NaN);
      if (seconds >= 0) this.intervalMs = Math.max(SHORTEST_MS, seconds * 1000);
    } else if (key === 'u') this.user = ask('Which user (blank for all)') || undefined;
    else if (key === 'k') this.said = this.#kill(ask);
    else if (key === 'h' || key === '?') {
      screen.write(`\x1b[H\x1b[J${HELP.replaceAll('\n', '\r\n')}`);
      keys.next();
    }
    return key === 'q';
  }

  #kill(ask: (text: string) => string): string {
    const wanted = ask('PID to signal/kill');
    if (wanted === '') return '';
    if (!/^\d+$/.test(wanted)) return `Unacceptable integer '${wanted}'`;
    const given = ask(`Send pid ${wanted} signal [15/sigterm]`) || '15';
    const signal = signalNumber(/^\d+$/.test(given) ? Number(given) : given.toUpperCase());
    if (signal === undefined) return `Invalid signal '${given}'`;
    const sent = this.#context.system.process.kill(Number(wanted), signal);
    return sent < 0 ? `Failed signal pid '${wanted}' with '${signal}': ${errorText(sent)}` : '';
  }

  text(columns: number, rows: number, live: boolean): string {
    const { files } = this.#context.system;
    const { user } = this;
    const all = allProcesses(files)
      .filter(this.#chooses)
      .filter((row) => user === undefined || user === row.user || user === String(row.uid));
    const info = memoryInfo(files);
    const count = (state: string): number => all.filter((row) => row.state === state).length;
    const mib = (name: string): string => (info(name) / MIB).toFixed(1);
    const used = ((info('MemTotal') - info('MemAvailable')) / MIB).toFixed(1);
    const head = [
      `top -${summary(this.#context, uptimeSeconds(files), Date.now() / 1000, zoneOf(this.#context.env))}`,
      `Tasks: ${all.length} total, ${count('R')} running, ${count('S')} sleeping, ${count('T')} stopped, ${count('Z')} zombie`,
      `MiB Mem : ${mib('MemTotal')} total, ${mib('MemFree')} free, ${used} used, ${mib('Cached')} buff/cache`,
      this.said,
    ];
    this.said = '';
    const title = '    PID USER      PR  NI    VIRT    RES S     TIME+ COMMAND'.padEnd(live ? columns : 0);
    const sorted = all.sort(ORDERS[this.order] ?? ORDERS['P']);
    const body = (this.reversed ? sorted.reverse() : sorted).map((row) => this.#line(row).slice(0, columns));
    return [
      ...head,
      live ? `\x1b[7m${title}\x1b[m` : title,
      ...body.slice(0, Math.max(0, rows - head.length - 1)),
    ].join('\n');
  }

  #line(row: ProcessRow): string {
    const kilobytes = (bytes: number): string => String(Math.floor(bytes / 1024)).padStart(7);
    const command = this.fullCommand ? row.args : row.name;
    return `${String(row.pid).padStart(7)} ${row.user.slice(0, 8).padEnd(8)}  20 ${String(row.nice).padStart(3)} ${kilobytes(row.virtualBytes)}${kilobytes(row.residentBytes)} ${row.state} ${`${clockText(row.cpuSeconds, false)}${(row.cpuSeconds % 1).toFixed(2).slice(-3)}`.padStart(9)} ${command}`;
  }
}

export const top: Program = {
  name: 'top',
  usage: 'top [-b] [-n N] [-d SECONDS] [-p PID,...] [-c]',
  help: `Show the processes, again and again.

  -b   print, do not draw          -n N        N times
  -d SECONDS   how often (3)       -p PID,...  only these
  -c   all words of commands       -u USER     only this user's
Keys: q ends, space draws now, P M T N order by processor, memory, time, number, k kills, h tells the others.`,
  usageStatus: 1,
  main(context) {
    const specs = {
      batch: { short: 'b' },
      count: { short: 'n', value: 'required' },
      delay: { short: 'd', value: 'required' },
      pid: { short: 'p', value: 'required' },
      command: { short: 'c' },
      user: { short: 'u', value: 'required' },
    } as const;
    const { has, value } = parseOptions(context.args, specs);
    const seconds = Number(value('delay') ?? DEFAULT_SECONDS);
    if (!(seconds >= 0)) throw new UsageError(`bad delay interval '${value('delay')}'`);
    let left =
      value('count') === undefined ? Infinity : parseCount(value('count') ?? '', 'iterations argument');
    const pids = value('pid')?.split(',');
    const view = new Top(
      context,
      Math.max(SHORTEST_MS, seconds * 1000),
      (row) => pids === undefined || pids.includes(String(row.pid)),
    );
    view.user = value('user');
    view.fullCommand = has('command');
    if (has('batch')) {
      for (; left > 0; left--) {
        context.stdout.write(`${view.text(Infinity, Infinity, false)}\n\n`);
        context.stdout.flush();
        if (context.stdout.failed) return 1;
        if (left > 1 && context.system.unix.sleep(seconds * 1000) < 0) return 0;
      }
      return 0;
    }
    if (!isTerminal(context, 1)) throw new Failure('failed tty get: use -b to print');
    const live = new LiveScreen(context, {
      intervalMs: () => view.intervalMs,
      draw: (columns, rows) => view.text(columns, rows, true),
      key: (key, screen) => view.key(key, screen),
      ended: () => --left <= 0,
    });
    const signal = live.run();
    return signal === 0 || signal === Signal.SIGINT ? 0 : 128 + signal;
  },
};
