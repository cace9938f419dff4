import { errorText } from '../program/errors.ts';
import { globToRegExp } from '../text/glob.ts';
import { entryOf, type Entry, sortEntries } from '../ls/entry.ts';
import { printColumns, printCommas } from '../ls/layout.ts';
import { blocksText, LongFormat } from '../ls/long.ts';
import { NamePrinter, quoteName, type Shown } from '../ls/name.ts';
import type { Settings } from '../ls/settings.ts';
import { parseCount } from '../text/numbers.ts';
import { type Parsed, parseOptions } from '../program/options.ts';
import { joinPath } from '../files/paths.ts';
import { complain } from '../files/per-file.ts';
import { type Program, type ProgramContext, UsageError } from '../program/program.ts';
import { isDirectory, isLink } from '../files/stat.ts';
import { isTerminal, outputColumns, wantsColor } from '../program/terminal.ts';
import { zoneOf } from '../text/time.ts';

const SPECS = {
  all: { short: 'a', long: 'all' },
  almostAll: { short: 'A', long: 'almost-all' },
  author: { long: 'author' },
  escape: { short: 'b', long: 'escape' },
  ignoreBackups: { short: 'B', long: 'ignore-backups' },
  ctime: { short: 'c' },
  columns: { short: 'C' },
  color: { long: 'color', value: 'optional' },
  directory: { short: 'd', long: 'directory' },
  unsorted: { short: 'f' },
  classify: { short: 'F', long: 'classify', value: 'optional' },
  fileType: { long: 'file-type' },
  format: { long: 'format', value: 'required' },
  fullTime: { long: 'full-time' },
  noOwner: { short: 'g' },
  directoriesFirst: { long: 'group-directories-first' },
  noGroup: { short: 'G', long: 'no-group' },
  human: { short: 'h', long: 'human-readable' },
  si: { long: 'si' },
  dereferenceOperands: { short: 'H', long: 'dereference-command-line' },
  hide: { long: 'hide', value: 'required' },
  inode: { short: 'i', long: 'inode' },
  ignore: { short: 'I', long: 'ignore', value: 'required' },
  kilobytes: { short: 'k', long: 'kibibytes' },
  long: { short: 'l' },
  dereference: { short: 'L', long: 'dereference' },
  commas: { short: 'm' },
  numeric: { short: 'n', long: 'numeric-uid-gid' },
  literal: { short: 'N', long: 'literal' },
  noGroupLong: { short: 'o' },
  slash: { short: 'p' },
  indicatorStyle: { long: 'indicator-style', value: 'required' },
  hideControls: { short: 'q', long: 'hide-control-chars' },
  quoteNames: { short: 'Q', long: 'quote-name' },
  quotingStyle: { long: 'quoting-style', value: 'required' },
  reverse: { short: 'r', long: 'reverse' },
  recursive: { short: 'R', long: 'recursive' },
  size: { short: 's', long: 'size' },
  bySize: { short: 'S' },
  sort: { long: 'sort', value: 'required' },
  byTime: { short: 't' },
  time: { long: 'time', value: 'required' },
  timeStyle: { long: 'time-style', value: 'required' },
  atime: { short: 'u' },
  noSort: { short: 'U' },
  byVersion: { short: 'v' },
  width: { short: 'w', long: 'width', value: 'required' },
  across: { short: 'x' },
  byExtension: { short: 'X' },
  zero: { long: 'zero' },
  single: { short: '1' },
} as const;
type Name = keyof typeof SPECS;
type Options = Parsed<Name>;

const SERIOUS = 2;
const MINOR = 1;

/** The last of several options that exclude each other, as the word it stands for. */
function last<Word extends string>(
  options: Options,
  words: Partial<Record<Name, Word | ((value: string) => Word | undefined)>>,
): Word | undefined {
  for (const { name, value } of [...options.occurrences].reverse()) {
    const word = words[name];
    const found = typeof word === 'function' ? word(value ?? 'always') : word;
    if (found !== undefined) return found;
  }
  return undefined;
}

function oneOf<Word extends string>(option: string, table: Readonly<Record<string, Word>>) {
  return (value: string): Word => {
    const found = Object.entries(table).find(([name]) => name.startsWith(value));
    if (found === undefined) throw new UsageError(`invalid argument '${value}' for '${option}'`);
    return found[1];
  };
}

const SORTS = {
  none: 'none',
  name: 'name',
  size: 'size',
  time: 'time',
  extension: 'extension',
  version: 'version',
  width: 'width',
} as const;
const TIMES = {
  atime: 'atime',
  access: 'atime',
  use: 'atime',
  ctime: 'ctime',
  status: 'ctime',
  mtime: 'mtime',
  modification: 'mtime',
  birth: 'birthtime',
  creation: 'birthtime',
} as const;
const FORMATS = {
  long: 'long',
  verbose: 'long',
  'single-column': 'single',
  commas: 'commas',
  across: 'across',
  horizontal: 'across',
  vertical: 'columns',
} as const;
const INDICATORS = { none: 'none', slash: 'slash', 'file-type': 'file-type', classify: 'classify' } as const;
const QUOTINGS = { literal: 'literal', shell: 'shell', c: 'c', escape: 'escape' } as const;

const TIME_STYLES: Readonly<Record<string, [string, string]>> = {
  'full-iso': ['%Y-%m-%d %H:%M:%S.%N %z', '%Y-%m-%d %H:%M:%S.%N %z'],
  'long-iso': ['%Y-%m-%d %H:%M', '%Y-%m-%d %H:%M'],
  iso: ['%m-%d %H:%M', '%Y-%m-%d '],
  locale: ['%b %e %H:%M', '%b %e  %Y'],
};

function timeFormats(options: Options, env: ProgramContext['env']): [string, string] {
  const style =
    (options.has('fullTime') ? 'full-iso' : undefined) ??
    options.value('timeStyle') ??
    env['TIME_STYLE'] ??
    'locale';
  if (style.startsWith('+')) {
    const [old = '', recent = old] = style.slice(1).split('\n');
    return [recent, old];
  }
  const found = TIME_STYLES[style.replace(/^posix-/, '')];
  if (found === undefined) throw new UsageError(`invalid argument '${style}' for 'time style'`);
  return found;
}

/** How names are written. */
function namesOf(options: Options, terminal: boolean): Pick<Settings, 'indicator' | 'quoting'> {
  const whenClassify = (when: string): 'classify' | undefined =>
    when === 'never' || (when === 'auto' && !terminal) ? undefined : 'classify';
  const indicator = last<Settings['indicator']>(options, {
    classify: whenClassify,
    fileType: 'file-type',
    slash: 'slash',
    indicatorStyle: oneOf('--indicator-style', INDICATORS),
  });
  const quoting = last<Settings['quoting']>(options, {
    literal: 'literal',
    quoteNames: 'c',
    escape: 'escape',
    quotingStyle: oneOf('--quoting-style', QUOTINGS),
  });
  return {
    indicator: indicator ?? 'none',
    quoting: quoting ?? (terminal && !options.has('zero') ? 'shell' : 'literal'),
  };
}

function settingsOf(context: ProgramContext, options: Options): Settings {
  const { has, value } = options;
  const terminal = isTerminal(context, 1);
  const time = last(options, { ctime: 'ctime', atime: 'atime', time: oneOf('--time', TIMES) }) ?? 'mtime';
  const format =
    last<Settings['format']>(options, {
      long: 'long',
      noOwner: 'long',
      noGroupLong: 'long',
      numeric: 'long',
      fullTime: 'long',
      columns: 'columns',
      across: 'across',
      commas: 'commas',
      single: 'single',
      zero: 'single',
      format: oneOf('--format', FORMATS),
    }) ?? (terminal ? 'columns' : 'single');
  // -1 after -l leaves the long format.
  const single =
    format === 'single' &&
    !has('zero') &&
    last(options, { long: 'long', noOwner: 'long', numeric: 'long', noGroupLong: 'long' });
  const kept = single ? 'long' : format;
  const sort =
    last<Settings['sort']>(options, {
      bySize: 'size',
      byTime: 'time',
      byVersion: 'version',
      byExtension: 'extension',
      noSort: 'none',
      unsorted: 'none',
      sort: oneOf('--sort', SORTS),
    }) ?? (time !== 'mtime' && kept !== 'long' ? 'time' : 'name');
  return {
    format: kept,
    sort,
    time,
    timeFormats: timeFormats(options, context.env),
    show: last(options, { all: 'all', unsorted: 'all', almostAll: 'almost' }) ?? 'plain',
    ignoreBackups: has('ignoreBackups'),
    ignored: patterns(options),
    reverse: has('reverse'),
    directoriesFirst: has('directoriesFirst'),
    recursive: has('recursive'),
    directoryItself: has('directory'),
    follow: has('dereference')
      ? 'always'
      : has('dereferenceOperands')
        ? 'operands'
        : has('directory') || kept === 'long' || has('classify')
          ? 'never'
          : 'operand-folders',
    ...namesOf(options, terminal),
    hideControls: has('hideControls') || (terminal && !has('zero')),
    inode: has('inode'),
    blocks: has('size'),
    human: has('human') || has('si'),
    decimal: has('si'),
    numeric: has('numeric'),
    owner: !has('noOwner'),
    group: !has('noGroup') && !has('noGroupLong'),
    color: wantsColor(context, options.options.color),
    width:
      value('width') === undefined ? outputColumns(context) : parseCount(value('width') ?? '', 'line width'),
    terminator: has('zero') ? '\0' : '\n',
    timeZone: zoneOf(context.env),
    now: (context.system.clock.timeOrigin + context.system.clock.now()) / 1000,
  };
}

function patterns(options: Options): RegExp[] {
  const hidden = !options.has('all') && !options.has('almostAll');
  return options.occurrences
    .filter(({ name }) => name === 'ignore' || (name === 'hide' && hidden))
    .map(({ value }) => globToRegExp(value ?? ''));
}

class Listing {
  status = 0;
  readonly #context: ProgramContext;
  readonly #settings: Settings;
  readonly #names: NamePrinter;
  readonly #long: LongFormat;
  #first = true;

  constructor(context: ProgramContext, settings: Settings) {
    this.#context = context;
    this.#settings = settings;
    this.#names = new NamePrinter(settings, context.env['LS_COLORS']);
    this.#long = new LongFormat(context, settings);
  }

  operands(paths: readonly string[]): void {
    const entries = paths.flatMap((path) => this.#operand(path));
    sortEntries(entries, this.#settings);
    const folder = (entry: Entry): boolean =>
      isDirectory(this.#followed(entry)) && !this.#settings.directoryItself;
    const files = entries.filter((entry) => !folder(entry));
    const folders = entries.filter(folder);
    if (files.length) {
      this.#print(files, false);
      this.#first = false;
    }
    for (const entry of folders) this.#folder(entry.path, paths.length > 1 || this.#settings.recursive);
  }

  #followed(entry: Entry) {
    const follows = this.#settings.follow !== 'never';
    return (follows && isLink(entry.status) ? entry.link?.status : undefined) ?? entry.status;
  }

  #operand(path: string): Entry[] {
    const follow = this.#settings.follow === 'always' || this.#settings.follow === 'operands';
    const found = path === '' ? -2 : entryOf(this.#context.system.files, path, path, follow);
    if (typeof found !== 'number') return [found];
    complain(this.#context, `cannot access '${path}': ${errorText(found)}`);
    this.status = SERIOUS;
    return [];
  }

  #folder(path: string, titled: boolean): void {
    const { files } = this.#context.system;
    const list = files.readdir(path, false);
    if (typeof list === 'number') {
      complain(this.#context, `cannot open directory '${path}': ${errorText(list)}`);
      this.status = Math.max(this.status, titled && this.#settings.recursive ? MINOR : SERIOUS);
      return;
    }
    if (titled) {
      const title = quoteName(path, this.#settings);
      this.#context.stdout.write(`${this.#first ? '' : '\n'}${title}:\n`);
    }
    this.#first = false;
    const names = [
      ...(this.#settings.show === 'all' ? ['.', '..'] : []),
      ...list.names.filter((name) => this.#shows(name)),
    ];
    const entries = names.flatMap((name) => this.#entry(name, joinPath(path, name)));
    sortEntries(entries, this.#settings);
    this.#print(entries, true);
    if (!this.#settings.recursive) return;
    for (const entry of entries) {
      if (entry.name !== '.' && entry.name !== '..' && isDirectory(entry.status))
        this.#folder(entry.path, true);
    }
  }

  #shows(name: string): boolean {
    if (this.#settings.show === 'plain' && name.startsWith('.')) return false;
    if (this.#settings.ignoreBackups && name.endsWith('~')) return false;
    return !this.#settings.ignored.some(
      (pattern) => pattern.test(name) && !(name.startsWith('.') && !pattern.source.startsWith('^\\.')),
    );
  }

  #entry(name: string, path: string): Entry[] {
    const found = entryOf(this.#context.system.files, name, path, this.#settings.follow === 'always');
    if (typeof found !== 'number') return [found];
    complain(this.#context, `cannot access '${path}': ${errorText(found)}`);
    this.status = Math.max(this.status, MINOR);
    return [];
  }

  #print(entries: readonly Entry[], inFolder: boolean): void {
    const out = this.#context.stdout;
    const settings = this.#settings;
    const { format, blocks, terminator } = settings;
    if (inFolder && (format === 'long' || blocks)) {
      const total = entries.reduce((sum, entry) => sum + entry.status.blocks, 0);
      out.write(`total ${blocksText(total, settings)}${terminator}`);
    }
    const pad =
      settings.quoting === 'shell' && entries.some((entry) => quoteName(entry.name, settings) !== entry.name);
    const prefixes = this.#prefixes(entries, format !== 'commas');
    if (format === 'long') {
      this.#long
        .lines(entries, this.#names, pad)
        .forEach((line, index) => out.write(`${prefixes[index]}${line}${terminator}`));
      return;
    }
    const shown = entries.map((entry, index): Shown => {
      const prefix = prefixes[index] ?? '';
      const { text, width } = this.#names.show(entry, pad && format !== 'commas');
      return { text: prefix + text, width: prefix.length + width };
    });
    if (format === 'columns' || format === 'across')
      printColumns(out, shown, settings.width, format === 'across');
    else if (format === 'commas') printCommas(out, shown, settings.width);
    else for (const { text } of shown) out.write(text + terminator);
  }

  /** Inode numbers and blocks, in columns of their own. */
  #prefixes(entries: readonly Entry[], aligned: boolean): string[] {
    const column = (show: boolean, text: (entry: Entry) => string): string[] => {
      if (!show) return entries.map(() => '');
      const texts = entries.map(text);
      const width = aligned ? Math.max(0, ...texts.map((one) => one.length)) : 0;
      return texts.map((one) => `${one.padStart(width)} `);
    };
    const inodes = column(this.#settings.inode, (entry) => String(entry.status.ino));
    const blocks = column(this.#settings.blocks, (entry) => blocksText(entry.status.blocks, this.#settings));
    return entries.map((_, index) => (inodes[index] ?? '') + (blocks[index] ?? ''));
  }
}

function main(context: ProgramContext): number {
  const options = parseOptions(context.args, SPECS);
  const listing = new Listing(context, settingsOf(context, options));
  listing.operands(options.operands.length ? options.operands : ['.']);
  return listing.status;
}

export const ls: Program = {
  name: 'ls',
  usage: 'ls [OPTION]... [FILE]...',
  help: `List files, folders by what is in them (the current one without operands).

  -a, --all                 names that start with . too
  -A, --almost-all          the same without . and ..
  -b, --escape              control characters as escapes
  -B, --ignore-backups      not names that end in ~
  -c                        with -lt sort by and show the time of status change
  -C                        columns
      --color[=WHEN]        colours: always, auto, never
  -d, --directory           folders themselves
  -f                        as the folder has them, all
  -F, --classify            a character of * / = @ | after names
      --file-type           the same without *
      --format=WORD         across, commas, long, single-column, vertical
      --full-time           -l --time-style=full-iso
  -g                        like -l without owner
      --group-directories-first
  -G, --no-group            no group in -l
  -h, --human-readable      sizes as 1K 234M 2G
      --si                  the same with powers of 1000
  -H, -L                    follow links given, follow all links
  -i, --inode               inode numbers
  -I, --ignore=PATTERN      not names that match
  -l                        long format
  -m                        names with commas
  -n, --numeric-uid-gid     like -l with numbers
  -o                        like -l without group
  -p                        / after folders
  -q, -N, -Q                controls as ?, names as they are, quoted
  -r, --reverse             the other way round
  -R, --recursive           folders below too
  -s, --size                blocks of each file
  -S, -t, -X, -v, -U        by size, time, extension, version, not at all
      --sort=WORD, --time=WORD
      --time-style=STYLE    full-iso, long-iso, iso, locale, +FORMAT
  -u                        the time of access
  -w, --width=COLS          width of the output (0: no limit)
  -x                        columns, across
  -1                        one name a line
      --zero                names end in NUL`,
  main,
};
