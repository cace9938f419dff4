import { Errno } from '../../src/base/errno.ts';
import { NOT_EXECUTABLE, NOT_FOUND, SIGNALLED, spawnChild } from '../program/child.ts';
import { confirm } from '../files/confirm.ts';
import { errorText } from '../program/errors.ts';
import { closeInput, openInput, records } from '../program/input.ts';
import { parseCount } from '../text/numbers.ts';
import { type Parsed, parseOptions } from '../program/options.ts';
import { complain } from '../files/per-file.ts';
import { Failure, type Program, type ProgramContext, UsageError } from '../program/program.ts';
import { shellQuote } from '../text/quote.ts';
import { decodeText } from '../text/text.ts';

const SPECS = {
  null: { short: '0', long: 'null' },
  argFile: { short: 'a', long: 'arg-file', value: 'required' },
  delimiter: { short: 'd', long: 'delimiter', value: 'required' },
  eof: { short: 'E', value: 'required' },
  replace: { short: 'I', value: 'required' },
  replaceOld: { short: 'i', long: 'replace', value: 'optional' },
  lines: { short: 'L', long: 'max-lines', value: 'required' },
  maxArgs: { short: 'n', long: 'max-args', value: 'required' },
  maxProcs: { short: 'P', long: 'max-procs', value: 'required' },
  interactive: { short: 'p', long: 'interactive' },
  openTty: { short: 'o', long: 'open-tty' },
  noRunIfEmpty: { short: 'r', long: 'no-run-if-empty' },
  maxChars: { short: 's', long: 'max-chars', value: 'required' },
  verbose: { short: 't', long: 'verbose' },
  exit: { short: 'x', long: 'exit' },
  help: { long: 'help' },
} as const;
type Options = Parsed<keyof typeof SPECS>;

/** GNU's default: what is left of 128 KB. */
const COMMAND_BYTES = 128 * 1024 - 2048;
const CHILD_FAILED = 123;
const CHILD_STOPPED_US = 124;
const CHILD_SIGNALLED = 125;
const STOP_STATUS = 255;

/** An argument, and whether a line ended after it. */
interface Item {
  text: string;
  endsLine: boolean;
}

function delimiterOf(options: Options): number | undefined {
  if (options.has('null')) return 0;
  const given = options.value('delimiter');
  if (given === undefined) return undefined;
  const escapes: Readonly<Record<string, string>> = {
    '\\n': '\n',
    '\\t': '\t',
    '\\0': '\0',
    '\\r': '\r',
    '\\\\': '\\',
  };
  const text = escapes[given] ?? given;
  if (text.length !== 1)
    throw new UsageError(
      `Invalid input delimiter specification ${given}: the delimiter must be either a single character or an escape sequence starting with \\.`,
    );
  return text.charCodeAt(0);
}

/** Words as the shell has them, without its expansions: quotes, backslashes, blanks; a line that ends in a blank goes on. */
function* words(source: Iterable<string>): Generator<Item> {
  let word: string | undefined;
  for (const line of source) {
    const blankEnd = /[ \t]$/.test(line);
    const found: string[] = [];
    for (let i = 0; i < line.length; i++) {
      const character = line[i] ?? '';
      if (character === ' ' || character === '\t') {
        if (word !== undefined) found.push(word);
        word = undefined;
      } else if (character === "'" || character === '"') {
        const close = line.indexOf(character, i + 1);
        if (close < 0)
          throw new Failure(
            `unmatched ${character === "'" ? 'single' : 'double'} quote; by default quotes are special to xargs unless you use the -0 option`,
          );
        word = (word ?? '') + line.slice(i + 1, close);
        i = close;
      } else if (character === '\\') word = (word ?? '') + (line[++i] ?? '\n');
      else word = (word ?? '') + character;
    }
    if (word !== undefined) found.push(word);
    word = undefined;
    for (const [index, text] of found.entries())
      yield { text, endsLine: index === found.length - 1 && !blankEnd };
  }
}

/** A whole line without its quotes. */
function unquoted(line: string): string {
  return line.replace(
    /'([^']*)'|"([^"]*)"|\\(.)/gsu,
    (_whole, single?: string, double?: string, one?: string) => single ?? double ?? one ?? '',
  );
}

function* items(context: ProgramContext, options: Options, replacing: boolean): Generator<Item> {
  const delimiter = delimiterOf(options);
  const path = options.value('argFile') ?? '-';
  const { files } = context.system;
  const fd = openInput(files, path);
  const source = texts(context, fd, path, delimiter ?? 10);
  if (delimiter !== undefined) {
    for (const text of source) yield { text, endsLine: true };
  } else if (replacing) {
    // -I takes lines; blanks at their start go, quotes still count.
    for (const line of source) {
      const text = unquoted(line.replace(/^[ \t]+/, ''));
      if (text !== '') yield { text, endsLine: true };
    }
  } else {
    const end = options.value('eof');
    for (const item of words(source)) {
      if (end !== undefined && end !== '' && item.text === end) break;
      yield item;
    }
  }
  closeInput(files, fd);
}

function* texts(context: ProgramContext, fd: number, path: string, separator: number): Generator<string> {
  for (const { bytes } of records(context.system.files, fd, path, separator)) yield decodeText(bytes);
}

/** Children under way, at most as many as -P allows. */
class Children {
  status = 0;
  stopped = false;
  readonly #context: ProgramContext;
  readonly #limit: number;
  readonly #running: number[] = [];

  constructor(context: ProgramContext, limit: number) {
    this.#context = context;
    this.#limit = limit === 0 ? Infinity : limit;
  }

  start(argv: readonly string[], fromStdin: boolean): void {
    while (this.#running.length >= this.#limit) this.#collect();
    if (this.stopped) return;
    const pid = spawnChild(this.#context, argv, fromStdin ? { stdin: { kind: 'null' } } : {});
    if (pid < 0) {
      this.finish();
      throw new Failure(`${argv[0]}: ${errorText(pid)}`, pid === -Errno.ENOENT ? NOT_FOUND : NOT_EXECUTABLE);
    }
    this.#running.push(pid);
    if (this.#limit === 1) this.#collect();
  }

  finish(): void {
    while (this.#running.length) this.#collect();
  }

  /** Takes the status of the child that ends first. */
  #collect(): void {
    const { process, unix } = this.#context.system;
    const [only = 0] = this.#running;
    if (this.#running.length === 1) {
      const ended = process.waitSync(only, null);
      if (ended === -Errno.EINTR) return;
      this.#running.length = 0;
      return typeof ended === 'number'
        ? undefined
        : this.#note(ended.signal ? SIGNALLED + ended.signal : ended.code, ended.signal);
    }
    const change = unix.waitChild(this.#running, { stopped: false, timeoutMs: null });
    if (typeof change === 'number') return;
    this.#running.splice(this.#running.indexOf(change.pid), 1);
    if (change.kind === 'exited') this.#note(change.status.code, change.status.signal);
  }

  #note(code: number, signal: number): void {
    if (signal) {
      this.status = CHILD_SIGNALLED;
      this.stopped = true;
    } else if (code === STOP_STATUS) {
      complain(this.#context, 'child exited with status 255; aborting');
      this.status = CHILD_STOPPED_US;
      this.stopped = true;
    } else if (code !== 0 && this.status === 0) this.status = CHILD_FAILED;
  }
}

function main(context: ProgramContext): number {
  const options = parseOptions(context.args, SPECS, { stopAtOperand: true });
  const { has, value } = options;
  if (has('help')) {
    context.stdout.write(`Usage: ${xargs.usage}\n${xargs.help}\n`);
    return 0;
  }
  const count = (name: 'lines' | 'maxArgs' | 'maxProcs' | 'maxChars', otherwise: number): number => {
    const text = value(name);
    return text === undefined ? otherwise : parseCount(text, 'number');
  };
  const replace = value('replace') ?? (has('replaceOld') ? (value('replaceOld') ?? '{}') : undefined);
  const command = options.operands.length ? options.operands : ['echo'];
  const children = new Children(context, count('maxProcs', 1));
  const fromStdin = value('argFile') === undefined;
  const run = (argv: readonly string[]): void => {
    if (has('verbose') && !has('interactive')) context.stderr.write(`${argv.map(shellQuote).join(' ')}\n`);
    if (has('interactive') && !confirm(context, `${argv.join(' ')} ?...`)) return;
    children.start(argv, fromStdin);
  };
  if (replace !== undefined) {
    for (const { text } of items(context, options, true)) {
      run(command.map((argument) => argument.replaceAll(replace, () => text)));
      if (children.stopped) break;
    }
  } else {
    batches(
      context,
      options,
      command,
      {
        maxArgs: count('maxArgs', Infinity),
        maxLines: count('lines', Infinity),
        maxChars: count('maxChars', COMMAND_BYTES),
      },
      (argv) => (run(argv), !children.stopped),
    );
  }
  children.finish();
  return children.status;
}

function batches(
  context: ProgramContext,
  options: Options,
  command: readonly string[],
  limits: { maxArgs: number; maxLines: number; maxChars: number },
  run: (argv: readonly string[]) => boolean,
): void {
  const base = command.reduce((sum, argument) => sum + argument.length + 1, 0);
  let batch: string[] = [];
  let size = base;
  let lines = 0;
  let ran = false;
  const flush = (): boolean => {
    const argv = [...command, ...batch];
    batch = [];
    size = base;
    lines = 0;
    ran = true;
    return run(argv);
  };
  for (const { text, endsLine } of items(context, options, false)) {
    if (base + text.length + 1 > limits.maxChars) throw new Failure('argument line too long');
    if (batch.length > 0 && size + text.length + 1 > limits.maxChars && !flush()) return;
    batch.push(text);
    size += text.length + 1;
    if (endsLine) lines++;
    if ((batch.length >= limits.maxArgs || lines >= limits.maxLines) && !flush()) return;
  }
  if (batch.length > 0 || (!ran && !options.has('noRunIfEmpty'))) flush();
}

export const xargs: Program = {
  name: 'xargs',
  usage: 'xargs [OPTION]... [COMMAND [ARG]...]',
  help: `Run COMMAND (echo) with arguments that are read from standard input.

  -0, --null               they end in NUL; nothing is quoted
  -a, --arg-file=FILE      read from FILE
  -d, --delimiter=C        they end in C; nothing is quoted
  -E EOF                   stop at that argument
  -I REPLACE               once a line, with it in place of REPLACE
  -L, --max-lines=N        at most N lines a command
  -n, --max-args=N         at most N arguments a command
  -P, --max-procs=N        up to N commands at a time (0: all)
  -p, --interactive        ask before each
  -r, --no-run-if-empty    nothing when there are no arguments
  -s, --max-chars=N        at most N characters a command
  -t, --verbose            print each command first`,
  usageStatus: 1,
  main,
};
