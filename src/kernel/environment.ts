/** The environment that a process of the page starts with. */
import type { KernelBoot, PageSpawn } from '../protocol/container.ts';
import { USER } from './base-tree.ts';

export function environment({ workdir }: KernelBoot, request: PageSpawn): string[] {
  const variables: Record<string, string> = {
    HOME: USER.home,
    LANG: 'en_US.UTF-8',
    LOGNAME: USER.name,
    PATH: `${workdir}/node_modules/.bin:/usr/local/bin:/usr/bin:/bin`,
    PWD: request.cwd,
    SHELL: '/bin/sh',
    TMPDIR: '/tmp',
    USER: USER.name,
    ...(request.terminal ? { TERM: 'xterm-256color', COLORTERM: 'truecolor' } : {}),
    ...request.env,
  };
  return Object.entries(variables).map(([name, value]) => `${name}=${value}`);
}
