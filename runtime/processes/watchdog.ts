/**
 * Keeps each tree within its memory and number of processes. The trees are measured, not limited by the kernel:
 * RLIMIT_DATA stops Node at its start, and control groups cannot be written in an unprivileged container.
 */
import { TREE_PROCESSES_MAX, WATCHDOG_INTERVAL_MS } from '../limits.ts';
import type { Log } from '../log.ts';
import type { ProcessTable } from './table.ts';
import { readTasks, treeOf } from './tree.ts';

export function startWatchdog(table: ProcessTable, maxMemoryBytes: number, log: Log): Disposable {
  const look = (): void => {
    const { running } = table;
    if (running.length === 0) return;
    const tasks = readTasks();
    for (const process of running) {
      const tree = treeOf(process.tree, tasks);
      const bytes = tree.reduce((sum, task) => sum + task.residentBytes, 0);
      if (bytes > maxMemoryBytes) {
        log.warn(`process ${process.pid} uses ${bytes} bytes: killed`);
        process.stop(
          'memory',
          `It used ${bytes} bytes of memory, more than ${maxMemoryBytes} (MHNOS_MAX_MEMORY).`,
        );
      } else if (tree.length > TREE_PROCESSES_MAX) {
        log.warn(`process ${process.pid} started ${tree.length} processes: killed`);
        process.stop(
          'processes',
          `It had ${tree.length} processes at once, more than ${TREE_PROCESSES_MAX}.`,
        );
      }
    }
  };
  const timer = setInterval(look, WATCHDOG_INTERVAL_MS).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
