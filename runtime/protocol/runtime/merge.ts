// Copied from src/protocol/runtime/merge.ts by scripts/runtime-protocol.mjs: edit it there.
/** The three-way merge of two trees: against what both were when they last agreed, each side's changes are told apart. */
import type { ManifestEntry } from './files.ts';

/** What an entry is, as one comparable text: kind, executable bit, contents. Times and other mode bits are no change. */
export function entryVersion(entry: ManifestEntry): string {
  if (entry.kind === 'file') return `file:${(entry.mode & 0o100) === 0 ? '-' : 'x'}:${entry.sha256}`;
  return entry.kind === 'symlink' ? `symlink:${entry.target}` : 'directory';
}

/** Path to version. */
export type Versions = ReadonlyMap<string, string>;

export interface MergePlan {
  /** Changed here alone: the other side takes it, or deletes what is gone here. */
  readonly push: string[];
  /** Changed there alone: this side takes it, or deletes what is gone there. */
  readonly pull: string[];
  /** Changed on both sides, differently. */
  readonly conflicts: string[];
}

/** A change wins over a deletion on the other side: nothing that was worked on is lost. */
export function planMerge(base: Versions, local: Versions, remote: Versions): MergePlan {
  const plan: MergePlan = { push: [], pull: [], conflicts: [] };
  for (const path of new Set([...local.keys(), ...remote.keys()])) {
    const here = local.get(path);
    const there = remote.get(path);
    if (here === there) continue;
    const before = base.get(path);
    if (here === before) plan.pull.push(path);
    else if (there === before) plan.push.push(path);
    else if (here === undefined) plan.pull.push(path);
    else if (there === undefined) plan.push.push(path);
    else plan.conflicts.push(path);
  }
  return plan;
}

const HASH_DIGITS = 8;

/** Where the losing side of a conflict is kept: named by its contents, so that it is kept once however often it is met. */
export function conflictName(path: string, sha256: string): string {
  const slash = path.lastIndexOf('/') + 1;
  const dot = path.indexOf('.', slash + 1);
  const at = dot === -1 ? path.length : dot;
  return `${path.slice(0, at)}.conflict-${sha256.slice(0, HASH_DIGITS)}${path.slice(at)}`;
}
