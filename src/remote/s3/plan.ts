/** What has to move between a tree here and the objects of the store: three-way, against what both were when they last agreed. */
import type { ManifestEntry } from '../../protocol/runtime/files.ts';
import { entryVersion } from '../../protocol/runtime/merge.ts';
import type { StoredObject } from './store.ts';

export type FileEntry = Extract<ManifestEntry, { kind: 'file' }>;

/** What a file and its object were when they last were the same. */
export interface Agreed {
  readonly etag: string;
  readonly version: string;
}

/** By path of the tree; keys are such paths, below a prefix. */
export interface Sides {
  readonly here: ReadonlyMap<string, FileEntry>;
  readonly there: ReadonlyMap<string, StoredObject>;
  readonly agreed: ReadonlyMap<string, Agreed>;
}

export type Direction = 'push' | 'pull' | 'both';

export interface Plan {
  readonly push: string[];
  readonly pull: string[];
  readonly deleteThere: string[];
  readonly deleteHere: string[];
  /** Changed on both sides, as far as can be told without looking at the object itself. */
  readonly both: string[];
  /** Gone on both sides. */
  readonly forget: string[];
  same: number;
}

/** A change wins over a deletion on the other side. What another direction would do is left for it. */
export function planTransfer({ here, there, agreed }: Sides, direction: Direction): Plan {
  const plan: Plan = { push: [], pull: [], deleteThere: [], deleteHere: [], both: [], forget: [], same: 0 };
  const [up, down] = [direction !== 'pull', direction !== 'push'];
  for (const path of new Set([...here.keys(), ...there.keys(), ...agreed.keys()])) {
    const [file, object, before] = [here.get(path), there.get(path), agreed.get(path)];
    const changedHere = (file === undefined ? undefined : entryVersion(file)) !== before?.version;
    const changedThere = object?.etag !== before?.etag;
    if (file === undefined && object === undefined) plan.forget.push(path);
    else if (!changedHere && !changedThere) plan.same++;
    else if (file !== undefined && object !== undefined && changedHere && changedThere) plan.both.push(path);
    else if (changedHere && file !== undefined) (up ? plan.push : []).push(path);
    else if (changedThere && object !== undefined) (down ? plan.pull : []).push(path);
    else if (file === undefined) (up ? plan.deleteThere : []).push(path);
    else (down ? plan.deleteHere : []).push(path);
  }
  return plan;
}
