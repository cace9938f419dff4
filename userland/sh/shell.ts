import type {
  Command,
  CommandNode,
  CompoundCommand,
  CompoundList,
  ParsedScript,
  Redirected,
  Statement,
} from 'unbash';
import { Errno } from '../../src/base/errno.ts';
import type { System } from '../../polyfills/system.ts';
import { encodeText } from '../text/text.ts';
import type { CompletionOption, Specification } from './completion/specification.ts';
import { ExitShell } from './control.ts';
import { Bindings } from './interactive/bindings.ts';
import { DescriptorTable, Handle } from './descriptors.ts';
import { History } from './history/history.ts';
import type { Jobs } from './jobs.ts';
import { Options } from './options.ts';
import { Variables } from './variables.ts';

const SIGPIPE = 13;
/** 128 + SIGPIPE: the status of a part of the shell that wrote where nobody reads. */
const BROKEN_PIPE_STATUS = 141;

export interface ShellFunction {
  body: CompoundCommand | Redirected | CompoundList;
  /** The text that the body's positions index, and where it came from. */
  source: SourceText;
  /** The definition as written: `declare -f` and subshells of other processes read it again. */
  text: string;
}

/** A script's text: positions of its nodes index it. */
export interface SourceText {
  text: string;
  /** File name, or `main`, for messages and BASH_SOURCE. */
  name: string;
  /** Line number of its first line. */
  firstLine: number;
}

/** A function or a sourced file that is being run. */
export interface Frame {
  name: string;
  kind: 'function' | 'source';
  callLine: number;
  source: SourceText;
}

/** What runs commands: given to the shell so that expansions can run `$(…)` without knowing how. */
export interface Engine {
  runStatements(shell: Shell, statements: readonly Statement[]): void;
  runCommand(shell: Shell, node: CommandNode | CompoundList): void;
  /** Runs in a subshell; → its standard output without trailing newlines. The status goes to `shell.status`. */
  capture(shell: Shell, script: ParsedScript, source: SourceText): string;
  /** The key that a subscript's source text stands for. */
  subscriptKey(shell: Shell, name: string, source: string): string;
  /** PS1 and its kin, ready to be shown. */
  prompt(shell: Shell, source: string): string;
  /** Installs the variables of these names that are computed when they are looked at. */
  computeVariables(shell: Shell, names: Iterable<string>): void;
  /** → a path that reads from (or writes to) the commands, which run beside the shell. */
  processSubstitution(shell: Shell, operator: '<' | '>', text: string): string;
}

/** State of one shell: the process's own, or a subshell inside it. */
export class Shell {
  readonly system: System;
  readonly engine: Engine;
  variables = new Variables();
  functions = new Map<string, ShellFunction>();
  aliases = new Map<string, string>();
  /** Builtins that `enable -n` has put aside. */
  disabled = new Set<string>();
  /** `complete`: by the command whose arguments are completed, or `-D`, `-E`, `-I`. */
  completions = new Map<string, Specification>();
  /** Keys of the line editor. */
  readonly bindings: Bindings;
  /** The completion that runs, for `compopt`. */
  completing: { name: string; options: CompletionOption[] } | undefined;
  options = new Options();
  descriptors: DescriptorTable;
  /** `$0`, and the name before messages. */
  name = 'sh';
  /** The name it was called by, without folders (`\\s` of prompts). */
  program = 'sh';
  args: string[] = [];
  /** `$?` */
  status = 0;
  /** `$!` */
  lastBackground: number | undefined;
  /** `$$`: of the process's own shell, also in subshells. */
  readonly pid: number;
  traps = new Map<string, string>();
  /** Signals, by their names without SIG. */
  ignoredAtStart: ReadonlySet<string> = new Set();
  jobs: Jobs;
  interactive = false;
  /** Text of the simple command that runs or ran last (`$BASH_COMMAND`), and whether a trap runs, which leaves it. */
  command = '';
  inTrap = false;
  /** Signals whose traps have yet to run: one list for all shells of the process. */
  arrived: number[] = [];
  /** 0 in the process's own shell. */
  subshell = 0;
  /** Started in the background without job control, or such a thing is being started: ^C and ^\ are not for it. */
  asynchronous = false;
  /** Nothing of the process goes on after this shell: it is no subshell inside another's process. */
  ownsProcess = true;
  /** Working directory as `cd` keeps it (`$PWD`), with its symbolic links. */
  cwd = '/';
  directoryStack: string[] = [];
  source: SourceText = { text: '', name: 'main', firstLine: 1 };
  /** Where the command that runs begins in `source`. */
  position = 0;
  frames: Frame[] = [];
  /** It runs a script from a file, which stands below the functions in FUNCNAME and its kin. */
  inFile = false;
  loopDepth = 0;
  /** > 0 while a failing command does not end the shell under `set -e`. */
  tolerant = 0;
  /** The status of the last command substitution of the command that is being expanded. */
  substitutionStatus: number | undefined;
  /** After this command nothing is left to do: the program that it is may take the shell's place. */
  lastCommand: Command | undefined;
  /** Paths of process substitutions that the current command holds open. */
  history = new History();
  /** Commands that have been read (`\\#` of prompts). */
  commandNumber = 0;
  hashed = new Map<string, string>();
  startedAtMs = Date.now();
  umask: number | undefined;
  /** Where in the present word `getopts` goes on; assigning OPTIND starts anew. */
  optionOffset = 0;
  /** A write failed since this was cleared: the builtin that wrote has failed. */
  writeFailed = false;
  /** PIPESTATUS: of each command of the last pipeline. */
  pipeStatus: number[] = [0];
  /** Status of a shell that an unset parameter ends: bash's differs for `-c`. */
  fatalStatus = 1;
  /** Aliases whose text is being run: an alias is not expanded in itself. */
  readonly expandingAliases = new Set<string>();

  constructor(system: System, engine: Engine, jobs: Jobs, bindings = new Bindings()) {
    this.bindings = bindings;
    this.system = system;
    this.engine = engine;
    this.jobs = jobs;
    this.pid = system.process.pid;
    this.descriptors = new DescriptorTable(
      [0, 1, 2].map((fd) => [fd, new Handle(system.files, fd, false)] as const),
    );
  }

  /** A subshell in this process: everything is its own but the process. */
  clone(): Shell {
    const copy = new Shell(this.system, this.engine, this.jobs.forSubshell(), this.bindings);
    copy.variables = this.variables.clone();
    this.engine.computeVariables(copy, this.variables.dynamic.keys());
    copy.functions = new Map(this.functions);
    copy.aliases = new Map(this.aliases);
    copy.disabled = new Set(this.disabled);
    copy.completions = new Map(
      [...this.completions].map(([name, specification]) => [name, { ...specification }]),
    );
    copy.history = this.history.clone();
    copy.options = this.options.clone();
    copy.descriptors = this.descriptors.clone();
    copy.traps = this.inheritedTraps();
    copy.frames = [...this.frames];
    copy.directoryStack = [...this.directoryStack];
    copy.args = [...this.args];
    for (const name of SHARED) copy[name] = this[name] as never;
    copy.subshell = this.subshell + 1;
    copy.ownsProcess = false;
    copy.loopDepth = 0;
    return copy;
  }

  /** What a subshell keeps: signals that are ignored, and by `set -E` and `set -T` the traps that are no signals. */
  inheritedTraps(): Map<string, string> {
    const kept = new Set<string>();
    if (this.options.has('errtrace')) kept.add('ERR');
    if (this.options.has('functrace')) kept.add('DEBUG').add('RETURN');
    return new Map([...this.traps].filter(([name, action]) => action === '' || kept.has(name)));
  }

  /** Line of the command that runs. */
  get line(): number {
    const { text, firstLine } = this.source;
    let line = firstLine;
    for (let at = text.indexOf('\n'); at >= 0 && at < this.position; at = text.indexOf('\n', at + 1)) line++;
    return line;
  }

  /** Writes to one of the shell's descriptors. → 0 or -errno */
  write(number: number, data: string | Uint8Array): number {
    const handle = this.descriptors.get(number);
    if (handle === undefined) {
      this.writeFailed = true;
      return -Errno.EBADF;
    }
    const bytes = typeof data === 'string' ? encodeText(data) : data;
    for (let at = 0; at < bytes.length;) {
      const written = this.system.files.write(handle.fd, bytes.subarray(at), null);
      if (written === -Errno.EINTR) continue;
      if (written === -Errno.EPIPE) this.#brokenPipe();
      if (written < 0) {
        this.writeFailed = true;
        return written;
      }
      at += written;
    }
    return 0;
  }

  /** `name: message` on standard error, with the line in a script. */
  complain(message: string): void {
    const where = this.interactive ? '' : `line ${this.line}: `;
    this.write(2, `${this.name}: ${where}${message}\n`);
  }

  /** Nobody reads: SIGPIPE, unless it is ignored. A subshell inside the process ends alone. */
  #brokenPipe(): void {
    if (this.traps.get('PIPE') === '') return;
    if (this.subshell > 0) throw new ExitShell(BROKEN_PIPE_STATUS);
    this.system.process.kill(this.system.process.pid, SIGPIPE);
  }
}

/** Plain fields that a subshell starts with. */
const SHARED = [
  'arrived',
  'name',
  'status',
  'lastBackground',
  'interactive',
  'cwd',
  'source',
  'position',
  'tolerant',
  'startedAtMs',
  'umask',
  'hashed',
  'program',
  'ignoredAtStart',
  'asynchronous',
  'inFile',
  'commandNumber',
] as const;
