import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { OpenAgentsContainer as Container } from '../container-api/index.ts';
import type { OpenedPage } from '../test/browser/page.ts';
import { residentBytes } from './resident.ts';

/** Without it the browser answers up to twenty seconds later. */
export const EAGER_MEMORY_FLAG = '--enable-blink-features=ForceEagerMeasureMemory';

/** Until a booted container's spares stand. */
const SETTLE_MS = 3000;

/** Milliseconds of `boot()` until it resolves, each time on a page that has loaded the module. */
export function bootTimes(page: OpenedPage, rounds: number): Promise<number[]> {
  return page.run(async ({ OpenAgentsContainer }, count: number) => {
    const took: number[] = [];
    for (let round = 0; round < count; round++) {
      const begin = performance.now();
      const container = await OpenAgentsContainer.boot();
      took.push(performance.now() - begin);
      await container.teardown();
    }
    return took;
  }, rounds);
}

/** Milliseconds from `spawn()` to the first output, with time between for the next spare to boot. */
export function firstLineTimes(page: OpenedPage, rounds: number): Promise<number[]> {
  return page.run(async ({ OpenAgentsContainer }, count: number) => {
    const SPARE_REFILL_MS = 500;
    const container = await OpenAgentsContainer.boot();
    const took: number[] = [];
    for (let round = 0; round < count; round++) {
      await new Promise((resolve) => setTimeout(resolve, SPARE_REFILL_MS));
      const begin = performance.now();
      const process = await container.spawn('node', ['-e', 'console.log(1)']);
      await process.stdout.getReader().read();
      took.push(performance.now() - begin);
      await process.exit;
    }
    await container.teardown();
    return took;
  }, rounds);
}

/** Milliseconds of the first pipeline of a container whose spares stand, from `spawn()` to its end. */
export function firstPipelineTimes(page: OpenedPage, rounds: number): Promise<number[]> {
  return page.run(
    async ({ OpenAgentsContainer }, given: { rounds: number; settle: number }) => {
      const took: number[] = [];
      for (let round = 0; round < given.rounds; round++) {
        const container = await OpenAgentsContainer.boot();
        await new Promise((resolve) => setTimeout(resolve, given.settle));
        const begin = performance.now();
        const shell = await container.spawn('sh', ['-c', 'ls / | wc']);
        await shell.exit;
        took.push(performance.now() - begin);
        await container.teardown();
      }
      return took;
    },
    { rounds, settle: SETTLE_MS },
  );
}

/** Milliseconds until the page has read all output of bench/programs/output.cjs. */
export function outputTime(page: OpenedPage): Promise<number> {
  const source = readFileSync(path.resolve('bench/programs/output.cjs'), 'utf8');
  return page.run(async ({ OpenAgentsContainer }, program: string) => {
    const container = await OpenAgentsContainer.boot();
    await container.fs.writeFile('output.cjs', program);
    const begin = performance.now();
    const process = await container.spawn('node', ['output.cjs'], { encoding: 'bytes' });
    let bytes = 0;
    for await (const chunk of process.stdout) bytes += chunk.length;
    const took = performance.now() - begin;
    await container.teardown();
    if (bytes !== 1600 * 65536) throw new Error(`${bytes} bytes arrived`);
    return took;
  }, source);
}

/** Milliseconds of one small request of a preview's frame, from its `fetch` to the whole body. */
export function previewTimes(page: OpenedPage, rounds: number): Promise<number[]> {
  return page.run(async ({ OpenAgentsContainer }, count: number) => {
    const WARM_UP = 20;
    const container = await OpenAgentsContainer.boot();
    const ready = new Promise<string>((resolve) =>
      container.on('server-ready', (_port, url) => resolve(url)),
    );
    const server = `require('http').createServer((request, response) => response.end('hello')).listen(3000)`;
    await container.spawn('node', ['-e', server]);
    const frame = document.createElement('iframe');
    const loaded = new Promise((resolve) => frame.addEventListener('load', resolve));
    frame.src = await ready;
    document.body.append(frame);
    await loaded;
    const took: number[] = [];
    for (let round = 0; round < WARM_UP + count; round++) {
      const begin = performance.now();
      const response = await (frame.contentWindow ?? window).fetch('/');
      if ((await response.text()) !== 'hello') throw new Error('the preview answered something else');
      if (round >= WARM_UP) took.push(performance.now() - begin);
    }
    frame.remove();
    await container.teardown();
    return took;
  }, rounds);
}

export interface MemoryFigures {
  /** Bytes by which the page grew with the container booted and idle, its spares included. */
  booted: number;
  /** Bytes of the JavaScript heap of an idle process that waits on a timer, without the shared memory it maps. */
  process: number;
  /** Further bytes of page and kernel after `spawns` programs have come and gone. */
  grownBySpawns: number;
  spawns: number;
}

/** The heaps by the browser's own account; the browser must measure at once (EAGER_MEMORY_FLAG), not at its next collection. */
export async function memoryFigures(page: OpenedPage, spawns: number): Promise<MemoryFigures> {
  const before = await residentBytes(page);
  await page.run(async ({ OpenAgentsContainer }, settle: number) => {
    const container = await OpenAgentsContainer.boot();
    await new Promise((resolve) => setTimeout(resolve, settle));
    Object.assign(globalThis, { benchContainer: container });
  }, SETTLE_MS);
  const booted = (await residentBytes(page)) - before;
  return { booted, ...(await heapFigures(page, spawns)) };
}

function heapFigures(page: OpenedPage, spawns: number): Promise<Omit<MemoryFigures, 'booted'>> {
  return page.run(async (_, count: number) => {
    const PROCESSES = 4;
    interface Measured {
      bytes: number;
      breakdown: { bytes: number; attribution: { url: string }[] }[];
    }
    const measured = performance as Performance & {
      measureUserAgentSpecificMemory(): Promise<Measured>;
    };
    const { benchContainer: container } = globalThis as unknown as {
      benchContainer: Container;
    };
    const runAndEnd = async (times: number): Promise<void> => {
      for (let i = 0; i < times; i++) await (await container.spawn('node', ['-e', '0'])).exit;
    };
    await runAndEnd(5);
    const idle = await Promise.all(
      Array.from({ length: PROCESSES }, () =>
        container.spawn('node', ['-e', 'setInterval(() => {}, 1e6); console.log(process.memoryUsage().rss)']),
      ),
    );
    const mapped = await Promise.all(
      idle.map(async (process) => Number((await process.stdout.getReader().read()).value)),
    );
    // The next spares boot.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const { breakdown } = await measured.measureUserAgentSpecificMemory();
    const workers = breakdown.filter(({ attribution }) =>
      attribution.some(({ url }) => url.endsWith('/process-worker.js')),
    );
    const sizes = workers.map((worker) => worker.bytes).sort((a, b) => a - b);
    const heap = (sizes[sizes.length >> 1] ?? Number.NaN) - (mapped[0] ?? Number.NaN);
    for (const process of idle) process.kill('SIGKILL');
    await Promise.all(idle.map((process) => process.exit));
    await runAndEnd(5);
    // Of the page and the kernel: how many spares live just then would show as shared memory, counted once for each.
    const staying = async (): Promise<number> =>
      (await measured.measureUserAgentSpecificMemory()).breakdown
        .filter(
          ({ attribution }) => !attribution.some(({ url }) => /\/(process|userland)-worker\.js$/.test(url)),
        )
        .reduce((sum, part) => sum + part.bytes, 0);
    const before = await staying();
    await runAndEnd(count);
    const after = await staying();
    await container.teardown();
    return { process: heap, grownBySpawns: after - before, spawns: count };
  }, spawns);
}
