/**
 * `npm run bench`: measures the container beside native Node of the same version, in one run on one machine, and writes
 * docs/benchmarks.md. Options: --quick (fewer rounds, writes nothing), --only step,… (some of it, writes nothing),
 * --native node.
 */
import { mkdtempSync, rmSync, writeFileSync, existsSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { openPage } from '../test/browser/page.ts';
import type { BootOptions } from '../container-api/options.ts';
import type { OpenedPage } from '../test/browser/page.ts';
import { nativeFirstLine, nativeOutput, nativeResults } from './measure-native.ts';
import {
  bootTimes,
  firstPipelineTimes,
  EAGER_MEMORY_FLAG,
  firstLineTimes,
  memoryFigures,
  outputTime,
  previewTimes,
} from './measure-page.ts';
import { crowdMemory } from './crowd.ts';
import { containerResults, echoTime, storeBootTime, threadEndTime } from './measure-programs.ts';
import { duration, figureTable, geometricMean, median, ratioTable, warmingTable } from './table.ts';
import type { Figure, Row, WarmingRow } from './table.ts';

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    native: { type: 'string' },
    only: { type: 'string' },
  },
});
const PROGRAMS = path.resolve('bench/programs');
const MS = 1e6;
const MB = 1024 * 1024;
/** The files of the tree in a store that is booted, and of the tree whose memory is measured. */
const STORE_FILES = 20_000;
const TREE_FILES = options.quick ? 10_000 : 100_000;
const CROWD = options.quick ? 10 : 100;
/** Of one step, on a machine that does nothing else. */
const STEP_TIMEOUT_MS = 180_000;
const rounds = options.quick ? 3 : 15;
const node = options.native ?? process.execPath;

const rows: Row[] = [];
const fileRows: WarmingRow[] = [];
const storeRows: WarmingRow[] = [];
const figures: Figure[] = [];

const milliseconds = (value: number): string => duration(value * MS);
const megabytes = (bytes: number): string => `${(bytes / MB).toFixed(1)} MB`;

/** tmpfs where there is one: the container's files are in memory too. */
function nativeFolder(): string {
  return mkdtempSync(path.join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'bench-'));
}

function pairs(
  native: Record<string, number>,
  container: Record<string, number>,
  asked: Record<string, number> = {},
): Row[] {
  return Object.entries(native).map(([name, value]) => ({
    name,
    native: value,
    container: container[name] ?? Number.NaN,
    ...(asked[name] === undefined ? {} : { asked: asked[name] }),
  }));
}

/** What bench/programs/files.cjs prints. */
type FileTimes = Record<'cold' | 'warm', Record<string, number>>;
/** Passes over its operations. */
const FILE_PASSES = options.quick ? '4' : '20';
/** A read into a buffer of its own is the browser's allocation of that buffer. */
const LARGE_READS = ['readFile 64 KB', 'readFile 10 MB'];
/** Runs of each side, in turns: what else the machine does only ever adds, so the lower figure counts. */
const FILE_RUNS = 2;
let nativeFileTimes: FileTimes | undefined;

const lower = (a: FileTimes | undefined, b: FileTimes): FileTimes => {
  const least = (which: 'cold' | 'warm'): Record<string, number> =>
    Object.fromEntries(
      Object.entries(b[which]).map(([name, value]) => [name, Math.min(value, a?.[which][name] ?? value)]),
    );
  return { cold: least('cold'), warm: least('warm') };
};

async function fileComparison(page: OpenedPage, folder: string, boot: BootOptions): Promise<WarmingRow[]> {
  let native = nativeFileTimes;
  let container: FileTimes | undefined;
  for (let run = 0; run < FILE_RUNS; run++) {
    if (nativeFileTimes === undefined)
      native = lower(native, await nativeOnly<FileTimes>('files.cjs', FILE_PASSES));
    const args = [folder, FILE_PASSES];
    container = lower(container, await containerResults<FileTimes>(page, 'files.cjs', args, boot));
  }
  if (native === undefined || container === undefined) throw new Error('no runs');
  nativeFileTimes = native;
  const { cold, warm } = container;
  const asked = Object.fromEntries(
    Object.keys(warm).map((name) => [name, LARGE_READS.includes(name) ? 2.5 : 1.2]),
  );
  const coldRows = pairs(native.cold, cold);
  return pairs(native.warm, warm, asked).map((row, index) => ({ ...row, cold: coldRows[index] ?? row }));
}

/** A program of bench/programs, natively, with a folder that it may fill. */
async function nativeOnly<Results = Record<string, number>>(
  program: string,
  ...args: string[]
): Promise<Results> {
  const folder = nativeFolder();
  try {
    return await nativeResults(node, [path.join(PROGRAMS, program), path.join(folder, 'files'), ...args]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The same in the container too. */
async function both(page: OpenedPage, program: string, asked: Record<string, number>): Promise<Row[]> {
  const native = await nativeOnly(program);
  return pairs(native, await containerResults(page, program, ['/tmp/bench']), asked);
}

/** In order; each is one word of `--only`. */
const STEPS: Record<string, (page: OpenedPage) => Promise<void>> = {
  async boot(page) {
    const took = await bootTimes(page, options.quick ? 2 : 7);
    figures.push(['boot of a container', milliseconds(median(took)), '< 400 ms']);
  },
  async pipeline(page) {
    const took = await firstPipelineTimes(page, options.quick ? 2 : 5);
    figures.push(['first pipeline after boot, of a shell and two commands', milliseconds(median(took)), '']);
  },
  async previews(page) {
    const took = await previewTimes(page, options.quick ? 100 : 500);
    figures.push(["round trip of a preview's request", milliseconds(median(took)), '≤ 5 ms']);
  },
  async start(page) {
    rows.push({
      name: 'start of a program to its first line',
      native: (await nativeFirstLine(node, rounds)) * MS,
      container: median(await firstLineTimes(page, rounds)) * MS,
      asked: 0.5,
    });
  },
  async output(page) {
    rows.push({
      name: '100 MB through stdout to a reader',
      native: (await nativeOutput(node, path.join(PROGRAMS, 'output.cjs'))) * MS,
      container: (await outputTime(page)) * MS,
    });
  },
  async require(page) {
    rows.push(...(await both(page, 'require.cjs', {})));
  },
  async processes(page) {
    const asked = { "spawnSync('node', ['-e', ''])": 1, 'pipeline of three, 64 MB': 3.3 };
    const measured = await both(page, 'processes.cjs', asked);
    rows.push(...measured);
    const spawned = measured.find(({ name }) => name === 'spawn and end of true');
    if (spawned) figures.push(['spawn and end of `true`', duration(spawned.container), '≤ 15 ms']);
  },
  async kills(page) {
    const ends = await both(page, 'kills.cjs', {});
    rows.push(...ends);
    const [, closed] = ends;
    if (closed)
      figures.push(['kill of a busy loop: over for its parent', duration(closed.container), '≤ 100 ms']);
    const gone = await threadEndTime(page, options.quick ? 2 : 5);
    figures.push(['kill of a busy loop: its thread gone', milliseconds(gone), '≤ 2.5 s']);
  },
  async keys(page) {
    figures.push(['key to echo in the shell', milliseconds(await echoTime(page, 100)), '≤ 10 ms']);
  },
  async network(page) {
    const asked = { 'request on a kept-alive connection': 1.7, 'HTTP body of 100 MB': 3.3 };
    rows.push(...(await both(page, 'network.cjs', asked)));
  },
  async memory(page) {
    const memory = await memoryFigures(page, options.quick ? 20 : 500);
    figures.push(
      ['memory of a booted container beyond the page before', megabytes(memory.booted), ''],
      ['JavaScript heap of an idle process', megabytes(memory.process), '< 8 MB'],
      [
        `growth over ${memory.spawns} programs that came and went`,
        megabytes(memory.grownBySpawns),
        'no leak',
      ],
    );
  },
  async crowd() {
    const { alive, floor } = await crowdMemory(CROWD);
    figures.push(
      [`page with ${CROWD} Node processes alive, all that is in it`, megabytes(alive), '≤ 1 GB for 100'],
      [`page with ${CROWD} workers in which nothing is`, megabytes(floor), ''],
    );
  },
  async files(page) {
    fileRows.push(...(await fileComparison(page, '/tmp/bench', {})));
  },
  async store(page) {
    storeRows.push(...(await fileComparison(page, '/home/project/bench', { persist: 'bench-files' })));
  },
  async hammer(page) {
    const native = await nativeOnly('hammer.cjs');
    const container = await containerResults(page, 'hammer.cjs', ['/tmp/bench']);
    const times = ({ one, four }: Record<string, number>): string => ((four ?? 0) / (one ?? 1)).toFixed(2);
    figures.push([
      `file operations of 4 processes at once against one, ${cpus().length} cores`,
      `${times(container)} times (native ${times(native)})`,
      '≥ 2.5 with enough cores',
    ]);
  },
  async trees(page) {
    const took = await storeBootTime(page, STORE_FILES, options.quick ? 2 : 5);
    figures.push([`boot with a store of ${STORE_FILES} files`, milliseconds(took), '< 500 ms']);
    const args = ['/tmp/tree', String(TREE_FILES)];
    const { grown } = await containerResults(page, 'tree.cjs', args);
    const name = `memory of ${TREE_FILES} files of 1 KB beyond their data`;
    figures.push([name, megabytes(grown ?? Number.NaN), '≤ 150 MB for 100,000']);
  },
};

/** What was not measured, and why. */
const failures: string[] = [];

/** A step that hangs is given up: the others are worth having. */
async function inTime(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${STEP_TIMEOUT_MS} ms`)), STEP_TIMEOUT_MS);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}

async function measure(): Promise<void> {
  const wanted = options.only?.split(',') ?? Object.keys(STEPS);
  for (const name of wanted) {
    const step = STEPS[name];
    if (step === undefined) throw new Error(`--only: there is no ${name} among ${Object.keys(STEPS).join()}`);
    process.stderr.write(`${name} …\n`);
    // A browser of its own for each: what one leaves to be collected is no burden of the next.
    const page = await openPage({ flags: [EAGER_MEMORY_FLAG] });
    try {
      await inTime(step(page));
    } catch (error) {
      failures.push(`${name}: ${String(error)}`);
    } finally {
      await page.close();
    }
  }
}

const meanOf = (of: readonly Row[]): string =>
  geometricMean(of.map(({ native, container }) => container / native)).toFixed(2);

const WARMING = `Each row is the median of the later half of its passes, when
the engines' compilers have done what they do; between rows is a pause, in which what a store has gathered reaches the disk. The first
calls are the first of a fresh process, at most a hundred of a row: the container's library and bindings are JavaScript that runs for the
first time there, where native Node's are machine code. Of two runs of each side, in turns, the lower figure counts.`;

const REQUESTS = `Requests are made 2,000 a pass, on 8 connections between two processes. The first pass is that of fresh processes, in
which most of the time is the engine's compilers'. The other rows are the median of the later half: of the first ten passes, in which
both engines still compile, and of forty.`;

function report(): string {
  const parts = [
    '# Benchmarks',
    `Written by \`npm run bench\`: the container in headless Chromium beside native Node of the same version, in one run on one
machine (${cpus().length} processors, ${cpus()[0]?.model ?? 'unknown'}). Trust the ratios, not the figures. Below 1 the container is faster. Native files are on tmpfs.`,
  ];
  if (rows.length > 0) parts.push(ratioTable(rows), REQUESTS);
  if (figures.length > 0) parts.push(figureTable(figures));
  if (fileRows.length > 0) {
    parts.push(
      '## Files',
      `Geometric mean of the ratios: **${meanOf(fileRows)}** (asked: ≤ 0.4). ${WARMING}`,
      warmingTable(fileRows),
    );
  }
  if (storeRows.length > 0) {
    parts.push(
      '## Files of a store',
      `With \`boot({ persist })\`, against the same native tmpfs: **${meanOf(storeRows)}** (asked: ≤ 0.6).`,
      warmingTable(storeRows),
    );
  }
  return `${parts.join('\n\n')}\n`;
}

await measure();
const text = report();
process.stdout.write(text);
for (const failure of failures) process.stderr.write(`not measured: ${failure}\n`);
if (failures.length > 0) process.exitCode = 1;
else if (!options.quick && options.only === undefined)
  writeFileSync(path.resolve('docs/benchmarks.md'), text);
