/** Attributes of what has no inode: pipes, terminals and devices, in the order of Node's statValues. */
import { StatField, type StatTarget, type TimeSpec } from '../../../vfs/file-system.ts';
import type { TreeChange, TreeTimes } from '../../protocol/trees.ts';

export const FileType = { fifo: 0o010000, character: 0o020000, socket: 0o140000 } as const;

const NativeBigInt = BigInt;
const isBig = (target: StatTarget): target is BigInt64Array => target instanceof BigInt64ArrayConstructor;
const BigInt64ArrayConstructor = BigInt64Array;

export interface Attributes {
  mode: number;
  rdev: number;
  ino: number;
  uid: number;
  gid: number;
  timeMs: number;
  size?: number;
  nlink?: number;
  times?: TreeTimes;
}

export function fillStat(out: StatTarget, at: number, attributes: Attributes): void {
  const put = (field: number, value: number): void => {
    if (isBig(out)) out[at + field] = NativeBigInt(value);
    else out[at + field] = value;
  };
  for (let field = 0; field < StatField.count; field++) put(field, 0);
  put(StatField.dev, 14);
  put(StatField.mode, attributes.mode);
  put(StatField.nlink, attributes.nlink ?? 1);
  put(StatField.size, attributes.size ?? 0);
  put(StatField.blocks, ((attributes.size ?? 0) + 511 - (((attributes.size ?? 0) + 511) % 512)) / 512);
  put(StatField.uid, attributes.uid);
  put(StatField.gid, attributes.gid);
  put(StatField.rdev, attributes.rdev);
  put(StatField.blksize, 4096);
  put(StatField.ino, attributes.ino);
  const { timeMs, times } = attributes;
  const putTime = (field: number, ms: number): void => {
    const rest = ((ms % 1000) + 1000) % 1000;
    put(field, (ms - rest) / 1000);
    put(field + 1, rest * 1e6 - ((rest * 1e6) % 1));
  };
  putTime(StatField.atimeSec, times?.atimeMs ?? timeMs);
  putTime(StatField.mtimeSec, timeMs);
  putTime(StatField.ctimeSec, times?.ctimeMs ?? timeMs);
  putTime(StatField.birthtimeSec, times?.birthtimeMs ?? timeMs);
}

export function fillSpace(out: StatTarget, figures: readonly number[]): void {
  for (let field = 0; field < figures.length; field++) {
    const value = figures[field] ?? 0;
    if (isBig(out)) out[field] = NativeBigInt(value);
    else out[field] = value;
  }
}

const now = Date.now;

/** Times as they cross to the kernel. */
export function timesOf(atime: TimeSpec, mtime: TimeSpec): TreeChange {
  return { call: 'utimes', atimeMs: timeMs(atime), mtimeMs: timeMs(mtime) };
}

function timeMs(time: TimeSpec): number | null {
  if (time === 'omit') return null;
  return time === 'now' ? now() : time.seconds * 1000 + time.nanoseconds / 1e6;
}
