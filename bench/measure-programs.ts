import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { BootOptions } from '../container-api/options.ts';
import type { OpenedPage } from '../test/browser/page.ts';
import { median } from './table.ts';

const PROGRAMS = path.resolve('bench/programs');

/** Runs a program of bench/programs in a container of its own and reads the JSON object that it prints. */
export async function containerResults<Results = Record<string, number>>(
  page: OpenedPage,
  program: string,
  args: readonly string[] = [],
  boot: BootOptions = {},
): Promise<Results> {
  const source = readFileSync(path.join(PROGRAMS, program), 'utf8');
  const given = { program, source, args, boot };
  const { stdout, stderr, code } = await page.run(async ({ OpenAgentsContainer }, wanted: typeof given) => {
    const container = await OpenAgentsContainer.boot(wanted.boot);
    await container.fs.writeFile(wanted.program, wanted.source);
    const process = await container.spawn('node', [wanted.program, ...wanted.args]);
    const text = async (stream: ReadableStream<string>): Promise<string> => {
      let all = '';
      for await (const part of stream) all += part;
      return all;
    };
    const [stdout, stderr] = await Promise.all([text(process.stdout), text(process.stderr)]);
    const code = await process.exit;
    await container.teardown();
    return { stdout, stderr, code };
  }, given);
  if (code !== 0) throw new Error(`${program} in the container: exit code ${code}\n${stderr}`);
  return JSON.parse(stdout) as Results;
}

/** Milliseconds of `boot()` with a store that holds a tree of `files` files. */
export async function storeBootTime(page: OpenedPage, files: number, rounds: number): Promise<number> {
  const persist = 'bench-tree';
  await containerResults(page, 'tree.cjs', ['/home/project/tree', String(files)], { persist });
  const took = await page.run(
    async ({ OpenAgentsContainer }, wanted: { persist: string; rounds: number }) => {
      const times: number[] = [];
      for (let round = 0; round < wanted.rounds; round++) {
        const begin = performance.now();
        const container = await OpenAgentsContainer.boot({ persist: wanted.persist });
        times.push(performance.now() - begin);
        await container.fs.stat('tree/d0/f0');
        await container.teardown();
      }
      await OpenAgentsContainer.stores().delete(wanted.persist);
      return times;
    },
    { persist, rounds },
  );
  return median(took);
}

/** Milliseconds from the kill of a program in a busy loop to the end of its thread, which lets go of its Web Lock then. */
export async function threadEndTime(page: OpenedPage, rounds: number): Promise<number> {
  const took = await page.run(async ({ OpenAgentsContainer }, count: number) => {
    const container = await OpenAgentsContainer.boot();
    const held = async (): Promise<string[]> =>
      ((await navigator.locks.query()).held ?? []).map(({ name = '' }) => name);
    const times: number[] = [];
    for (let round = 0; round < count; round++) {
      const busy = await container.spawn('node', ['-e', 'console.log(1); for (;;);']);
      await busy.output.getReader().read();
      const before = await held();
      const begin = performance.now();
      busy.kill('SIGKILL');
      // No other thread ends meanwhile: spares wait for programs.
      for (let now = before; before.every((name) => now.includes(name)); now = await held())
        await new Promise((resolve) => setTimeout(resolve, 5));
      times.push(performance.now() - begin);
    }
    await container.teardown();
    return times;
  }, rounds);
  return median(took);
}

/** Milliseconds from a key to its echo in the interactive shell, median. */
export async function echoTime(page: OpenedPage, keys: number): Promise<number> {
  const took = await page.run(async ({ OpenAgentsContainer }, count: number) => {
    const SETTLE_MS = 1500;
    const container = await OpenAgentsContainer.boot();
    const shell = await container.spawn('sh', [], { terminal: { cols: 1000, rows: 24 } });
    const reader = shell.output.getReader();
    const writer = shell.input.getWriter();
    let prompt = '';
    while (!prompt.includes('$')) prompt += (await reader.read()).value ?? '';
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const times: number[] = [];
    for (let key = 0; key < count; key++) {
      const letter = 'abcdefgh'[key % 8] ?? 'a';
      const begin = performance.now();
      void writer.write(letter);
      let echoed = '';
      while (!echoed.includes(letter)) echoed += (await reader.read()).value ?? '';
      times.push(performance.now() - begin);
    }
    await container.teardown();
    return times;
  }, keys);
  return median(took);
}
