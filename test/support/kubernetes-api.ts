/**
 * As much of Kubernetes' API as the launcher uses, for tests where no cluster can be had: pods, secrets and volume claims
 * by HTTP, each request allowed by the rules of rbac.yaml or refused, pods held to the restricted pod security standard,
 * and port-forward by WebSocket (v4.channel.k8s.io). A pod that is created runs: its bridge is a real one.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { WebSocket } from 'ws';
import { WebSocketServer } from 'ws';

interface Meta {
  name: string;
  namespace: string;
  labels?: Record<string, string>;
  creationTimestamp?: string;
}
export interface KubeObject {
  metadata: Meta;
  [field: string]: unknown;
}
interface Container {
  env?: { name: string; value: string }[];
  securityContext?: {
    allowPrivilegeEscalation?: boolean;
    readOnlyRootFilesystem?: boolean;
    capabilities?: { drop?: string[] };
  };
  resources?: { limits?: Record<string, string> };
}
interface PodSpec {
  containers: Container[];
  securityContext?: { runAsNonRoot?: boolean; seccompProfile?: { type: string } };
  volumes?: { name: string; secret?: { secretName: string } }[];
}
export interface Rule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
}
/** Runs what a pod says and tells its port; the port is closed by `stop`. */
export interface Kubelet {
  start(env: Record<string, string>, token: string): Promise<{ port: number; stop(): Promise<void> }>;
}

const KINDS: Readonly<Record<string, string>> = {
  pods: 'Pod',
  secrets: 'Secret',
  persistentvolumeclaims: 'PersistentVolumeClaim',
};
const VERBS: Readonly<Record<string, string>> = { POST: 'create', DELETE: 'delete', GET: 'get' };

class Refusal extends Error {
  readonly status: number;
  readonly reason: string;
  constructor(status: number, reason: string, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }
}

export class KubernetesApi implements AsyncDisposable {
  /** What was asked: `create pods`, in order. */
  readonly requests: string[] = [];
  readonly objects = new Map<string, KubeObject>();
  readonly #server: Server;
  readonly #running = new Map<string, Promise<{ port: number; stop(): Promise<void> }>>();
  readonly #token: string;
  readonly #rules: readonly Rule[];
  readonly #kubelet: Kubelet;

  constructor(token: string, rules: readonly Rule[], kubelet: Kubelet) {
    this.#token = token;
    this.#rules = rules;
    this.#kubelet = kubelet;
    this.#server = createServer((request, response) => void this.#answer(request, response));
    const sockets = new WebSocketServer({
      noServer: true,
      handleProtocols: (offered) => (offered.has('v4.channel.k8s.io') ? 'v4.channel.k8s.io' : false),
    });
    this.#server.on('upgrade', (request, socket, head) => {
      sockets.handleUpgrade(request, socket, head, (client) => void this.#forward(request, client));
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const key of [...this.#running.keys()]) await this.#end(key);
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  #allowed(request: IncomingMessage, verb: string, resource: string): void {
    this.requests.push(`${verb} ${resource}`);
    if (request.headers.authorization !== `Bearer ${this.#token}`)
      throw new Refusal(401, 'Unauthorized', 'Unauthorized');
    const rule = this.#rules.some(
      ({ apiGroups, resources, verbs }) =>
        apiGroups.includes('') && resources.includes(resource) && verbs.includes(verb),
    );
    if (!rule) throw new Refusal(403, 'Forbidden', `cannot ${verb} resource "${resource}"`);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const send = (status: number, body: object): void =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    try {
      const url = new URL(request.url ?? '', 'http://api');
      const [, namespace = '', resource = '', name] =
        /^\/api\/v1\/namespaces\/([^/]+)\/([^/]+)(?:\/([^/]+))?$/.exec(url.pathname) ?? [];
      const kind = KINDS[resource];
      if (kind === undefined) throw new Refusal(404, 'NotFound', 'the server could not find the resource');
      const method = request.method ?? '';
      const verb = method === 'GET' && name === undefined ? 'list' : (VERBS[method] ?? method);
      this.#allowed(request, verb, resource);
      const key = `${namespace}/${resource}/${name}`;
      if (verb === 'create') {
        send(201, this.#create(namespace, resource, kind, JSON.parse(await textOf(request)) as KubeObject));
      } else if (verb === 'list') {
        const items = this.#list(`${namespace}/${resource}/`, url.searchParams.get('labelSelector'));
        send(200, { kind: `${kind}List`, apiVersion: 'v1', metadata: {}, items });
      } else {
        const found = this.objects.get(key);
        if (found === undefined) throw new Refusal(404, 'NotFound', `${resource} "${name}" not found`);
        if (verb === 'delete') {
          this.objects.delete(key);
          await this.#end(key);
        }
        send(200, found);
      }
    } catch (error) {
      const { status, reason, message } =
        error instanceof Refusal ? error : new Refusal(500, 'InternalError', String(error));
      send(status, {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message,
        reason,
        code: status,
      });
    }
  }

  #list(prefix: string, selector: string | null): KubeObject[] {
    const wanted = (selector ?? '')
      .split(',')
      .filter(Boolean)
      .map((term) => term.split('='));
    return [...this.objects]
      .filter(([key]) => key.startsWith(prefix))
      .map(([, object]) => object)
      .filter(({ metadata }) => wanted.every(([label = '', value]) => metadata.labels?.[label] === value));
  }

  #create(namespace: string, resource: string, kind: string, body: KubeObject): KubeObject {
    if (body.metadata.namespace !== namespace) throw new Refusal(400, 'BadRequest', 'another namespace');
    const { name } = body.metadata;
    const key = `${namespace}/${resource}/${name}`;
    if (this.objects.has(key))
      throw new Refusal(409, 'AlreadyExists', `${resource} "${name}" already exists`);
    const metadata = { ...body.metadata, creationTimestamp: new Date().toISOString() };
    const object: KubeObject = { ...body, kind, apiVersion: 'v1', metadata };
    if (kind === 'Secret') {
      const plain = Object.entries((body['stringData'] ?? {}) as Record<string, string>);
      object['data'] = Object.fromEntries(
        plain.map(([field, value]) => [field, Buffer.from(value).toString('base64')]),
      );
      delete object['stringData'];
    }
    if (kind === 'Pod') this.#run(key, namespace, object);
    this.objects.set(key, object);
    return object;
  }

  #run(key: string, namespace: string, pod: KubeObject): void {
    const spec = pod['spec'] as PodSpec;
    const problem = restricted(spec);
    if (problem !== undefined)
      throw new Refusal(403, 'Forbidden', `violates PodSecurity "restricted:latest": ${problem}`);
    const secretName = spec.volumes?.find(({ secret }) => secret !== undefined)?.secret?.secretName ?? '';
    const data = this.objects.get(`${namespace}/secrets/${secretName}`)?.['data'] as
      { token: string } | undefined;
    // As a kubelet does: without what it mounts, a pod waits.
    pod['status'] = { phase: 'Pending' };
    if (data === undefined) return;
    const env = Object.fromEntries((spec.containers[0]?.env ?? []).map(({ name, value }) => [name, value]));
    const started = this.#kubelet.start(env, Buffer.from(data.token, 'base64').toString());
    this.#running.set(key, started);
    void started.then(
      () => (pod['status'] = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }),
      () => (pod['status'] = { phase: 'Failed' }),
    );
  }

  async #end(key: string): Promise<void> {
    const started = this.#running.get(key);
    this.#running.delete(key);
    await (await started)?.stop();
  }

  /** Channel 0 carries data, channel 1 errors; each begins with the port's number. */
  async #forward(request: IncomingMessage, client: WebSocket): Promise<void> {
    client.on('error', () => undefined);
    const url = new URL(request.url ?? '', 'http://api');
    const [, namespace, name] = /namespaces\/([^/]+)\/pods\/([^/]+)\/portforward$/.exec(url.pathname) ?? [];
    try {
      this.#allowed(request, 'get', 'pods/portforward');
      const running = await this.#running.get(`${namespace}/pods/${name}`);
      if (running === undefined || url.searchParams.get('ports') !== '18790') return client.close(1008);
      const port = Buffer.from([18790 & 0xff, 18790 >> 8]);
      for (const channel of [0, 1]) client.send(Buffer.concat([Buffer.of(channel), port]));
      const socket = connect(running.port, '127.0.0.1');
      socket.on('error', () => client.close());
      socket.on('data', (bytes) => client.send(Buffer.concat([Buffer.of(0), bytes])));
      socket.on('close', () => client.close());
      client.on('message', (data: Buffer) => void (data[0] === 0 && socket.write(data.subarray(1))));
      client.on('close', () => socket.destroy());
    } catch {
      client.close(1008);
    }
  }
}

/** What keeps a pod from the restricted standard (Kubernetes' pod security standards), as far as ours could meet it. */
function restricted({ securityContext, containers }: PodSpec): string | undefined {
  if (securityContext?.runAsNonRoot !== true) return 'runAsNonRoot != true';
  if (securityContext.seccompProfile?.type !== 'RuntimeDefault') return 'seccompProfile';
  for (const { securityContext: own, resources } of containers) {
    if (own?.allowPrivilegeEscalation !== false) return 'allowPrivilegeEscalation != false';
    if (!own.capabilities?.drop?.includes('ALL')) return 'unrestricted capabilities';
    // The namespace's quota takes none without.
    if (resources?.limits?.['cpu'] === undefined || resources.limits['memory'] === undefined)
      return 'no limits';
  }
  return undefined;
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of request) text += String(part);
  return text;
}
