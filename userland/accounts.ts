import type { FileCalls } from '../polyfills/system.ts';
import { decodeText } from './text.ts';

/** Names of users and groups from /etc/passwd and /etc/group; an unknown number is shown as itself. */
export class Accounts {
  readonly #users: Map<number, string>;
  readonly #groups: Map<number, string>;

  constructor(files: FileCalls) {
    this.#users = table(files, '/etc/passwd');
    this.#groups = table(files, '/etc/group');
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
  const content = files.readFile(path);
  const names = new Map<number, string>();
  if (typeof content === 'number') return names;
  for (const line of decodeText(content).split('\n')) {
    const [name, , number] = line.split(':');
    if (name && number && !names.has(Number(number))) names.set(Number(number), name);
  }
  return names;
}

function numberOf(names: Map<number, string>, given: string): number | undefined {
  for (const [number, name] of names) if (name === given) return number;
  return /^\d+$/.test(given) ? Number(given) : undefined;
}
