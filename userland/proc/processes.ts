/** What /proc tells of the processes. proc(5). */
import type { FileCalls } from '../../polyfills/system.ts';
import { Accounts } from '../files/accounts.ts';
import { decodeText } from '../text/text.ts';

export interface ProcessRow {
  readonly pid: number;
  readonly ppid: number;
  readonly pgid: number;
  readonly sid: number;
  readonly uid: number;
  readonly user: string;
  readonly name: string;
  /** Its words; without any (a zombie, a kernel's) the name in brackets. */
  readonly args: string;
  readonly state: string;
  /** `pts/0`, `?` */
  readonly terminal: string;
  /** Seconds of processor time. */
  readonly cpuSeconds: number;
  /** Seconds since the epoch. */
  readonly started: number;
  readonly threads: number;
  readonly nice: number;
  readonly virtualBytes: number;
  readonly residentBytes: number;
}

const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;
const PTS_MAJOR = 136;

export function readText(files: FileCalls, path: string): string | undefined {
  const bytes = files.readFile(path);
  return typeof bytes === 'number' ? undefined : decodeText(bytes);
}

/** Seconds since the epoch at which the system began. */
export function bootTime(files: FileCalls): number {
  return Number(/^btime (\d+)/m.exec(readText(files, '/proc/stat') ?? '')?.[1] ?? 0);
}

export function allProcesses(files: FileCalls): ProcessRow[] {
  const list = files.readdir('/proc', false);
  if (typeof list === 'number') return [];
  const accounts = new Accounts(files);
  const booted = bootTime(files);
  return list.names
    .filter((name) => /^\d+$/.test(name))
    .map((name) => processRow(files, name, accounts, booted))
    .filter((row) => row !== undefined)
    .sort((a, b) => a.pid - b.pid);
}

/** Undefined when it has ended meanwhile. */
function processRow(
  files: FileCalls,
  pid: string,
  accounts: Accounts,
  booted: number,
): ProcessRow | undefined {
  const stat = readText(files, `/proc/${pid}/stat`);
  const status = readText(files, `/proc/${pid}/status`);
  if (stat === undefined || status === undefined) return undefined;
  const close = stat.lastIndexOf(')');
  const name = stat.slice(stat.indexOf('(') + 1, close);
  const fields = stat
    .slice(close + 2)
    .trim()
    .split(' ');
  const at = (index: number): number => Number(fields[index - 3] ?? 0);
  const uid = Number(/^Uid:\s+(\d+)/m.exec(status)?.[1] ?? 0);
  const words = (readText(files, `/proc/${pid}/cmdline`) ?? '')
    .split('\0')
    .filter((_, index, all) => index < all.length - 1);
  const tty = at(7);
  return {
    pid: Number(pid),
    ppid: at(4),
    pgid: at(5),
    sid: at(6),
    uid,
    user: accounts.user(uid),
    name,
    args: words.length > 0 ? words.join(' ') : `[${name}]${fields[0] === 'Z' ? ' <defunct>' : ''}`,
    state: fields[0] ?? '?',
    terminal: tty >> 8 === PTS_MAJOR ? `pts/${tty & 255}` : '?',
    cpuSeconds: (at(14) + at(15)) / TICKS_PER_SECOND,
    started: booted + at(22) / TICKS_PER_SECOND,
    threads: at(20),
    nice: at(19),
    virtualBytes: at(23),
    residentBytes: at(24) * PAGE_BYTES,
  };
}

/** Kilobytes by name. */
export function memoryInfo(files: FileCalls): (name: string) => number {
  const text = readText(files, '/proc/meminfo') ?? '';
  const values = new Map(
    [...text.matchAll(/^(\w+):\s+(\d+)/gm)].map(([, name = '', value]) => [name, Number(value)]),
  );
  return (name) => values.get(name) ?? 0;
}

export function uptimeSeconds(files: FileCalls): number {
  return Number((readText(files, '/proc/uptime') ?? '0').split(' ')[0]);
}

/** `1:02`, `23:59:59` without and with hours. */
export function clockText(seconds: number, withHours: boolean): string {
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  return withHours
    ? `${two(hours)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`
    : `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
}

export function uptimeText(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor(seconds / 3600) % 24;
  const minutes = Math.floor(seconds / 60) % 60;
  const dayText = days > 0 ? `${days} day${days === 1 ? '' : 's'}, ` : '';
  return (
    dayText +
    (hours > 0 ? `${String(hours).padStart(2)}:${String(minutes).padStart(2, '0')}` : `${minutes} min`)
  );
}
