import type { ConformanceTest, TestHead } from './test-list.ts';

/** What became of one process that ran a test. */
export interface Execution {
  exitCode: number | null;
  signal: string | null;
  timedOut: boolean;
  /** Whether the exit hook left its mark. */
  exitHandlersRan: boolean;
  stdout: string;
  stderr: string;
}

/** Where tests run: the container, or native Node (which shows that the runner itself does not fail them). */
export interface Executor {
  /** `slot` is the number of the lane, for tests that need a temporary folder of their own. */
  execute(test: ConformanceTest, head: TestHead, slot: number): Promise<Execution>;
  close(): Promise<void>;
}

/** A test is ended after so long, if nothing else is said. */
export const TEST_TIMEOUT_SECONDS = 20;

/** What is kept of each stream: enough to see a skip line and the end of a stack. */
export const OUTPUT_KEPT_BYTES = 64 * 1024;

/** Nothing else runs beside such a test: it may use ports that it names itself. */
export function isSequential({ name }: ConformanceTest): boolean {
  return name.startsWith('sequential/');
}

export function testEnv(test: ConformanceTest, head: TestHead, slot: number): Record<string, string> {
  const number = String(slot);
  const parallel: Record<string, string> = isSequential(test) ? {} : { TEST_PARALLEL: '1' };
  return { TEST_THREAD_ID: number, TEST_SERIAL_ID: number, ...parallel, ...head.env };
}

/** Collects the last part of a stream. */
export async function tail(stream: NodeJS.ReadableStream): Promise<string> {
  let kept = Buffer.alloc(0);
  for await (const chunk of stream) {
    kept = Buffer.concat([kept, chunk as Buffer]);
    if (kept.length > 2 * OUTPUT_KEPT_BYTES) kept = kept.subarray(-OUTPUT_KEPT_BYTES);
  }
  return kept.toString('utf8');
}
