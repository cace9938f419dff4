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

/** Each script by the container's shell, in a folder of its own that is also its home. */
const byContainer = (): Promise<Record<string, { exitCode: number; stdout: string }>> =>
  run(async ({ OpenAgentsContainer }, scripts) => {
    const container = await OpenAgentsContainer.boot();
    const answers: Record<string, { exitCode: number; stdout: string }> = {};
    for (const [at, [title, script]] of Object.entries(scripts).entries()) {
      const folder = `/home/case-${at}`;
      await container.fs.mkdir(folder);
      const process = await container.spawn('bash', ['-c', script], {
        cwd: folder,
        env: { HOME: folder },
      });
      const stdout = process.stdout.getReader();
      let text = '';
      for (let read = await stdout.read(); !read.done; read = await stdout.read()) text += read.value;
      answers[title] = { exitCode: await process.exit, stdout: text };
    }
    await container.teardown();
    return answers;
  }, SCRIPTS);
let answers: ReturnType<typeof byContainer> | undefined;

describe.skipIf(!BASH)('the shell answers as bash 5.2', () => {
  it.each(Object.entries(SCRIPTS))('%s', async (title, script) => {
    answers ??= byContainer();
    expect((await answers)[title]).toEqual(byBash(script));
  });
});
