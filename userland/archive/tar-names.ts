/** Names of members: as they are stored, matched and shown. */
import { complain } from '../files/per-file.ts';
import type { ProgramContext } from '../program/program.ts';
import { cEscape } from '../text/c-escapes.ts';

/** Says once for each kind what it takes away from names that lead out of the folder. */
export class MemberNames {
  readonly #context: ProgramContext;
  readonly #keep: boolean;
  readonly #said = new Set<string>();

  constructor(context: ProgramContext, keepAbsolute: boolean) {
    this.#context = context;
    this.#keep = keepAbsolute;
  }

  /** `/etc/x` → `etc/x`, `../../x` → `x`; nothing left is `.`. */
  safe(name: string, what: 'member names' | 'hard link targets' = 'member names'): string {
    if (this.#keep) return name;
    const prefix = /^(?:.*(?:^|\/)\.\.(?=\/|$))?\/*/.exec(name)?.[0] ?? '';
    if (prefix === '') return name;
    const key = `${prefix} ${what}`;
    if (!this.#said.has(key)) complain(this.#context, `Removing leading \`${prefix}' from ${what}`);
    this.#said.add(key);
    return name.slice(prefix.length) || '.';
  }
}

/** As tar's listings quote them: control characters and backslashes as escapes. */
export function shownName(name: string): string {
  return name.replace(/[\x00-\x1f\x7f\\]/g, (one) => (one === '\\' ? '\\\\' : cEscape(one)));
}

/** Drops `count` leading components; undefined when nothing is left. */
export function stripped(name: string, count: number): string | undefined {
  if (count === 0) return name;
  const slash = name.endsWith('/') ? '/' : '';
  const parts = name.split('/').filter((part) => part !== '');
  return parts.length > count ? parts.slice(count).join('/') + slash : undefined;
}
