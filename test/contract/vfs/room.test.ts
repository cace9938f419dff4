/** A memory that grows under its readers, and files larger than any memory. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { attach, type SharedFileSystem } from '../../../vfs/attach.ts';
import { StatField } from '../../../vfs/file-system.ts';
import { format } from '../../../vfs/format.ts';
import { fsck } from '../../../vfs/fsck.ts';
import * as modes from '../../../vfs/mode.ts';
import { nextMessage, startThread } from './threads.ts';

const PAGES = 8192; // 512 MB at most
const NEW = modes.O_RDWR | modes.O_CREAT | modes.O_TRUNC;
const GB = 1024 ** 3;

function makeVolume(): { memory: WebAssembly.Memory; fs: SharedFileSystem } {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: PAGES, shared: true });
  format(memory, { capacityBytes: PAGES * 65536, metadataBytes: 32 * 2 ** 20 });
  return { memory, fs: attach(memory, { processSlot: 0 }) };
}

test('readers go on while the memory grows, and read what stands in its new part', async () => {
  const { memory, fs } = makeVolume();
  const length = 100_000;
  fs.writeFile(
    '/read',
    Uint8Array.from({ length }, (_, at) => at & 255),
    NEW,
    0o644,
  );
  fs.mkdir('/new', 0o755);
  const readers = [1, 2].map((slot) =>
    startThread('room-thread.ts', { memory, slot, path: '/read', length }),
  );
  const reports = readers.map((reader) => nextMessage<{ reads: number; flaws: number }>(reader, 'report'));
  const reading = Promise.all(readers.map((reader) => nextMessage(reader, 'reading')));
  const before = memory.buffer.byteLength;
  const content = new Uint8Array(1_000_000).fill(7);
  for (let count = 0; count < 200; count++) {
    fs.writeFile(`/new/part-${count}`, content, NEW, 0o644);
    if (count % 10 === 0) await sleep(1);
  }
  await reading;
  const grown = memory.buffer.byteLength - before;
  fs.writeFile('/stop', new Uint8Array(1), NEW, 0o644);
  for (const { reads, flaws } of await Promise.all(reports)) {
    expect(reads).toBeGreaterThan(0);
    expect(flaws).toBe(0);
  }
  await Promise.all(readers.map((reader) => reader.terminate()));
  expect(grown).toBeGreaterThan(150_000_000);
  expect(fsck(fs.volume).errors).toEqual([]);
});

test('sparse files take what is written of them, and statfs tells what is left', () => {
  const { fs } = makeVolume();
  const free = (): number => {
    const out = new Float64Array(7);
    expect(fs.statfs('/', out)).toBe(0);
    return (out[1] as number) * (out[3] as number);
  };
  const stat = new Float64Array(StatField.count);
  const before = free();
  const ofd = fs.open('/sparse', NEW, 0o644);
  expect(fs.ftruncate(ofd, 100 * GB)).toBe(0);
  const mark = Uint8Array.from([1, 2, 3, 4]);
  for (const at of [0, 3 * GB + 5, 50 * GB - 2, 100 * GB - 4]) expect(fs.write(ofd, mark, at)).toBe(4);
  fs.fstat(ofd, stat, 0);
  expect(stat[StatField.size]).toBe(100 * GB);
  expect((stat[StatField.blocks] as number) * 512).toBeLessThan(8 * 1024 * 1024);
  expect(before - free()).toBeLessThan(8 * 1024 * 1024);
  const into = new Uint8Array(12).fill(9);
  expect(fs.read(ofd, into, 50 * GB - 6)).toBe(12);
  expect([...into]).toEqual([0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0]);
  expect(fs.read(ofd, into, 100 * GB - 4)).toBe(4);
  expect(fs.read(ofd, into, 100 * GB)).toBe(0);
  // Cut in a hole, and made longer again: nothing of what was there comes back.
  expect(fs.ftruncate(ofd, 10 * GB)).toBe(0);
  expect(fs.ftruncate(ofd, 60 * GB)).toBe(0);
  fs.read(ofd, into, 50 * GB - 6);
  expect(into.every((byte) => byte === 0)).toBe(true);
  expect(fs.close(ofd)).toBe(0);
  expect(fs.unlink('/sparse')).toBe(0);
  expect(free()).toBe(before);
  expect(fsck(fs.volume).errors).toEqual([]);
});
