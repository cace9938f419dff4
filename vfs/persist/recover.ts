/**
 * Reading a store. The newest checkpoint and its log give the state. Where that checkpoint is damaged, the one before
 * it and its whole log give the same state, and the newer log goes on from there: nothing is lost. Anything less is
 * refused, for blocks that an older state names may hold newer data.
 */
import { Committed } from './committed.ts';
import { type Head, readCheckpoint, readHead, replayLog, type ReplayReport } from './log.ts';
import type { StoreFiles } from './store-files.ts';

/** A store that is there and cannot be read: the caller says so and mounts nothing. */
export class DamagedStore extends Error {
  override readonly name = 'DamagedStore';
}

export interface Loaded {
  committed: Committed;
  head: Head;
  replay: ReplayReport;
  /** The newest checkpoint is damaged: a new one is due at once. */
  fellBack: boolean;
}

const other = (which: 0 | 1): 0 | 1 => (which ? 0 : 1);

/** undefined: the store is new. Throws DamagedStore. */
export function loadStore(files: StoreFiles, metaEnd: number, slabsAt: number): Loaded | undefined {
  const head = readHead(files.head);
  if (head === undefined) {
    if (files.head.getSize() === 0 && files.data.getSize() === 0) return undefined;
    throw new DamagedStore('both head records of the store are damaged');
  }
  const fresh = (): Committed => new Committed(metaEnd, slabsAt);
  const newest = files.checkpoints[head.checkpoint];
  const log = files.logs[head.log];

  const direct = fresh();
  if (readCheckpoint(newest, head.epoch, direct, slabsAt)) {
    return { committed: direct, head, replay: replayLog(log, head.epoch, direct), fellBack: false };
  }
  // A checkpoint that was whole before its head was written.
  const ahead = fresh();
  if (readCheckpoint(newest, head.epoch + 1, ahead, slabsAt)) {
    const next: Head = { epoch: head.epoch + 1, checkpoint: head.checkpoint, log: other(head.log) };
    return { committed: ahead, head: next, replay: { batches: 0, bytes: 0, lostBytes: 0 }, fellBack: false };
  }
  const older = fresh();
  const before = files.checkpoints[other(head.checkpoint)];
  if (!readCheckpoint(before, head.epoch - 1, older, slabsAt)) {
    throw new DamagedStore('both checkpoints of the store are damaged');
  }
  const { lostBytes } = replayLog(files.logs[other(head.log)], head.epoch - 1, older);
  if (lostBytes > 0) {
    throw new DamagedStore(
      `the newest checkpoint of the store is damaged, and ${lostBytes} bytes of the log before it`,
    );
  }
  const replay = replayLog(log, head.epoch, older);
  return { committed: older, head: { ...head, checkpoint: other(head.checkpoint) }, replay, fellBack: true };
}
