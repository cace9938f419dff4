/** Reads while another thread makes the memory grow: how often, and what it found that was not whole. */
import { parentPort, workerData } from 'node:worker_threads';
import { attach } from '../../../vfs/attach.ts';

const { memory, slot, path, length } = workerData as {
  memory: WebAssembly.Memory;
  slot: number;
  path: string;
  length: number;
};
const fs = attach(memory, { processSlot: slot });
const into = new Uint8Array(length);
let reads = 0;
let flaws = 0;
while (fs.kind('/stop') < 0) {
  const ofd = fs.open(path, 0, 0);
  const count = fs.read(ofd, into, 0);
  if (count !== length || into.some((byte, at) => byte !== (at & 255))) flaws++;
  // What the writer has just made, in memory that this thread may not know of yet.
  const newest = fs.readdir('/new', false);
  const name = typeof newest === 'number' ? undefined : newest.names.at(-1);
  const content = name === undefined ? undefined : fs.readFile(`/new/${name}`);
  if (typeof content === 'object' && content.some((byte) => byte !== 7)) flaws++;
  fs.close(ofd);
  if (++reads === 5) parentPort?.postMessage({ reading: true });
}
parentPort?.postMessage({ report: { reads, flaws } });
