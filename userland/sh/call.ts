import { LoopJump, ReturnFrom, ShellError } from './control.ts';
import type { Shell, ShellFunction } from './shell.ts';

const FUNCTION_DEPTH_MAX = 900;

/** Runs a function with its arguments in a scope of its own. */
export function callFunction(shell: Shell, name: string, fn: ShellFunction, args: string[]): void {
  if (shell.frames.length >= FUNCTION_DEPTH_MAX) {
    throw new ShellError(`${name}: maximum function nesting level exceeded (${FUNCTION_DEPTH_MAX})`);
  }
  const { args: outerArgs, source, position, loopDepth } = shell;
  shell.frames.push({ name, kind: 'function', callLine: shell.line, source });
  shell.variables.enter();
  Object.assign(shell, { args, source: fn.source, loopDepth: 0 });
  try {
    shell.engine.runCommand(shell, fn.body);
  } catch (error) {
    if (error instanceof LoopJump) shell.status = 0;
    else if (error instanceof ReturnFrom) shell.status = error.status;
    else throw error;
  } finally {
    shell.variables.leave();
    shell.frames.pop();
    Object.assign(shell, { args: outerArgs, source, position, loopDepth });
  }
}
