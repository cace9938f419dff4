import type { Process } from '../process/process.ts';

/** How often each process has a file open; the kernel's own for the page. */
export type Holders = Map<Process | undefined, number>;

/** The process keeps the file once for each time that `kept` names it. → holders left */
export function keepOnly(
  holders: Holders,
  process: Process,
  kept: readonly number[],
  handle: number,
): number {
  const count = kept.filter((one) => one === handle).length;
  if (!holders.has(process) || count === 0) holders.delete(process);
  else holders.set(process, count);
  return holders.size;
}
