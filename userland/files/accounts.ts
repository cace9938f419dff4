import type { FileCalls } from '../../polyfills/system.ts';
import { decodeText } from '../text/text.ts';

/** Users and groups of /etc/passwd and /etc/group; an unknown number is shown as itself. */
export class Accounts {
  readonly #users: Map<number, string[]>;
  readonly #groups: Map<number, string[]>;

  constructor(files: FileCalls) {
    this.#users = table(files, '/etc/passwd');
    this.#groups = table(files, '/etc/group');
  }

  /** All names, as the tables have them. */
  users(): string[] {
    return [...this.#users.values()].map((fields) => fields[NAME] ?? '');
  }
  groups(): string[] {
    return [...this.#groups.values()].map((fields) => fields[NAME] ?? '');
  }

  user(uid: number): string {
    return this.#users.get(uid)?.[NAME] ?? String(uid);
  }
  group(gid: number): string {
    return this.#groups.get(gid)?.[NAME] ?? String(gid);
  }
  /** The number of a user given by name or number; undefined when there is none. */
  uid(name: string): number | undefined {
    return numberOf(this.#users, name);
  }
  gid(name: string): number | undefined {
    return numberOf(this.#groups, name);
  }
  primaryGroup(uid: number): number | undefined {
    const gid = this.#users.get(uid)?.[GROUP];
    return gid === undefined ? undefined : Number(gid);
  }
  /** Home directory of a user. */
  home(uid: number): string | undefined {
    return this.#users.get(uid)?.[HOME];
  }
  /** All groups of a user, the primary one first. */
  groupsOf(user: string, primary: number): number[] {
    const others = [...this.#groups].filter(
      ([gid, fields]) => gid !== primary && fields[MEMBERS]?.split(',').includes(user),
    );
    return [primary, ...others.map(([gid]) => gid)];
  }
}

const NAME = 0;
const NUMBER = 2;
const GROUP = 3;
const MEMBERS = 3;
const HOME = 5;

/** The fields of each line by its number; the first of several counts. */
function table(files: FileCalls, path: string): Map<number, string[]> {
  const content = files.readFile(path);
  const rows = new Map<number, string[]>();
  if (typeof content === 'number') return rows;
  for (const line of decodeText(content).split('\n')) {
    const fields = line.split(':');
    const number = Number(fields[NUMBER] || NaN);
    if (fields[NAME] && !Number.isNaN(number) && !rows.has(number)) rows.set(number, fields);
  }
  return rows;
}

function numberOf(rows: Map<number, string[]>, given: string): number | undefined {
  for (const [number, fields] of rows) if (fields[NAME] === given) return number;
  return /^\d+$/.test(given) ? Number(given) : undefined;
}
