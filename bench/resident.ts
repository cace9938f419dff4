/** Memory of a page as the operating system has it: what the browser adds up itself counts shared memory once a worker. */
import { existsSync, readFileSync } from 'node:fs';
import type { OpenedPage } from '../test/browser/page.ts';

const KB = 1024;

/** Bytes of the browser's renderers without the browser's own code, which other processes share (Linux only: elsewhere it throws). */
export async function residentBytes({ page }: OpenedPage): Promise<number> {
  const session = await page.context().browser()?.newBrowserCDPSession();
  if (session === undefined) throw new Error('a browser that gives no account of its processes');
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const renderers = processInfo.filter(({ type }) => type === 'renderer');
  // Which of them is the page's is not said: what the others hold (some 40 MB) does not change.
  return renderers.reduce((sum, { id }) => sum + ownBytes(id), 0);
}

/** Bytes of a process that are its own. */
export function ownBytes(pid: number): number {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  } catch (error) {
    // The browser has ended one that it did not need.
    const ended = ['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '');
    if (ended && existsSync('/proc/self')) return 0;
    throw error;
  }
  const parts = [...text.matchAll(/^Pss_(?:Anon|Shmem): +(\d+) kB$/gm)];
  if (parts.length !== 2) throw new Error(`/proc/${pid}/smaps_rollup does not say what is anonymous`);
  return parts.reduce((sum, [, kilobytes]) => sum + Number(kilobytes) * KB, 0);
}
