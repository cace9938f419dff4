import { expect, test } from 'vitest';
import { usePage } from '../../harness.ts';

const { run } = usePage();

test('a container goes on from a snapshot: owners, permissions, hard links, devices, times to the nanosecond', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const first = await OpenAgentsContainer.boot();
    await first.fs.writeFile('run', '#!/bin/sh\necho from the snapshot\n', { mode: 0o755 });
    await first.fs.link('run', 'again');
    await first.fs.symlink('run', 'soft');
    await first.fs.writeFile('big', new Uint8Array(2_500_000).fill(3));
    await first.exec(
      "mkfifo pipe; node -e 'fs.utimesSync(`run`, 1, 1234567890.123456)'; chmod 500 /home/project/again",
    );
    await first.fs.writeFile('/tmp/kept', 'outside of the project');
    await first.mount(
      { type: 'tar', source: await first.export('.', { format: 'tar' }) },
      { mountPoint: '/mounted' },
    );
    const look = async (container: typeof first): Promise<string> =>
      (
        await container.exec(
          'stat -c "%n %a %h %s %u %F" run again soft big pipe /dev/null /tmp /root; ./soft; cat /tmp/kept; stat -c %y run; ls /mounted | wc -l; echo x > /dev/null && node -p 1+1',
        )
      ).stdout;
    const before = await look(first);
    const progress: { files: number; totalFiles?: number }[] = [];
    const snapshot = await first.snapshot({ onProgress: (event) => progress.push(event) });
    await first.teardown();
    const restored: { files: number; totalFiles?: number }[] = [];
    const second = await OpenAgentsContainer.boot({ snapshot, onProgress: (event) => restored.push(event) });
    const after = await look(second);
    const again = await second.snapshot();
    await second.teardown();
    const blob = await new Response(
      new Blob([snapshot]).stream().pipeThrough(new CompressionStream('gzip')),
    ).blob();
    const third = await OpenAgentsContainer.boot({ snapshot: new URL(URL.createObjectURL(blob)) });
    const gzipped = await look(third);
    await third.teardown();
    return {
      before,
      after,
      gzipped,
      written: progress.at(-1)?.files,
      restored: restored.at(-1),
      same: again.length === snapshot.length,
    };
  });
  // What is mounted is not the container's own.
  const expected = result.before.replace(/\n\d+\n2\n$/, '\n0\n2\n');
  expect(result.before).toContain('from the snapshot');
  expect(result.after).toBe(expected);
  expect(result.gzipped).toBe(expected);
  expect(result.restored?.files).toBe(result.written);
  expect(result.restored?.totalFiles).toBe(result.written);
  expect(result.same).toBe(true);
});

test('a snapshot that is damaged, cut short or too large boots nothing and leaves no store', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const first = await OpenAgentsContainer.boot();
    await first.fs.writeFile('data', crypto.getRandomValues(new Uint8Array(60_000)));
    await first.fs.writeFile('large', new Uint8Array(70_000_000));
    const snapshot = await first.snapshot();
    await first.teardown();
    const code = async (options: object): Promise<string | undefined> => {
      const booted = OpenAgentsContainer.boot({ persist: 'from a snapshot', ...options });
      return booted.then(
        async (container) => {
          await container.teardown();
          return 'booted';
        },
        (error: { code?: string }) => error.code,
      );
    };
    const codes: (string | undefined)[] = [];
    for (const at of [600, 70_000, snapshot.length >> 1, snapshot.length - 1500]) {
      const damaged = snapshot.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      codes.push(await code({ snapshot: damaged }));
    }
    codes.push(await code({ snapshot: snapshot.subarray(0, snapshot.length - 4096) }));
    codes.push(await code({ snapshot: new Uint8Array(5000) }));
    codes.push(await code({ snapshot: new URL('/no-such-snapshot', location.href) }));
    codes.push(await code({ persist: false, snapshot, limits: { storage: 64 * 1024 * 1024 } }));
    const stores = OpenAgentsContainer.stores();
    const names = (await stores.list()).map(({ name }) => name);
    const whole = await code({ snapshot });
    const kept = await OpenAgentsContainer.boot({ persist: 'from a snapshot', snapshot: new Uint8Array(10) });
    const size = (await kept.fs.stat('large')).size;
    await kept.teardown();
    await stores.delete('from a snapshot');
    return { codes, names, whole, size };
  });
  expect(result).toEqual({
    codes: [
      ...Array.from({ length: 6 }, () => 'ERR_SNAPSHOT_DAMAGED'),
      'ERR_SNAPSHOT_UNAVAILABLE',
      'ERR_SNAPSHOT_TOO_LARGE',
    ],
    names: [],
    whole: 'booted',
    size: 70_000_000,
  });
});

/** `OAC_LONG=1`: as many as a large project has. */
const COUNT = process.env['OAC_LONG'] === undefined ? 10_000 : 50_000;

test(`${COUNT} files go out and come in, with progress, and the container answers meanwhile`, async () => {
  const result = await run(async ({ OpenAgentsContainer }, COUNT) => {
    const first = await OpenAgentsContainer.boot();
    await first.fs.writeFile(
      '/tmp/make.cjs',
      `
      const fs = require('node:fs');
      for (let i = 0; i < ${COUNT}; i++) {
        if (i % 100 === 0) fs.mkdirSync('d' + i / 100);
        fs.writeFileSync('d' + Math.floor(i / 100) + '/f' + i, ('file ' + i + ' ').repeat(1 + (i % 200)));
      }`,
    );
    await first.exec('node /tmp/make.cjs');
    const seconds: Record<string, number> = {};
    const timed = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
      const begin = performance.now();
      const value = await work();
      seconds[name] = Math.round(performance.now() - begin) / 1000;
      return value;
    };
    let events = 0;
    const onProgress = (): void => void events++;
    let answered = 0;
    const counts: number[] = [];
    for (const format of ['tar', 'zip', 'binary', 'json'] as const) {
      const second = await OpenAgentsContainer.boot();
      const options = { format: format as 'tar', onProgress };
      const exporting = timed(`export ${format}`, () => first.export('.', options));
      const asking = (async () => {
        for (let done = false; !done;) {
          await first.fs.stat('d0/f1');
          answered++;
          done = await Promise.race([
            exporting.then(() => true),
            new Promise<boolean>((go) => setTimeout(go, 5, false)),
          ]);
        }
      })();
      const archive = await exporting;
      await asking;
      await timed(`mount ${format}`, () => second.mount(archive, { onProgress }));
      counts.push(Number((await second.exec('find . -type f | wc -l')).stdout));
      await second.teardown();
    }
    const snapshot = await timed('snapshot', () => first.snapshot({ onProgress }));
    const third = await timed('boot of the snapshot', () =>
      OpenAgentsContainer.boot({ snapshot, onProgress }),
    );
    counts.push(Number((await third.exec('find . -type f | wc -l')).stdout));
    await Promise.all([first.teardown(), third.teardown()]);
    return { counts, events, answered, seconds };
  }, COUNT);
  console.log(result.seconds);
  expect(result.counts).toEqual(Array.from({ length: 5 }, () => COUNT));
  expect(result.events).toBeGreaterThan(10);
  expect(result.answered).toBeGreaterThan(4);
});
