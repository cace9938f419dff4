import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Execution, Executor } from './executor.ts';
import { tail, testEnv, TEST_TIMEOUT_SECONDS } from './executor.ts';
import { EXIT_HOOK_SOURCE, markOf } from './exit-hook.ts';
import type { ConformanceTest, TestHead } from './test-list.ts';

/** Runs the tests on a native Node of the same version. */
export class NativeExecutor implements Executor {
  readonly #node: string;
  readonly #nodeTests: string;
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'conformance-'));
  readonly #limitMs: number;
  #count = 0;

  constructor(node: string, nodeTests: string, limitSeconds = TEST_TIMEOUT_SECONDS) {
    this.#limitMs = limitSeconds * 1000;
    this.#node = node;
    this.#nodeTests = nodeTests;
  }

  async execute(test: ConformanceTest, head: TestHead, slot: number): Promise<Execution> {
    const hook = path.join(this.#folder, `hook-${this.#count++}.cjs`);
    writeFileSync(hook, EXIT_HOOK_SOURCE);
    const file = path.join(this.#nodeTests, test.name);
    const child = spawn(this.#node, ['--require', hook, ...head.flags, file], {
      cwd: path.dirname(this.#nodeTests),
      env: { ...process.env, ...testEnv(test, head, slot) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, this.#limitMs);
    const exit = new Promise<[number | null, string | null]>((resolve) =>
      child.on('exit', (code, signal) => resolve([code, signal])),
    );
    const [[exitCode, signal], stdout, stderr] = await Promise.all([
      exit,
      tail(child.stdout),
      tail(child.stderr),
    ]);
    clearTimeout(timer);
    return { exitCode, signal, timedOut, exitHandlersRan: existsSync(markOf(hook)), stdout, stderr };
  }

  async close(): Promise<void> {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
