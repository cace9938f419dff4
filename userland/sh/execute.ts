import type {
  ArithmeticFor,
  Case,
  CommandNode,
  CompoundList,
  For,
  If,
  PipelineNode,
  AndOr,
  Select,
  Statement,
  While,
} from 'unbash';
import { evaluate } from './arithmetic.ts';
import { ExitShell, LoopJump, ShellError } from './control.ts';
import { arithmeticHost, arithmeticText, expandPattern, expandString, expandWords } from './expand.ts';
import { remember } from './history/remember.ts';
import { matchesPattern } from './pattern.ts';
import { runPipeline, startBackground } from './pipeline.ts';
import { withRedirections } from './redirect.ts';
import { readLine } from './builtins/read.ts';
import { runSimpleCommand } from './simple-command.ts';
import type { Shell } from './shell.ts';
import { inSubshell } from './subshell.ts';
import { evaluateTest } from './test-expression.ts';
import { attendSignals, beforeCommand, runTrap } from './traps.ts';

/**
 * A script's statements. What fails gives up the rest of its line, as a shell reads and runs line by line; the next
 * line goes on.
 */
export function runLines(shell: Shell, statements: readonly Statement[]): void {
  const { text } = shell.source;
  for (let at = 0; at < statements.length;) {
    const first = statements[at];
    let end = at + 1;
    while (
      end < statements.length &&
      !text.slice(statements[end - 1]?.end, statements[end]?.pos).includes('\n')
    )
      end++;
    try {
      if (first !== undefined) runLine(shell, statements.slice(at, end));
    } catch (error) {
      if (!(error instanceof ShellError) || error.scope === 'script') throw error;
      shell.complain(error.message);
      shell.status = error.status;
    }
    at = end;
  }
}

/** Commands of one line; under `set -o history` a script's lines are remembered too. */
function runLine(shell: Shell, statements: readonly Statement[]): void {
  shell.commandNumber++;
  if (shell.options.has('history') && !shell.interactive && shell.subshell === 0)
    remember(shell, shell.source.text.slice(statements[0]?.pos, statements.at(-1)?.end));
  runStatements(shell, statements);
}

/** Statements in order. */
export function runStatements(shell: Shell, statements: readonly Statement[]): void {
  for (const statement of statements) {
    shell.position = statement.pos;
    if (statement.background) startBackground(shell, statement);
    else runNode(shell, statement.command);
    attendSignals(shell);
  }
}

function runNode(shell: Shell, node: PipelineNode | AndOr): void {
  if (node.type === 'AndOr') runAndOr(shell, node);
  else if (node.type === 'Pipeline') {
    runPipeline(shell, node, runCommand);
    const negated = node.prefixes.some((prefix) => prefix.type === 'Negation');
    if (node.commands.length > 1 && !negated) {
      shell.position = node.pos;
      afterCommand(shell);
    }
  } else {
    runCommand(shell, node);
    shell.pipeStatus = [shell.status];
  }
}

/** All but the last command of a list are conditions: `set -e` does not end the shell for them. */
function runAndOr(shell: Shell, { commands, operators }: AndOr): void {
  for (const [at, command] of commands.entries()) {
    const operator = operators[at - 1];
    if (operator !== undefined && (operator === '&&') !== (shell.status === 0)) continue;
    if (at === commands.length - 1) runNode(shell, command);
    else tolerantly(shell, () => runNode(shell, command));
  }
}

export function tolerantly(shell: Shell, action: () => void): void {
  shell.tolerant++;
  try {
    action();
  } finally {
    shell.tolerant--;
  }
}

/** `set -e` and the ERR trap, after a command that failed. */
export function afterCommand(shell: Shell, traps = true): void {
  if (shell.status === 0 || shell.tolerant > 0) return;
  const { status } = shell;
  if (traps && (shell.options.has('errtrace') || shell.frames.every(({ kind }) => kind !== 'function')))
    runTrap(shell, 'ERR');
  shell.status = status;
  if (shell.options.has('errexit')) throw new ExitShell(status);
}

/** A command of any kind. Errors of the shell that are not fatal become its status here. */
export function runCommand(shell: Shell, node: CommandNode): void {
  if (shell.options.has('noexec')) return;
  shell.position = node.pos;
  try {
    dispatch(shell, node);
  } catch (error) {
    if (!(error instanceof ShellError)) throw error;
    if (error.scope !== 'command') throw error;
    shell.complain(error.message);
    shell.status = error.status;
    // Redirections of a compound command that fail are no command that fails, for the ERR trap.
    afterCommand(shell, node.type !== 'Redirected');
  }
}

const TRACED = new Set<CommandNode['type']>([
  'Command',
  'TestCommand',
  'ArithmeticCommand',
  'Case',
  'Select',
]);

function dispatch(shell: Shell, node: CommandNode): void {
  if (TRACED.has(node.type)) {
    beforeCommand(shell, node);
  }
  switch (node.type) {
    case 'Command':
      runSimpleCommand(shell, node);
      break;
    case 'Redirected':
      withRedirections(shell, node.redirects, () => runCommand(shell, node.command));
      return;
    case 'BraceGroup':
      runStatements(shell, node.body.commands);
      return;
    case 'Subshell':
      shell.status = inSubshell(shell, (inner) => runStatements(inner, node.body.commands));
      break;
    case 'If':
      runIf(shell, node);
      return;
    case 'While':
      runWhile(shell, node);
      return;
    case 'For':
      runFor(shell, node);
      return;
    case 'ArithmeticFor':
      runArithmeticFor(shell, node);
      return;
    case 'Select':
      runSelect(shell, node);
      return;
    case 'Case':
      runCase(shell, node);
      return;
    case 'Function':
      defineFunction(shell, node);
      return;
    case 'TestCommand':
      shell.status = evaluateTest(shell, node.expression);
      break;
    case 'ArithmeticCommand':
      shell.status = arithmeticStatus(shell, node);
      break;
    case 'Coproc':
      throw new ShellError('coproc: not supported by this shell; use a named pipe', {
        scope: 'command',
        status: 2,
      });
  }
  if (node.type === 'Command') shell.position = node.pos;
  shell.pipeStatus = [shell.status];
  afterCommand(shell);
}

/** `(( … ))`: what cannot be evaluated is its failure alone. */
function arithmeticStatus(shell: Shell, { body: text }: CommandNode & { type: 'ArithmeticCommand' }): number {
  try {
    return arithmeticText(shell, text) !== 0n ? 0 : 1;
  } catch (error) {
    if (!(error instanceof ShellError) || error.scope === 'script') throw error;
    shell.complain(`((: ${error.message}`);
    return 1;
  }
}

function defineFunction(shell: Shell, node: CommandNode & { type: 'Function' }): void {
  const { source } = shell;
  shell.functions.set(node.name.value, {
    body: node.body,
    source,
    text: source.text.slice(node.pos, node.end),
  });
  shell.status = 0;
}

const body = (shell: Shell, list: CompoundList): void => runStatements(shell, list.commands);

function condition(shell: Shell, list: CompoundList): boolean {
  tolerantly(shell, () => body(shell, list));
  return shell.status === 0;
}

function runIf(shell: Shell, node: If): void {
  if (condition(shell, node.clause)) return body(shell, node.then);
  for (const other of node.elif) if (condition(shell, other.clause)) return body(shell, other.then);
  shell.status = 0;
  if (node.else !== undefined) body(shell, node.else);
}

/** Runs a loop's body. → false when the loop is to end */
function iterate(shell: Shell, action: () => void): boolean {
  shell.loopDepth++;
  try {
    action();
    return true;
  } catch (error) {
    if (!(error instanceof LoopJump)) throw error;
    if (error.levels > 1 && shell.loopDepth > 1) throw new LoopJump(error.kind, error.levels - 1);
    shell.status = 0;
    return error.kind === 'continue';
  } finally {
    shell.loopDepth--;
  }
}

function runWhile(shell: Shell, node: While): void {
  let status = 0;
  let more = true;
  while (more) {
    let holds = false;
    more = iterate(shell, () => {
      holds = condition(shell, node.clause) === (node.kind === 'while');
      if (!holds) return;
      body(shell, node.body);
    });
    if (!holds && more) break;
    status = shell.status;
  }
  shell.status = status;
}

function runFor(shell: Shell, node: For): void {
  const words = node.wordlist === undefined ? [...shell.args] : expandWords(shell, node.wordlist);
  shell.status = 0;
  for (const word of words) {
    beforeCommand(shell, node);
    shell.variables.set(node.name.value, word);
    if (!iterate(shell, () => body(shell, node.body))) break;
  }
}

function runArithmeticFor(shell: Shell, node: ArithmeticFor): void {
  const host = arithmeticHost(shell);
  const evaluated = (expression: NonNullable<ArithmeticFor['test']>): bigint => {
    beforeCommand(shell, node);
    return evaluate(host, expression);
  };
  if (node.initialize !== undefined) evaluated(node.initialize);
  shell.status = 0;
  while (node.test === undefined || evaluated(node.test) !== 0n) {
    if (!iterate(shell, () => body(shell, node.body))) break;
    if (node.update !== undefined) evaluated(node.update);
  }
}

function runSelect(shell: Shell, node: Select): void {
  const words = node.wordlist === undefined ? [...shell.args] : expandWords(shell, node.wordlist);
  shell.status = 0;
  if (words.length === 0) return;
  let show = true;
  for (;;) {
    if (show) shell.write(2, words.map((word, at) => `${at + 1}) ${word}\n`).join(''));
    shell.write(2, shell.variables.get('PS3') ?? '#? ');
    const line = readLine(shell, 0);
    if (line === undefined) {
      shell.write(2, '\n');
      shell.status = 1;
      return;
    }
    show = line.trim() === '';
    if (show) continue;
    shell.variables.set('REPLY', line);
    shell.variables.set(node.name.value, words[Number(line.trim()) - 1] ?? '');
    if (!iterate(shell, () => body(shell, node.body))) return;
  }
}

function runCase(shell: Shell, node: Case): void {
  const value = expandString(shell, node.word);
  const style = { ignoreCase: shell.options.shopt('nocasematch') };
  shell.status = 0;
  let through = false;
  for (const item of node.items) {
    if (
      !through &&
      !item.pattern.some((pattern) => matchesPattern(value, expandPattern(shell, pattern), style))
    )
      continue;
    body(shell, item.body);
    if (item.terminator !== ';&' && item.terminator !== ';;&') return;
    through = item.terminator === ';&';
  }
}
