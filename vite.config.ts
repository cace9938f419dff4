import { defineConfig } from 'vitest/config';

/** The kills, crashes and hammering of the file system: minutes, not seconds. */
const LONG = [
  'test/contract/vfs/crash.test.ts',
  'test/contract/vfs/store-stress.test.ts',
  'test/contract/vfs/stress.test.ts',
  'test/browser/vfs/store.test.ts',
  'test/real/**/*.test.ts',
];

/** Limits are for what hangs, not for what is slow: tests run on loaded machines too. */
const MINUTE_MS = 60_000;

interface Suite {
  include: string[];
  exclude?: string[];
  minutes: number;
  /** Files one after the other: each starts browsers or servers of its own. */
  oneFileAtATime?: boolean;
}

const suite = (name: string, { include, exclude = [], minutes, oneFileAtATime = false }: Suite) => ({
  test: {
    name,
    include,
    exclude: ['**/node_modules/**', ...exclude],
    environment: 'node' as const,
    testTimeout: minutes * MINUTE_MS,
    hookTimeout: 8 * MINUTE_MS,
    expect: { poll: { timeout: MINUTE_MS } },
    fileParallelism: !oneFileAtATime,
  },
});

/**
 * The suites, all started from Node: `unit` (one module each), `contract` (one suite over every implementation
 * of an interface), `browser` (the built `dist/`, as users get it, in a real Chromium; see test/browser/harness.ts),
 * `long` (kills, crashes, and real programs compared with native Node) and `runtime` (the external runtime's bridge
 * with real processes; needs `npm ci --prefix runtime`).
 */
export default defineConfig({
  test: {
    maxWorkers: 2,
    passWithNoTests: true,
    projects: [
      suite('unit', { include: ['test/*.test.ts', 'test/unit/**/*.test.ts'], minutes: 3 }),
      suite('contract', { include: ['test/contract/**/*.test.ts'], exclude: LONG, minutes: 5 }),
      suite('browser', {
        include: ['test/browser/**/*.test.ts'],
        exclude: LONG,
        minutes: 5,
        oneFileAtATime: true,
      }),
      suite('long', { include: LONG, minutes: 20, oneFileAtATime: true }),
      suite('runtime', { include: ['test/runtime/**/*.test.ts'], minutes: 5, oneFileAtATime: true }),
    ],
  },
});
