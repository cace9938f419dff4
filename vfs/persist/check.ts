/** Looks at a store without changing it: whether it mounts, whether its structure is sound, whether its data can be there. */
import { fsck } from '../fsck.ts';
import { format } from '../format.ts';
import { DISK_BLOCK_BYTES, Inode, Super } from '../layout.ts';
import { S_IFMT, S_IFREG } from '../mode.ts';
import { get, Volume } from '../volume.ts';
import { runBlock, runLength } from './disk-space.ts';
import { freeNameless, install, slabsAtOf } from './mount.ts';
import { DamagedStore, type Loaded, loadStore } from './recover.ts';
import type { StoreFiles } from './store-files.ts';

export interface StoreReport {
  /** What is wrong; none: the store is sound. */
  errors: string[];
  inodes: number;
  entries: number;
  /** Bytes of file data on disk. */
  dataBytes: number;
  /** Bytes at the end of the log that a crash has cut short, or that are damaged: the next mount drops them. */
  lostBytes: number;
  /** The newest checkpoint is damaged; the one before it and its log give the same state. */
  fellBack: boolean;
  /** Files that were open and nameless at the end: the next mount frees them. */
  nameless: number;
}

/** More pages than any store's metadata need: stores of every size are read. */
const PAGES = 65_536;
const PAGE_BYTES = 65_536;
const ERRORS_MAX = 50;

export function checkStore(files: StoreFiles): StoreReport {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: PAGES, shared: true });
  format(memory, { capacityBytes: PAGES * PAGE_BYTES });
  const volume = new Volume(memory, {});
  const slabsAt = slabsAtOf(volume.words);
  const report: StoreReport = {
    errors: [],
    inodes: 0,
    entries: 0,
    dataBytes: 0,
    lostBytes: 0,
    fellBack: false,
    nameless: 0,
  };
  let loaded: Loaded | undefined;
  try {
    loaded = loadStore(files, get(volume.words, Super.metaEnd), slabsAt);
  } catch (error) {
    if (!(error instanceof DamagedStore)) throw error;
    return { ...report, errors: [error.message] };
  }
  if (loaded === undefined) return report;
  report.lostBytes = loaded.replay.lostBytes;
  report.fellBack = loaded.fellBack;
  checkRuns(files, loaded, report);
  // Runs that overlap cannot be put in place: the structure is looked at where the data are sound.
  if (report.errors.length > 0) return report;
  install(volume, loaded.committed, slabsAt);
  report.nameless = freeNameless(volume);
  const { errors, inodes, entries } = fsck(volume);
  return { ...report, errors: [...report.errors, ...errors], inodes, entries };
}

/** Every run of the data file is within it and belongs to one file, which is a plain one. */
function checkRuns(files: StoreFiles, { committed }: Loaded, report: StoreReport): void {
  const fail = (message: string): void => {
    if (report.errors.length < ERRORS_MAX) report.errors.push(message);
  };
  const blocks = Math.ceil(files.data.getSize() / DISK_BLOCK_BYTES);
  const owners = new Map<number, number>();
  for (const [inode, map] of committed.maps) {
    const mode = committed.words[inode + Inode.mode] as number;
    if (map.some((run) => run !== 0) && (mode & S_IFMT) !== S_IFREG)
      fail(`inode ${inode} has data and is no file`);
    for (const run of map) {
      if (run === 0) continue;
      const [first, length] = [runBlock(run), runLength(run)];
      report.dataBytes += length * DISK_BLOCK_BYTES;
      if (first + length > blocks) fail(`inode ${inode} has data beyond the end of the data file`);
      for (let block = first; block < first + length; block++) {
        const other = owners.get(block);
        if (other !== undefined) fail(`block ${block} belongs to inode ${other} and to ${inode}`);
        owners.set(block, inode);
      }
    }
  }
}
