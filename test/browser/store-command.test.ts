/** `oac --persist` and `oac fsck`: files that are found again by the next run. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';

const OAC = path.resolve('bin/oac.js');
const data = mkdtempSync(path.join(tmpdir(), 'oac-data-'));
afterAll(() => rmSync(data, { recursive: true, force: true, maxRetries: 5 }));

function oac(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [OAC, ...args], {
    encoding: 'utf8',
    env: { ...process.env, OAC_DATA: data },
  });
  return { status, stdout, stderr };
}

/** Files of the browser's that hold these bytes. */
function filesWith(folder: string, bytes: Buffer): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.isFile() && statSync(file).size < 2 ** 26 && readFileSync(file).includes(bytes))
      found.push(file);
  }
  return found;
}

test('a store outlives the run, is checked, and its damage is told', () => {
  const mark = `mark of ${process.pid} ${Date.now()}`;
  const first = oac(
    '--persist',
    'kept/1',
    '--',
    'sh',
    '-c',
    `echo '${mark}' > text; ln -s text link; mkdir d; chmod 700 d`,
  );
  expect(first).toEqual({ status: 0, stdout: '', stderr: '' });
  const second = oac('--persist', 'kept/1', '--', 'sh', '-c', 'cat link; stat -c %a d');
  expect(second).toEqual({ status: 0, stdout: `${mark}\n700\n`, stderr: '' });
  expect(oac('--persist', 'another', '--', 'ls')).toEqual({ status: 0, stdout: '', stderr: '' });

  const sound = oac('fsck', 'kept/1');
  expect(sound.stdout).toMatch(/^kept\/1: sound, \d+ inodes, \d+ names, \d+ bytes of data\n$/);
  expect(sound.status).toBe(0);
  expect(oac('fsck', 'no such').status).toBe(125);

  // The log ends in what is none of its batches: the next run drops that, and says so.
  const batch = Buffer.from(Int32Array.of(0x0ac_10c01).buffer);
  const logs = filesWith(path.join(data, 'stores'), batch).filter((file) => file.includes('kept'));
  const log = logs.find((file) => readFileSync(file).indexOf(batch) === 0);
  expect(log).toBeDefined();
  if (log !== undefined) writeFileSync(log, Buffer.concat([readFileSync(log), Buffer.alloc(60, 7)]));
  const cut = oac('fsck', 'kept/1');
  expect([cut.status, cut.stdout]).toEqual([
    1,
    expect.stringContaining('60 bytes at the end of the log are lost'),
  ]);
  const dropped = oac('--persist', 'kept/1', '--', 'cat', 'link');
  expect(dropped).toMatchObject({ status: 0, stdout: `${mark}\n` });
  expect(dropped.stderr).toContain('60 bytes of the last changes are lost');
  expect(oac('--persist', 'kept/1', '--', 'true').stderr).toBe('');

  // Both checkpoints are damaged: nothing can be read of the store, and that is said.
  const magic = Buffer.from(Int32Array.of(0x0ac_c4ec1).buffer);
  const checkpoints = filesWith(path.join(data, 'stores'), magic).filter((file) => file.includes('kept'));
  expect(checkpoints.length).toBeGreaterThan(0);
  for (const file of checkpoints) {
    const bytes = readFileSync(file);
    for (let at = bytes.indexOf(magic); at >= 0; at = bytes.indexOf(magic, at + 1))
      bytes.fill(0xff, at + 200, at + 300);
    writeFileSync(file, bytes);
  }
  const damaged = oac('fsck', '--json', 'kept/1');
  expect(damaged.status).toBe(4);
  expect((JSON.parse(damaged.stdout) as { errors: string[] }).errors).not.toEqual([]);
  const refused = oac('--persist', 'kept/1', '--', 'true');
  expect(refused.status).toBe(125);
  expect(refused.stderr).toContain('damaged');
});
