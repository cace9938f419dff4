import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, expect, test } from 'vitest';
import { attach, type SharedFileSystem } from '../../../vfs/attach.ts';
import type { FileEvent } from '../../../vfs/file-system.ts';
import { format } from '../../../vfs/format.ts';
import { fsck } from '../../../vfs/fsck.ts';
import * as modes from '../../../vfs/mode.ts';
import { reap } from '../../../vfs/reaper.ts';

const WHOLE = modes.O_WRONLY | modes.O_CREAT | modes.O_TRUNC;
const bytes = new Uint8Array(10);

let watching: SharedFileSystem;
let changing: SharedFileSystem;

/** Two processes on one memory. */
beforeEach(() => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 2048, shared: true });
  format(memory, { capacityBytes: 2048 * 65536 });
  watching = attach(memory, { processSlot: 1 });
  changing = attach(memory, { processSlot: 2 });
  changing.mkdir('/d', 0o755);
  changing.mkdir('/d/sub', 0o755);
  changing.mkdir('/other', 0o755);
  changing.writeFile('/d/f', bytes, WHOLE, 0o644);
});

/** The events that `change` raises, as `kind name`. */
async function eventsOf(path: string, recursive: boolean, change: () => void): Promise<string[]> {
  const events: string[] = [];
  const watch = watching.watch(path, recursive, ({ kind, name }: FileEvent) =>
    events.push(`${kind} ${name}`),
  );
  if (typeof watch === 'number') throw new Error(`watch: ${watch}`);
  change();
  for (let turn = 0; turn < 20; turn++) await sleep(1);
  watch.close();
  expect(fsck(watching.volume).errors).toEqual([]);
  return events;
}

test('a directory tells what is made, changed, moved and removed in it', async () => {
  const events = await eventsOf('/d', false, () => {
    changing.writeFile('/d/new', bytes, WHOLE, 0o644);
    changing.chmod('/d/f', 0o600, true);
    changing.rename('/d/new', '/other/moved');
    changing.unlink('/d/f');
    changing.mkdir('/d/made', 0o755);
    changing.writeFile('/d/sub/below', bytes, WHOLE, 0o644);
    changing.writeFile('/other/elsewhere', bytes, WHOLE, 0o644);
  });
  expect(events).toEqual(['rename new', 'change new', 'change f', 'rename new', 'rename f', 'rename made']);
});

test('equal events that follow each other come once', async () => {
  const events = await eventsOf('/d', false, () => {
    const ofd = changing.open('/d/f', modes.O_RDWR, 0);
    for (let index = 0; index < 10; index++) changing.write(ofd, bytes, null);
    changing.close(ofd);
  });
  expect(events).toEqual(['change f']);
});

test('a recursive watch tells the path below', async () => {
  const events = await eventsOf('/d', true, () => {
    changing.mkdir('/d/sub/deep', 0o755);
    changing.writeFile('/d/sub/deep/f', bytes, WHOLE, 0o644);
    changing.rename('/d/sub', '/d/moved');
    changing.unlink('/d/moved/deep/f');
    changing.writeFile('/other/f', bytes, WHOLE, 0o644);
  });
  expect(events).toEqual([
    'rename sub/deep',
    'rename sub/deep/f',
    'change sub/deep/f',
    'rename sub',
    'rename moved',
    'rename moved/deep/f',
  ]);
});

test('a watched file tells its own changes under its name, and follows it', async () => {
  const events = await eventsOf('/d/f', false, () => {
    changing.writeFile('/d/f', bytes, WHOLE, 0o644);
    changing.writeFile('/d/g', bytes, WHOLE, 0o644);
    changing.rename('/d/f', '/d/h');
    changing.unlink('/d/h');
  });
  expect(events).toEqual(['change f', 'rename f', 'rename f']);
});

test('the marks of a process that died are gone', () => {
  watching.watch('/d', true, () => {});
  watching.watch('/d', false, () => {});
  reap(changing.volume, 1);
  const after = fsck(changing.volume);
  expect(after.errors).toEqual([]);
  expect(after.descriptions).toBe(0);
});
