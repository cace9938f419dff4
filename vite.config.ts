import { defineConfig } from 'vitest/config';

/**
 * The suites, all started from Node: `unit` (one module each), `contract` (one suite over every implementation
 * of an interface), `browser` (the built `dist/`, as users get it, in a real Chromium; see test/browser/harness.ts)
 * and `runtime` (the external runtime's bridge with real processes; needs `npm ci --prefix runtime`).
 */
const suite = (name: string, include: string[], testTimeoutMs: number, parallelFiles = true) => ({
  test: {
    name,
    include,
    environment: 'node' as const,
    testTimeout: testTimeoutMs,
    hookTimeout: 60_000,
    fileParallelism: parallelFiles,
  },
});

export default defineConfig({
  test: {
    maxWorkers: 2,
    passWithNoTests: true,
    projects: [
      suite('unit', ['test/*.test.ts', 'test/unit/**/*.test.ts'], 30_000),
      suite('contract', ['test/contract/**/*.test.ts'], 60_000),
      suite('browser', ['test/browser/**/*.test.ts', 'test/real/**/*.test.ts'], 120_000, false),
      suite('runtime', ['test/runtime/**/*.test.ts'], 60_000, false),
    ],
  },
});
