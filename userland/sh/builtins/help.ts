import { matchesPattern } from '../pattern.ts';
import type { Shell } from '../shell.ts';

/** `help`: what the commands of the shell are given and do. */

const TOPICS: Readonly<Record<string, readonly [synopsis: string, text: string]>> = {
  '.': ['. filename [arguments]', 'Runs the commands of a file in this shell.'],
  ':': [':', 'Does nothing, successfully.'],
  '[': ['[ arg... ]', 'As test; the last argument is ].'],
  alias: ['alias [-p] [name[=value] ... ]', 'Defines or shows aliases.'],
  bg: ['bg [job_spec ...]', 'Lets stopped jobs go on in the background.'],
  bind: [
    'bind [-lpsvPSVX] [-m keymap] [-f filename] [-q name] [-u name] [-r keyseq] [-x keyseq:shell-command] [keyseq:readline-function]',
    'Keys and variables of the line editor.',
  ],
  break: ['break [n]', 'Leaves n loops.'],
  builtin: ['builtin [shell-builtin [arg ...]]', 'Runs a command of the shell, passing over functions.'],
  caller: ['caller [expr]', 'Shows where the function that runs was called.'],
  cd: ['cd [-L|-P] [dir]', 'Changes the directory; without one to $HOME, with - to the one before.'],
  command: [
    'command [-pVv] command [arg ...]',
    'Runs a command, passing over functions, or tells what it is.',
  ],
  compgen: [
    'compgen [-abcdefgjksuv] [-o option] [-A action] [-G globpat] [-W wordlist] [-F function] [-C command] [-X filterpat] [-P prefix] [-S suffix] [word]',
    'Shows how a word can be completed.',
  ],
  complete: [
    'complete [-abcdefgjksuv] [-pr] [-DEI] [-o option] [-A action] [-G globpat] [-W wordlist] [-F function] [-C command] [-X filterpat] [-P prefix] [-S suffix] [name ...]',
    'Tells how the arguments of a command are completed.',
  ],
  compopt: ['compopt [-o|+o option] [-DEI] [name ...]', 'Changes options of a completion.'],
  continue: ['continue [n]', 'Goes on with the next round of the n-th loop.'],
  declare: ['declare [-aAfFgilnrtux] [-p] [name[=value] ...]', 'Sets variables and their attributes.'],
  dirs: ['dirs [-clpv] [+N] [-N]', 'Shows the stack of directories.'],
  disown: ['disown [-h] [-ar] [jobspec ... | pid ...]', 'Takes jobs out of the list.'],
  echo: ['echo [-neE] [arg ...]', 'Writes its arguments.'],
  enable: ['enable [-a] [-nps] [name ...]', 'Puts commands of the shell aside, or back.'],
  eval: ['eval [arg ...]', 'Runs its arguments as a command.'],
  exec: [
    'exec [-cl] [-a name] [command [argument ...]] [redirection ...]',
    'Puts a program in the place of the shell.',
  ],
  exit: ['exit [n]', 'Ends the shell with status n.'],
  export: ['export [-fn] [name[=value] ...] or export -p', 'Hands variables to programs.'],
  false: ['false', 'Fails.'],
  fc: [
    'fc [-e ename] [-lnr] [first] [last] or fc -s [pat=rep] [command]',
    'Lists or repeats earlier commands.',
  ],
  fg: ['fg [job_spec]', 'Brings a job to the foreground.'],
  getopts: ['getopts optstring name [arg ...]', 'Takes options out of arguments, one a call.'],
  hash: ['hash [-r] [name ...]', 'Remembers where programs are.'],
  help: ['help [-dms] [pattern ...]', 'Shows this.'],
  history: [
    'history [-c] [-d offset] [n] or history -anrw [filename] or history -ps arg [arg...]',
    'Shows or changes the list of earlier commands.',
  ],
  jobs: ['jobs [-lnprs] [jobspec ...]', 'Shows the jobs of the shell.'],
  kill: [
    'kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]',
    'Sends a signal.',
  ],
  let: ['let arg [arg ...]', 'Evaluates arithmetic expressions.'],
  local: ['local [option] name[=value] ...', 'Declares variables of a function.'],
  logout: ['logout [n]', 'Ends a login shell.'],
  mapfile: [
    'mapfile [-d delim] [-n count] [-O origin] [-s count] [-t] [-u fd] [array]',
    'Reads lines into an array.',
  ],
  popd: ['popd [-n] [+N | -N]', 'Goes back to a directory of the stack.'],
  printf: ['printf [-v var] format [arguments]', 'Writes formatted text.'],
  pushd: ['pushd [-n] [+N | -N | dir]', 'Goes to a directory and keeps the old one on the stack.'],
  pwd: ['pwd [-LP]', 'Shows the directory.'],
  read: [
    'read [-ers] [-a array] [-d delim] [-n nchars] [-N nchars] [-p prompt] [-t timeout] [-u fd] [name ...]',
    'Reads a line into variables.',
  ],
  readarray: ['readarray [-d delim] [-n count] [-O origin] [-s count] [-t] [-u fd] [array]', 'As mapfile.'],
  readonly: ['readonly [-aAf] [name[=value] ...] or readonly -p', 'Protects variables.'],
  return: ['return [n]', 'Leaves a function or a sourced file.'],
  set: [
    'set [-abefhkmnptuvxBCEHPT] [-o option-name] [--] [-] [arg ...]',
    'Sets options and positional parameters.',
  ],
  shift: ['shift [n]', 'Drops the first n positional parameters.'],
  shopt: ['shopt [-pqsu] [-o] [optname ...]', 'Sets more options.'],
  source: ['source filename [arguments]', 'Runs the commands of a file in this shell.'],
  suspend: ['suspend [-f]', 'Stops the shell.'],
  test: ['test [expr]', 'Evaluates a condition.'],
  times: ['times', 'Shows the processor time of the shell and of its children.'],
  trap: ['trap [-lp] [[arg] signal_spec ...]', 'Sets what is done when a signal arrives.'],
  true: ['true', 'Succeeds.'],
  type: ['type [-afptP] name [name ...]', 'Tells what a name would run.'],
  typeset: ['typeset [-aAfFgilnrtux] [-p] name[=value] ...', 'As declare.'],
  ulimit: ['ulimit [-SHacfnstuv] [limit]', 'Shows limits; -t sets that of processor time.'],
  umask: ['umask [-p] [-S] [mode]', 'Permissions that new files do not get.'],
  unalias: ['unalias [-a] name [name ...]', 'Removes aliases.'],
  unset: ['unset [-f] [-v] [-n] [name ...]', 'Removes variables and functions.'],
  wait: ['wait [-fn] [id ...]', 'Waits for jobs.'],
};

export function help(shell: Shell, args: readonly string[]): number {
  const letters = args.filter((arg) => /^-[dms]+$/.test(arg)).join('');
  const patterns = args.filter((arg) => arg !== '--' && !/^-[dms]+$/.test(arg));
  if (patterns.length === 0) {
    const lines = Object.values(TOPICS).map(([synopsis]) => ` ${synopsis}\n`);
    shell.write(
      1,
      `Commands of the shell; \`help name' tells more, programs answer --help.\n\n${lines.join('')}`,
    );
    return 0;
  }
  let status = 0;
  for (const pattern of patterns) {
    const exact = TOPICS[pattern];
    const names =
      exact === undefined
        ? Object.keys(TOPICS).filter((name) => name.startsWith(pattern) || matchesPattern(name, pattern))
        : [pattern];
    for (const name of names) shell.write(1, topic(name, letters));
    if (names.length > 0) continue;
    shell.complain(`help: no help topics match \`${pattern}'.  Try \`help help'.`);
    status = 1;
  }
  return status;
}

function topic(name: string, letters: string): string {
  const [synopsis = '', text = ''] = TOPICS[name] ?? [];
  if (letters.includes('d')) return `${name} - ${text}\n`;
  return `${name}: ${synopsis}\n${letters.includes('s') ? '' : `    ${text}\n`}`;
}
