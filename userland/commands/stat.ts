import { Accounts } from '../files/accounts.ts';
import { backslashEscapes } from '../text/escapes.ts';
import { errorText } from '../program/errors.ts';
import { parseOptions } from '../program/options.ts';
import { complain } from '../files/per-file.ts';
import { type Program, type ProgramContext, UsageError } from '../program/program.ts';
import { FileType, type Instant, isLink, modeString, status, type Status, typeOf } from '../files/stat.ts';
import { decodeText } from '../text/text.ts';
import { strftime, zoneOf } from '../text/time.ts';

const SPECS = {
  dereference: { short: 'L', long: 'dereference' },
  fileSystem: { short: 'f', long: 'file-system' },
  format: { short: 'c', long: 'format', value: 'required' },
  printf: { long: 'printf', value: 'required' },
  terse: { short: 't', long: 'terse' },
} as const;

const DEFAULT = `  File: %PN
  Size: %-10s\tBlocks: %-10b IO Block: %-6o %F
Device: %Hd,%Ld\tInode: %-11i Links: %h
Access: (%04a/%10.10A)  Uid: (%5u/%8U)   Gid: (%5g/%8G)
Access: %x
Modify: %y
Change: %z
 Birth: %w
`;
const DEFAULT_DEVICE = DEFAULT.replace('Links: %h', 'Links: %-5h Device type: %Hr,%Lr');
const TERSE = '%n %s %b %f %u %g %D %i %h %t %T %X %Y %Z %W %o\n';
const FILE_SYSTEM = `  File: "%n"
    ID: %-8i Namelen: %-7l Type: %T
Block size: %-10s Fundamental block size: %S
Blocks: Total: %-10b Free: %-10f Available: %a
Inodes: Total: %-10c Free: %d
`;
const PERMISSIONS = 0o7777;
const NAME_MAX = 255;
const MINOR_BITS = 256;
/** type, bsize, blocks, bfree, bavail, files, ffree */
const FILE_SYSTEM_FIELDS = 7;

const TYPE_NAMES = new Map<number, string>([
  [FileType.regular, 'regular file'],
  [FileType.directory, 'directory'],
  [FileType.link, 'symbolic link'],
  [FileType.fifo, 'fifo'],
  [FileType.socket, 'socket'],
  [FileType.character, 'character special file'],
  [FileType.block, 'block special file'],
]);

function typeName(found: Status): string {
  if (typeOf(found) === FileType.regular && found.size === 0) return 'regular empty file';
  return TYPE_NAMES.get(typeOf(found)) ?? 'weird file';
}

class Formatter {
  readonly #context: ProgramContext;
  readonly #accounts: Accounts;
  readonly #zone: string;

  constructor(context: ProgramContext) {
    this.#context = context;
    this.#accounts = new Accounts(context.system.files);
    this.#zone = zoneOf(context.env);
  }

  format(template: string, path: string, found: Status): string {
    return replaceDirectives(template, (directive) => this.#value(directive, path, found));
  }

  #value(directive: string, path: string, found: Status): string | undefined {
    const major = (device: number): number => Math.floor(device / MINOR_BITS);
    const minor = (device: number): number => device % MINOR_BITS;
    const values: Readonly<Record<string, () => string | number>> = {
      a: () => (found.mode & PERMISSIONS).toString(8),
      A: () => modeString(found.mode),
      b: () => found.blocks,
      B: () => 512,
      C: () => '?',
      d: () => found.dev,
      D: () => found.dev.toString(16),
      Hd: () => major(found.dev),
      Ld: () => minor(found.dev),
      f: () => found.mode.toString(16),
      F: () => typeName(found),
      g: () => found.gid,
      G: () => this.#accounts.group(found.gid),
      h: () => found.nlink,
      i: () => found.ino,
      m: () => '/',
      n: () => path,
      N: () => this.#name(path, found, (name) => `'${name}'`),
      PN: () => this.#name(path, found, (name) => name),
      o: () => found.blockSize,
      s: () => found.size,
      r: () => found.rdev,
      R: () => found.rdev.toString(16),
      Hr: () => major(found.rdev),
      Lr: () => minor(found.rdev),
      t: () => major(found.rdev).toString(16),
      T: () => minor(found.rdev).toString(16),
      u: () => found.uid,
      U: () => this.#accounts.user(found.uid),
      w: () => this.#birth(found),
      W: () => found.birthtime.seconds,
      x: () => this.#time(found.atime),
      X: () => found.atime.seconds,
      y: () => this.#time(found.mtime),
      Y: () => found.mtime.seconds,
      z: () => this.#time(found.ctime),
      Z: () => found.ctime.seconds,
    };
    const value = values[directive];
    return value === undefined ? undefined : String(value());
  }

  /** With where it leads, if it is a link. */
  #name(path: string, found: Status, quote: (name: string) => string): string {
    const target = isLink(found) ? this.#context.system.files.readlink(path) : 0;
    return quote(path) + (typeof target === 'number' ? '' : ` -> ${quote(decodeText(target))}`);
  }

  #time({ seconds, nanoseconds }: Instant): string {
    return strftime('%Y-%m-%d %H:%M:%S.%N %z', seconds, nanoseconds, this.#zone);
  }

  #birth({ birthtime }: Status): string {
    return birthtime.seconds === 0 && birthtime.nanoseconds === 0 ? '-' : this.#time(birthtime);
  }
}

/** `%[flags][width][.precision]X`, X being a letter, or H or L and a letter. */
function replaceDirectives(template: string, valueOf: (directive: string) => string | undefined): string {
  return template.replace(
    /%([-+ 0#']*)(\d*)(?:\.(\d+))?([HL][dr]|PN|.)/gsu,
    (_whole, flags: string, width: string, precision: string | undefined, directive: string) => {
      if (directive === '%') return '%';
      const value = valueOf(directive) ?? '?';
      const cut =
        precision !== undefined && /[a-zA-Z-]/.test(value) ? value.slice(0, Number(precision)) : value;
      if (flags.includes('-')) return cut.padEnd(Number(width));
      return (flags.includes('#') && directive === 'a' ? `0${cut}` : cut).padStart(
        Number(width),
        flags.includes('0') ? '0' : ' ',
      );
    },
  );
}

function fileSystemText(context: ProgramContext, template: string, path: string): string | number {
  const fields = new Float64Array(FILE_SYSTEM_FIELDS);
  const result = context.system.files.statfs(path, fields);
  if (result < 0) return result;
  const at = (index: number): number => fields[index] ?? 0;
  const values: Readonly<Record<string, string | number>> = {
    a: at(4),
    b: at(2),
    c: at(5),
    d: at(6),
    f: at(3),
    i: 0,
    l: NAME_MAX,
    n: path,
    s: at(1),
    S: at(1),
    t: at(0).toString(16),
    T: `UNKNOWN (0x${at(0).toString(16)})`,
  };
  return replaceDirectives(template, (directive) =>
    values[directive] === undefined ? undefined : String(values[directive]),
  );
}

function templateOf(
  has: (name: keyof typeof SPECS) => boolean,
  value: (name: keyof typeof SPECS) => string | undefined,
): string | undefined {
  const given = value('format');
  if (given !== undefined) return `${given}\n`;
  const printf = value('printf');
  if (printf !== undefined) return backslashEscapes(printf, 'format').text;
  return has('terse') ? TERSE : undefined;
}

function main(context: ProgramContext): number {
  const { has, value, operands } = parseOptions(context.args, SPECS);
  if (operands.length === 0) throw new UsageError('missing operand');
  const formatter = new Formatter(context);
  const template = templateOf(has, value);
  let result = 0;
  for (const path of operands) {
    if (has('fileSystem')) {
      const text = fileSystemText(context, template ?? FILE_SYSTEM, path);
      if (typeof text === 'string') context.stdout.write(text);
      else {
        complain(context, `cannot read file system information for '${path}': ${errorText(text)}`);
        result = 1;
      }
      continue;
    }
    const found = status(context.system.files, path, has('dereference'));
    if (typeof found === 'number') {
      complain(context, `cannot statx '${path}': ${errorText(found)}`);
      result = 1;
      continue;
    }
    const device = typeOf(found) === FileType.character || typeOf(found) === FileType.block;
    context.stdout.write(formatter.format(template ?? (device ? DEFAULT_DEVICE : DEFAULT), path, found));
  }
  return result;
}

export const stat: Program = {
  name: 'stat',
  usage: 'stat [OPTION]... FILE...',
  help: `Print what is known of each file.

  -L, --dereference     follow links
  -f, --file-system     of the file system that it is in
  -c, --format=FORMAT   in this format, a newline after each
      --printf=FORMAT   the same with escapes and no newline
  -t, --terse           in one line

%a %A mode   %b %B blocks   %d %D device   %f raw mode   %F type   %g %G group   %h links   %i inode
%n %N name   %o block   %s size   %t %T device type   %u %U owner   %w %W birth   %x %X access
%y %Y modification   %z %Z change`,
  usageStatus: 1,
  main,
};
