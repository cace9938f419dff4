import { errorText } from '../program/errors.ts';
import { openInput, readAll } from '../program/input.ts';
import { parseCount } from '../text/numbers.ts';
import { type Parsed, parseOptions } from '../program/options.ts';
import { Output } from '../program/output.ts';
import { baseName, dirName, joinPath } from '../files/paths.ts';
import { complain } from '../files/per-file.ts';
import { Failure, type Program, type ProgramContext, UsageError } from '../program/program.ts';
import { SedInput } from '../sed/input.ts';
import { Machine, type SedSettings, WriteFiles } from '../sed/machine.ts';
import { parseScript } from '../sed/parse.ts';
import { BAD_USAGE, type Command, PANIC, ScriptError } from '../sed/script.ts';
import { isRegular, status } from '../files/stat.ts';
import { decodeText } from '../text/text.ts';

const SPECS = {
  quiet: { short: 'n', long: 'quiet' },
  silent: { long: 'silent' },
  debug: { long: 'debug' },
  expression: { short: 'e', long: 'expression', value: 'required' },
  file: { short: 'f', long: 'file', value: 'required' },
  extended: { short: 'E', long: 'regexp-extended' },
  extendedOld: { short: 'r' },
  followSymlinks: { long: 'follow-symlinks' },
  inPlace: { short: 'i', long: 'in-place', value: 'optional' },
  lineLength: { short: 'l', long: 'line-length', value: 'required' },
  posix: { long: 'posix' },
  separate: { short: 's', long: 'separate' },
  sandbox: { long: 'sandbox' },
  unbuffered: { short: 'u', long: 'unbuffered' },
  nullData: { short: 'z', long: 'null-data' },
} as const;
type Options = Parsed<keyof typeof SPECS>;

const BAD_INPUT = 2;
const DEFAULT_LINE_LENGTH = '70';
const CREATE_EXCLUSIVE = 0o301; // O_WRONLY | O_CREAT | O_EXCL

function scriptOf(context: ProgramContext, options: Options): { source: string; paths: readonly string[] } {
  const given = options.occurrences.filter(({ name }) => name === 'expression' || name === 'file');
  if (given.length === 0) {
    const [source, ...paths] = options.operands;
    if (source === undefined) throw new UsageError('no script specified');
    return { source, paths };
  }
  const pieces = given.map(({ name, value = '' }) => {
    if (name === 'expression') return value;
    const fd = openScript(context, value);
    return decodeText(readAll(context.system.files, fd, value))
      .replace(/^#!.*\n/, '')
      .replace(/\n$/, '');
  });
  return { source: pieces.join('\n'), paths: options.operands };
}

function openScript(context: ProgramContext, path: string): number {
  try {
    return openInput(context.system.files, path);
  } catch (error) {
    if (error instanceof Failure) throw new Failure(`couldn't open file ${error.message}`, BAD_USAGE);
    throw error;
  }
}

function compile(source: string, options: Options): Command[] {
  try {
    return parseScript(source, options.has('extended') || options.has('extendedOld') ? 'extended' : 'basic');
  } catch (error) {
    if (error instanceof ScriptError) throw new Failure(error.message, error.status);
    throw error;
  }
}

/** -i: the output replaces each file; with a suffix (or a pattern with `*`) the original is kept under that name. */
class InPlace {
  /** 0, or what the first file that could not be edited makes of it. */
  status = 0;
  readonly #context: ProgramContext;
  readonly #suffix: string;
  readonly #separator: number;

  constructor(context: ProgramContext, suffix: string, separator: number) {
    this.#context = context;
    this.#suffix = suffix;
    this.#separator = separator;
  }

  run(machine: Machine, paths: readonly string[]): void {
    for (const path of paths) if (!this.#edit(machine, path)) return;
  }

  #edit(machine: Machine, path: string): boolean {
    const { files } = this.#context.system;
    const found = status(files, path, true);
    if (typeof found === 'number' || !isRegular(found)) {
      const reason =
        typeof found === 'number'
          ? `can't read ${path}: ${errorText(found)}`
          : `couldn't edit ${path}: not a regular file`;
      complain(this.#context, reason);
      this.status ||= typeof found === 'number' ? BAD_INPUT : PANIC;
      return true;
    }
    const temporary = joinPath(dirName(path), `sed${this.#context.system.process.pid}.${baseName(path)}`);
    const fd = files.open(temporary, CREATE_EXCLUSIVE, found.mode & 0o777);
    if (fd < 0) throw new Failure(`couldn't open temporary file ${temporary}: ${errorText(fd)}`, PANIC);
    const output = new Output(this.#context.system, fd);
    machine.out = output;
    machine.use(new SedInput(this.#context, [path], this.#separator));
    const goesOn = machine.run();
    output.flush();
    files.close(fd);
    files.chmod(temporary, found.mode & 0o7777, true);
    if (this.#suffix !== '') files.rename(path, backupName(path, this.#suffix));
    const renamed = files.rename(temporary, path);
    if (renamed < 0) throw new Failure(`cannot rename ${temporary}: ${errorText(renamed)}`, PANIC);
    return goesOn;
  }
}

function backupName(path: string, suffix: string): string {
  const name = suffix.includes('*') ? suffix.replaceAll('*', baseName(path)) : baseName(path) + suffix;
  return name.includes('/') ? name : joinPath(path.includes('/') ? dirName(path) : '', name);
}

function main(context: ProgramContext): number {
  const options = parseOptions(context.args, SPECS);
  const { source, paths } = scriptOf(context, options);
  const quiet = options.has('quiet') || options.has('silent') || /^#n\n/.test(`${source}\n`);
  const settings: SedSettings = {
    quiet,
    separator: options.has('nullData') ? '\0' : '\n',
    lineLength: parseCount(options.value('lineLength') ?? DEFAULT_LINE_LENGTH, 'line length'),
    unbuffered: options.has('unbuffered'),
    posix: options.has('posix'),
  };
  const separator = options.has('nullData') ? 0 : 10;
  const writes = new WriteFiles(context);
  const files = paths.length ? paths : ['-'];
  const input = new SedInput(context, files, separator);
  const machine = new Machine(context, compile(source, options), settings, writes, input);
  let failure = 0;
  if (options.has('inPlace')) {
    const inPlace = new InPlace(context, options.value('inPlace') ?? '', separator);
    inPlace.run(machine, paths);
    failure = inPlace.status;
  } else if (options.has('separate')) {
    for (const path of files) {
      const one = new SedInput(context, [path], separator);
      machine.use(one);
      const goesOn = machine.run();
      if (one.failed) failure = BAD_INPUT;
      if (!goesOn) break;
    }
  } else {
    machine.run();
    if (input.failed) failure = BAD_INPUT;
  }
  writes.flush();
  return machine.exitStatus || failure;
}

export const sed: Program = {
  name: 'sed',
  usage: 'sed [OPTION]... {SCRIPT | -e SCRIPT | -f FILE}... [FILE]...',
  help: `Edit a stream of lines by a script.

  -n, --quiet, --silent    print only what the script prints
  -e, --expression=SCRIPT  add to the script
  -f, --file=FILE          add the content of FILE to the script
  -E, -r                   extended regular expressions
  -i, --in-place[=SUFFIX]  edit the files themselves, keeping copies with SUFFIX
  -l, --line-length=N      where the command l breaks lines
      --posix              without GNU's additions
  -s, --separate           every file for itself
  -u, --unbuffered         write every line at once
  -z, --null-data          lines end in NUL

Commands: { } = a b c d D F g G h H i l n N p P q Q r R s t T w W x y z : #`,
  usageStatus: BAD_USAGE,
  main,
};
