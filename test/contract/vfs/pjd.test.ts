import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { attach } from '../../../vfs/attach.ts';
import { format } from '../../../vfs/format.ts';
import { fsck } from '../../../vfs/fsck.ts';
import { replay, type Trace } from './pjd-replay.ts';

const file = new URL('../../fixtures/pjdfstest/trace.json.gz', import.meta.url);

/** Calls of the trace that node:fs can make, and how many of them native Node answers as recorded: all. */
const RECORDED_CALLS = 6457;

/** Calls as other users, of mknod and bind, which node:fs cannot make. */
const CALLS_BEYOND = 2394;

/**
 * Tests whose recording lacks calls that later ones build on (writes through pipes, utimensat, chains of long
 * directories), and open/06, which opens FIFOs: what is behind them is not this layer's business.
 */
const INCOMPLETE_RECORDINGS = [
  ...['chmod/03', 'chmod/12', 'chown/03', 'ftruncate/00', 'ftruncate/03', 'link/03', 'mkdir/03', 'mkfifo/03'],
  ...[
    'mknod/03',
    'open/00',
    'open/03',
    'open/06',
    'open/25',
    'open/26',
    'rename/02',
    'rmdir/03',
    'symlink/03',
  ],
  ...['truncate/00', 'truncate/03', 'unlink/03', 'unlink/14'],
  ...['utimensat/00', 'utimensat/02', 'utimensat/04', 'utimensat/05', 'utimensat/09'],
].map((name) => `${name}.t`);

test('every recorded call of pjdfstest is answered as Linux answers it', () => {
  const trace = JSON.parse(gunzipSync(readFileSync(file)).toString()) as Trace;
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 4096, shared: true });
  format(memory, { capacityBytes: 4096 * 65536 });
  const fs = attach(memory);

  const result = replay(fs, trace);

  expect(result.failed).toEqual([]);
  expect(result.passed).toBe(RECORDED_CALLS);
  expect([...result.failedBeyond].sort()).toEqual(INCOMPLETE_RECORDINGS);
  expect(result.passedBeyond).toBe(CALLS_BEYOND);
  expect(fsck(fs.volume).errors).toEqual([]);
});
