import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RemoteConnection } from '../../src/remote/connection.ts';
import { DEFAULT_LIMITS } from '../../runtime/launcher/launcher.ts';
import { LocalLauncher } from '../../runtime/launcher/local.ts';
import { podFor } from '../../runtime/launcher/pod.ts';
import { node24, poll, shell } from './harness.ts';

let folder: string;
let launcher: LocalLauncher;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mhnos-sessions-'));
  launcher = new LocalLauncher({
    folder,
    sessionsMax: 2,
    node: node24(),
    env: { MHNOS_LOG_LEVEL: 'error' },
  });
});
afterAll(async () => {
  for (const { name } of await launcher.list()) await launcher.delete(name);
  rmSync(folder, { recursive: true, force: true });
});

describe('sessions on this machine', () => {
  it('are apart: files, processes, tokens; and bounded in number', async () => {
    await launcher.create('ada');
    await launcher.create('ada');
    await launcher.create('bob');
    await expect(launcher.create('carol')).rejects.toMatchObject({ code: 'EAGAIN' });
    await expect(launcher.create('../x')).rejects.toMatchObject({
      code: 'EINVAL',
    });
    expect((await launcher.list()).map(({ name }) => name)).toEqual(['ada', 'bob']);
    const ada = await launcher.attach('ada');
    const bob = await launcher.attach('bob');
    await expect(RemoteConnection.open({ url: bob.url, token: ada.token })).rejects.toMatchObject({
      code: 'EACCES',
    });
    const connection = await RemoteConnection.open(ada);
    await shell(connection, 'echo mine > file');
    const other = await RemoteConnection.open(bob);
    const tried = await shell(other, `cat ../ada/file ${folder}/ada/file; ls ${folder}`);
    expect(tried.stdout).toBe('');
    connection.close();
    other.close();
  });

  it('are deleted with their files, and when nobody uses them', async () => {
    await launcher.delete('bob');
    expect(existsSync(join(folder, 'bob'))).toBe(false);
    await expect(launcher.delete('bob')).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await launcher.reap(60_000)).toEqual([]);
    expect(
      await poll('reaping', async () => ((await launcher.reap(1)).includes('ada') ? true : undefined)),
    ).toBe(true);
    expect(await launcher.list()).toEqual([]);
  });
});

it('a pod is as hardened as the compose files', () => {
  const { spec } = podFor('ada', DEFAULT_LIMITS, { image: 'mhnos/runtime', namespace: 'mhnos' });
  expect(spec).toMatchObject({
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, runAsUser: 10001 },
    containers: [
      {
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
      },
    ],
  });
});
