import { parseDate } from '../text/date-parser.ts';
import { parseOptions } from '../program/options.ts';
import { Failure, type Program, type ProgramContext, UsageError } from '../program/program.ts';
import { type Instant, requireStatus } from '../files/stat.ts';
import { strftime, zoneOf } from '../text/time.ts';

const SPECS = {
  date: { short: 'd', long: 'date', value: 'required' },
  iso: { short: 'I', long: 'iso-8601', value: 'optional' },
  rfcEmail: { short: 'R', long: 'rfc-email' },
  rfc3339: { long: 'rfc-3339', value: 'required' },
  reference: { short: 'r', long: 'reference', value: 'required' },
  set: { short: 's', long: 'set', value: 'required' },
  utc: { short: 'u', long: 'utc' },
} as const;

const ISO: Readonly<Record<string, string>> = {
  date: '%Y-%m-%d',
  hours: '%Y-%m-%dT%H%:z',
  minutes: '%Y-%m-%dT%H:%M%:z',
  seconds: '%Y-%m-%dT%H:%M:%S%:z',
  ns: '%Y-%m-%dT%H:%M:%S,%N%:z',
};
const RFC_3339: Readonly<Record<string, string>> = {
  date: '%Y-%m-%d',
  seconds: '%Y-%m-%d %H:%M:%S%:z',
  ns: '%Y-%m-%d %H:%M:%S.%N%:z',
};
const DEFAULT_FORMAT = '%a %b %e %H:%M:%S %Z %Y';

function instantOf(
  context: ProgramContext,
  text: string | undefined,
  reference: string | undefined,
  zone: string,
): Instant {
  if (reference !== undefined) return requireStatus(context.system.files, reference, true).mtime;
  const now = Date.now();
  if (text === undefined) return { seconds: Math.floor(now / 1000), nanoseconds: (now % 1000) * 1e6 };
  const parsed = parseDate(text, now, zone);
  if (parsed === undefined) throw new Failure(`invalid date '${text}'`);
  return parsed;
}

function pick(table: Readonly<Record<string, string>>, given: string | true, option: string): string {
  const format = table[given === true ? 'date' : given];
  if (format === undefined) throw new UsageError(`invalid argument '${String(given)}' for '${option}'`);
  return format;
}

function formatOf(
  options: Partial<Record<keyof typeof SPECS, string | true>>,
  operand: string | undefined,
): string {
  if (operand !== undefined) {
    if (!operand.startsWith('+')) throw new Failure(`invalid date '${operand}'`);
    return operand.slice(1);
  }
  if (options.iso !== undefined) return pick(ISO, options.iso, '--iso-8601');
  if (options.rfc3339 !== undefined) return pick(RFC_3339, options.rfc3339, '--rfc-3339');
  return options.rfcEmail ? '%a, %d %b %Y %H:%M:%S %z' : DEFAULT_FORMAT;
}

function main(context: ProgramContext): number {
  const { has, value, options, operands } = parseOptions(context.args, SPECS);
  if (operands.length > 1) throw new UsageError(`extra operand '${operands[1]}'`);
  if (has('set')) throw new Failure('cannot set date: Operation not permitted');
  const zone = has('utc') ? 'UTC' : zoneOf(context.env);
  const format = formatOf(options, operands[0]);
  const { seconds, nanoseconds } = instantOf(context, value('date'), value('reference'), zone);
  context.stdout.write(`${strftime(format, seconds, nanoseconds, zone)}\n`);
  return 0;
}

export const date: Program = {
  name: 'date',
  usage: 'date [OPTION]... [+FORMAT]',
  help: `Print the time.

  -d, --date=STRING         this time: '2024-05-01 10:00', '@0', 'yesterday', '2 hours ago', 'next monday'
  -I, --iso-8601[=FMT]      date (default), hours, minutes, seconds, ns
  -R, --rfc-email           Mon, 14 Aug 2006 02:34:56 -0600
      --rfc-3339=FMT        date, seconds, ns
  -r, --reference=FILE      the file's modification time
  -u, --utc                 UTC
FORMAT: as strftime(3): %Y %m %d %H %M %S %N %s %a %A %b %B %j %u %V %z %:z %Z %F %T …, flags - _ 0 ^ #.`,
  usageStatus: 1,
  main,
};
