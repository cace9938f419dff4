import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { usePage } from '../harness.ts';

const { run } = usePage();

/** A zip archive that Python has made: text, a program, a link, something deflated. */
function zipArchive(extraName?: string): number[] {
  const folder = mkdtempSync(`${tmpdir()}/oac-zip-`);
  try {
    const script = `
import zipfile
z = zipfile.ZipFile('a.zip', 'w', zipfile.ZIP_DEFLATED)
z.writestr('d/text', 'hello ' * 1000)
i = zipfile.ZipInfo('d/run'); i.external_attr = 0o100755 << 16; z.writestr(i, '#!/usr/bin/env node\\nconsole.log(7)\\n')
i = zipfile.ZipInfo('link'); i.create_system = 3; i.external_attr = 0o120777 << 16; z.writestr(i, 'd/text')
${extraName === undefined ? '' : `z.writestr(${JSON.stringify(extraName)}, 'out')`}
z.close()`;
    writeFileSync(`${folder}/make.py`, script);
    execFileSync('python3', ['make.py'], { cwd: folder });
    return [...readFileSync(`${folder}/a.zip`)];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('a zip archive is mounted; one that is damaged or leads out is refused whole', async () => {
  const good = zipArchive();
  const damaged = good.map((byte, at) => (at === 45 ? byte ^ 0xff : byte));
  const archives = { good, damaged, out: zipArchive('../out'), absolute: zipArchive('/etc/out') };
  const result = await run(async ({ OpenAgentsContainer }, { good, ...bad }) => {
    const container = await OpenAgentsContainer.boot();
    const refused: (string | undefined)[] = [];
    for (const bytes of Object.values(bad)) {
      const reason = await container.mount(new Uint8Array(bytes)).catch((error: Error) => error);
      refused.push(reason?.name);
    }
    const nothing = await container.fs.readdir('.');
    await container.mount(new Uint8Array(good), { mountPoint: 'unpacked' });
    const text = await container.fs.readFile('unpacked/link', 'utf8');
    const { stdout } = await container.exec('unpacked/d/run');
    await container.teardown();
    return { refused, nothing, length: text.length, stdout };
  }, archives);
  expect(result).toEqual({
    refused: ['TypeError', 'TypeError', 'TypeError'],
    nothing: [],
    length: 6000,
    stdout: '7\n',
  });
});

test('a tree goes out as a tar archive and comes back the same', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    const { fs } = container;
    const long = `deep/${'n'.repeat(120)}/é`;
    await container.mount(
      { deep: { directory: { ['n'.repeat(120)]: { directory: {} } } } },
      { mountPoint: 'from' },
    );
    await fs.writeFile(`from/${long}`, new Uint8Array([0, 255, 10]));
    await fs.writeFile('from/run', '#!/bin/sh\n', { mode: 0o755 });
    await fs.utimes('from/run', 1, 1_234_567_890.5);
    await fs.symlink(long, 'from/link');
    const archive = await container.export('from', { format: 'tar' });
    await container.mount(archive, { mountPoint: 'to' });
    const { mode, mtimeMs } = await fs.stat('to/run');
    const back = [[...(await fs.readFile('to/link'))], mode & 0o777, mtimeMs, await fs.readdir('to')];
    await container.teardown();
    return back;
  });
  expect(result).toEqual([
    [0, 255, 10],
    0o755,
    1_234_567_890_500,
    expect.arrayContaining(['deep', 'link', 'run']),
  ]);
});
