import type { Assignment, Command, Redirection, Word } from 'unbash';
import { parse } from 'unbash';
import { assign } from './assign.ts';
import { SPECIAL_NAMES } from './builtins/special.ts';
import { type Builtin, BUILTINS } from './builtins/table.ts';
import { describeCommand } from './builtins/type.ts';
import { callFunction } from './call.ts';
import { ExitShell } from './control.ts';
import { expandString, expandWords } from './expand.ts';
import { quoteForReuse } from './parameters.ts';
import { become, findCommand, launch, launchFailure, waitForeground } from './processes.ts';
import { applyForGood, withRedirections } from './redirect.ts';
import type { Shell } from './shell.ts';
import { copyValue, newVariable, type Variable } from './variables.ts';

/** A command that is neither compound nor a pipeline: assignments, redirections, words. POSIX 2.9.1. */
export function runSimpleCommand(shell: Shell, node: Command): void {
  shell.substitutionStatus = undefined;
  if (runAlias(shell, node)) return;
  const { assignments, words } = wordsOf(node);
  const expanded = expandArguments(shell, words);
  const [name] = expanded;
  if (name === undefined) runAssignments(shell, assignments, node.redirects);
  else runNamed(shell, node, assignments, expanded, name);
  // `$_`: the last word of the command before.
  Object.assign(shell.variables.global('_'), { value: expanded.at(-1) ?? '', exported: false });
}

function runNamed(
  shell: Shell,
  node: Command,
  assignments: readonly Assignment[],
  expanded: string[],
  name: string,
): void {
  trace(shell, assignments, expanded);
  const fn = shell.functions.get(name);
  const builtin = builtinNamed(shell, name);
  const special = SPECIAL_NAMES.has(name);
  if (name === 'exec') return runExec(shell, assignments, expanded, node.redirects);
  if ((name === 'command' || name === 'builtin') && fn === undefined) {
    return runPlain(shell, assignments, expanded, node.redirects);
  }
  if (fn !== undefined && !(special && shell.options.has('posix'))) {
    withRedirections(shell, node.redirects, () =>
      withTemporaries(shell, assignments, false, () => callFunction(shell, name, fn, expanded.slice(1))),
    );
  } else if (builtin !== undefined) {
    withRedirections(shell, node.redirects, () =>
      withTemporaries(shell, assignments, special && shell.options.has('posix'), () =>
        runBuiltin(shell, builtin, expanded),
      ),
    );
  } else if (node === shell.lastCommand && mayBecome(shell))
    runInPlaceOfShell(shell, assignments, expanded, node.redirects);
  else runExternal(shell, assignments, expanded, node.redirects);
}

/** A command whose name is an alias runs as the text that the alias stands for. → true when it was one */
function runAlias(shell: Shell, node: Command): boolean {
  const { name } = node;
  if (name === undefined || name.parts !== undefined || name.text !== name.value) return false;
  if (!shell.interactive && !shell.options.shopt('expand_aliases')) return false;
  const replacement = shell.aliases.get(name.value);
  if (replacement === undefined || shell.expandingAliases.has(name.value)) return false;
  const { source, position } = shell;
  const [more, end] = aliasesBehind(shell, node, replacement);
  const text = `${source.text.slice(node.pos, name.pos)}${replacement}${more} ${source.text.slice(end, node.end)}`;
  shell.expandingAliases.add(name.value);
  shell.source = { ...source, text, firstLine: shell.line };
  try {
    shell.engine.runStatements(shell, parse(text).commands);
  } finally {
    shell.expandingAliases.delete(name.value);
    shell.source = source;
    shell.position = position;
  }
  return true;
}

/** After an alias that ends in a blank the next word may be one too. → what stands for those, and where the rest begins */
function aliasesBehind(shell: Shell, node: Command, replacement: string): [text: string, end: number] {
  let text = '';
  let end = node.name?.end ?? node.pos;
  let last = replacement;
  for (const word of node.suffix) {
    if (!/[ \t]$/.test(last) || word.type !== 'Word') break;
    const alias =
      word.parts === undefined && word.text === word.value ? shell.aliases.get(word.value) : undefined;
    if (alias === undefined) break;
    text += ` ${alias}`;
    [end, last] = [word.end, alias];
  }
  return [text, end];
}

/** Words and assignments in order. */
function wordsOf(node: Command): { assignments: Assignment[]; words: (Word | Assignment)[] } {
  const assignments = node.prefix.filter((item) => item.type === 'Assignment');
  const words: (Word | Assignment)[] = node.name === undefined ? [] : [node.name, ...node.args];
  return { assignments, words };
}

/** `declare a=(1 2)` and its kin take assignments as arguments: those are expanded like assignments. */
const DECLARATIONS = new Set(['declare', 'typeset', 'local', 'export', 'readonly']);

function expandArguments(shell: Shell, words: readonly (Word | Assignment)[]): string[] {
  const [first] = words;
  const declares = first?.type === 'Word' && DECLARATIONS.has(first.value);
  return words.flatMap((word) => {
    if (word.type === 'Word') {
      const assignment =
        declares && /^[A-Za-z_]\w*\+?=/.test(word.text) ? [expandString(shell, word, true)] : undefined;
      return assignment ?? expandWords(shell, [word]);
    }
    return declares ? [declarationText(shell, word)] : expandAssignmentWord(shell, word);
  });
}

/** Outside declarations `a=b` after the command's name is a word like any other. */
function expandAssignmentWord(shell: Shell, word: Assignment): string[] {
  const script = parse(`: ${quoteHead(word.text)}`);
  const command = script.commands[0]?.command;
  const [argument] = command?.type === 'Command' ? command.suffix : [];
  if (argument?.type !== 'Word') return [word.text];
  const outer = shell.source;
  shell.source = { ...outer, text: `: ${quoteHead(word.text)}` };
  try {
    return expandWords(shell, [argument]);
  } finally {
    shell.source = outer;
  }
}
const quoteHead = (text: string): string =>
  `${text.slice(0, 1) === '' ? '' : `"${text.slice(0, 1)}"`}${text.slice(1)}`;

/** An array value is handed on as source text, which the builtin reads again. */
function declarationText(shell: Shell, { name, index, append, value, text }: Assignment): string {
  const operator = append ? '+=' : '=';
  const subscript = index === undefined ? '' : `[${expandString(shell, index)}]`;
  if (value.type === 'ArrayValue') return `${name}${operator}${text.slice(text.indexOf('('))}`;
  return `${name}${subscript}${operator}${expandString(shell, value, true)}`;
}

function runAssignments(
  shell: Shell,
  assignments: readonly Assignment[],
  redirections: readonly Redirection[],
): void {
  withRedirections(shell, redirections, () => {
    for (const assignment of assignments) assign(shell, assignment);
  });
  trace(shell, assignments, []);
  shell.status = shell.substitutionStatus ?? 0;
}

function trace(shell: Shell, assignments: readonly Assignment[], words: readonly string[]): void {
  if (!shell.options.has('xtrace')) return;
  // What PS4 runs is not traced.
  shell.options.set('xtrace', false);
  const prefix = shell.engine.prompt(shell, shell.variables.get('PS4') ?? '+ ');
  shell.options.set('xtrace', true);
  const shown = words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : quoteForReuse(word)));
  for (const { text } of assignments) shell.write(2, `${prefix}${text}\n`);
  if (shown.length > 0) shell.write(2, `${prefix}${shown.join(' ')}\n`);
}

/** Assignments before a command hold only while it runs, and are in its environment. */
function withTemporaries(
  shell: Shell,
  assignments: readonly Assignment[],
  keep: boolean,
  action: () => void,
): void {
  if (assignments.length === 0 || keep) {
    for (const assignment of assignments) assign(shell, assignment);
    action();
    return;
  }
  const saved: [string, Variable | undefined][] = [];
  for (const assignment of assignments) {
    const old = shell.variables.find(assignment.name);
    saved.push([assignment.name, old && { ...old, value: copyValue(old.value) }]);
    assign(shell, assignment);
    shell.variables.writable(assignment.name).exported = true;
  }
  try {
    action();
  } finally {
    for (const [name, old] of saved.reverse()) {
      const now = shell.variables.find(name);
      if (old === undefined) {
        if (now !== undefined) shell.variables.unset(name);
      } else Object.assign(now ?? shell.variables.global(name), newVariable(), old);
    }
  }
}

/** `command` and `builtin`: functions (and for `builtin` programs) are passed over. */
function runPlain(
  shell: Shell,
  assignments: readonly Assignment[],
  words: string[],
  redirections: readonly Redirection[],
): void {
  const [which = '', ...given] = words;
  let rest = given;
  let letters = '';
  while (which === 'command' && /^-[pvV]+$/.test(rest[0] ?? '')) letters += rest.shift()?.slice(1) ?? '';
  if (rest[0] === '--') rest = rest.slice(1);
  const [name] = rest;
  const builtin = name === undefined ? undefined : builtinNamed(shell, name);
  if (/[vV]/.test(letters)) {
    withRedirections(
      shell,
      redirections,
      () => void (shell.status = describeCommand(shell, rest, letters.includes('V'))),
    );
  } else if (name === undefined) shell.status = 0;
  else if (name === 'exec' || name === 'command' || name === 'builtin') {
    (name === 'exec' ? runExec : runPlain)(shell, assignments, rest, redirections);
  } else if (builtin !== undefined) {
    withRedirections(shell, redirections, () =>
      withTemporaries(shell, assignments, false, () => runBuiltin(shell, builtin, rest)),
    );
  } else if (which === 'builtin') {
    shell.complain(`builtin: ${name}: not a shell builtin`);
    shell.status = 1;
  } else if (letters.includes('p')) {
    const path = findCommand(shell, name, STANDARD_PATH);
    runExternal(shell, assignments, [path ?? name, ...rest.slice(1)], redirections);
  } else runExternal(shell, assignments, rest, redirections);
}
const STANDARD_PATH = '/usr/bin:/bin';

/** `enable -n` takes a builtin out of the way of a program. */
const builtinNamed = (shell: Shell, name: string): Builtin | undefined =>
  shell.disabled.has(name) ? undefined : BUILTINS.get(name);

function runBuiltin(shell: Shell, builtin: Builtin, words: readonly string[]): void {
  shell.writeFailed = false;
  const status = builtin(shell, words.slice(1), words[0] ?? '');
  shell.status = status === 0 && shell.writeFailed ? 1 : status & 255;
}

function runExternal(
  shell: Shell,
  assignments: readonly Assignment[],
  words: string[],
  redirections: readonly Redirection[],
): void {
  withRedirections(shell, redirections, () => {
    const pid = startExternal(
      shell,
      assignments,
      words,
      shell.options.has('monitor') && shell.subshell === 0 ? 0 : undefined,
    );
    if (pid >= 0) shell.status = waitForeground(shell, [pid], words.join(' '));
    else shell.status = notStarted(shell, words, pid);
  });
}

/** Nothing of the shell is wanted after its last command: no trap, no subshell around it, nobody at it. */
function mayBecome(shell: Shell): boolean {
  return (
    shell.ownsProcess &&
    !shell.interactive &&
    !shell.inTrap &&
    [...shell.traps.values()].every((action) => action === '')
  );
}

/** The last command of `sh -c`, if it is a program, needs no process of its own: it takes the shell's, as in bash. */
function runInPlaceOfShell(
  shell: Shell,
  assignments: readonly Assignment[],
  words: string[],
  redirections: readonly Redirection[],
): void {
  withRedirections(shell, redirections, () =>
    withTemporaries(shell, assignments, false, () => {
      const file = programFile(shell, words[0] ?? '');
      const env = [...shell.variables.environment(), `_=${file}`];
      shell.status = notStarted(shell, words, become(shell, { file, args: words, env }));
    }),
  );
}

const programFile = (shell: Shell, name: string): string =>
  name.includes('/') ? name : (shell.hashed.get(name) ?? findCommand(shell, name) ?? name);

/** `command_not_found_handle` of the script gets its say first. */
function notStarted(shell: Shell, words: string[], errno: number): number {
  const [name = ''] = words;
  const handler = shell.functions.get('command_not_found_handle');
  if (handler === undefined || findCommand(shell, name) !== undefined)
    return launchFailure(shell, name, errno);
  callFunction(shell, 'command_not_found_handle', handler, words);
  return shell.status;
}

function startExternal(
  shell: Shell,
  assignments: readonly Assignment[],
  words: string[],
  group: number | undefined,
): number {
  let pid = 0;
  withTemporaries(shell, assignments, false, () => {
    const file = programFile(shell, words[0] ?? '');
    pid = launch(shell, { file, args: words, env: [...shell.variables.environment(), `_=${file}`], group });
  });
  return pid;
}

/** A command of a pipeline or a background one, when it is a program and so needs no subshell; undefined when not. */
export function externalLaunch(
  shell: Shell,
  node: Command,
): { redirects: readonly Redirection[]; start: (group: number | undefined) => number } | undefined {
  const { name } = node;
  if (name === undefined || name.parts !== undefined) return undefined;
  if (
    shell.functions.has(name.value) ||
    builtinNamed(shell, name.value) !== undefined ||
    shell.aliases.has(name.value)
  )
    return undefined;
  const { assignments, words } = wordsOf(node);
  return {
    redirects: node.redirects,
    start: (group) => {
      const expanded = expandArguments(shell, words);
      trace(shell, assignments, expanded);
      return startExternal(shell, assignments, expanded, group);
    },
  };
}

/** `exec`: redirections for good, or a program in the shell's place. */
function runExec(
  shell: Shell,
  assignments: readonly Assignment[],
  words: string[],
  redirections: readonly Redirection[],
): void {
  let rest = words.slice(1);
  const asked: { argumentZero?: string; empty: boolean; login: boolean } = { empty: false, login: false };
  for (; rest[0] === '-a' || rest[0] === '-c' || rest[0] === '-l'; rest = rest.slice(1)) {
    if (rest[0] === '-c') asked.empty = true;
    else if (rest[0] === '-l') asked.login = true;
    else {
      rest = rest.slice(1);
      asked.argumentZero = rest[0] ?? '';
    }
  }
  if (rest[0] === '--') rest = rest.slice(1);
  const [name] = rest;
  if (name === undefined) {
    applyForGood(shell, redirections);
    for (const assignment of assignments) assign(shell, assignment);
    shell.status = 0;
    return;
  }
  const args = [(asked.login ? '-' : '') + (asked.argumentZero ?? name), ...rest.slice(1)];
  const execute = (): void => {
    const env = asked.empty ? [] : shell.variables.environment();
    runInPlace(shell, name, args, env);
  };
  withRedirections(shell, redirections, () => withTemporaries(shell, assignments, false, execute));
}

function runInPlace(shell: Shell, name: string, args: string[], env: string[]): void {
  const file = name.includes('/') ? name : (findCommand(shell, name) ?? name);
  const wanted = { file, args, env, group: undefined };
  const pid = shell.ownsProcess ? become(shell, wanted) : launch(shell, wanted);
  if (pid < 0) {
    const status = launchFailure(shell, name, pid);
    if (!shell.interactive && !shell.options.shopt('execfail')) throw new ExitShell(status);
    shell.status = status;
    return;
  }
  // A subshell inside the shell's process stays as the program's parent and ends as it ends.
  shell.traps.delete('EXIT');
  throw new ExitShell(waitForeground(shell, [pid], args.join(' ')));
}
