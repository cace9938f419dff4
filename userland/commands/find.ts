import { errorText } from '../program/errors.ts';
import { type Candidate, type Predicate, type Walk } from '../find/expression.ts';
import { parseExpression, type WalkOptions } from '../find/parse.ts';
import { baseName, joinPath } from '../files/paths.ts';
import { complain } from '../files/per-file.ts';
import type { Program, ProgramContext } from '../program/program.ts';
import { isDirectory, isLink, status, type Status } from '../files/stat.ts';

type Follow = 'never' | 'operands' | 'always';

/** -H, -L and -P come before the operands; what starts with -, ( or ! begins the expression. */
function splitArguments(args: readonly string[]): {
  follow: Follow;
  starts: string[];
  expression: readonly string[];
} {
  let follow: Follow = 'never';
  let at = 0;
  for (; at < args.length; at++) {
    const arg = args[at] ?? '';
    if (arg === '-H') follow = 'operands';
    else if (arg === '-L') follow = 'always';
    else if (arg === '-P') follow = 'never';
    else if (!/^-[OD]/.test(arg)) break;
  }
  const begin = args.findIndex(
    (arg, index) => index >= at && (/^-./.test(arg) || ['(', '!', ')', ','].includes(arg)),
  );
  const end = begin < 0 ? args.length : begin;
  const starts = args.slice(at, end);
  return { follow, starts: starts.length ? starts : ['.'], expression: args.slice(end) };
}

class Finder {
  readonly walk: Walk = { prune: false, quit: false, failed: false };
  readonly #context: ProgramContext;
  readonly #options: WalkOptions;
  readonly #predicate: Predicate;
  readonly #follow: Follow;
  /** Folders from the operand down to where the walk is, so that links do not lead it in circles. */
  readonly #above: string[] = [];

  constructor(context: ProgramContext, options: WalkOptions, predicate: Predicate, follow: Follow) {
    this.#context = context;
    this.#options = options;
    this.#predicate = predicate;
    this.#follow = follow;
  }

  start(path: string): void {
    const found = this.#status(path, this.#follow !== 'never' || this.#options.follow);
    if (typeof found === 'number') return this.#complain(`'${path}': ${errorText(found)}`);
    this.#visit({ path, name: baseName(path), depth: 0, status: found, start: path }, found.dev);
  }

  #complain(message: string): void {
    complain(this.#context, message);
    this.walk.failed = true;
  }

  #status(path: string, follow: boolean): Status | number {
    const found = follow ? status(this.#context.system.files, path, true) : -1;
    return typeof found === 'number' ? status(this.#context.system.files, path, false) : found;
  }

  #visit(candidate: Candidate, device: number): void {
    const { minDepth, maxDepth, depthFirst, oneFileSystem } = this.#options;
    const { depth, status: found } = candidate;
    const test = (): void => {
      if (depth >= minDepth) this.#predicate(candidate, this.walk);
    };
    this.walk.prune = false;
    if (!depthFirst) test();
    const enters =
      isDirectory(found) && !isLink(found) && depth < maxDepth && !(this.walk.prune && !depthFirst);
    if (enters && !this.walk.quit && !(oneFileSystem && found.dev !== device))
      this.#children(candidate, device);
    if (depthFirst && !this.walk.quit) test();
  }

  #children(parent: Candidate, device: number): void {
    const { files } = this.#context.system;
    const identity = `${parent.status.dev}:${parent.status.ino}`;
    if (this.#above.includes(identity))
      return this.#complain(
        `File system loop detected; '${parent.path}' is part of the same file system loop`,
      );
    const list = files.readdir(parent.path, false);
    if (typeof list === 'number') return this.#complain(`'${parent.path}': ${errorText(list)}`);
    this.#above.push(identity);
    for (const name of list.names) {
      if (this.walk.quit) break;
      const path = joinPath(parent.path, name);
      const found = this.#status(path, this.#follow === 'always' || this.#options.follow);
      if (typeof found === 'number') this.#complain(`'${path}': ${errorText(found)}`);
      else this.#visit({ path, name, depth: parent.depth + 1, status: found, start: parent.start }, device);
    }
    this.#above.pop();
  }
}

function main(context: ProgramContext): number {
  const { follow, starts, expression } = splitArguments(context.args);
  const options: WalkOptions = {
    minDepth: 0,
    maxDepth: Infinity,
    depthFirst: false,
    oneFileSystem: false,
    follow: false,
  };
  const { predicate, finish } = parseExpression(context, expression, options);
  const finder = new Finder(context, options, predicate, follow);
  for (const start of starts) {
    if (finder.walk.quit) break;
    finder.start(start);
  }
  const finished = finish();
  return finder.walk.failed || !finished ? 1 : 0;
}

export const find: Program = {
  name: 'find',
  usage: 'find [-H] [-L] [-P] [PATH]... [EXPRESSION]',
  help: `Walk folders and do what the expression says for each file; without an action, print it.

operators   ( EXPR )  ! EXPR  -not EXPR  EXPR -a EXPR  EXPR EXPR  EXPR -o EXPR  EXPR , EXPR
options     -depth -maxdepth N -mindepth N -xdev -follow
tests       -name -iname -path -ipath -regex -iregex -lname -ilname PATTERN
            -type [bcdpfls] -xtype [bcdpfls] -size N[bcwkMG] -empty -links N -inum N -samefile FILE
            -mtime -atime -ctime -mmin -amin -cmin N -newer FILE -newerXY REFERENCE
            -perm [-/]MODE -user NAME -group NAME -uid N -gid N -nouser -nogroup
            -readable -writable -executable -true -false
actions     -print -print0 -printf FORMAT -ls -fprint -fprint0 -fprintf FILE -delete -prune -quit
            -exec COMMAND ; -exec COMMAND {} + -execdir COMMAND ; -ok COMMAND ;`,
  usageStatus: 1,
  main,
};
