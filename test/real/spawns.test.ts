import { expect, test } from 'vitest';
import { SPARE_THREADS, USERLAND_SPARES } from '../../src/base/limits.ts';
import { openPage } from '../browser/page.ts';

const MB = 1024 * 1024;
/** What all of them could leave before it is called a leak: a hundred pipes of one each would be 7 MB. */
const GROWTH_MAX_BYTES = 3 * MB;
/** A small number by default; OAC_SPAWNS=500 is the whole of it. */
const SPARES = SPARE_THREADS + USERLAND_SPARES;
const SPAWNS = Number(process.env['OAC_SPAWNS'] ?? 100);

test(`${SPAWNS} programs come and go, and leave no memory or thread behind`, async () => {
  // The browser then measures at once, after a collection.
  const opened = await openPage({ flags: ['--enable-blink-features=ForceEagerMeasureMemory'] });
  try {
    const result = await opened.run(
      async ({ OpenAgentsContainer }, { spawns, spares }) => {
        const container = await OpenAgentsContainer.boot();
        interface Measured {
          breakdown: { bytes: number; attribution: { url: string }[] }[];
        }
        const measured = performance as Performance & {
          measureUserAgentSpecificMemory(): Promise<Measured>;
        };
        /** Of the page and the kernel: a process's worker counts the shared memory once more, and ends by its lock. */
        const bytesThatStay = async (): Promise<number> =>
          (await measured.measureUserAgentSpecificMemory()).breakdown
            .filter(
              ({ attribution }) =>
                !attribution.some(({ url }) => /\/(process|userland)-worker\.js$/.test(url)),
            )
            .reduce((sum, { bytes }) => sum + bytes, 0);
        const program =
          'require("fs").writeFileSync("/tmp/written", String(process.pid)); console.log("out")';
        const spawn = async (): Promise<number> => {
          const process = await container.spawn('node', ['-e', program]);
          return process.exit;
        };
        const locks = async (): Promise<number> => ((await navigator.locks.query()).held ?? []).length;
        /** Once no more threads live than the spares; the least of several figures. */
        const figures = async () => {
          let bytes = Infinity;
          let held = Infinity;
          for (let reading = 0; reading < 30 && (reading < 4 || held > spares); reading++) {
            await new Promise((resolve) => setTimeout(resolve, 500));
            held = await locks();
            bytes = Math.min(bytes, await bytesThatStay());
          }
          return { locks: held, bytes };
        };
        const codes = new Set<number>();
        for (let i = 0; i < 20; i++) codes.add(await spawn());
        const before = await figures();
        for (let i = 0; i < spawns; i++) codes.add(await spawn());
        const after = await figures();
        await container.teardown();
        return { codes: [...codes], before, after };
      },
      { spawns: SPAWNS, spares: SPARES },
    );
    expect(result.codes).toEqual([0]);
    expect(result.after.locks).toBeLessThanOrEqual(SPARES);
    expect(result.after.bytes - result.before.bytes).toBeLessThan(GROWTH_MAX_BYTES);
  } finally {
    await opened.close();
  }
});
