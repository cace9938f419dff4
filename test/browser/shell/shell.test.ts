import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { usePage } from '../harness.ts';
import { SCRIPTS } from './scripts.ts';

/** The recorded answers were made by bash 5.2; another bash on this machine is no judge. */
const BASH = ((): boolean => {
  try {
    return /version 5\.2/.test(execFileSync('bash', ['--version'], { encoding: 'utf8' }));
  } catch {
    return false;
  }
})();

const { run } = usePage();

function byBash(script: string): { exitCode: number | null; stdout: string } {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'shell-'));
  try {
    const result = spawnSync('bash', ['-c', script], {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] ?? '', HOME: folder, TMPDIR: os.tmpdir(), LC_ALL: 'C.UTF-8' },
    });
    return { exitCode: result.status, stdout: result.stdout };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

describe.skipIf(!BASH)('the shell answers as bash 5.2', () => {
  it.each(Object.entries(SCRIPTS))('%s', async (_title, script) => {
    const mine = await run(async ({ OpenAgentsContainer }, source) => {
      const container = await OpenAgentsContainer.boot();
      try {
        const process = await container.spawn('bash', ['-c', source]);
        const stdout = process.stdout.pipeThrough(new TransformStream<string, string>()).getReader();
        let text = '';
        for (let read = await stdout.read(); !read.done; read = await stdout.read()) text += read.value;
        return { exitCode: await process.exit, stdout: text };
      } finally {
        await container.teardown();
      }
    }, script);
    expect(mine).toEqual(byBash(script));
  });
});
