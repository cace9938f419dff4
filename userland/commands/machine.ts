/** What there is of memory and space, and since when. */
import { errorText } from '../program/errors.ts';
import { humanSize, parseSize } from '../text/numbers.ts';
import { type Parsed, parseOptions } from '../program/options.ts';
import { complain } from '../files/per-file.ts';
import { memoryInfo, readText, uptimeSeconds, uptimeText } from '../proc/processes.ts';
import { type Program, type ProgramContext, UsageError } from '../program/program.ts';
import { status } from '../files/stat.ts';
import { decodeText } from '../text/text.ts';
import { strftime, zoneOf } from '../text/time.ts';

const FREE_SPECS = {
  bytes: { short: 'b', long: 'bytes' },
  kilo: { short: 'k', long: 'kibi' },
  mega: { short: 'm', long: 'mebi' },
  giga: { short: 'g', long: 'gibi' },
  human: { short: 'h', long: 'human' },
  total: { short: 't', long: 'total' },
  wide: { short: 'w', long: 'wide' },
} as const;

export const free: Program = {
  name: 'free',
  usage: 'free [OPTION]...',
  help: `Print how much memory there is, in kilobytes.

  -b -k -m -g   in bytes, KiB, MiB, GiB
  -h, --human   as people read it
  -t, --total   memory and swap together
  -w, --wide    buffers and cache apart`,
  usageStatus: 1,
  main(context) {
    const { has } = parseOptions(context.args, FREE_SPECS);
    const info = memoryInfo(context.system.files);
    const shift = has('bytes') ? -1 : has('mega') ? 1 : has('giga') ? 2 : 0;
    const show = (kilobytes: number): string => {
      if (!has('human')) return String(Math.floor(kilobytes / 1024 ** shift));
      const text = humanSize(kilobytes * 1024);
      return /[KMGTP]$/.test(text) ? `${text}i` : `${text}B`;
    };
    const [total, freeMemory, available] = ['MemTotal', 'MemFree', 'MemAvailable'].map(info) as [
      number,
      number,
      number,
    ];
    const [buffers, cached] = [info('Buffers'), info('Cached') + info('SReclaimable')];
    const shared = info('Shmem');
    const caches = has('wide') ? [buffers, cached] : [buffers + cached];
    const titles = [
      'total',
      'used',
      'free',
      'shared',
      ...(has('wide') ? ['buffers', 'cache'] : ['buff/cache']),
      'available',
    ];
    const line = (title: string, values: readonly number[]): void =>
      context.stdout.write(`${title.padEnd(8)}${values.map((value) => show(value).padStart(12)).join('')}\n`);
    context.stdout.write(`${' '.repeat(8)}${titles.map((title) => title.padStart(12)).join('')}\n`);
    const used = total - available;
    line('Mem:', [total, used, freeMemory, shared, ...caches, available]);
    const [swapTotal, swapFree] = [info('SwapTotal'), info('SwapFree')];
    line('Swap:', [swapTotal, swapTotal - swapFree, swapFree]);
    if (has('total')) line('Total:', [total + swapTotal, used + swapTotal - swapFree, freeMemory + swapFree]);
    return 0;
  },
};

export const uptime: Program = {
  name: 'uptime',
  usage: 'uptime [-p | -s]',
  help: `Print since when the container runs.

  -p, --pretty   in words
  -s, --since    when it was started`,
  usageStatus: 1,
  main(context) {
    const { has } = parseOptions(context.args, {
      pretty: { short: 'p', long: 'pretty' },
      since: { short: 's', long: 'since' },
    });
    const { files } = context.system;
    const seconds = uptimeSeconds(files);
    const now = Date.now() / 1000;
    const zone = zoneOf(context.env);
    if (has('since'))
      context.stdout.write(`${strftime('%Y-%m-%d %H:%M:%S', Math.floor(now - seconds), 0, zone)}\n`);
    else if (has('pretty')) context.stdout.write(`up ${pretty(seconds)}\n`);
    else context.stdout.write(`${summary(context, seconds, now, zone)}\n`);
    return 0;
  },
};

function pretty(seconds: number): string {
  const parts = [
    [Math.floor(seconds / 604_800), 'week'],
    [Math.floor(seconds / 86_400) % 7, 'day'],
    [Math.floor(seconds / 3600) % 24, 'hour'],
    [Math.floor(seconds / 60) % 60, 'minute'],
  ] as const;
  const said = parts
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}${count === 1 ? '' : 's'}`);
  return said.length > 0 ? said.join(', ') : '0 minutes';
}

/** The first line of uptime and top. */
export function summary(context: ProgramContext, seconds: number, now: number, zone: string): string {
  const loads = (readText(context.system.files, '/proc/loadavg') ?? '0.00 0.00 0.00')
    .split(' ')
    .slice(0, 3)
    .join(', ');
  return ` ${strftime('%H:%M:%S', Math.floor(now), 0, zone)} up ${uptimeText(seconds)},  1 user,  load average: ${loads}`;
}

const DF_SPECS = {
  all: { short: 'a', long: 'all' },
  blockSize: { short: 'B', long: 'block-size', value: 'required' },
  total: { long: 'total' },
  human: { short: 'h', long: 'human-readable' },
  si: { short: 'H', long: 'si' },
  inodes: { short: 'i', long: 'inodes' },
  kilo: { short: 'k' },
  mega: { short: 'm' },
  local: { short: 'l', long: 'local' },
  portability: { short: 'P', long: 'portability' },
  type: { short: 'T', long: 'print-type' },
  only: { short: 't', long: 'type', value: 'required' },
  without: { short: 'x', long: 'exclude-type', value: 'required' },
} as const;
type DfOptions = Parsed<keyof typeof DF_SPECS>;

interface Mount {
  readonly device: string;
  readonly path: string;
  readonly type: string;
}
interface Space {
  readonly mount: Mount;
  readonly total: number;
  readonly used: number;
  readonly available: number;
}

function mountsOf(context: ProgramContext): Mount[] {
  return (readText(context.system.files, '/proc/mounts') ?? '')
    .split('\n')
    .map((line) => line.split(' '))
    .filter((fields) => fields.length > 2)
    .map(([device = '', path = '', type = '']) => ({
      device,
      path: path.replace(/\\(\d{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8))),
      type,
    }));
}

function spaceOf(context: ProgramContext, mount: Mount, path: string, inodes: boolean): Space | number {
  const out = new Float64Array(7);
  const result = context.system.files.statfs(path, out);
  if (result < 0) return result;
  const [, size = 0, blocks = 0, free = 0, available = 0, all = 0, unused = 0] = out;
  if (inodes) return { mount, total: all, used: all - unused, available: unused };
  return { mount, total: blocks * size, used: (blocks - free) * size, available: available * size };
}

function dfRows(context: ProgramContext, options: DfOptions): { rows: Space[]; failed: boolean } {
  const mounts = mountsOf(context);
  const { files } = context.system;
  const rows: Space[] = [];
  let failed = false;
  if (options.operands.length === 0) {
    const seen = new Set<string>();
    for (const mount of mounts) {
      const space = spaceOf(context, mount, mount.path, options.has('inodes'));
      // Control trees take no space and are shown only where all is asked for.
      if (typeof space === 'number' || (!options.has('all') && (space.total === 0 || seen.has(mount.device))))
        continue;
      seen.add(mount.device);
      rows.push(space);
    }
  }
  for (const operand of options.operands) {
    const real = files.realpath(operand);
    const path = typeof real === 'number' ? operand : decodeText(real);
    const found = status(files, operand, true);
    const mount = mounts
      .filter((one) => one.path === '/' || path === one.path || path.startsWith(`${one.path}/`))
      .reduce((best, one) => (one.path.length >= best.path.length ? one : best), {
        device: '-',
        path: '/',
        type: '-',
      });
    const space = typeof found === 'number' ? found : spaceOf(context, mount, operand, options.has('inodes'));
    if (typeof space === 'number') {
      complain(context, `${operand}: ${errorText(space)}`);
      failed = true;
    } else rows.push(space);
  }
  const [only, without] = [options.value('only'), options.value('without')];
  return {
    rows: rows.filter(({ mount: { type } }) => (only === undefined || type === only) && type !== without),
    failed,
  };
}

export const df: Program = {
  name: 'df',
  usage: 'df [OPTION]... [FILE]...',
  help: `Print how much space file systems have.

  -a, --all             control trees too
  -B, --block-size=SIZE -k  -m   units (1K)
  -h, -H                as people read it, in powers of 1024, 1000
  -i, --inodes          numbers of files instead
  -P, --portability     lines as POSIX has them
  -T, --print-type      types too;  -t TYPE only this;  -x TYPE not this
      --total           a sum`,
  usageStatus: 1,
  main(context) {
    const options = parseOptions(context.args, DF_SPECS);
    const { has, value } = options;
    const given = value('blockSize');
    const unit = has('inodes')
      ? 1
      : given !== undefined
        ? parseSize(/^\d/.test(given) ? given : `1${given}`, '--block-size argument')
        : has('mega')
          ? 1024 ** 2
          : 1024;
    if (unit === 0) throw new UsageError(`invalid --block-size argument '${given}'`);
    const human = has('human') || has('si');
    const { rows, failed } = dfRows(context, options);
    if (has('total')) {
      const sum = (pick: (row: Space) => number): number => rows.reduce((all, row) => all + pick(row), 0);
      rows.push({
        mount: { device: 'total', path: '-', type: '-' },
        total: sum((row) => row.total),
        used: sum((row) => row.used),
        available: sum((row) => row.available),
      });
    }
    const size = (bytes: number): string =>
      human ? humanSize(bytes, has('si')) : String(Math.ceil(bytes / unit));
    const share = ({ used, available }: Space): string =>
      used + available > 0 ? `${Math.ceil((100 * used) / (used + available))}%` : '-';
    const unitTitle = human
      ? 'Size'
      : has('inodes')
        ? 'Inodes'
        : has('portability')
          ? `${unit}-blocks`
          : given !== undefined
            ? `${given.replace(/^1(?=\D)/, '1')}-blocks`
            : `${unit === 1024 ** 2 ? '1M' : '1K'}-blocks`;
    const titles = has('inodes')
      ? ['Inodes', 'IUsed', 'IFree', 'IUse%']
      : [unitTitle, 'Used', human ? 'Avail' : 'Available', has('portability') ? 'Capacity' : 'Use%'];
    const table = [
      ['Filesystem', ...(has('type') ? ['Type'] : []), ...titles, 'Mounted on'],
      ...rows.map((row) => [
        row.mount.device,
        ...(has('type') ? [row.mount.type] : []),
        size(row.total),
        size(row.used),
        size(row.available),
        share(row),
        row.mount.path,
      ]),
    ];
    const leftColumns = has('type') ? 2 : 1;
    const minimum = [14, ...(has('type') ? [0] : []), human ? 5 : 5, human ? 5 : 5, 5];
    const widths = (table[0] ?? []).map((_, column) =>
      Math.max(minimum[column] ?? 0, ...table.map((cells) => cells[column]?.length ?? 0)),
    );
    for (const cells of table) {
      const line = cells.map((cell, column) =>
        column === cells.length - 1
          ? cell
          : column < leftColumns
            ? cell.padEnd(widths[column] ?? 0)
            : cell.padStart(widths[column] ?? 0),
      );
      context.stdout.write(`${line.join(' ')}\n`);
    }
    return failed ? 1 : 0;
  },
};
