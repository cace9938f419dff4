import { check } from '../files/per-file.ts';
import { closeInput, openInput, records } from '../program/input.ts';
import { Output } from '../program/output.ts';
import { Failure, type ProgramContext } from '../program/program.ts';
import { namedEscape, octalDigits } from '../text/c-escapes.ts';
import { decodeText, encodeText } from '../text/text.ts';
import type { SedInput } from './input.ts';
import type { Address, Command, ScriptRegex } from './script.ts';
import { substitute } from './substitute.ts';

export interface SedSettings {
  quiet: boolean;
  separator: '\n' | '\0';
  /** -l: where `l` breaks lines. */
  lineLength: number;
  unbuffered: boolean;
  posix: boolean;
}

const CREATE_TRUNCATE = 0o1101; // O_WRONLY | O_CREAT | O_TRUNC
const NO_REGEX = 1;

/** Files that w and s///w write, open for the whole run. */
export class WriteFiles {
  readonly #context: ProgramContext;
  readonly #open = new Map<string, Output>();
  constructor(context: ProgramContext) {
    this.#context = context;
    this.#open.set('/dev/stdout', context.stdout);
    this.#open.set('/dev/stderr', context.stderr);
  }
  open(path: string): Output {
    let output = this.#open.get(path);
    if (output === undefined) {
      const fd = this.#context.system.files.open(path, CREATE_TRUNCATE, 0o666);
      output = new Output(this.#context.system, check(fd, `couldn't open file ${path}`));
      this.#open.set(path, output);
    }
    return output;
  }
  flush(): void {
    for (const output of this.#open.values()) output.flush();
  }
}

type Outcome = 'next' | 'restart' | 'quit' | 'quit-silently' | 'delete';

/** Runs a script over an input, cycle by cycle (POSIX sed, GNU's additions). */
export class Machine {
  /** Of q and Q. */
  exitStatus = 0;
  /** Where output goes: standard output, or with -i the new file. */
  out: Output;
  readonly #context: ProgramContext;
  readonly #commands: readonly Command[];
  readonly #settings: SedSettings;
  readonly #writes: WriteFiles;
  readonly #inRange: (number | undefined)[];
  #input: SedInput;
  #pattern = '';
  #hold = '';
  #terminated = true;
  #line = 0;
  #substituted = false;
  #lastRegex: RegExp | undefined;
  #appended: ({ text: string } | { file: string } | { lineOf: string })[] = [];
  readonly #readers = new Map<string, Iterator<string>>();

  constructor(
    context: ProgramContext,
    commands: readonly Command[],
    settings: SedSettings,
    writes: WriteFiles,
    input: SedInput,
  ) {
    this.#context = context;
    this.#commands = commands;
    this.#settings = settings;
    this.#writes = writes;
    this.#input = input;
    this.#inRange = commands.map(() => undefined);
    this.out = context.stdout;
    for (const command of commands) {
      if (command.letter === 'w' || command.letter === 'W') writes.open(command.text);
      if (command.substitution?.file !== undefined) writes.open(command.substitution.file);
    }
  }

  /** With -s and -i every file is an input of its own: line numbers and `$` begin anew, the hold space stays. */
  use(input: SedInput): void {
    this.#input = input;
    this.#line = 0;
    this.#owesNewline = false;
    this.#inRange.fill(undefined);
  }

  /** → false when the script has quit */
  run(): boolean {
    let keep = false;
    for (;;) {
      if (!keep && !this.#read()) return true;
      keep = false;
      const outcome = this.#cycle();
      if (outcome === 'next' || outcome === 'quit')
        if (!this.#settings.quiet) this.#print(this.#pattern, this.#terminated);
      this.#flushAppended();
      if (this.#settings.unbuffered) this.out.flush();
      if (this.out.failed) return false;
      if (outcome === 'quit' || outcome === 'quit-silently') return false;
      keep = outcome === 'restart';
    }
  }

  #read(): boolean {
    const line = this.#input.next();
    if (line === undefined) return false;
    this.#pattern = line.text;
    this.#terminated = line.terminated;
    this.#line++;
    this.#substituted = false;
    return true;
  }

  #print(text: string, terminated = true): void {
    this.#write(text + (terminated ? this.#settings.separator : ''));
    this.#owesNewline = !terminated;
  }

  /** A last line without its newline gets one when something is printed after it. */
  #write(data: string | Uint8Array): void {
    this.out.write(this.#owesNewline ? this.#settings.separator : '');
    this.#owesNewline = false;
    this.out.write(data);
  }
  #owesNewline = false;

  #cycle(): Outcome {
    for (let at = 0; at < this.#commands.length;) {
      const command = this.#commands[at];
      if (command === undefined) break;
      const selected = this.#selects(command, at) !== command.negated;
      if (!selected) {
        at = command.letter === '{' ? command.target : at + 1;
        continue;
      }
      const result = this.#execute(command, at);
      if (typeof result === 'number') at = result;
      else if (result !== undefined) return result;
      else at++;
    }
    return 'next';
  }

  #matches(address: Address): boolean {
    switch (address.kind) {
      case 'line':
        return this.#line === address.line;
      case 'last':
        return this.#input.atEnd;
      case 'step':
        return address.step <= 0
          ? this.#line === address.first
          : this.#line >= address.first && (this.#line - address.first) % address.step === 0;
      case 'regex':
        return this.#test(address.regex);
    }
  }

  #regex(given: ScriptRegex): RegExp {
    const regex = given ?? this.#lastRegex;
    if (regex === undefined) throw new Failure('no previous regular expression', NO_REGEX);
    this.#lastRegex = regex;
    regex.lastIndex = 0;
    return regex;
  }

  #test(given: ScriptRegex): boolean {
    return this.#regex(given).test(this.#pattern);
  }

  /** A range holds the line number on which it ends, Infinity while only an expression can end it. */
  #selects(command: Command, index: number): boolean {
    const { first, last } = command;
    if (first === undefined) return true;
    if (last === undefined) return this.#matches(first);
    const until = this.#inRange[index];
    if (until === undefined) return this.#entersRange(first, last, index);
    if (last.kind === 'regex') {
      if (this.#test(last.regex)) this.#inRange[index] = undefined;
      return true;
    }
    if (last.kind === 'last') {
      if (this.#input.atEnd) this.#inRange[index] = undefined;
      return true;
    }
    if (this.#line >= until) this.#inRange[index] = undefined;
    // A last line that is already past selects only the first one.
    return this.#line <= until;
  }

  #entersRange(first: Address, last: NonNullable<Command['last']>, index: number): boolean {
    // `0,/x/`: the expression may end the range on the first line already.
    if (first.kind === 'line' && first.line === 0 && last.kind === 'regex') {
      if (this.#line !== 1) return false;
      if (!this.#test(last.regex)) this.#inRange[index] = Infinity;
      return true;
    }
    if (!this.#matches(first)) return false;
    let until = Infinity;
    if (last.kind === 'line') until = last.line;
    else if (last.kind === 'plus') until = this.#line + last.count;
    else if (last.kind === 'multiple')
      until = last.of <= 0 ? this.#line : Math.ceil(this.#line / last.of) * last.of;
    else if (last.kind === 'step') until = this.#line;
    const ended = last.kind === 'last' ? this.#input.atEnd : last.kind !== 'regex' && until <= this.#line;
    if (!ended) this.#inRange[index] = until;
    return true;
  }

  /** → the index to go on at, how the cycle ends, or undefined: the next command */
  #execute(command: Command, index: number): number | Outcome | undefined {
    switch (command.letter) {
      case '{':
        return undefined;
      case 's':
        this.#substitute(command);
        return undefined;
      case 'b':
        return command.target;
      case 't':
      case 'T': {
        const jump = this.#substituted === (command.letter === 't');
        this.#substituted = false;
        return jump ? command.target : undefined;
      }
      case 'd':
        return 'delete';
      case 'D': {
        const newline = this.#pattern.indexOf('\n');
        if (newline < 0) return 'delete';
        this.#pattern = this.#pattern.slice(newline + 1);
        return 'restart';
      }
      case 'n':
        return this.#nextLine();
      case 'N':
        return this.#appendLine();
      case 'q':
      case 'Q':
        this.exitStatus = command.number ?? 0;
        return command.letter === 'q' ? 'quit' : 'quit-silently';
      case 'c':
        return this.#change(command, index);
      default:
        this.#simple(command);
        return undefined;
    }
  }

  #simple(command: Command): void {
    switch (command.letter) {
      case 'p':
        return this.#print(this.#pattern, this.#terminated);
      case 'P':
        return this.#print(this.#pattern.split('\n', 1)[0] ?? '');
      case 'g':
        this.#pattern = this.#hold;
        return;
      case 'G':
        this.#pattern += `\n${this.#hold}`;
        return;
      case 'h':
        this.#hold = this.#pattern;
        return;
      case 'H':
        this.#hold += `\n${this.#pattern}`;
        return;
      case 'x':
        [this.#pattern, this.#hold] = [this.#hold, this.#pattern];
        return;
      case 'z':
        this.#pattern = '';
        return;
      case '=':
        this.#write(`${this.#line}\n`);
        return;
      case 'F':
        this.#write(`${this.#input.path}\n`);
        return;
      case 'l':
        this.#write(unambiguous(this.#pattern, command.number ?? this.#settings.lineLength));
        return;
      case 'y':
        this.#pattern = [...this.#pattern].map((one) => command.transliteration?.get(one) ?? one).join('');
        return;
      case 'i':
        this.#write(command.text);
        return;
      default:
        return this.#withFile(command);
    }
  }

  #withFile(command: Command): void {
    switch (command.letter) {
      case 'a':
        this.#appended.push({ text: command.text });
        return;
      case 'r':
        this.#appended.push({ file: command.text });
        return;
      case 'R':
        this.#appended.push({ lineOf: command.text });
        return;
      case 'w':
        this.#toFile(command.text, this.#pattern);
        return;
      case 'W':
        this.#toFile(command.text, this.#pattern.split('\n', 1)[0] ?? '');
        return;
    }
  }

  #toFile(path: string, text: string): void {
    const output = path === '/dev/stdout' ? this.out : this.#writes.open(path);
    output.write(text + this.#settings.separator);
    output.flush();
  }

  #nextLine(): Outcome | undefined {
    // Without a next line POSIX ends without printing; GNU prints first.
    if (this.#input.atEnd) return this.#settings.posix ? 'quit-silently' : 'quit';
    if (!this.#settings.quiet) this.#print(this.#pattern, this.#terminated);
    this.#flushAppended();
    const substituted = this.#substituted;
    this.#read();
    this.#substituted = substituted;
    return undefined;
  }

  #appendLine(): Outcome | undefined {
    if (this.#input.atEnd) return this.#settings.posix ? 'quit-silently' : 'quit';
    const [before, substituted] = [this.#pattern, this.#substituted];
    this.#flushAppended();
    this.#read();
    this.#substituted = substituted;
    this.#pattern = `${before}\n${this.#pattern}`;
    return undefined;
  }

  /** A range is replaced as a whole, at its end. */
  #change(command: Command, index: number): Outcome {
    const middle = command.last !== undefined && !command.negated && this.#inRange[index] !== undefined;
    if (!middle) this.#write(command.text);
    return 'delete';
  }

  #substitute({ substitution }: Command): void {
    if (substitution === undefined) return;
    const result = substitute(this.#pattern, this.#regex(substitution.regex), substitution);
    if (result === undefined) return;
    this.#pattern = result;
    this.#substituted = true;
    if (substitution.evaluate) throw new Failure("the e flag of `s' runs a command: not supported");
    if (substitution.print) this.#print(this.#pattern, this.#terminated);
    if (substitution.file !== undefined) this.#toFile(substitution.file, this.#pattern);
  }

  #flushAppended(): void {
    const appended = this.#appended;
    if (appended.length === 0) return;
    this.#appended = [];
    for (const one of appended) {
      if ('text' in one) this.#write(one.text);
      else if ('file' in one) this.#copyFile(one.file);
      else {
        const line = this.#lineOf(one.lineOf);
        if (line !== undefined) this.#print(line);
      }
    }
  }

  /** A file that is not there is nothing. */
  #copyFile(path: string): void {
    const content = this.#context.system.files.readFile(path);
    if (typeof content !== 'number') this.#write(content);
  }

  #lineOf(path: string): string | undefined {
    let reader = this.#readers.get(path);
    if (reader === undefined) {
      reader = linesOf(this.#context, path);
      this.#readers.set(path, reader);
    }
    const { value, done } = reader.next();
    return done ? undefined : value;
  }
}

function* linesOf(context: ProgramContext, path: string): Generator<string> {
  const { files } = context.system;
  let fd: number;
  try {
    fd = openInput(files, path);
  } catch {
    return;
  }
  for (const { bytes } of records(files, fd, path)) yield decodeText(bytes);
  closeInput(files, fd);
}

function unambiguousCharacter(character: string): string {
  if (character === '\\') return '\\\\';
  const named = namedEscape(character);
  if (named !== undefined) return named;
  if (/[ -~]/.test(character)) return character;
  return [...encodeText(character)].map((byte) => `\\${octalDigits(byte)}`).join('');
}

/** `l`: everything visible, lines broken with a backslash, `$` at the end. */
function unambiguous(text: string, width: number): string {
  const limit = width <= 1 ? Infinity : width - 1;
  let out = '';
  let column = 0;
  for (const character of text) {
    const piece = unambiguousCharacter(character);
    if (column + piece.length > limit) {
      out += '\\\n';
      column = 0;
    }
    out += piece;
    column += piece.length;
  }
  return `${out}$\n`;
}
