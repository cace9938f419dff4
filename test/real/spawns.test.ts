import { expect, test } from 'vitest';
import { openPage } from '../browser/page.ts';

const MB = 1024 * 1024;
/** What 500 processes could leave before it is called a leak: 16 KB each, a thousandth of what one takes. */
const GROWTH_MAX_BYTES = 8 * MB;
const SPAWNS = 500;

test(`${SPAWNS} programs come and go, and leave no memory, thread or descriptor behind`, async () => {
  // The browser then measures at once, after a collection.
  const opened = await openPage({ flags: ['--enable-blink-features=ForceEagerMeasureMemory'] });
  try {
    const result = await opened.run(async ({ OpenAgentsContainer }, spawns: number) => {
      const container = await OpenAgentsContainer.boot();
      const measured = performance as Performance & {
        measureUserAgentSpecificMemory(): Promise<{ bytes: number }>;
      };
      const program = 'require("fs").writeFileSync("/tmp/written", String(process.pid)); console.log("out")';
      const spawn = async (): Promise<number> => {
        const process = await container.spawn('node', ['-e', program]);
        return process.exit;
      };
      const settled = async () => {
        // Ended threads give back their locks, and as many spares as before stand ready.
        for (let same = 0, last = ''; same < 5;) {
          await new Promise((resolve) => setTimeout(resolve, 500));
          const { held = [] } = await navigator.locks.query();
          const { bytes } = await measured.measureUserAgentSpecificMemory();
          const now = `${held.length} ${Math.round(bytes / 1024 / 1024)}`;
          same = now === last ? same + 1 : 0;
          last = now;
        }
        const { held = [] } = await navigator.locks.query();
        const { bytes } = await measured.measureUserAgentSpecificMemory();
        return { locks: held.length, bytes };
      };
      const codes = new Set<number>();
      for (let i = 0; i < 20; i++) codes.add(await spawn());
      const before = await settled();
      for (let i = 0; i < spawns; i++) codes.add(await spawn());
      const after = await settled();
      await container.teardown();
      return { codes: [...codes], before, after };
    }, SPAWNS);
    expect(result.codes).toEqual([0]);
    expect(result.after.locks).toBe(result.before.locks);
    expect(result.after.bytes - result.before.bytes).toBeLessThan(GROWTH_MAX_BYTES);
  } finally {
    await opened.close();
  }
});
