/** The workers of the store's tests: storage, writers that sync, and one that verifies. */
import { attach } from '../../../vfs/attach.ts';
import { fsck } from '../../../vfs/fsck.ts';
import { O_CREAT, O_RDWR } from '../../../vfs/mode.ts';
import { openOpfsStore, type StoreDirectory } from '../../../vfs/persist/opfs.ts';
import { runStorage } from '../../../vfs/persist/worker.ts';
import { makeCrashContent } from '../../contract/vfs/crash-content.ts';
import { StressProgram } from '../../contract/vfs/stress-program.ts';

export interface WorkerOrder {
  role: 'storage' | 'writer' | 'verify' | 'stress';
  memory: WebAssembly.Memory;
  slot: number;
  seed: number;
  /** path → length and seed, for `verify`. */
  synced?: Record<string, [number, number]>;
}

const STORE = 'store';
const FILES = 20;
const OPERATIONS = 15_000;

async function serveStore({ memory, slot }: WorkerOrder): Promise<void> {
  const root = await navigator.storage.getDirectory();
  const directory = await root.getDirectoryHandle(STORE, { create: true });
  const files = await openOpfsStore(directory as unknown as StoreDirectory);
  runStorage({
    memory,
    files,
    settings: { processSlot: slot },
    clock: () => performance.now(),
    mounted: (report) => postMessage({ mounted: report }),
  });
  postMessage({ stopped: true });
}

function write({ memory, slot, seed }: WorkerOrder): never {
  const fs = attach(memory, { processSlot: slot });
  let random = seed;
  const next = (below: number): number => {
    random = (Math.imul(random, 1103515245) + 12345) & 0x7fffffff;
    return (random >>> 8) % below;
  };
  fs.mkdir(`/w${slot}`, 0o755);
  for (;;) {
    const path = `/w${slot}/f${next(FILES)}`;
    const fileSeed = next(1 << 20);
    const content = makeCrashContent(next(4) ? next(9000) : next(400_000), fileSeed);
    const ofd = fs.open(`${path}.new`, O_RDWR | O_CREAT, 0o644);
    fs.ftruncate(ofd, 0);
    fs.write(ofd, content, 0);
    fs.rename(`${path}.new`, path);
    if (fs.fsync(ofd, false) === 0) postMessage({ synced: [path, content.length, fileSeed] });
    fs.close(ofd);
    for (let index = 0; index < 5; index++)
      fs.writeFile(`/w${slot}/scratch${next(50)}`, content, 0o1101, 0o644);
    fs.unlink(`/w${slot}/scratch${next(50)}`);
  }
}

/** → structure's errors, files lost, files of another version than the last synced */
function verify({ memory, slot, synced = {} }: WorkerOrder): object {
  const fs = attach(memory, { processSlot: slot });
  const lost: string[] = [];
  const other: string[] = [];
  for (const [path, [length, seed]] of Object.entries(synced)) {
    const content = fs.readFile(path);
    if (typeof content === 'number') lost.push(path);
    else if (!equals(content, makeCrashContent(length, seed))) {
      other.push(path);
      const whole = makeCrashContent(content.length, content[0] ?? 0);
      if (content.length > 0 && !equals(content, whole)) lost.push(path);
    }
  }
  return { errors: fsck(fs.volume).errors, lost, other };
}

function equals(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}

addEventListener('message', (event: MessageEvent<WorkerOrder>) => {
  const order = event.data;
  const failed = (error: unknown): void =>
    postMessage({
      failed: error instanceof Error ? `${error.name}: ${error.stack ?? error.message}` : String(error),
    });
  try {
    if (order.role === 'storage') void serveStore(order).catch(failed);
    else if (order.role === 'writer') write(order);
    else if (order.role === 'verify') postMessage({ verified: verify(order) });
    else postMessage({ stressed: new StressProgram({ ...order, operations: OPERATIONS }).run() });
  } catch (error) {
    failed(error);
  }
});
