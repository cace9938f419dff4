/** Where the container's project folder is on the runtime, and what of a command's words and variables has to change there. */

/** What the seeds of the runtime call its workspace, and programs may too: the same folder as the project. */
const WORKSPACE_ALIAS = '/workspace';
/** The container's own; the runtime has such of its own. */
const OWN_VARIABLES = new Set([
  'HOME',
  'LOGNAME',
  'OLDPWD',
  'PATH',
  'PWD',
  'SHELL',
  'SHLVL',
  'TMPDIR',
  'USER',
  '_',
]);
const OWN_PREFIX = /^(npm_config_|MHNOS_)/i;

export class RemotePaths {
  readonly #workdir: string;
  /** Below the workspace; '' is the workspace itself. */
  readonly folder: string;
  readonly #root: string;

  constructor(workdir: string, workspace: string, folder: string) {
    this.#workdir = workdir;
    this.folder = folder;
    this.#root = folder === '' ? workspace : `${workspace}/${folder}`;
  }

  /** The folder in which a process starts, relative to the workspace; undefined for one that the runtime has not. */
  folderOf(cwd: string): string | undefined {
    const below = this.#below(cwd, this.#workdir) ?? this.#below(cwd, WORKSPACE_ALIAS);
    if (below === undefined) return undefined;
    return `${this.folder}${below}`.replace(/^\//, '');
  }

  /** A word of a command line: a path of the container becomes the runtime's. */
  word(word: string): string {
    const [, option = '', path = word] = /^(--?[\w-]+=)(\/.*)$/s.exec(word) ?? [];
    const below = this.#below(path, this.#workdir) ?? this.#below(path, WORKSPACE_ALIAS);
    return below === undefined ? word : `${option}${this.#root}${below}`;
  }

  /** The variables that go along. */
  variables(env: readonly string[]): Record<string, string> {
    const variables: Record<string, string> = {};
    for (const entry of env) {
      const equals = entry.indexOf('=');
      const name = entry.slice(0, equals);
      if (equals < 1 || OWN_VARIABLES.has(name) || OWN_PREFIX.test(name)) continue;
      variables[name] = this.word(entry.slice(equals + 1));
    }
    return variables;
  }

  #below(path: string, root: string): string | undefined {
    return path === root || path.startsWith(`${root}/`) ? path.slice(root.length) : undefined;
  }
}
