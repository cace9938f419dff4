/** Sessions as pods. A client reaches one through a port that this process forwards, so that no pod is exposed. */
import { ApiException, CoreV1Api, KubeConfig, PortForward, type V1Pod } from '@kubernetes/client-node';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { newToken } from '../auth/token.ts';
import { BridgeError } from '../errors.ts';
import { DEFAULT_PORT } from '../protocol/runtime.ts';
import { healthOf } from './health.ts';
import {
  DEFAULT_LIMITS,
  SESSION_NAME,
  type Launcher,
  type RuntimeSession,
  type SessionAddress,
  type SessionLimits,
} from './launcher.ts';
import { APP_LABEL, podFor, podName, secretFor, SESSION_LABEL, volumeFor, type PodOptions } from './pod.ts';

const READY_TIMEOUT_MS = 120_000;
const READY_POLL_MS = 500;

export interface KubernetesLauncherOptions extends PodOptions {
  readonly sessionsMax: number;
  /** Default: the usual kubeconfig, or the pod's own service account. */
  readonly config?: KubeConfig;
}

const statusOf = (error: unknown): number => (error instanceof ApiException ? error.code : 0);

/** Undefined if the cluster says that there is none. */
async function orMissing<Result>(request: Promise<Result>): Promise<Result | undefined> {
  try {
    return await request;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** Made already, by an earlier attempt, is made. */
async function orPresent(request: Promise<unknown>): Promise<void> {
  try {
    await request;
  } catch (error) {
    if (statusOf(error) !== 409) throw error;
  }
}

const isReady = (pod: V1Pod): boolean =>
  pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;

function view(pod: V1Pod): RuntimeSession {
  const phase = pod.status?.phase;
  const state = isReady(pod) ? 'ready' : phase === 'Succeeded' || phase === 'Failed' ? 'stopped' : 'starting';
  return {
    name: pod.metadata?.labels?.[SESSION_LABEL] ?? '',
    state,
    createdAt: pod.metadata?.creationTimestamp?.getTime() ?? 0,
  };
}

export class KubernetesLauncher implements Launcher {
  readonly #options: KubernetesLauncherOptions;
  readonly #config: KubeConfig;
  readonly #api: CoreV1Api;

  constructor(options: KubernetesLauncherOptions) {
    this.#options = options;
    this.#config = options.config ?? new KubeConfig();
    if (options.config === undefined) this.#config.loadFromDefault();
    this.#api = this.#config.makeApiClient(CoreV1Api);
  }

  async create(name: string, limits: Partial<SessionLimits> = {}): Promise<RuntimeSession> {
    if (!SESSION_NAME.test(name)) throw new BridgeError('EINVAL', `"${name}" is not a name of a session.`);
    const { namespace, sessionsMax, storageClass } = this.#options;
    const known = await orMissing(this.#api.readNamespacedPod({ namespace, name: podName(name) }));
    if (known !== undefined) return view(known);
    if ((await this.list()).length >= sessionsMax) {
      throw new BridgeError('EAGAIN', `${sessionsMax} sessions run already.`);
    }
    const all = { ...DEFAULT_LIMITS, ...limits };
    await orPresent(
      this.#api.createNamespacedSecret({ namespace, body: secretFor(name, newToken(), this.#options) }),
    );
    if (storageClass !== undefined) {
      const body = volumeFor(name, all, this.#options);
      await orPresent(this.#api.createNamespacedPersistentVolumeClaim({ namespace, body }));
    }
    return view(await this.#api.createNamespacedPod({ namespace, body: podFor(name, all, this.#options) }));
  }

  async attach(name: string): Promise<SessionAddress> {
    await this.#untilReady(name);
    const { namespace } = this.#options;
    const secret = await this.#api.readNamespacedSecret({ namespace, name: podName(name) });
    const token = Buffer.from(secret.data?.['token'] ?? '', 'base64').toString();
    const forward = new PortForward(this.#config);
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      const forwarded = forward.portForward(namespace, podName(name), [DEFAULT_PORT], socket, null, socket);
      forwarded.catch(() => socket.destroy());
      socket.once('close', () => {
        sockets.delete(socket);
        void forwarded.then(
          (way) => (typeof way === 'function' ? way() : way)?.close(),
          () => undefined,
        );
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    // With what goes through it: a request that is kept alive would keep the port, and this process.
    const close = (): void => {
      server.close();
      for (const socket of sockets) socket.destroy();
    };
    return { url: `ws://127.0.0.1:${port}`, token, close };
  }

  async #untilReady(name: string): Promise<void> {
    const { namespace } = this.#options;
    const deadline = Date.now() + READY_TIMEOUT_MS;
    for (;;) {
      const pod = await orMissing(this.#api.readNamespacedPod({ namespace, name: podName(name) }));
      if (pod === undefined) throw new BridgeError('ENOENT', `There is no session ${name}.`);
      if (isReady(pod)) return;
      if (Date.now() > deadline) {
        throw new BridgeError(
          'ETIMEDOUT',
          `The pod of ${name} is ${pod.status?.phase ?? 'unknown'}, not ready.`,
        );
      }
      await sleep(READY_POLL_MS);
    }
  }

  async delete(name: string): Promise<void> {
    const { namespace } = this.#options;
    const target = { namespace, name: podName(name) };
    const pod = await orMissing(this.#api.deleteNamespacedPod(target));
    await orMissing(this.#api.deleteNamespacedSecret(target));
    await orMissing(this.#api.deleteNamespacedPersistentVolumeClaim(target));
    if (pod === undefined) throw new BridgeError('ENOENT', `There is no session ${name}.`);
  }

  async list(): Promise<RuntimeSession[]> {
    const { namespace } = this.#options;
    const { items } = await this.#api.listNamespacedPod({ namespace, labelSelector: `app=${APP_LABEL}` });
    return items.map(view);
  }

  async reap(idleMs: number): Promise<string[]> {
    const reaped: string[] = [];
    for (const { name, state } of await this.list()) {
      if (state === 'starting') continue;
      if (state === 'ready' && (await this.#idleMs(name)) < idleMs) continue;
      await this.delete(name);
      reaped.push(name);
    }
    return reaped;
  }

  async #idleMs(name: string): Promise<number> {
    const address = await this.attach(name);
    try {
      return (await healthOf(address.url.replace('ws:', 'http:')))?.idleMs ?? 0;
    } finally {
      address.close();
    }
  }
}
