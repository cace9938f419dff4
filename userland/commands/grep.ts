import { closeInput, openInput } from '../program/input.ts';
import { type GrepSettings, search } from '../grep/search.ts';
import { matcherOf } from '../grep/matcher.ts';
import { globToRegExp } from '../text/glob.ts';
import { type Parsed, parseOptions } from '../program/options.ts';
import { baseName, joinPath } from '../files/paths.ts';
import { errorText } from '../program/errors.ts';
import { complain } from '../files/per-file.ts';
import { Failure, type Program, type ProgramContext, UsageError } from '../program/program.ts';
import { RegexError } from '../text/regex.ts';
import { isDirectory, isRegular, status } from '../files/stat.ts';
import { wantsColor } from '../program/terminal.ts';
import { decodeText } from '../text/text.ts';

const SPECS = {
  after: { short: 'A', long: 'after-context', value: 'required' },
  text: { short: 'a', long: 'text' },
  before: { short: 'B', long: 'before-context', value: 'required' },
  byteOffset: { short: 'b', long: 'byte-offset' },
  context: { short: 'C', long: 'context', value: 'required' },
  count: { short: 'c', long: 'count' },
  color: { long: 'color', value: 'optional' },
  colour: { long: 'colour', value: 'optional' },
  directories: { short: 'd', long: 'directories', value: 'required' },
  extended: { short: 'E', long: 'extended-regexp' },
  regexp: { short: 'e', long: 'regexp', value: 'required' },
  exclude: { long: 'exclude', value: 'required' },
  excludeFrom: { long: 'exclude-from', value: 'required' },
  excludeDir: { long: 'exclude-dir', value: 'required' },
  fixed: { short: 'F', long: 'fixed-strings' },
  file: { short: 'f', long: 'file', value: 'required' },
  basic: { short: 'G', long: 'basic-regexp' },
  withName: { short: 'H', long: 'with-filename' },
  noName: { short: 'h', long: 'no-filename' },
  binaryWithout: { short: 'I' },
  binaryFiles: { long: 'binary-files', value: 'required' },
  ignoreCase: { short: 'i', long: 'ignore-case' },
  ignoreCaseOld: { short: 'y' },
  noIgnoreCase: { long: 'no-ignore-case' },
  include: { long: 'include', value: 'required' },
  label: { long: 'label', value: 'required' },
  lineBuffered: { long: 'line-buffered' },
  without: { short: 'L', long: 'files-without-match' },
  withMatch: { short: 'l', long: 'files-with-matches' },
  max: { short: 'm', long: 'max-count', value: 'required' },
  noMessages: { short: 's', long: 'no-messages' },
  number: { short: 'n', long: 'line-number' },
  null: { short: 'Z', long: 'null' },
  nullData: { short: 'z', long: 'null-data' },
  only: { short: 'o', long: 'only-matching' },
  perl: { short: 'P', long: 'perl-regexp' },
  quiet: { short: 'q', long: 'quiet' },
  silent: { long: 'silent' },
  recursive: { short: 'r', long: 'recursive' },
  dereferenceRecursive: { short: 'R', long: 'dereference-recursive' },
  initialTab: { short: 'T', long: 'initial-tab' },
  noGroupSeparator: { long: 'no-group-separator' },
  groupSeparator: { long: 'group-separator', value: 'required' },
  invert: { short: 'v', long: 'invert-match' },
  line: { short: 'x', long: 'line-regexp' },
  word: { short: 'w', long: 'word-regexp' },
} as const;
type Options = Parsed<keyof typeof SPECS>;

const SELECTED = 0;
const NONE = 1;
const TROUBLE = 2;

function number(text: string | undefined, what: string): number | undefined {
  if (text === undefined) return undefined;
  if (!/^-?\d+$/.test(text)) throw new Failure(`${text}: invalid ${what}`, TROUBLE);
  return Number(text) < 0 ? Infinity : Number(text);
}

/** -e and -f in their order; without either the first operand. Several lines are several patterns. */
function patternsOf(
  context: ProgramContext,
  options: Options,
): { patterns: string[]; paths: readonly string[] } {
  const given = options.occurrences.filter(({ name }) => name === 'regexp' || name === 'file');
  if (given.length === 0) {
    const [pattern, ...paths] = options.operands;
    if (pattern === undefined)
      throw new UsageError(`no pattern given\nUsage: ${context.name} [OPTION]... PATTERNS [FILE]...`);
    return { patterns: pattern.split('\n'), paths };
  }
  const patterns = given.flatMap(({ name, value = '' }) => {
    if (name === 'regexp') return value.split('\n');
    const content = value === '-' ? undefined : context.system.files.readFile(value);
    if (typeof content === 'number') throw new Failure(`${value}: ${errorText(content)}`, TROUBLE);
    const text = decodeText(content ?? standardInput(context));
    return text === '' ? [] : text.replace(/\n$/, '').split('\n');
  });
  return { patterns, paths: options.operands };
}

function standardInput(context: ProgramContext): Uint8Array {
  const content = context.system.files.readFile('/dev/stdin');
  if (typeof content === 'number') throw new Failure(`-: ${errorText(content)}`, TROUBLE);
  return content;
}

function settingsOf(context: ProgramContext, options: Options, severalFiles: boolean): GrepSettings {
  const { has, value } = options;
  const around = number(value('context'), 'context length argument') ?? 0;
  const named = options.occurrences.findLast(({ name }) => name === 'withName' || name === 'noName')?.name;
  const binary =
    value('binaryFiles') ?? (has('text') ? 'text' : has('binaryWithout') ? 'without-match' : 'binary');
  return {
    invert: has('invert'),
    mode:
      has('quiet') || has('silent')
        ? 'quiet'
        : has('withMatch')
          ? 'files'
          : has('without')
            ? 'files-without'
            : has('count')
              ? 'count'
              : has('only')
                ? 'only'
                : 'lines',
    max: number(value('max'), 'max count') ?? Infinity,
    before: number(value('before'), 'context length argument') ?? around,
    after: number(value('after'), 'context length argument') ?? around,
    showName: named === undefined ? severalFiles : named === 'withName',
    showNumber: has('number'),
    showOffset: has('byteOffset'),
    initialTab: has('initialTab'),
    nameEnd: has('null') ? '\0' : undefined,
    separator: has('nullData') ? 0 : 10,
    group: has('noGroupSeparator') ? undefined : (value('groupSeparator') ?? '--'),
    grouped: value('after') !== undefined || value('before') !== undefined || value('context') !== undefined,
    color: wantsColor(context, options.options.color ?? options.options.colour),
    binary: binary === 'text' ? 'text' : binary === 'without-match' ? 'skip' : 'report',
    lineBuffered: has('lineBuffered'),
  };
}

/** The files to search: operands, and with -r all below them that the patterns let through. */
class Targets {
  trouble = false;
  readonly #context: ProgramContext;
  readonly #quiet: boolean;
  readonly #follow: boolean;
  readonly #recursive: boolean;
  readonly #folders: string;
  readonly #filters: { kind: 'include' | 'exclude'; pattern: RegExp; whole: boolean }[];
  readonly #skipped: RegExp[];

  constructor(context: ProgramContext, options: Options) {
    this.#context = context;
    this.#quiet = options.has('noMessages');
    this.#follow = options.has('dereferenceRecursive');
    this.#recursive = options.has('recursive') || this.#follow || options.value('directories') === 'recurse';
    this.#folders = options.value('directories') ?? 'read';
    this.#filters = options.occurrences.flatMap(({ name, value = '' }) =>
      name === 'include' || name === 'exclude'
        ? [{ kind: name, pattern: globToRegExp(value), whole: value.includes('/') }]
        : [],
    );
    this.#skipped = options.occurrences
      .filter(({ name }) => name === 'excludeDir')
      .map(({ value = '' }) => globToRegExp(value.replace(/\/+$/, '')));
  }

  *of(paths: readonly string[]): Generator<string> {
    for (const path of paths) {
      const found = path === '-' ? undefined : status(this.#context.system.files, path, true);
      if (typeof found === 'number') this.complain(`${path}: ${errorText(found)}`);
      else if (found === undefined) yield path;
      else if (isDirectory(found)) yield* this.#operandFolder(path);
      else if (this.#admits(path)) yield path;
    }
  }

  *#operandFolder(path: string): Generator<string> {
    if (this.#recursive) {
      if (!this.#skipped.some((pattern) => pattern.test(path) || pattern.test(baseName(path))))
        yield* this.#below(path);
    } else if (this.#folders !== 'skip') this.complain(`${path}: Is a directory`);
  }

  *below(): Generator<string> {
    for (const path of this.#below('.')) yield path.replace(/^\.\//, '');
  }

  *#below(folder: string): Generator<string> {
    const { files } = this.#context.system;
    const list = files.readdir(folder, false);
    if (typeof list === 'number') return this.complain(`${folder}: ${errorText(list)}`);
    for (const name of list.names) {
      const path = joinPath(folder, name);
      const found = status(files, path, this.#follow);
      if (typeof found === 'number') this.complain(`${path}: ${errorText(found)}`);
      else if (isDirectory(found)) {
        if (!this.#skipped.some((pattern) => pattern.test(name))) yield* this.#below(path);
      } else if (isRegular(found) && this.#admits(path)) yield path;
    }
  }

  /** The last pattern that matches decides; otherwise a file is out only when the first one is an --include. */
  #admits(path: string): boolean {
    const match = this.#filters.findLast(({ pattern, whole }) => pattern.test(whole ? path : baseName(path)));
    return match === undefined ? this.#filters[0]?.kind !== 'include' : match.kind === 'include';
  }

  complain(message: string): void {
    this.trouble = true;
    if (!this.#quiet) complain(this.#context, message);
  }
}

function main(context: ProgramContext): number {
  let lines: string | undefined;
  const options = parseOptions(lettersFirst(context), SPECS, {
    number: (digits) => ((lines = digits), true),
  });
  const { patterns, paths } = patternsOf(context, options);
  const recursive = options.has('recursive') || options.has('dereferenceRecursive');
  const settings = settingsOf(context, options, paths.length > 1 || recursive);
  if (lines !== undefined)
    Object.assign(settings, { before: Number(lines), after: Number(lines), grouped: true });
  const matcher = compile(options, patterns);
  const targets = new Targets(context, options);
  const files = paths.length ? targets.of(paths) : recursive ? targets.below() : ['-'];
  let selected = false;
  for (const path of files) {
    try {
      const fd = openInput(context.system.files, path);
      const name = path === '-' ? (options.value('label') ?? '(standard input)') : path;
      const found = search(context, fd, name, matcher, settings);
      closeInput(context.system.files, fd);
      selected ||= found;
      if (selected && settings.mode === 'quiet') return SELECTED;
      if (context.stdout.failed) return TROUBLE;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      targets.complain(error.message);
    }
  }
  return targets.trouble ? TROUBLE : selected ? SELECTED : NONE;
}

/** egrep and fgrep are grep -E and -F. */
function lettersFirst(context: ProgramContext): string[] {
  const letter = context.name === 'egrep' ? ['-E'] : context.name === 'fgrep' ? ['-F'] : [];
  return [...letter, ...context.args];
}

function compile(options: Options, patterns: readonly string[]) {
  const kind = options.occurrences.findLast(({ name }) =>
    ['extended', 'fixed', 'basic', 'perl'].includes(name),
  )?.name;
  const cases = options.occurrences.findLast(({ name }) =>
    ['ignoreCase', 'ignoreCaseOld', 'noIgnoreCase'].includes(name),
  )?.name;
  try {
    return matcherOf(patterns, {
      syntax: kind === 'extended' || kind === 'fixed' || kind === 'perl' ? kind : 'basic',
      ignoreCase: cases !== undefined && cases !== 'noIgnoreCase',
      word: options.has('word'),
      line: options.has('line'),
    });
  } catch (error) {
    if (error instanceof RegexError) throw new Failure(error.message, TROUBLE);
    throw error;
  }
}

export const grep: Program = {
  name: 'grep',
  aliases: ['egrep', 'fgrep'],
  usage: 'grep [OPTION]... PATTERNS [FILE]...',
  help: `Print the lines that match (- or no file: standard input; with -r the folder).

  -E, -F, -G, -P            extended, fixed strings, basic, Perl's (as JavaScript has them)
  -e, --regexp=PATTERNS     patterns, one a line
  -f, --file=FILE           patterns from FILE
  -i, --ignore-case         -v, --invert-match
  -w, --word-regexp         -x, --line-regexp
  -c, --count               how many lines, a file
  -l, --files-with-matches  -L, --files-without-match
  -m, --max-count=NUM       stop after NUM lines
  -o, --only-matching       only what matches
  -q, --quiet               only the status
  -s, --no-messages         nothing of files that cannot be read
  -b, --byte-offset         -n, --line-number   -H, --with-filename   -h, --no-filename
      --label=NAME          name of standard input
  -Z, --null                a NUL after file names
  -z, --null-data           lines end in NUL
  -a, --text                -I                  --binary-files=TYPE
  -r, --recursive           -R, --dereference-recursive
  -d, --directories=ACTION  read, skip or recurse
      --include=GLOB        --exclude=GLOB      --exclude-dir=GLOB
  -A, -B, -C NUM, -NUM      lines of context after, before, around
      --group-separator=S   --no-group-separator
      --color[=WHEN]        always, never or auto`,
  main,
};
