import { randomUUID } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { REMOTE_FAREWELL_MS, STORE_FAREWELL_MS } from '../base/limits.ts';
import { COMMAND_LINE_PROTOCOL } from '../protocol/command-line.ts';
import type {
  AllowedFiles,
  BootRequest,
  FromPage,
  PageCall,
  RunRequest,
  StreamNumber,
  TerminalSize,
} from '../protocol/command-line.ts';
import { Failure } from './failure.ts';
import type { Link } from './link.ts';
import { type OpenedPage, openPage } from './open-page.ts';
import { nameServerRoute } from './name-server.ts';
import { registryRoute, relayRoute } from './relay.ts';
import { InputStream, OutputStream } from './run-streams.ts';
import type { Route } from './server.ts';
import { tarOf } from './tar.ts';

/** dist/, beside the package.json above this file: in dist/cli, and in src/cli where a test runs the source. */
function findDist(): string {
  let folder = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(folder, 'package.json')) && folder !== path.dirname(folder)) {
    folder = path.dirname(folder);
  }
  return path.join(folder, 'dist');
}

/** The folder that holds this build. */
export const DIST = findDist();

const REQUIRED = [
  'index.js',
  'assets/kernel-worker.js',
  'assets/process-worker.js',
  'assets/userland-worker.js',
  'assets/node',
  'cli/page.js',
];

/** Throws ERR_BUILD_MISSING. */
export function requireBuild(): void {
  const missing = REQUIRED.filter((name) => !existsSync(path.join(DIST, name)));
  if (missing.length > 0) {
    throw new Failure('ERR_BUILD_MISSING', `dist/ lacks ${missing.join(', ')}: run \`npm run build\`.`);
  }
}

/** Throws ERR_MOUNT_MISSING. */
export function requireFolder(hostDir: string): void {
  if (!statSync(hostDir, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Failure('ERR_MOUNT_MISSING', `There is no folder ${hostDir} to mount.`);
  }
}

export interface RunEnd {
  code: number;
  signal: string | null;
}

/** A command that runs in the container. */
export interface Run {
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly exited: Promise<RunEnd>;
  kill(signal: string): void;
  resize(size: TerminalSize): void;
}

export interface SpawnOptions {
  args?: readonly string[];
  cwd?: string;
  env?: Record<string, string>;
  terminal?: TerminalSize;
  /** What it sees of the container's files. Default: every one. */
  files?: AllowedFiles;
}

class RunHandle implements Run {
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly exited: Promise<RunEnd>;
  readonly #link: Link;
  readonly #run: number;
  readonly #end: { resolve(end: RunEnd): void; reject(error: Error): void };

  constructor(link: Link, run: number) {
    this.#link = link;
    this.#run = run;
    const credit = (stream: StreamNumber) => (bytes: number) =>
      link.send({ type: 'credit', run, stream, bytes });
    this.stdin = new InputStream(link, run);
    this.stdout = new OutputStream(credit(1));
    this.stderr = new OutputStream(credit(2));
    let end: { resolve(end: RunEnd): void; reject(error: Error): void } | undefined;
    this.exited = new Promise((resolve, reject) => (end = { resolve, reject }));
    this.exited.catch(() => undefined);
    if (end === undefined) throw new Error('unreachable: a promise runs its executor at once');
    this.#end = end;
  }

  stream(number: StreamNumber): OutputStream {
    return number === 2 ? this.stderr : this.stdout;
  }

  kill(signal: string): void {
    this.#link.send({ type: 'signal', run: this.#run, signal });
  }

  resize(size: TerminalSize): void {
    this.#link.send({ type: 'resize', run: this.#run, size });
  }

  /** The command has exited and what was to be waited for of its output has come. */
  finish(end: RunEnd): void {
    this.stdin.closeByReader();
    this.stdout.finish();
    this.stderr.finish();
    this.#end.resolve(end);
  }

  fail(error: Error): void {
    this.stdin.closeByReader();
    this.stdout.finish();
    this.stderr.finish();
    this.#end.reject(error);
  }
}

/** A container in a headless browser of its own. */
export class Session {
  readonly #page: OpenedPage;
  readonly #farewellMs: number;
  readonly #link: Link;
  readonly #mounts: Map<string, string>;
  readonly #runs: Map<number, RunHandle>;
  #nextRun = 1;

  private constructor(
    page: OpenedPage,
    mounts: Map<string, string>,
    runs: Map<number, RunHandle>,
    keeps: boolean,
  ) {
    this.#page = page;
    this.#farewellMs = keeps ? STORE_FAREWELL_MS : REMOTE_FAREWELL_MS;
    this.#link = page.link;
    this.#mounts = mounts;
    this.#runs = runs;
  }

  /** Starts the browser and boots a container. Throws ERR_NO_BROWSER, ERR_BROWSER_FAILED, ERR_BUILD_MISSING, ERR_CONTAINER. */
  static async open(options: BootRequest = {}): Promise<Session> {
    requireBuild();
    const mounts = new Map<string, string>();
    const runs = new Map<number, RunHandle>();
    const page = await openPage(
      DIST,
      [mountRoute(mounts), relayRoute, registryRoute, nameServerRoute],
      listenerOf(runs),
      options.persist,
    );
    try {
      const said = await page.link.call({ call: 'boot', version: COMMAND_LINE_PROTOCOL, options });
      for (const message of said as string[]) process.stderr.write(`oac: ${message}\n`);
      return new Session(page, mounts, runs, options.persist !== undefined);
    } catch (error) {
      await page.close();
      throw error;
    }
  }

  /** Copies a folder of the host into the container. Throws ERR_MOUNT_MISSING. */
  async mount(hostDir: string, guestDir: string): Promise<void> {
    requireFolder(hostDir);
    const url = `/mount/${randomUUID()}`;
    this.#mounts.set(url, hostDir);
    try {
      await this.#link.call({ call: 'mount', url, guestDir });
    } finally {
      this.#mounts.delete(url);
    }
  }

  async spawn(command: string, options: SpawnOptions = {}): Promise<Run> {
    const run = this.#nextRun++;
    const handle = new RunHandle(this.#link, run);
    this.#runs.set(run, handle);
    const request: RunRequest = {
      run,
      command,
      args: options.args ?? [],
      env: options.env ?? {},
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.terminal === undefined ? {} : { terminal: options.terminal }),
      ...(options.files === undefined ? {} : { files: options.files }),
    };
    return this.#started(run, handle, { call: 'spawn', request });
  }

  /** A TCP connection to a server of the container: stdin goes to it, stdout comes from it. Throws ERR_CONTAINER. */
  async connect(port: number): Promise<Run> {
    const run = this.#nextRun++;
    const handle = new RunHandle(this.#link, run);
    this.#runs.set(run, handle);
    return this.#started(run, handle, { call: 'connect', run, port });
  }

  async #started(run: number, handle: RunHandle, call: PageCall): Promise<Run> {
    try {
      await this.#link.call(call);
    } catch (error) {
      this.#runs.delete(run);
      throw error;
    }
    const forget = (): void => void this.#runs.delete(run);
    void handle.exited.then(forget, forget);
    return handle;
  }

  async writeFile(file: string, text: string): Promise<void> {
    await this.#link.call({ call: 'writeFile', path: file, text });
  }

  /** Undefined when there is none. */
  async readFile(file: string): Promise<string | undefined> {
    const value = await this.#link.call({ call: 'readFile', path: file });
    return typeof value === 'string' ? value : undefined;
  }

  /** With its parents, as `mkdir -p`. */
  async makeDirectory(folder: string): Promise<void> {
    await this.#link.call({ call: 'makeDirectory', path: folder });
  }

  async remove(file: string): Promise<void> {
    await this.#link.call({ call: 'remove', path: file });
  }

  /** Ends the container in order: what it left on an external runtime goes, and its store is on disk. */
  async teardown(): Promise<void> {
    const late = new Promise((resolve) => setTimeout(resolve, this.#farewellMs).unref());
    await Promise.race([this.#link.call({ call: 'teardown' }).catch(() => undefined), late]);
  }

  /** Ends the browser: but for those two it holds nothing that outlives it. */
  async close(): Promise<void> {
    await this.#page.close();
  }
}

function mountRoute(mounts: ReadonlyMap<string, string>): Route {
  return (_request, response, url) => {
    const folder = mounts.get(url.pathname);
    if (folder === undefined) return false;
    response.writeHead(200, { 'Content-Type': 'application/x-tar' });
    Readable.from(tarOf(folder), { objectMode: true, highWaterMark: 4 })
      .on('error', () => response.destroy())
      .pipe(response);
    return true;
  };
}

function listenerOf(runs: ReadonlyMap<number, RunHandle>) {
  return {
    message(message: FromPage): void {
      if (message.type === 'page-error') process.stderr.write(`oac: in the page: ${message.message}\n`);
      if (!('run' in message)) return;
      const run = runs.get(message.run);
      if (message.type === 'exit') run?.finish({ code: message.code, signal: message.signal });
      else if (message.type === 'end-output') run?.stream(message.stream).finish();
      else if (message.type === 'credit') run?.stdin.credited(message.bytes);
      else if (message.type === 'input-closed') run?.stdin.closeByReader();
    },
    data(run: number, stream: StreamNumber, data: Uint8Array): void {
      runs.get(run)?.stream(stream).arrive(data);
    },
    closed(): void {
      for (const run of runs.values()) run.fail(new Failure('ERR_PAGE_FAILED', 'The browser page has gone.'));
    },
  };
}
