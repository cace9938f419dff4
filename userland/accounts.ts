import type { FileCalls } from '../polyfills/system.ts';
import { decodeText } from './text.ts';

/** Names of users and groups from /etc/passwd and /etc/group; an unknown number is shown as itself. */
export class Accounts {
  readonly #users: Map<number, string>;
  readonly #groups: Map<number, string>;
  readonly #homes = new Map<number, string>();

  constructor(files: FileCalls) {
    this.#users = table(files, '/etc/passwd');
    this.#groups = table(files, '/etc/group');
    for (const [, , uid, , , home] of rows(files, '/etc/passwd'))
      if (uid && home) this.#homes.set(Number(uid), home);
  }

  /** Home directory of a user. */
  home(uid: number): string | undefined {
    return this.#homes.get(uid);
  }

  user(uid: number): string {
    return this.#users.get(uid) ?? String(uid);
  }
  group(gid: number): string {
    return this.#groups.get(gid) ?? String(gid);
  }
  /** The number of a user given by name or number; undefined when there is none. */
  uid(name: string): number | undefined {
    return numberOf(this.#users, name);
  }
  gid(name: string): number | undefined {
    return numberOf(this.#groups, name);
  }
}

function table(files: FileCalls, path: string): Map<number, string> {
  const names = new Map<number, string>();
  for (const [name, , number] of rows(files, path)) {
    if (name && number && !names.has(Number(number))) names.set(Number(number), name);
  }
  return names;
}

/** The fields of each line. */
function rows(files: FileCalls, path: string): string[][] {
  const content = files.readFile(path);
  return typeof content === 'number'
    ? []
    : decodeText(content)
        .split('\n')
        .map((line) => line.split(':'));
}

function numberOf(names: Map<number, string>, given: string): number | undefined {
  for (const [number, name] of names) if (name === given) return number;
  return /^\d+$/.test(given) ? Number(given) : undefined;
}
