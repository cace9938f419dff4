/** Commands that are Node programs, each a script of its own in `commands/` beside the process worker's. */
export const NODE_COMMANDS: readonly string[] = ['curl', 'git', 'wget'];

/** A script leaves its entry, a function of `require`, on this global. */
export const NODE_COMMAND_HOOK = '__oacNodeCommand';

/** What Node evaluates to run the script that was loaded. */
export const NODE_COMMAND_START = `const main = globalThis.${NODE_COMMAND_HOOK}; delete globalThis.${NODE_COMMAND_HOOK}; main(require);`;

/** The words that Node is started with for `args`. */
export const nodeCommandLine = (args: readonly string[]): string[] => [
  'node',
  '--input-type=commonjs',
  '-e',
  NODE_COMMAND_START,
  '--',
  ...args,
];
