import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import git, { type CommitObject, Errors } from 'isomorphic-git';
import { GitFailure } from './failure.ts';

export interface Person {
  readonly name: string;
  readonly email: string;
  readonly timestamp: number;
  readonly timezoneOffset: number;
}

/** `name.sub.key` of a config file's text, the last that is set. */
function configValue(text: string, wanted: string): string | undefined {
  let section = '';
  let found: string | undefined;
  for (const line of text.split('\n')) {
    const head = /^\s*\[\s*([\w.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]/.exec(line);
    if (head)
      section =
        head[2] === undefined ? (head[1] ?? '').toLowerCase() : `${(head[1] ?? '').toLowerCase()}.${head[2]}`;
    const entry = /^\s*([\w-]+)\s*(?:=\s*(.*?)\s*)?$/.exec(line.replace(/^\s*\[.*?\]/, ''));
    if (entry && `${section}.${(entry[1] ?? '').toLowerCase()}` === wanted)
      found = (entry[2] ?? 'true').replace(/^"(.*)"$/, '$1');
  }
  return found;
}

/** A repository's folder, and what isomorphic-git is called with. */
export class Repository {
  readonly fs = fs;
  readonly dir: string;
  readonly gitdir: string;
  /** Objects and index stay parsed between calls. */
  readonly cache = {};
  /** Where the command runs, relative to the root; '' there. */
  readonly prefix: string;
  readonly overrides: ReadonlyMap<string, string>;

  private constructor(dir: string, cwd: string, overrides: ReadonlyMap<string, string>) {
    this.dir = dir;
    this.gitdir = path.join(dir, '.git');
    this.prefix = path.relative(dir, cwd);
    this.overrides = overrides;
  }

  static async find(overrides: ReadonlyMap<string, string>): Promise<Repository> {
    const cwd = fs.realpathSync(process.cwd());
    try {
      return new Repository(await git.findRoot({ fs, filepath: cwd }), cwd, overrides);
    } catch {
      throw new GitFailure('not a git repository (or any of the parent directories): .git');
    }
  }

  static at(dir: string, overrides: ReadonlyMap<string, string>): Repository {
    return new Repository(dir, dir, overrides);
  }

  get args(): { fs: typeof fs; dir: string; gitdir: string; cache: object } {
    return { fs: this.fs, dir: this.dir, gitdir: this.gitdir, cache: this.cache };
  }

  /** A path of the command line, from the root. */
  inside(given: string): string {
    const relative = path.relative(this.dir, path.resolve(this.dir, this.prefix, given));
    if (relative.startsWith('..'))
      throw new GitFailure(`${given}: '${given}' is outside repository at '${this.dir}'`);
    return relative === '' ? '.' : relative;
  }

  /** A path from the root, as it is shown where the command runs. */
  outside(file: string): string {
    return path.relative(this.prefix, file) + (file.endsWith('/') ? '/' : '');
  }

  async config(name: string): Promise<string | undefined> {
    const key = name.toLowerCase();
    const given = this.overrides.get(key);
    if (given !== undefined) return given;
    const own = (await git.getConfig({ ...this.args, path: name })) as unknown;
    return own === undefined ? globalConfig(name) : String(own);
  }

  async person(kind: 'AUTHOR' | 'COMMITTER'): Promise<Person> {
    const name = process.env[`GIT_${kind}_NAME`] ?? (await this.config('user.name'));
    const email = process.env[`GIT_${kind}_EMAIL`] ?? (await this.config('user.email'));
    if (name === undefined || email === undefined)
      throw new GitFailure(
        '\n*** Please tell me who you are.\n\nRun\n\n  git config --global user.email "you@example.com"\n  git config --global user.name "Your Name"\n\n' +
          "to set your account's default identity.\nOmit --global to set the identity only in this repository.\n\nfatal: unable to auto-detect email address",
        128,
        'Author identity unknown\n',
      );
    const date = process.env[`GIT_${kind}_DATE`];
    const timestamp = date === undefined ? Math.floor(Date.now() / 1000) : parseGitDate(date);
    const zone = /([+-])(\d\d)(\d\d)$/.exec(date ?? '');
    const timezoneOffset = zone
      ? (zone[1] === '+' ? -1 : 1) * (Number(zone[2]) * 60 + Number(zone[3]))
      : new Date().getTimezoneOffset();
    return { name, email, timestamp, timezoneOffset: timezoneOffset === 0 ? 0 : timezoneOffset };
  }

  async branch(): Promise<string | undefined> {
    return (await git.currentBranch({ ...this.args })) ?? undefined;
  }

  async head(): Promise<string | undefined> {
    return await this.tryResolve('HEAD');
  }

  /** A name of a commit or object → its id: HEAD~2, branch^, tag, abc123. */
  async resolve(name: string): Promise<string> {
    const oid = await this.tryResolve(name);
    if (oid !== undefined) return oid;
    throw new GitFailure(
      `ambiguous argument '${name}': unknown revision or path not in the working tree.\n` +
        "Use '--' to separate paths from revisions, like this:\n'git <command> [<revision>...] -- [<file>...]'",
    );
  }

  async tryResolve(name: string): Promise<string | undefined> {
    const match = /^(.*?)((?:\^\{\w*\}|\^\d*|~\d*)*)$/.exec(name);
    let oid = await this.#base(match?.[1] === '' || match?.[1] === '@' ? 'HEAD' : (match?.[1] ?? ''));
    for (const [step] of (match?.[2] ?? '').matchAll(/\^\{\w*\}|\^\d*|~\d*/g)) {
      if (oid === undefined) return undefined;
      if (step.startsWith('^{')) {
        oid =
          step === '^{tree}'
            ? (await this.commit(oid)).tree
            : (await git.readCommit({ ...this.args, oid })).oid;
        continue;
      }
      const number = step.length > 1 ? Number(step.slice(1)) : 1;
      for (let count = step.startsWith('~') ? number : 1; count > 0 && oid !== undefined; count--) {
        if (number === 0) break;
        const { parent }: CommitObject = await this.commit(oid);
        oid = parent[step.startsWith('~') ? 0 : number - 1];
      }
    }
    return oid;
  }

  async #base(name: string): Promise<string | undefined> {
    try {
      return await git.resolveRef({ ...this.args, ref: name });
    } catch (error) {
      if (!(error instanceof Errors.NotFoundError)) throw error;
    }
    if (/^[0-9a-f]{40}$/.test(name)) return name;
    if (!/^[0-9a-f]{4,39}$/.test(name)) return undefined;
    try {
      return await git.expandOid({ ...this.args, oid: name });
    } catch {
      return undefined;
    }
  }

  async commit(oid: string): Promise<CommitObject> {
    return (await git.readCommit({ ...this.args, oid })).commit;
  }

  /** A file's content in a commit or tree; undefined when it is not there. */
  async blobAt(oid: string, filepath: string): Promise<Uint8Array | undefined> {
    try {
      return (await git.readBlob({ ...this.args, oid, filepath })).blob;
    } catch {
      return undefined;
    }
  }
}

export function globalConfigFile(): string {
  return process.env['GIT_CONFIG_GLOBAL'] ?? path.join(process.env['HOME'] ?? os.homedir(), '.gitconfig');
}

export function globalConfig(name: string): string | undefined {
  try {
    return configValue(fs.readFileSync(globalConfigFile(), 'utf8'), normalName(name));
  } catch {
    return undefined;
  }
}

function normalName(name: string): string {
  const parts = name.split('.');
  const last = parts.pop() ?? '';
  const [section = '', ...sub] = parts;
  return [section.toLowerCase(), ...sub, last.toLowerCase()].join('.');
}

export const shortId = (oid: string): string => oid.slice(0, 7);

function parseGitDate(text: string): number {
  const raw = /^@?(\d+)(?: [+-]\d{4})?$/.exec(text);
  const seconds = raw ? Number(raw[1]) : Math.floor(Date.parse(text) / 1000);
  if (Number.isNaN(seconds)) throw new GitFailure(`invalid date format: ${text}`);
  return seconds;
}
