/**
 * The launcher's Kubernetes driver by its command line, against a stand-in for the API server that holds it to the rules
 * of rbac.yaml and to the restricted pods of namespace.yaml (test/support/kubernetes-api.ts): no API server can be
 * installed on the machines that run these tests. The pods' bridges are real.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RemoteConnection } from '../../src/remote/connection.ts';
import { KubernetesApi, type Rule } from '../support/kubernetes-api.ts';
import { node24, poll, Runtime, shell } from './harness.ts';

const RUNTIME = resolve(import.meta.dirname, '../../runtime');
const MANIFESTS = join(RUNTIME, 'k8s');
const TOKEN = 'token-of-the-service-account';

/** The manifests as objects, read by the parser that the runtime has anyway. */
function documents(file: string): Record<string, unknown>[] {
  const script =
    "console.log(JSON.stringify(require('js-yaml').loadAll(require('fs').readFileSync(process.argv[1], 'utf8'))))";
  const ran = spawnSync(node24(), ['-e', script, join(MANIFESTS, file)], { cwd: RUNTIME, encoding: 'utf8' });
  return JSON.parse(ran.stdout) as Record<string, unknown>[];
}

describe('sessions as pods', () => {
  let folder: string;
  let api: KubernetesApi;
  let environment: NodeJS.ProcessEnv;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mhnos-kube-'));
    const role = documents('rbac.yaml').find(({ kind }) => kind === 'Role');
    api = new KubernetesApi(TOKEN, role?.['rules'] as Rule[], {
      async start(env, token) {
        const { MHNOS_MAX_MEMORY = '', MHNOS_MAX_PROCESSES = '' } = env;
        const runtime = await Runtime.start({ MHNOS_TOKEN: token, MHNOS_MAX_MEMORY, MHNOS_MAX_PROCESSES });
        return { port: runtime.port, stop: () => runtime[Symbol.asyncDispose]() };
      },
    });
    const server = await api.listen();
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      // The client takes plain HTTP from a cluster whose certificate it would not check.
      clusters: [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'u', user: { token: TOKEN } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    };
    writeFileSync(join(folder, 'config'), JSON.stringify(config));
    environment = { PATH: process.env['PATH'], KUBECONFIG: join(folder, 'config') };
  });
  afterAll(async () => {
    await api[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  /** `node launcher/main.ts …` to its end. */
  async function launcher(
    ...args: string[]
  ): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const child = spawn(node24(), [join(RUNTIME, 'launcher/main.ts'), ...args], { env: environment });
    const [stdout, stderr, code] = await Promise.all([
      child.stdout.toArray(),
      child.stderr.toArray(),
      new Promise<number | null>((done) => child.on('close', done)),
    ]);
    return { code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
  }

  it('are created once, reached through a forwarded port, listed, deleted with all that is theirs', async () => {
    const created = await launcher('create', 'ada', '--storage-class', 'fast');
    expect(created).toMatchObject({ code: 0, stdout: expect.stringContaining('"name":"ada"') as string });
    await launcher('create', 'ada', '--storage-class', 'fast');
    expect([...api.objects.keys()].sort()).toEqual([
      'mhnos/persistentvolumeclaims/mhnos-ada',
      'mhnos/pods/mhnos-ada',
      'mhnos/secrets/mhnos-ada',
    ]);
    const attached = spawn(node24(), [join(RUNTIME, 'launcher/main.ts'), 'attach', 'ada'], {
      env: environment,
    });
    let printed = '';
    attached.stdout.on('data', (text: Buffer) => (printed += text.toString()));
    const [, url = '', token = ''] = await poll(
      'the address',
      () => /^(ws:\S+)\ntoken (\S+)\n/.exec(printed) ?? undefined,
    );
    const connection = await RemoteConnection.open({ url, token });
    expect((await shell(connection, 'echo $((6 * 7)); head -c 300000 /dev/zero | wc -c')).stdout).toBe(
      '42\n300000\n',
    );
    await expect(RemoteConnection.open({ url, token: 'wrong' })).rejects.toMatchObject({ code: 'EACCES' });
    connection.close();
    attached.kill();
    expect(JSON.parse((await launcher('list')).stdout)).toMatchObject([{ name: 'ada', state: 'ready' }]);
    expect((await launcher('delete', 'ada')).code).toBe(0);
    expect(api.objects.size).toBe(0);
    expect(await launcher('delete', 'ada')).toMatchObject({ code: 1, stderr: 'There is no session ada.\n' });
  });

  it('are bounded in number, named as Kubernetes names, and reaped when nobody uses them', async () => {
    expect((await launcher('create', 'bob')).code).toBe(0);
    expect(await launcher('create', 'eve', '--sessions-max', '1')).toMatchObject({
      code: 1,
      stderr: '1 sessions run already.\n',
    });
    expect((await launcher('create', 'No/Name')).stderr).toContain('is not a name of a session');
    expect((await launcher('reap', '--idle-minutes', '10')).stdout).toBe('[]\n');
    const reaped = async (): Promise<true | undefined> =>
      (await launcher('reap', '--idle-minutes', '0')).stdout === '["bob"]\n' ? true : undefined;
    expect(await poll('reaping', reaped)).toBe(true);
    expect(api.objects.size).toBe(0);
  });

  it('need what rbac.yaml allows, all of it and no more', () => {
    const role = documents('rbac.yaml').find(({ kind }) => kind === 'Role');
    const used = new Set(api.requests);
    const allowed = (role?.['rules'] as Rule[]).flatMap(({ resources, verbs }) =>
      resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource}`)),
    );
    const unused = allowed.filter((each) => !used.has(each));
    expect([...used].filter((each) => !allowed.includes(each))).toEqual([]);
    // Newer API servers ask for `create` to forward a port by WebSocket. A claim is made and deleted, never read.
    expect(unused.sort()).toEqual(['create pods/portforward', 'get persistentvolumeclaims']);
  });
});

const kubectl = ['/usr/bin/kubectl', '/usr/local/bin/kubectl'].find((path) => existsSync(path));
if (kubectl === undefined)
  console.warn('SKIPPED: kustomize has not read the manifests: there is no kubectl here');

it.skipIf(kubectl === undefined)('kubectl builds what `apply -k` would send', () => {
  const built = spawnSync(kubectl ?? '', ['kustomize', MANIFESTS], { encoding: 'utf8' });
  expect(built.stderr).toBe('');
  const kinds = [...built.stdout.matchAll(/^kind: (\w+)$/gm)].map((match) => match[1]);
  const listed = /resources: \[(.*)\]/.exec(readFileSync(join(MANIFESTS, 'kustomization.yaml'), 'utf8'))?.[1];
  const written = (listed ?? '').split(', ').flatMap((file) => documents(file).map(({ kind }) => kind));
  expect(kinds.sort()).toEqual(written.sort());
  for (const namespace of built.stdout.matchAll(/^ {2}namespace: (\S+)$/gm))
    expect(namespace[1]).toBe('mhnos');
});
