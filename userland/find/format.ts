import { Accounts } from '../files/accounts.ts';
import { backslashEscapes } from '../text/escapes.ts';
import { dirName } from '../files/paths.ts';
import type { ProgramContext } from '../program/program.ts';
import { FileType, type Instant, isLink, modeString, status, typeOf } from '../files/stat.ts';
import { decodeText } from '../text/text.ts';
import { strftime, zoneOf } from '../text/time.ts';
import type { Candidate } from './expression.ts';

const TYPE_LETTERS = new Map<number, string>([
  [FileType.regular, 'f'],
  [FileType.directory, 'd'],
  [FileType.link, 'l'],
  [FileType.fifo, 'p'],
  [FileType.socket, 's'],
  [FileType.character, 'c'],
  [FileType.block, 'b'],
]);
const PERMISSIONS = 0o7777;
const NANOSECOND_DIGITS = 9;

/** `-printf FORMAT`: the text of one file. */
export function formatter(context: ProgramContext, format: string): (candidate: Candidate) => string {
  const { text } = backslashEscapes(format, 'format');
  const accounts = new Accounts(context.system.files);
  const zone = zoneOf(context.env);
  return (candidate) =>
    text.replace(
      /%([-+ 0#]*)(\d*)(?:\.(\d+))?([ACTB].|[a-zA-Z%])/gsu,
      (whole, flags: string, width: string, precision: string | undefined, directive: string) => {
        if (directive === '%') return '%';
        const value = valueOf(context, accounts, zone, candidate, directive);
        if (value === undefined) return whole;
        const cut = precision === undefined ? value : value.slice(0, Number(precision));
        return flags.includes('-')
          ? cut.padEnd(Number(width))
          : cut.padStart(Number(width), flags.includes('0') ? '0' : ' ');
      },
    );
}

function valueOf(
  context: ProgramContext,
  accounts: Accounts,
  zone: string,
  candidate: Candidate,
  directive: string,
): string | undefined {
  const { status: found, path } = candidate;
  switch (directive) {
    case 'p':
      return path;
    case 'f':
      return candidate.name;
    case 'h':
      return path.includes('/') ? dirName(path) : '.';
    case 'P':
      return path.slice(candidate.start.length).replace(/^\//, '');
    case 'H':
      return candidate.start;
    case 'd':
      return String(candidate.depth);
    case 's':
      return String(found.size);
    case 'b':
      return String(found.blocks);
    case 'k':
      return String(Math.ceil(found.blocks / 2));
    case 'm':
      return (found.mode & PERMISSIONS).toString(8);
    case 'M':
      return modeString(found.mode);
    case 'n':
      return String(found.nlink);
    case 'i':
      return String(found.ino);
    case 'D':
      return String(found.dev);
    case 'u':
      return accounts.user(found.uid);
    case 'g':
      return accounts.group(found.gid);
    case 'U':
      return String(found.uid);
    case 'G':
      return String(found.gid);
    case 'y':
      return TYPE_LETTERS.get(typeOf(found)) ?? 'U';
    case 'Y': {
      const behind = status(context.system.files, path, true);
      return typeof behind === 'number' ? 'N' : (TYPE_LETTERS.get(typeOf(behind)) ?? 'U');
    }
    case 'l': {
      const target = isLink(found) ? context.system.files.readlink(path) : 0;
      return typeof target === 'number' ? '' : decodeText(target);
    }
    case 'a':
    case 'c':
    case 't':
      return wholeTime(found[directive === 'a' ? 'atime' : directive === 'c' ? 'ctime' : 'mtime'], zone);
  }
  return timePart(candidate, zone, directive);
}

/** `%Tk`: one strftime conversion; `@` is seconds with their fraction, `+` the date and time. */
function timePart({ status: found }: Candidate, zone: string, directive: string): string | undefined {
  const [field = '', conversion = ''] = directive;
  const instant = { A: found.atime, C: found.ctime, T: found.mtime, B: found.birthtime }[field];
  if (instant === undefined) return undefined;
  const fraction = `.${fractionOf(instant)}`;
  const format = (text: string): string => strftime(text, instant.seconds, instant.nanoseconds, zone);
  if (conversion === '@') return instant.seconds + fraction;
  if (conversion === '+') return `${format('%Y-%m-%d+%H:%M:%S')}${fraction}`;
  if (conversion === 'S') return format('%S') + fraction;
  if (conversion === 'T' || conversion === 'X') return format('%H:%M:%S') + fraction;
  return format(`%${conversion}`);
}

function wholeTime(instant: Instant, zone: string): string {
  const [before = '', after = ''] = strftime(
    '%a %b %e %H:%M:%S|%Y',
    instant.seconds,
    instant.nanoseconds,
    zone,
  ).split('|');
  return `${before}.${fractionOf(instant)} ${after}`;
}

/** find writes ten digits. */
function fractionOf(instant: Instant): string {
  return `${String(instant.nanoseconds).padStart(NANOSECOND_DIGITS, '0')}0`;
}
