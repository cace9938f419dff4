import { type Change, shortestEdit } from '../diff/myers.ts';
import { closeInput, openInput, readAll } from '../program/input.ts';
import { parseCount } from '../text/numbers.ts';
import { type Parsed, parseOptions } from '../program/options.ts';
import { baseName, joinPath } from '../files/paths.ts';
import { complain } from '../files/per-file.ts';
import { Failure, type Program, type ProgramContext, UsageError } from '../program/program.ts';
import { isDirectory, status } from '../files/stat.ts';
import { wantsColor } from '../program/terminal.ts';
import { decodeText } from '../text/text.ts';
import { strftime, zoneOf } from '../text/time.ts';
import { compareCodePoints } from '../files/walk.ts';
import { errorText } from '../program/errors.ts';

const SPECS = {
  text: { short: 'a', long: 'text' },
  spaceChange: { short: 'b', long: 'ignore-space-change' },
  blankLines: { short: 'B', long: 'ignore-blank-lines' },
  color: { long: 'color', value: 'optional' },
  ignoreCase: { short: 'i', long: 'ignore-case' },
  label: { long: 'label', value: 'required' },
  newFile: { short: 'N', long: 'new-file' },
  brief: { short: 'q', long: 'brief' },
  recursive: { short: 'r', long: 'recursive' },
  same: { short: 's', long: 'report-identical-files' },
  unified: { short: 'u' },
  context: { short: 'U', long: 'unified', value: 'required' },
  allSpace: { short: 'w', long: 'ignore-all-space' },
  exclude: { short: 'x', long: 'exclude', value: 'required' },
} as const;
type Options = Parsed<keyof typeof SPECS>;

const SAME = 0;
const DIFFERENT = 1;
const TROUBLE = 2;
const CONTEXT = '3';
const BINARY_PROBE_BYTES = 4096;
const NO_NEWLINE = '\\ No newline at end of file\n';
const COLORS = { removed: '31', added: '32', line: '36', header: '1' } as const;

interface Side {
  path: string;
  /** undefined: not there (-N). */
  bytes: Uint8Array | undefined;
}

class Differ {
  readonly #context: ProgramContext;
  readonly #options: Options;
  readonly #color: boolean;

  constructor(context: ProgramContext, options: Options) {
    this.#context = context;
    this.#options = options;
    this.#color = wantsColor(context, options.options.color);
  }

  /** Two operands: files, folders, or a file and the folder that has one of its name. */
  operands(a: string, b: string): number {
    const [inA, inB] = [this.#isFolder(a), this.#isFolder(b)];
    if (inA && inB) return this.#folders(a, b);
    if (inA) return this.#files(joinPath(a, baseName(b)), b);
    if (inB) return this.#files(a, joinPath(b, baseName(a)));
    return this.#files(a, b);
  }

  #isFolder(path: string): boolean {
    const found = path === '-' ? -1 : status(this.#context.system.files, path, true);
    return typeof found !== 'number' && isDirectory(found);
  }

  #names(folder: string): Map<string, boolean> {
    const list = this.#context.system.files.readdir(folder, false);
    if (typeof list === 'number') throw new Failure(`${folder}: ${errorText(list)}`, TROUBLE);
    const excluded = new Set(
      this.#options.occurrences.filter(({ name }) => name === 'exclude').map(({ value }) => value),
    );
    return new Map(list.names.filter((name) => !excluded.has(name)).map((name) => [name, true]));
  }

  #folders(a: string, b: string): number {
    const [inA, inB] = [this.#names(a), this.#names(b)];
    let result = SAME;
    for (const name of [...new Set([...inA.keys(), ...inB.keys()])].sort(compareCodePoints)) {
      const [pathA, pathB] = [joinPath(a, name), joinPath(b, name)];
      if (inA.has(name) && inB.has(name)) result = Math.max(result, this.#pair(pathA, pathB));
      else if (this.#options.has('newFile') && !this.#isFolder(inA.has(name) ? pathA : pathB))
        result = Math.max(result, this.#titled(pathA, pathB));
      else {
        this.#context.stdout.write(`Only in ${inA.has(name) ? a : b}: ${name}\n`);
        result = Math.max(result, DIFFERENT);
      }
    }
    return result;
  }

  #pair(a: string, b: string): number {
    const [folderA, folderB] = [this.#isFolder(a), this.#isFolder(b)];
    const { stdout } = this.#context;
    if (folderA && folderB) {
      if (this.#options.has('recursive')) return this.#folders(a, b);
      stdout.write(`Common subdirectories: ${a} and ${b}\n`);
      return SAME;
    }
    if (folderA !== folderB) {
      const kind = (folder: boolean): string => (folder ? 'directory' : 'regular file');
      stdout.write(`File ${a} is a ${kind(folderA)} while file ${b} is a ${kind(folderB)}\n`);
      return DIFFERENT;
    }
    return this.#titled(a, b);
  }

  /** Within folders each difference is headed by the command that shows it. */
  #titled(a: string, b: string): number {
    const operands = new Set(this.#options.operands);
    const shown = this.#context.args.filter((arg) => !operands.has(arg));
    return this.#files(a, b, `diff ${[...shown, a, b].join(' ')}\n`);
  }

  #read(path: string): Side {
    const { files } = this.#context.system;
    if (this.#options.has('newFile') && path !== '-' && status(files, path, true) === -2)
      return { path, bytes: undefined };
    try {
      const fd = openInput(files, path);
      const bytes = readAll(files, fd, path);
      closeInput(files, fd);
      return { path, bytes };
    } catch (error) {
      throw error instanceof Failure ? new Failure(error.message, TROUBLE) : error;
    }
  }

  #files(pathA: string, pathB: string, title = ''): number {
    let sides: [Side, Side];
    try {
      sides = [this.#read(pathA), this.#read(pathB)];
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      complain(this.#context, error.message);
      return TROUBLE;
    }
    const [a, b] = sides.map((side) => side.bytes ?? new Uint8Array(0)) as [Uint8Array, Uint8Array];
    const { stdout } = this.#context;
    const same = (): number => {
      if (this.#options.has('same')) stdout.write(`Files ${pathA} and ${pathB} are identical\n`);
      return SAME;
    };
    if (equalBytes(a, b)) return same();
    if (!this.#options.has('text') && (isBinary(a) || isBinary(b))) {
      stdout.write(
        this.#options.has('brief')
          ? `Files ${pathA} and ${pathB} differ\n`
          : `Binary files ${pathA} and ${pathB} differ\n`,
      );
      return DIFFERENT;
    }
    const [linesA, linesB] = [splitLines(a), splitLines(b)];
    const changes = this.#changes(linesA, linesB);
    if (changes.length === 0) return same();
    if (this.#options.has('brief')) stdout.write(`Files ${pathA} and ${pathB} differ\n`);
    else {
      stdout.write(title);
      this.#print(sides, linesA, linesB, changes);
    }
    return DIFFERENT;
  }

  /** Lines that the options hold for equal get the same number. */
  #changes(a: readonly string[], b: readonly string[]): Change[] {
    const classes = new Map<string, number>();
    const number = (line: string): number => {
      const key = this.#normalize(line);
      let found = classes.get(key);
      if (found === undefined) classes.set(key, (found = classes.size));
      return found;
    };
    const changes = shortestEdit(Int32Array.from(a, number), Int32Array.from(b, number));
    if (!this.#options.has('blankLines')) return changes;
    const blank = (line: string): boolean => line === '\n' || line === '';
    return changes.filter(
      ({ from, to, newFrom, newTo }) => ![...a.slice(from, to), ...b.slice(newFrom, newTo)].every(blank),
    );
  }

  #normalize(line: string): string {
    let key = line;
    if (this.#options.has('allSpace')) key = key.replace(/\s+/g, '');
    else if (this.#options.has('spaceChange')) key = key.replace(/\s+$/, '').replace(/\s+/g, ' ');
    return this.#options.has('ignoreCase') ? key.toLowerCase() : key;
  }

  #print(sides: [Side, Side], a: readonly string[], b: readonly string[], changes: readonly Change[]): void {
    const around = this.#options.value('context') ?? (this.#options.has('unified') ? CONTEXT : undefined);
    if (around === undefined) for (const change of changes) this.#normal(a, b, change);
    else {
      const labels = this.#options.occurrences
        .filter(({ name }) => name === 'label')
        .map(({ value }) => value);
      const mark = (side: Side, index: number): string =>
        labels[index] ?? `${side.path}\t${this.#time(side)}`;
      this.#paint(COLORS.header, `--- ${mark(sides[0], 0)}\n`);
      this.#paint(COLORS.header, `+++ ${mark(sides[1], 1)}\n`);
      this.#unified(a, b, changes, parseCount(around, 'context length'));
    }
  }

  #time(side: Side): string {
    const { files, clock } = this.#context.system;
    const zone = zoneOf(this.#context.env);
    const format = '%Y-%m-%d %H:%M:%S.%N %z';
    if (side.bytes === undefined) return strftime(format, 0, 0, zone);
    const found = side.path === '-' ? -1 : status(files, side.path, true);
    if (typeof found === 'number')
      return strftime(format, Math.floor((clock.timeOrigin + clock.now()) / 1000), 0, zone);
    return strftime(format, found.mtime.seconds, found.mtime.nanoseconds, zone);
  }

  #paint(color: string, text: string): void {
    const body = text.replace(/\n$/, '');
    this.#context.stdout.write(this.#color ? `\x1b[${color}m${body}\x1b[0m\n` : text);
  }

  #line(sign: string, line: string, color: string | undefined): void {
    const whole = line.endsWith('\n') ? sign + line : `${sign}${line}\n`;
    if (color === undefined) this.#context.stdout.write(whole);
    else this.#paint(color, whole);
    if (!line.endsWith('\n')) this.#context.stdout.write(NO_NEWLINE);
  }

  #normal(a: readonly string[], b: readonly string[], { from, to, newFrom, newTo }: Change): void {
    const range = (start: number, end: number): string =>
      end - start <= 1 ? String(end) : `${start + 1},${end}`;
    const letter = from === to ? 'a' : newFrom === newTo ? 'd' : 'c';
    this.#paint(COLORS.line, `${range(from, to)}${letter}${range(newFrom, newTo)}\n`);
    for (const line of a.slice(from, to)) this.#line('< ', line, COLORS.removed);
    if (letter === 'c') this.#context.stdout.write('---\n');
    for (const line of b.slice(newFrom, newTo)) this.#line('> ', line, COLORS.added);
  }

  #unified(a: readonly string[], b: readonly string[], changes: readonly Change[], around: number): void {
    for (let index = 0; index < changes.length;) {
      const hunk: Change[] = [];
      // Changes with little between them share a hunk.
      for (let change = changes[index]; change !== undefined; change = changes[++index]) {
        const last = hunk.at(-1);
        if (last !== undefined && change.from - last.to > 2 * around) break;
        hunk.push(change);
      }
      this.#hunk(a, b, hunk, around);
    }
  }

  #hunk(a: readonly string[], b: readonly string[], hunk: readonly Change[], around: number): void {
    const [first, last] = [hunk[0], hunk.at(-1)];
    if (first === undefined || last === undefined) return;
    const from = Math.max(0, first.from - around);
    const to = Math.min(a.length, last.to + around);
    const newFrom = Math.max(0, first.newFrom - around);
    const newTo = Math.min(b.length, last.newTo + around);
    const range = (start: number, end: number): string => {
      const count = end - start;
      return count === 1 ? String(start + 1) : `${count === 0 ? start : start + 1},${count}`;
    };
    this.#paint(COLORS.line, `@@ -${range(from, to)} +${range(newFrom, newTo)} @@\n`);
    let at = from;
    for (const change of hunk) {
      for (const line of a.slice(at, change.from)) this.#line(' ', line, undefined);
      for (const line of a.slice(change.from, change.to)) this.#line('-', line, COLORS.removed);
      for (const line of b.slice(change.newFrom, change.newTo)) this.#line('+', line, COLORS.added);
      at = change.to;
    }
    for (const line of a.slice(at, to)) this.#line(' ', line, undefined);
  }
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function isBinary(bytes: Uint8Array): boolean {
  return bytes.subarray(0, BINARY_PROBE_BYTES).includes(0);
}

/** Lines with their newlines. */
function splitLines(bytes: Uint8Array): string[] {
  return decodeText(bytes).match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function main(context: ProgramContext): number {
  let lines: string | undefined;
  const options = parseOptions(context.args, SPECS, { number: (digits) => ((lines = digits), true) });
  const [a, b, extra] = options.operands;
  if (a === undefined || b === undefined)
    throw new UsageError(`missing operand after '${a ?? context.name}'`);
  if (extra !== undefined) throw new UsageError(`extra operand '${extra}'`);
  if (lines !== undefined) throw new UsageError(`invalid option -- '${lines}': use -U ${lines}`);
  return new Differ(context, options).operands(a, b);
}

export const diff: Program = {
  name: 'diff',
  usage: 'diff [OPTION]... FILE1 FILE2',
  help: `Print how two files, or the files of two folders, differ. Status 0: equal, 1: different, 2: trouble.

  -a, --text                     take all files for text
  -b, --ignore-space-change      -w, --ignore-all-space
  -B, --ignore-blank-lines       -i, --ignore-case
      --color[=WHEN]             always, never or auto
      --label=LABEL              instead of the file's name and time
  -N, --new-file                 files that are not there are empty
  -q, --brief                    only whether they differ
  -r, --recursive                folders below too
  -s, --report-identical-files   say which are equal
  -u, -U, --unified=NUM          unified, with 3 or NUM lines of context
  -x, --exclude=NAME             without files of that name`,
  main,
};
