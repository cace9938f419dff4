/** The environment that a process starts with when no process started it. */
import { USER } from '../files/base-tree.ts';

export function environmentOf(
  workdir: string,
  cwd: string,
  added: Readonly<Record<string, string>>,
  { terminal = false } = {},
): string[] {
  const variables: Record<string, string> = {
    HOME: USER.home,
    LANG: 'en_US.UTF-8',
    LOGNAME: USER.name,
    PATH: `${workdir}/node_modules/.bin:/usr/local/bin:/usr/bin:/bin`,
    PWD: cwd,
    SHELL: '/bin/sh',
    TMPDIR: '/tmp',
    USER: USER.name,
    ...(terminal ? { TERM: 'xterm-256color', COLORTERM: 'truecolor' } : {}),
    ...added,
  };
  return Object.entries(variables).map(([name, value]) => `${name}=${value}`);
}
