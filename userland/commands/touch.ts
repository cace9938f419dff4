import { Errno } from '../../src/base/errno.ts';
import type { TimeSpec } from '../../polyfills/system.ts';
import { timeSpec } from '../files/copy.ts';
import { parseDate } from '../text/date-parser.ts';
import { errorText } from '../program/errors.ts';
import { parseOptions } from '../program/options.ts';
import { report } from '../files/per-file.ts';
import { Failure, type Program, type ProgramContext, UsageError } from '../program/program.ts';
import { requireStatus } from '../files/stat.ts';
import { zoneOf } from '../text/time.ts';

const SPECS = {
  access: { short: 'a' },
  noCreate: { short: 'c', long: 'no-create' },
  date: { short: 'd', long: 'date', value: 'required' },
  ignored: { short: 'f' },
  noDereference: { short: 'h', long: 'no-dereference' },
  modification: { short: 'm' },
  reference: { short: 'r', long: 'reference', value: 'required' },
  stamp: { short: 't', value: 'required' },
  time: { long: 'time', value: 'required' },
} as const;

const CREATE = 0o102; // O_RDWR | O_CREAT

/** `[[CC]YY]MMDDhhmm[.ss]` */
function stampDate(text: string): string {
  const match = /^(\d{2})?(\d{2})?(\d{2})(\d{2})(\d{2})(\d{2})(?:\.(\d{2}))?$/.exec(text);
  if (!match) throw new UsageError(`invalid date format '${text}'`);
  const [, a, b, month, day, hour, minute, second = '00'] = match;
  const short = b ?? a;
  const century =
    a !== undefined && b !== undefined ? a : short !== undefined && Number(short) >= 69 ? '19' : '20';
  const year = short === undefined ? String(new Date().getUTCFullYear()) : century + short;
  return `${year}-${month}-${day} ${hour}:${minute}:${second}`;
}

function timesOf(
  context: ProgramContext,
  value: (name: 'date' | 'reference' | 'stamp') => string | undefined,
): [TimeSpec, TimeSpec] {
  const reference = value('reference');
  if (reference !== undefined) {
    const found = requireStatus(context.system.files, reference, true);
    return [timeSpec(found.atime), timeSpec(found.mtime)];
  }
  const stamp = value('stamp');
  const text = stamp === undefined ? value('date') : stampDate(stamp);
  if (text === undefined) return ['now', 'now'];
  const instant = parseDate(text, Date.now(), zoneOf(context.env));
  if (instant === undefined) throw new Failure(`invalid date format '${text}'`);
  return [timeSpec(instant), timeSpec(instant)];
}

interface Settings {
  atime: TimeSpec;
  mtime: TimeSpec;
  create: boolean;
  follow: boolean;
}

function touchOne(context: ProgramContext, path: string, { atime, mtime, create, follow }: Settings): void {
  const { files } = context.system;
  let result = files.utimes(path, atime, mtime, follow);
  if (result === -Errno.ENOENT) {
    if (!create) return;
    const fd = files.open(path, CREATE, 0o666);
    if (fd < 0) throw new Failure(`cannot touch '${path}': ${errorText(fd)}`);
    result = atime === 'now' && mtime === 'now' ? 0 : files.futimes(fd, atime, mtime);
    files.close(fd);
  }
  if (result < 0) throw new Failure(`setting times of '${path}': ${errorText(result)}`);
}

function main(context: ProgramContext): number {
  const { has, value, operands } = parseOptions(context.args, SPECS);
  if (operands.length === 0) throw new UsageError('missing file operand');
  const [atime, mtime] = timesOf(context, value);
  const named = value('time') ?? '';
  const access = has('access') || /^(atime|access|use)$/.test(named);
  const modification = has('modification') || /^(mtime|modify)$/.test(named);
  const both = access === modification;
  const settings: Settings = {
    atime: both || access ? atime : 'omit',
    mtime: both || modification ? mtime : 'omit',
    create: !has('noCreate'),
    follow: !has('noDereference'),
  };
  let status = 0;
  for (const path of operands) {
    try {
      touchOne(context, path, settings);
    } catch (error) {
      status = report(context, error);
    }
  }
  return status;
}

export const touch: Program = {
  name: 'touch',
  usage: 'touch [OPTION]... FILE...',
  help: `Set files' times to now; make those that do not exist.

  -a                     only the access time
  -c, --no-create        make nothing
  -d, --date=STRING      this time instead of now
  -h, --no-dereference   the times of a link itself
  -m                     only the modification time
  -r, --reference=FILE   this file's times
  -t STAMP               [[CC]YY]MMDDhhmm[.ss]
      --time=WORD        access, atime, use; modify, mtime`,
  usageStatus: 1,
  main,
};
