/** Sessions as processes of this machine: a bridge each, on a port of its own, with a workspace of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { newToken } from '../auth/token.ts';
import { BridgeError } from '../errors.ts';
import {
  DEFAULT_LIMITS,
  SESSION_NAME,
  type Launcher,
  type RuntimeSession,
  type SessionAddress,
  type SessionLimits,
} from './launcher.ts';
import { healthOf } from './health.ts';

interface LocalSession {
  readonly name: string;
  readonly child: ChildProcess;
  readonly token: string;
  readonly folder: string;
  readonly createdAt: number;
  readonly port: Promise<number>;
  ready: boolean;
  ended: boolean;
}

export interface LocalLauncherOptions {
  /** Workspaces are folders of this one. */
  readonly folder: string;
  readonly sessionsMax: number;
  /** The Node that runs the bridges. Default: the one that runs this. */
  readonly node?: string;
  /** Further MHNOS_* settings of every bridge. */
  readonly env?: Readonly<Record<string, string>>;
}

const START = join(import.meta.dirname, '..', 'start.mjs');
const PRIVATE_MODE = 0o700;

function portOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let printed = '';
    child.stdout?.on('data', (text: Buffer) => {
      printed += text.toString();
      const port = /listening on ws:\/\/\S+:(\d+)\n/.exec(printed)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
    child.stderr?.on('data', (text: Buffer) => (printed += text.toString()));
    child.once('close', (code) =>
      reject(new BridgeError('EIO', `The bridge ended (${code}): ${printed.trim()}`)),
    );
  });
}

export class LocalLauncher implements Launcher {
  readonly #options: LocalLauncherOptions;
  readonly #sessions = new Map<string, LocalSession>();

  constructor(options: LocalLauncherOptions) {
    this.#options = options;
  }

  async create(name: string, limits: Partial<SessionLimits> = {}): Promise<RuntimeSession> {
    return this.#view(this.#sessions.get(name) ?? this.#start(name, limits));
  }

  #start(name: string, limits: Partial<SessionLimits>): LocalSession {
    if (!SESSION_NAME.test(name)) throw new BridgeError('EINVAL', `"${name}" is not a name of a session.`);
    const { folder, sessionsMax, env, node = process.execPath } = this.#options;
    if (this.#sessions.size >= sessionsMax)
      throw new BridgeError('EAGAIN', `${sessionsMax} sessions run already.`);
    const { memoryBytes, processes } = { ...DEFAULT_LIMITS, ...limits };
    const workspace = join(folder, name);
    mkdirSync(workspace, { recursive: true, mode: PRIVATE_MODE });
    const token = newToken();
    const child = spawn(node, [START], {
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: process.env['HOME'] ?? '/',
        ...env,
        MHNOS_RUNTIME_PORT: '0',
        MHNOS_WORKSPACE: workspace,
        MHNOS_TOKEN: token,
        MHNOS_MAX_MEMORY: String(memoryBytes),
        MHNOS_MAX_PROCESSES: String(processes),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const port = portOf(child);
    const session: LocalSession = {
      name,
      child,
      token,
      folder: workspace,
      createdAt: Date.now(),
      port,
      ready: false,
      ended: false,
    };
    port.then(
      () => (session.ready = true),
      () => (session.ended = true),
    );
    child.once('close', () => (session.ended = true));
    this.#sessions.set(name, session);
    return session;
  }

  async attach(name: string): Promise<SessionAddress> {
    const session = this.#get(name);
    return { url: `ws://127.0.0.1:${await session.port}`, token: session.token, close: () => undefined };
  }

  async delete(name: string): Promise<void> {
    const session = this.#get(name);
    this.#sessions.delete(name);
    if (!session.ended) {
      const closed = new Promise((resolve) => session.child.once('close', resolve));
      session.child.kill('SIGTERM');
      await closed;
    }
    rmSync(session.folder, { recursive: true, force: true });
  }

  list(): Promise<RuntimeSession[]> {
    return Promise.resolve([...this.#sessions.values()].map((session) => this.#view(session)));
  }

  async reap(idleMs: number): Promise<string[]> {
    const reaped: string[] = [];
    for (const { name, port, ended, ready } of [...this.#sessions.values()]) {
      if (!ended && !ready) continue; // it is still starting
      const health = ended ? undefined : await healthOf(`http://127.0.0.1:${await port}`);
      if (!ended && (health?.idleMs ?? 0) < idleMs) continue;
      await this.delete(name);
      reaped.push(name);
    }
    return reaped;
  }

  #get(name: string): LocalSession {
    const session = this.#sessions.get(name);
    if (session === undefined) throw new BridgeError('ENOENT', `There is no session ${name}.`);
    return session;
  }

  #view({ name, createdAt, ready, ended }: LocalSession): RuntimeSession {
    return { name, createdAt, state: ended ? 'stopped' : ready ? 'ready' : 'starting' };
  }
}
