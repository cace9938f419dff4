import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeCommandFolder } from '../../support/node-command.ts';
import { GIT_SCENARIO } from './git-scenario.ts';

const has = (tool: string): boolean => spawnSync('which', [tool]).status === 0;
const FIRST_TIME = 1_600_000_000;
let commands = '';
let root = '';

beforeAll(async () => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'node-commands-'));
  commands = await nodeCommandFolder('git');
});
afterAll(() => {
  for (const folder of [root, commands]) fs.rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  status: number | null;
  stdout: string;
}

function answer(line: string, who: 'ours' | 'real', time: number, input = ''): Answer {
  const folder = path.join(root, who, 'work');
  fs.mkdirSync(folder, { recursive: true });
  const { status, stdout } = spawnSync('sh', ['-c', line], {
    cwd: folder,
    encoding: 'utf8',
    input,
    env: {
      PATH: `${who === 'ours' ? `${commands}:` : ''}${process.env['PATH'] ?? ''}`,
      HOME: path.join(root, who),
      GIT_AUTHOR_NAME: 'A U Thor',
      GIT_AUTHOR_EMAIL: 'author@example.com',
      GIT_COMMITTER_NAME: 'C O Mitter',
      GIT_COMMITTER_EMAIL: 'committer@example.com',
      GIT_AUTHOR_DATE: `${time} +0200`,
      GIT_COMMITTER_DATE: `${time} +0200`,
      GIT_CONFIG_NOSYSTEM: '1',
      LC_ALL: 'C.UTF-8',
      TZ: 'UTC',
    },
  });
  return { status, stdout: stdout.replaceAll(path.join(root, who), 'HOME') };
}

describe.skipIf(!has('git'))('git answers as git, and git reads what it wrote', () => {
  it.each(GIT_SCENARIO.map((line, index) => ({ line, time: FIRST_TIME + 60 * index })))(
    '$line',
    ({ line, time }) => {
      expect(answer(line, 'ours', time)).toEqual(answer(line, 'real', time));
    },
  );

  it('leaves a repository that git finds whole', () => {
    const checked = spawnSync('git', ['fsck', '--strict'], {
      cwd: path.join(root, 'ours/work'),
      encoding: 'utf8',
    });
    expect(checked.status).toBe(0);
  });
});
