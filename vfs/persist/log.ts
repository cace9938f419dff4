/**
 * The log, the checkpoints and the head record on disk.
 *
 * A batch of the log: magic, epoch, words that follow the header, checksum, pairs from the ring (as records), pairs
 * of the data's own, triples of the maps. A batch counts only when it is whole; what follows a torn one is lost.
 */
import { Bytes, imul, Words } from '../intrinsics.ts';
import { type Committed, PERSISTENT_WORDS } from './committed.ts';
import { type StoreFile, type StoreFiles, writeWhole } from './store-files.ts';
import { Super } from '../layout.ts';

const BATCH_MAGIC = 0x0ac_10c01;
const HEAD_MAGIC = 0x0ac_4ead1;
const CHECKPOINT_MAGIC = 0x0ac_c4ec1;
/** magic, epoch, words, checksum, ring words, direct pairs, triples, spare */
const HEADER_WORDS = 8;
const HEAD_WORDS = 5;
/**
 * Of what is on disk: these records, and the words of inodes, entries and cells that they carry. It stands in the head
 * record above the number of the checkpoint; 0 is of stores that were made before it was written, and is the first.
 */
export const STORE_VERSION = 1;
const VERSION_SHIFT = 8;
/** Each head record on a block of its own: writing one never tears the other. */
const HEAD_SPACING_BYTES = 4096;
const READ_WORDS = 1 << 18;

/** Two running sums over the words: position counts, a flipped bit shows. */
export function checksum(words: Int32Array, from: number, count: number): number {
  let a = 0x9dc5 ^ count;
  let b = 0x811c9dc5 | 0;
  for (let index = from; index < from + count; index++) {
    a = imul(a ^ (words[index] as number), 0x01000193);
    a ^= a >>> 15;
    b = (b + a) | 0;
    b = imul(b ^ (b >>> 13), 0x5bd1e995);
  }
  return a ^ b;
}

const bytesOf = (words: Int32Array): Uint8Array =>
  new Bytes(words.buffer, words.byteOffset, words.byteLength);

export interface Head {
  epoch: number;
  checkpoint: 0 | 1;
  log: 0 | 1;
}

/** A store that another version has made. Nothing of it is touched. */
export class OtherStoreVersion extends Error {
  override readonly name = 'OtherStoreVersion';
}

/** undefined: there is none, or none that is whole. Throws OtherStoreVersion. */
export function readHead(file: StoreFile): Head | undefined {
  let best: (Head & { version: number }) | undefined;
  for (const at of [0, HEAD_SPACING_BYTES]) {
    const record = new Words(HEAD_WORDS);
    if (file.read(bytesOf(record), { at }) < record.byteLength) continue;
    if (record[0] !== HEAD_MAGIC || record[4] !== checksum(record, 0, 4)) continue;
    const epoch = record[1] as number;
    if (best && epoch <= best.epoch) continue;
    const [, , mixed = 0, log] = record;
    best = { epoch, checkpoint: mixed & 1 ? 1 : 0, log: log ? 1 : 0, version: mixed >>> VERSION_SHIFT || 1 };
  }
  if (best === undefined) return undefined;
  const { version, ...head } = best;
  if (version === STORE_VERSION) return head;
  throw new OtherStoreVersion(
    `the store is of version ${version}, and this release reads version ${STORE_VERSION}`,
  );
}

export function writeHead(file: StoreFile, head: Head): void {
  const mixed = head.checkpoint | (STORE_VERSION << VERSION_SHIFT);
  const record = Words.from([HEAD_MAGIC, head.epoch, mixed, head.log, 0]);
  record[4] = checksum(record, 0, 4);
  writeWhole(file, bytesOf(record), (head.epoch & 1) * HEAD_SPACING_BYTES);
  file.flush();
}

/** What a cycle of the storage worker commits at once. */
export interface Batch {
  /** Records of the redo ring. */
  ring: Int32Array;
  /** Pairs (word, value). */
  direct: number[];
  /** Triples (inode, chunk, run). */
  maps: number[];
}

export function encodeBatch(batch: Batch, epoch: number): Int32Array {
  const words = new Words(HEADER_WORDS + batch.ring.length + batch.direct.length + batch.maps.length);
  words.set(batch.ring, HEADER_WORDS);
  words.set(batch.direct, HEADER_WORDS + batch.ring.length);
  words.set(batch.maps, HEADER_WORDS + batch.ring.length + batch.direct.length);
  words[0] = BATCH_MAGIC;
  words[1] = epoch;
  words[2] = words.length - HEADER_WORDS;
  words[4] = batch.ring.length;
  words[5] = batch.direct.length / 2;
  words[6] = batch.maps.length / 3;
  words[3] = checksum(words, 4, words.length - 4);
  return words;
}

/** Applies an encoded batch. */
export function applyBatch(committed: Committed, words: Int32Array, freed: number[]): void {
  let at = HEADER_WORDS;
  const ringEnd = at + (words[4] as number);
  while (at < ringEnd) {
    const pairs = words[at] as number;
    committed.applyPairs(words, at + 2, pairs, freed);
    at += 2 + 2 * pairs;
  }
  const direct = words[5] as number;
  committed.applyPairs(words, at, direct, freed);
  committed.applyMaps(words, at + 2 * direct, words[6] as number, freed);
}

export interface ReplayReport {
  batches: number;
  bytes: number;
  /** Bytes after the last whole batch: a commit that a crash cut short, or damage. */
  lostBytes: number;
}

export function replayLog(file: StoreFile, epoch: number, committed: Committed): ReplayReport {
  const size = file.getSize();
  const report: ReplayReport = { batches: 0, bytes: 0, lostBytes: 0 };
  const header = new Words(HEADER_WORDS);
  for (let at = 0; ;) {
    report.bytes = at;
    report.lostBytes = size - at;
    if (file.read(bytesOf(header), { at }) < header.byteLength) return report;
    const count = header[2] as number;
    const end = at + (HEADER_WORDS + count) * 4;
    if (header[0] !== BATCH_MAGIC || header[1] !== epoch || count < 0 || end > size) return report;
    const words = new Words(HEADER_WORDS + count);
    file.read(bytesOf(words), { at });
    if (checksum(words, 4, words.length - 4) !== words[3]) return report;
    applyBatch(committed, words, []);
    report.batches++;
    at = end;
  }
}

/** Writes the whole state into the other checkpoint and empties the other log. → the head that makes them the valid ones */
export function writeCheckpoint(
  files: StoreFiles,
  committed: Committed,
  slabsAt: number,
  before: Head,
): Head {
  const epoch = before.epoch + 1;
  const checkpoint = before.checkpoint ? 0 : 1;
  const log = before.log ? 0 : 1;
  const file = files.checkpoints[checkpoint];
  const metaHigh = committed.words[Super.metaHigh] as number;
  const mapWords: number[] = [];
  for (const [inode, map] of committed.maps) mapWords.push(inode, map.length, ...map);
  const fixed = PERSISTENT_WORDS.map((word) => committed.words[word] as number);
  const maps = Words.from(mapWords);
  const slabs = committed.words.subarray(slabsAt, metaHigh);
  const header = Words.from([CHECKPOINT_MAGIC, epoch, slabsAt, metaHigh, maps.length, 0, ...fixed]);
  header[5] =
    checksum(slabs, 0, slabs.length) ^ checksum(maps, 0, maps.length) ^ checksum(header, 6, fixed.length);
  file.truncate(0);
  try {
    writeWhole(file, bytesOf(header), 0);
    writeWhole(file, bytesOf(slabs), header.byteLength);
    writeWhole(file, bytesOf(maps), header.byteLength + slabs.byteLength);
    file.flush();
  } catch (error) {
    file.truncate(0); // half a checkpoint only takes room
    throw error;
  }
  files.logs[log].truncate(0);
  files.logs[log].flush();
  return { epoch, checkpoint, log };
}

/** Reads a checkpoint. False when it is damaged, or too large for this memory. */
export function readCheckpoint(
  file: StoreFile,
  epoch: number,
  committed: Committed,
  slabsAt: number,
): boolean {
  const header = new Words(6 + PERSISTENT_WORDS.length);
  if (file.read(bytesOf(header), { at: 0 }) < header.byteLength) return false;
  const metaHigh = header[3] as number;
  if (header[0] !== CHECKPOINT_MAGIC || header[1] !== epoch || header[2] !== slabsAt) return false;
  if (metaHigh < slabsAt || metaHigh > committed.words.length) return false;
  const mapCount = header[4] as number;
  if (mapCount < 0 || mapCount * 4 > file.getSize()) return false;
  const slabs = committed.words.subarray(slabsAt, metaHigh);
  const maps = new Words(mapCount);
  readWhole(file, slabs, header.byteLength);
  readWhole(file, maps, header.byteLength + slabs.byteLength);
  const sum =
    checksum(slabs, 0, slabs.length) ^
    checksum(maps, 0, maps.length) ^
    checksum(header, 6, PERSISTENT_WORDS.length);
  if (sum !== header[5]) return false;
  PERSISTENT_WORDS.forEach((word, index) => (committed.words[word] = header[6 + index] as number));
  for (let at = 0; at < maps.length;) {
    const length = maps[at + 1] as number;
    committed.maps.set(maps[at] as number, [...maps.subarray(at + 2, at + 2 + length)]);
    at += 2 + length;
  }
  return true;
}

function readWhole(file: StoreFile, into: Int32Array, at: number): void {
  for (let done = 0; done < into.length; done += READ_WORDS) {
    file.read(bytesOf(into.subarray(done, done + READ_WORDS)), { at: at + done * 4 });
  }
}
