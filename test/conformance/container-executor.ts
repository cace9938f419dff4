import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure, Session } from '../../src/cli/headless.ts';
import type { Run, RunEnd } from '../../src/cli/headless.ts';
import type { Execution, Executor } from './executor.ts';
import { tail, testEnv, TEST_TIMEOUT_SECONDS } from './executor.ts';
import { EXIT_HOOK_SOURCE, markOf } from './exit-hook.ts';
import type { ConformanceTest, TestHead } from './test-list.ts';

/** Files outside of Node's test folder that tests read. */
const FURTHER_FILES = [
  'deps/acorn/acorn/package.json',
  'deps/undici/src/package.json',
  'deps/v8/src/objects/intl-objects.h',
  'doc/api/cli.md',
  'doc/contributing/internal-api.md',
  'doc/node-config-schema.json',
  'doc/node.1',
  'src/node_options.cc',
  'tools/icu/icu_versions.json',
];

const GUEST_ROOT = '/home/node';
const HOOKS = '/home/conformance';

/** A container serves so many tests, then gives its memory back. */
const TESTS_A_CONTAINER = 150;

/** How long the container may take to answer beside the test's own time, before it counts as hung. */
const GRACE_MS = 60_000;

interface Place {
  session: Session;
  left: number;
  running: number;
  broken: boolean;
}

/** Runs the tests in a container, one process each; a container that hangs or dies is replaced. */
export class ContainerExecutor implements Executor {
  readonly #nodeTests: string;
  #place: Promise<Place> | undefined;
  readonly #limitMs: number;
  #count = 0;

  constructor(nodeTests: string, limitSeconds = TEST_TIMEOUT_SECONDS) {
    this.#limitMs = limitSeconds * 1000;
    this.#nodeTests = nodeTests;
  }

  async execute(test: ConformanceTest, head: TestHead, slot: number): Promise<Execution> {
    const place = await this.#take();
    const hook = `${HOOKS}/hook-${this.#count++}.cjs`;
    try {
      const execution = this.#run(place.session, test, head, slot, hook);
      const hung = sleep(this.#limitMs + GRACE_MS, undefined, { ref: false }).then((): never => {
        throw new Failure('ERR_PAGE_FAILED', 'The container no longer answers.');
      });
      return await Promise.race([execution, hung]);
    } catch (error) {
      place.broken = true;
      const message = error instanceof Error ? error.message : String(error);
      return { ...NOTHING, stderr: `the container failed: ${message}` };
    } finally {
      await this.#leave(place);
    }
  }

  async close(): Promise<void> {
    const place = await this.#place?.catch(() => undefined);
    this.#place = undefined;
    await place?.session.close();
  }

  async #take(): Promise<Place> {
    for (;;) {
      this.#place ??= this.#open();
      const current = this.#place;
      const place = await current;
      if (place.left > 0 && !place.broken) {
        place.left--;
        place.running++;
        return place;
      }
      // Whoever is last out closes the old one.
      if (this.#place === current) this.#place = undefined;
    }
  }

  async #leave(place: Place): Promise<void> {
    place.running--;
    if (place.running === 0 && (place.left === 0 || place.broken)) {
      if ((await this.#place) === place) this.#place = undefined;
      await place.session.close();
    }
  }

  async #open(): Promise<Place> {
    const session = await Session.open();
    try {
      await session.mount(this.#nodeTests, `${GUEST_ROOT}/test`);
      await this.#copyFurtherFiles(session);
      await session.makeDirectory(HOOKS);
    } catch (error) {
      await session.close();
      throw error;
    }
    return { session, left: TESTS_A_CONTAINER, running: 0, broken: false };
  }

  async #copyFurtherFiles(session: Session): Promise<void> {
    for (const name of FURTHER_FILES) {
      const file = path.join(path.dirname(this.#nodeTests), name);
      if (!existsSync(file)) continue;
      await session.makeDirectory(path.posix.dirname(`${GUEST_ROOT}/${name}`));
      await session.writeFile(`${GUEST_ROOT}/${name}`, readFileSync(file, 'utf8'));
    }
  }

  async #run(
    session: Session,
    test: ConformanceTest,
    head: TestHead,
    slot: number,
    hook: string,
  ): Promise<Execution> {
    await session.writeFile(hook, EXIT_HOOK_SOURCE);
    const run = await session.spawn('node', {
      args: ['--require', hook, ...head.flags, `${GUEST_ROOT}/test/${test.name}`],
      cwd: GUEST_ROOT,
      env: testEnv(test, head, slot),
    });
    run.stdin.end();
    const { end, timedOut, stdout, stderr } = await outcome(run, this.#limitMs);
    const exitHandlersRan = (await session.readFile(markOf(hook))) !== undefined;
    await session.remove(hook);
    await session.remove(markOf(hook));
    return { exitCode: end.code, signal: end.signal, timedOut, exitHandlersRan, stdout, stderr };
  }
}

const NOTHING: Execution = {
  exitCode: null,
  signal: null,
  timedOut: false,
  exitHandlersRan: false,
  stdout: '',
  stderr: '',
};

async function outcome(
  run: Run,
  limitMs: number,
): Promise<{ end: RunEnd; timedOut: boolean; stdout: string; stderr: string }> {
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    run.kill('SIGKILL');
  }, limitMs);
  try {
    const output = Promise.all([tail(run.stdout), tail(run.stderr)]);
    const end = await run.exited;
    // What a child still holds open does not keep the test waiting.
    run.stdout.finish();
    run.stderr.finish();
    const [stdout, stderr] = await output;
    return { end, timedOut, stdout, stderr };
  } finally {
    clearTimeout(timer);
  }
}
