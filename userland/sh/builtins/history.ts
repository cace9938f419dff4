import type { Shell } from '../shell.ts';
import { runText } from './flow.ts';

const USAGE_ERROR = 2;
const SHOWN = 16;

export function history(shell: Shell, args: readonly string[]): number {
  const [option] = args;
  if (option === '-c') {
    shell.history.length = 0;
    return 0;
  }
  if (option === '-d') {
    shell.history.splice(Number(args[1]) - 1, 1);
    return 0;
  }
  if (option?.startsWith('-') && !/^-[anrwps]/.test(option)) {
    shell.complain(`history: ${option}: invalid option`);
    return USAGE_ERROR;
  }
  if (option === '-s') {
    shell.history.push(args.slice(1).join(' '));
    return 0;
  }
  const count = option === undefined || option.startsWith('-') ? shell.history.length : Number(option);
  if (Number.isNaN(count)) {
    shell.complain(`history: ${option}: numeric argument required`);
    return 1;
  }
  const from = Math.max(0, shell.history.length - count);
  shell.write(
    1,
    shell.history
      .slice(from)
      .map((line, at) => `${String(from + at + 1).padStart(5)}  ${line}\n`)
      .join(''),
  );
  return 0;
}

/** `fc -l`, `fc -s`: listing and repeating; editing in an editor is not offered. */
export function fc(shell: Shell, args: readonly string[]): number {
  const repeat = args.includes('-s');
  const list = args.includes('-l');
  if (!repeat && !list) {
    shell.complain('fc: only -l (list) and -s (repeat) are supported');
    return USAGE_ERROR;
  }
  const words = args.filter((arg) => !/^-[lnrs]+$/.test(arg));
  if (repeat) {
    const wanted = words.at(-1);
    const line = shell.history
      .slice(0, -1)
      .findLast((entry) => wanted === undefined || entry.startsWith(wanted));
    if (line === undefined) {
      shell.complain('fc: no command found');
      return 1;
    }
    shell.write(2, `${line}\n`);
    return runText(shell, { text: line, name: shell.source.name, firstLine: shell.line });
  }
  const numbered = shell.history.map((line, at) => `${at + 1}\t ${line}\n`);
  shell.write(1, numbered.slice(-SHOWN).join(''));
  return 0;
}

export function help(shell: Shell): number {
  shell.write(
    1,
    `A POSIX shell with bash's syntax. Builtins:

  : . [ alias bg break cd command continue declare dirs disown echo eval exec exit export false fc fg getopts
  hash help history jobs kill let local mapfile popd printf pushd pwd read readonly return set shift shopt
  source test times trap true type typeset ulimit umask unalias unset wait

Programs are in /usr/bin; each prints its options with --help.
`,
  );
  return 0;
}
