/** A real bridge in a process of its own, with a workspace of its own, and clients of every kind. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { WebSocket as NodeWebSocket, type ClientOptions } from 'ws';
import { RemoteConnection } from '../../src/remote/connection.ts';
import { spawnRemote, type RemoteExit, type RemoteSpawn } from '../../src/remote/process.ts';
import type { ServerMessage } from '../../src/protocol/runtime.ts';
import { decodeFrame, type Frame } from '../../src/protocol/runtime/frames.ts';

// The client under test uses the browser's WebSocket; Node has its own from version 22 on.
globalThis.WebSocket ??= NodeWebSocket as unknown as typeof WebSocket;

const RUNTIME = resolve(import.meta.dirname, '../../runtime');
const OWN_NODE = join(RUNTIME, 'node_modules/.bin/node');
const START_TIMEOUT_MS = 120_000;

export function node24(): string {
  if (!existsSync(join(RUNTIME, 'node_modules/ws'))) throw new Error('First: npm ci --prefix runtime');
  return existsSync(OWN_NODE) ? OWN_NODE : process.execPath;
}

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Starts the runtime as `npm start` does, and gives what it printed once it ended by itself. */
export async function runToEnd(env: Record<string, string>): Promise<Ended> {
  const child = launch(env);
  let output = '';
  child.stdout?.on('data', (text: Buffer) => (output += text.toString()));
  child.stderr?.on('data', (text: Buffer) => (output += text.toString()));
  const code = await new Promise<number | null>((done) => child.on('close', done));
  return { code, output };
}

function launch(env: Record<string, string>): ChildProcess {
  return spawn(node24(), [join(RUNTIME, 'start.mjs')], {
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/root', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

export class Runtime implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly workspace: string;
  readonly port: number;
  readonly token: string;
  readonly #printed: () => string;
  readonly #ownsWorkspace: boolean;
  readonly #connections: RemoteConnection[] = [];

  private constructor(
    child: ChildProcess,
    workspace: string,
    ownsWorkspace: boolean,
    token: string,
    printed: () => string,
  ) {
    this.child = child;
    this.workspace = workspace;
    this.#ownsWorkspace = ownsWorkspace;
    this.token = token;
    this.#printed = printed;
    this.port = Number(/listening on ws:\/\/[^\s]*:(\d+)/.exec(printed())?.[1]);
  }

  static async start(env: Record<string, string> = {}): Promise<Runtime> {
    const ownsWorkspace = env['MHNOS_WORKSPACE'] === undefined;
    const workspace = env['MHNOS_WORKSPACE'] ?? mkdtempSync(join(tmpdir(), 'mhnos-test-'));
    const child = launch({ MHNOS_RUNTIME_PORT: '0', MHNOS_WORKSPACE: workspace, ...env });
    let printed = '';
    const given = env['MHNOS_TOKEN'];
    const ready = new Promise<void>((done, fail) => {
      const look = (text: Buffer): void => {
        printed += text.toString();
        const token = given !== undefined || /^token \S+$/m.test(printed);
        if (/listening on .*\n/.test(printed) && token) done();
      };
      child.stdout?.on('data', look);
      child.stderr?.on('data', look);
      child.on('close', (code) => fail(new Error(`The runtime ended (${code}): ${printed}`)));
      setTimeout(() => fail(new Error(`The runtime did not start: ${printed}`)), START_TIMEOUT_MS).unref();
    });
    await ready;
    const token = given ?? /^token (\S+)$/m.exec(printed)?.[1] ?? '';
    return new Runtime(child, workspace, ownsWorkspace, token, () => printed);
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  /** Everything that it printed so far. */
  get printed(): string {
    return this.#printed();
  }

  async health(): Promise<{ status: string; processes: { active: number } }> {
    const response = await fetch(`http://127.0.0.1:${this.port}/health`);
    return (await response.json()) as { status: string; processes: { active: number } };
  }

  async connect(url = this.url): Promise<RemoteConnection> {
    const connection = await RemoteConnection.open({ url, token: this.token });
    this.#connections.push(connection);
    return connection;
  }

  raw(options: RawOptions = {}): Promise<RawClient> {
    return RawClient.open(this.url, { token: this.token, ...options });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const connection of this.#connections) connection.close();
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const closed = new Promise((done) => this.child.once('close', done));
      this.child.kill('SIGTERM');
      await closed;
    }
    if (this.#ownsWorkspace) rmSync(this.workspace, { recursive: true, force: true });
  }
}

/** A network that can be cut: a TCP proxy whose connections are destroyed at once, with what is in them. */
export class CuttableNetwork implements AsyncDisposable {
  readonly #server = createServer({ allowHalfOpen: true });
  readonly #pairs = new Set<[Socket, Socket]>();

  private constructor(targetPort: number) {
    this.#server.on('connection', (near) => {
      const far = connect({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true });
      const pair: [Socket, Socket] = [near, far];
      this.#pairs.add(pair);
      near.pipe(far).pipe(near);
      for (const socket of pair) {
        socket.on('error', () => undefined);
        socket.on('close', () => this.#pairs.delete(pair));
      }
    });
  }

  static async open(targetPort: number): Promise<CuttableNetwork> {
    const network = new CuttableNetwork(targetPort);
    await new Promise<void>((done) => network.#server.listen(0, '127.0.0.1', done));
    return network;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** How many connections it cut. */
  cut(): number {
    const { size } = this.#pairs;
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
    this.#pairs.clear();
    return size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((done) => this.#server.close(done));
  }
}

export interface RawOptions extends ClientOptions {
  token?: string | undefined;
  protocols?: string[];
}

/** A client that sends whatever it likes. */
export class RawClient {
  readonly socket: NodeWebSocket;
  readonly messages: ServerMessage[] = [];
  readonly frames: Frame[] = [];
  closed: { code: number; reason: string } | undefined;
  #nextId = 1;

  private constructor(socket: NodeWebSocket) {
    this.socket = socket;
    socket.on('message', (data: Buffer, binary) => {
      const frame = binary ? decodeFrame(data) : undefined;
      if (frame !== undefined) this.frames.push(frame);
      else if (!binary) this.messages.push(JSON.parse(data.toString()) as ServerMessage);
    });
    socket.on('close', (code, reason) => (this.closed = { code, reason: reason.toString() }));
    socket.on('error', () => undefined);
  }

  /** Rejects with `HTTP <status>` if the server refused the upgrade. */
  static open(url: string, options: RawOptions): Promise<RawClient> {
    const { token, protocols = ['mhnos.v1'], ...rest } = options;
    const offered = [...protocols, ...(token === undefined ? [] : [`mhnos.auth.${token}`])];
    const socket = new NodeWebSocket(url, offered, rest);
    const client = new RawClient(socket);
    return new Promise((done, fail) => {
      socket.once('open', () => done(client));
      socket.once('unexpected-response', (_request, response) =>
        fail(new Error(`HTTP ${response.statusCode}`)),
      );
      socket.once('error', fail);
    });
  }

  send(message: object | string | Uint8Array): void {
    this.socket.send(
      typeof message === 'object' && !ArrayBuffer.isView(message) ? JSON.stringify(message) : message,
    );
  }

  async call(message: object): Promise<ServerMessage> {
    const id = `raw-${this.#nextId++}`;
    this.send({ ...message, id });
    return this.find((answer) => 'id' in answer && answer.id === id);
  }

  find(matches: (message: ServerMessage) => boolean): Promise<ServerMessage> {
    return poll('a message', () => this.messages.find(matches));
  }
}

const POLL_MS = 10;
const POLL_LIMIT_MS = 120_000;

/** Waits until the probe gives something. */
export async function poll<Value>(
  what: string,
  probe: () => Value | undefined | Promise<Value | undefined>,
): Promise<Value> {
  const deadline = Date.now() + POLL_LIMIT_MS;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new Error(`No ${what} within ${POLL_LIMIT_MS} ms`);
    await new Promise((resume) => setTimeout(resume, POLL_MS));
  }
}

export interface Ran {
  readonly pid: number;
  readonly exit: RemoteExit;
  readonly stdout: string;
  readonly stderr: string;
}

/** Spawns, gives it the input, and collects what it prints until its end. */
export async function run(connection: RemoteConnection, spawned: RemoteSpawn, input?: string): Promise<Ran> {
  const chunks = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
  const process = await spawnRemote(connection, spawned, (channel, bytes) => {
    chunks[channel].push(bytes.slice());
  });
  if (input !== undefined) {
    await process.write(Buffer.from(input));
    process.end();
  }
  const exit = await process.exit;
  return {
    pid: process.pid,
    exit,
    stdout: Buffer.concat(chunks.stdout).toString(),
    stderr: Buffer.concat(chunks.stderr).toString(),
  };
}

/** A shell command with pipes. */
export const shell = (connection: RemoteConnection, line: string, options: RemoteSpawn['options'] = {}) =>
  run(connection, {
    processType: 'shell',
    command: 'bash',
    args: ['-c', line],
    options: { tty: false, ...options },
  });
