/** What happens when something breaks: each failure has a code, and loses nothing that was told to be kept. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { spawnRemote } from '../../src/remote/process.ts';
import { openStream } from '../../src/remote/streams.ts';
import { poll, Runtime } from './harness.ts';

/** A process that nobody has reaped yet has ended too. */
function isRunning(pid: string): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(fs.readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

it('a runtime that is killed takes its processes along, and one that comes back says that they are gone', async () => {
  const token = 'k'.repeat(43);
  const first = await Runtime.start({ MHNOS_TOKEN: token });
  const connection = await first.connect();
  let osPid = '';
  const child = await spawnRemote(
    connection,
    {
      processType: 'shell',
      command: 'bash',
      args: ['-c', 'echo $$; while :; do sleep 0.1; done'],
      options: { tty: false },
    },
    (_channel, bytes) => void (osPid += Buffer.from(bytes).toString()),
  );
  await poll('start', () => (osPid.endsWith('\n') ? true : undefined));
  const states: string[] = [];
  connection.listen({ stateChanged: (state) => void states.push(state) });
  first.child.kill('SIGKILL');
  await poll('cut', () => (states.includes('reconnecting') ? true : undefined));
  await poll('end of the process', () => (isRunning(osPid.trim()) ? undefined : true));
  await using again = await Runtime.start({
    MHNOS_TOKEN: token,
    MHNOS_RUNTIME_PORT: String(first.port),
    MHNOS_WORKSPACE: first.workspace,
  });
  await expect(child.exit).rejects.toMatchObject({ code: 'ESRCH' });
  expect(states).toEqual(['reconnecting', 'connected']);
  expect((await again.health()).processes.active).toBe(0);
  connection.close();
  fs.rmSync(first.workspace, { recursive: true, force: true });
});

it('a full workspace is ENOSPC: what was there stays, what did not fit leaves no trace', async ({ skip }) => {
  const workspace = fs.mkdtempSync(join(tmpdir(), 'mhnos-full-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', workspace]).status === 0;
  if (!mounted) {
    fs.rmdirSync(workspace);
    skip('SKIPPED: a small disk needs the right to mount one');
  }
  try {
    await using runtime = await Runtime.start({ MHNOS_WORKSPACE: workspace });
    const connection = await runtime.connect();
    const contents = Buffer.alloc(3 * 2 ** 20, 'x');
    const sha256 = createHash('sha256').update(contents).digest('hex');
    const put = (path: string, bytes: Buffer, hash: string) => ({
      op: 'put' as const,
      entry: { kind: 'file' as const, path, mode: 0o644, size: bytes.length, mtimeMs: 0, sha256: hash },
      base: null,
    });
    const small = Buffer.from('small');
    const operations = [
      put('big', contents, sha256),
      put('small', small, createHash('sha256').update(small).digest('hex')),
    ];
    const request = { type: 'syncApply', operations } as const;
    const { answer, stream } = await openStream(
      connection,
      { ...request, operations: [...operations] },
      'syncReady',
    );
    let results: unknown;
    connection.listen({
      message: (message) => {
        if (message.type === 'syncApplied' && message.id === answer.id) results = message.results;
      },
    });
    const writer = stream.writable.getWriter();
    await writer.write(Buffer.concat([contents, small]));
    await writer.close();
    expect(await poll('results', () => results)).toMatchObject([
      { path: 'big', status: 'error', code: 'ENOSPC' },
      { path: 'small', status: 'done' },
    ]);
    expect(fs.readdirSync(workspace).sort()).toEqual(['.home', 'small']);
    connection.close();
  } finally {
    spawnSync('umount', ['-l', workspace]);
    fs.rmdirSync(workspace);
  }
});
