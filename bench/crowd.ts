/**
 * Memory of a page with many processes, in a browser that no debugger is attached to: one that is keeps a copy of every
 * script that a worker loads, to show it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DIST, startServer } from '../src/cli/headless.ts';
import { CHROMIUM_FLAGS, chromiumExecutable } from '../test/support/chromium.ts';
import { ownBytes } from './resident.ts';

/** Until what the start of the programs left behind has been given back, in ms. */
const COLLECTION_MS = 12_000;
/** How often the end of a browser is tried: its processes write to its folder until the last has gone. */
const REMOVE_TRIES = 20;
const REMOVE_PAUSE_MS = 200;

const EMPTY_WORKERS = (count: number): string => `
  const url = URL.createObjectURL(new Blob(['postMessage(0)'], { type: 'text/javascript' }));
  globalThis.workers = Array.from({ length: ${count} }, () => new Worker(url));
  await Promise.all(workers.map((worker) => new Promise((resolve) => (worker.onmessage = resolve))));`;
const NODE_PROCESSES = (count: number): string => `
  const { OpenAgentsContainer } = await import('/index.js');
  globalThis.container = await OpenAgentsContainer.boot();
  for (let started = 0; started < ${count}; started++) {
    const process = await container.spawn('node', ['-e', 'setInterval(() => {}, 1e6); console.log(1)']);
    await process.stdout.getReader().read();
  }`;

/** Bytes of a page with `count` idle Node processes, and of one with as many workers in which nothing is. */
export async function crowdMemory(count: number): Promise<{ alive: number; floor: number }> {
  return { alive: await memoryOf(NODE_PROCESSES(count)), floor: await memoryOf(EMPTY_WORKERS(count)) };
}

/** Bytes of a page that has run `body`: of the largest renderer, the others being what the browser keeps for its own pages. */
async function memoryOf(body: string): Promise<number> {
  let arrived: (outcome: string) => void = () => undefined;
  const outcome = new Promise<string>((resolve) => (arrived = resolve));
  const html = `<script type="module">
    const run = async () => {${body}
    };
    const outcome = await run().then(() => '', String);
    await fetch('/outcome?' + encodeURIComponent(outcome));
  </script>`;
  const server = await startServer(DIST, {
    routes: [
      (_request, response, { pathname, search }) => {
        if (pathname === '/outcome') arrived(decodeURIComponent(search.slice(1)));
        else if (pathname !== '/crowd.html') return false;
        response.writeHead(200, { 'Content-Type': 'text/html' }).end(html);
        return true;
      },
    ],
  });
  const profile = mkdtempSync(path.join(tmpdir(), 'bench-crowd-'));
  const flags = [
    ...CHROMIUM_FLAGS,
    '--headless',
    `--user-data-dir=${profile}`,
    `${server.origin}/crowd.html`,
  ];
  const browser = spawn(chromiumExecutable(), flags, { stdio: 'ignore' });
  const ended = once(browser, 'exit');
  try {
    const failure = await outcome;
    if (failure !== '') throw new Error(failure);
    await sleep(COLLECTION_MS);
    return Math.max(...renderersOf(profile).map(ownBytes));
  } finally {
    browser.kill();
    await ended;
    await server.close();
    await removeProfile(profile);
  }
}

/** Processes of the browser that outlive its first one may still write there: each try begins anew. */
async function removeProfile(profile: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return rmSync(profile, { recursive: true, force: true });
    } catch (error) {
      if (tries === REMOVE_TRIES) throw error;
      await sleep(REMOVE_PAUSE_MS);
    }
  }
}

/** Chromium hands the folder of its profile to each of its processes. */
function renderersOf(profile: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => {
    const commandLine = readCommandLine(pid);
    return commandLine.includes(profile) && commandLine.includes('--type=renderer');
  });
}

function readCommandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // it has ended
  }
}
