import { parentPort, workerData } from 'node:worker_threads';
import { type StressOrder, StressProgram } from './stress-program.ts';

const program = new StressProgram(workerData as StressOrder);
parentPort?.postMessage({ started: true });
parentPort?.postMessage({ report: program.run() });
