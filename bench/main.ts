/**
 * `npm run bench`: measures the container beside native Node of the same version, in one run on one machine, and writes
 * docs/benchmarks.md. Options: --quick (fewer rounds, writes nothing), --native node.
 */
import { mkdtempSync, rmSync, writeFileSync, existsSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Session } from '../src/cli/headless.ts';
import { openPage } from '../test/browser/page.ts';
import { nativeFirstLine, nativeOutput, nativeResults } from './measure-native.ts';
import {
  bootTimes,
  EAGER_MEMORY_FLAG,
  firstLineTimes,
  memoryFigures,
  outputTime,
  previewTimes,
} from './measure-page.ts';
import type { MemoryFigures } from './measure-page.ts';
import { duration, geometricMean, median, ratioTable } from './table.ts';
import type { Row } from './table.ts';

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, native: { type: 'string' } },
});
const PROGRAMS = path.resolve('bench/programs');
const MS = 1e6;
const MB = 1024 * 1024;

/** Runs a program of bench/programs in the container and reads the JSON object that it prints. */
async function containerResults(session: Session, program: string): Promise<Record<string, number>> {
  const run = await session.spawn('node', { args: [`/bench/${program}`, '/tmp/bench'] });
  run.stderr.pipe(process.stderr);
  run.stdin.end();
  let text = '';
  for await (const chunk of run.stdout) text += String(chunk);
  return JSON.parse(text) as Record<string, number>;
}

/** tmpfs where there is one: the container's files are in memory too. */
function nativeFolder(): string {
  return mkdtempSync(path.join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'bench-'));
}

/** What is measured takes minutes: says where it is. */
const step = (name: string): void => void process.stderr.write(`${name} …\n`);

async function programRows(node: string): Promise<Row[]> {
  const folder = nativeFolder();
  const session = await Session.open();
  try {
    await session.mount(PROGRAMS, '/bench');
    const rows: Row[] = [];
    for (const program of ['files.cjs', 'require.cjs']) {
      step(program);
      const native = await nativeResults(node, [path.join(PROGRAMS, program), path.join(folder, 'files')]);
      const container = await containerResults(session, program);
      for (const [name, value] of Object.entries(native)) {
        rows.push({ name, native: value, container: container[name] ?? Number.NaN });
      }
    }
    return rows;
  } finally {
    await session.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface PageFigures {
  bootMs: number;
  previewMs: number;
  rows: Row[];
  memory: MemoryFigures;
}

async function pageFigures(node: string): Promise<PageFigures> {
  const rounds = options.quick ? 3 : 15;
  const page = await openPage({ flags: [EAGER_MEMORY_FLAG] });
  try {
    step('boot');
    const bootMs = median(await bootTimes(page, options.quick ? 2 : 7));
    step('previews');
    const previewMs = median(await previewTimes(page, options.quick ? 100 : 500));
    step('first line');
    const firstLine = median(await firstLineTimes(page, rounds));
    step('output');
    const rows = [
      {
        name: 'start of a program to its first line',
        native: (await nativeFirstLine(node, rounds)) * MS,
        container: firstLine * MS,
      },
      {
        name: '100 MB through stdout to a reader',
        native: (await nativeOutput(node, path.join(PROGRAMS, 'output.cjs'))) * MS,
        container: (await outputTime(page)) * MS,
      },
    ];
    step('memory');
    const memory = await memoryFigures(page, options.quick ? 20 : 500);
    return { bootMs, previewMs, rows, memory };
  } finally {
    await page.close();
  }
}

function report(page: PageFigures, programs: readonly Row[]): string {
  const fileRows = programs.filter(({ name }) => !name.startsWith('require'));
  const mean = geometricMean(fileRows.map(({ native, container }) => container / native));
  const { memory } = page;
  const megabytes = (bytes: number): string => `${(bytes / MB).toFixed(1)} MB`;
  return `# Benchmarks

Written by \`npm run bench\`: the container in headless Chromium beside native Node of the same version, in one run on one
machine (${cpus().length} processors, ${cpus()[0]?.model ?? 'unknown'}). Trust the ratios, not the figures. Below 1 the container is faster. Native files are on tmpfs.

${ratioTable([...page.rows, ...programs.filter(({ name }) => name.startsWith('require'))])}

| | |
| --- | ---: |
| boot of a container | ${duration(page.bootMs * MS)} |
| round trip of a preview's request | ${duration(page.previewMs * MS)} |
| memory of a booted container, page and shared memory included | ${megabytes(memory.booted)} |
| JavaScript heap of an idle process | ${megabytes(memory.process)} |
| growth over ${memory.spawns} programs that came and went | ${megabytes(memory.grownBySpawns)} |

## Files

Geometric mean of the ratios: **${mean.toFixed(2)}**.

${ratioTable(fileRows)}
`;
}

const node = options.native ?? process.execPath;
const text = report(await pageFigures(node), await programRows(node));
process.stdout.write(text);
if (!options.quick) writeFileSync(path.resolve('docs/benchmarks.md'), text);
