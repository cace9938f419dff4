import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeCommandFolder } from '../../support/node-command.ts';
import { GitServer } from './git-server.ts';

let root = '';
let commands = '';
let origin = '';
let server: GitServer | undefined;

beforeAll(async () => {
  if (!GitServer.exists) return;
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'git-remotes-'));
  commands = await nodeCommandFolder('git');
  server = new GitServer(path.join(root, 'served'));
  origin = await server.listen();
  for (const name of ['project.git', 'private/project.git']) {
    native('init', '-q', '--bare', '-b', 'master', path.join(root, 'served', name));
    native('-C', path.join(root, 'served', name), 'config', 'http.receivepack', 'true');
  }
  fs.mkdirSync(path.join(root, 'home'));
  const seed = path.join(root, 'seed');
  native('init', '-q', '-b', 'master', seed);
  fs.mkdirSync(path.join(seed, 'folder'));
  fs.writeFileSync(path.join(seed, 'readme.txt'), 'first\n');
  fs.writeFileSync(path.join(seed, 'folder/run.sh'), '#!/bin/sh\n', { mode: 0o755 });
  native('-C', seed, 'add', '.');
  native('-C', seed, 'commit', '-q', '-m', 'first');
  native('-C', seed, 'tag', 'v1');
  native('-C', seed, 'push', '-q', path.join(root, 'served/project.git'), 'master', 'v1');
  native('-C', seed, 'push', '-q', path.join(root, 'served/private/project.git'), 'master');
});
afterAll(async () => {
  await server?.close();
  for (const folder of [root, commands])
    if (folder !== '') fs.rmSync(folder, { recursive: true, force: true });
});

const environment = (): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'] ?? '',
  HOME: path.join(root, 'home'),
  GIT_AUTHOR_NAME: 'A U Thor',
  GIT_AUTHOR_EMAIL: 'author@example.com',
  GIT_COMMITTER_NAME: 'C O Mitter',
  GIT_COMMITTER_EMAIL: 'committer@example.com',
  GIT_CONFIG_NOSYSTEM: '1',
  LC_ALL: 'C.UTF-8',
});

function native(...args: readonly string[]): string {
  return execFileSync('git', args, { encoding: 'utf8', env: environment(), cwd: root });
}

interface Answer {
  status: number | null;
  text: string;
}

/** A line of shell in which `git` is ours. The server is in this process, which must not block. */
async function ours(line: string, folder = 'clone'): Promise<Answer> {
  const cwd = path.join(root, folder);
  const env = environment();
  const child = spawn('sh', ['-c', `exec 2>&1; ${line}`], {
    cwd: fs.existsSync(cwd) ? cwd : root,
    env: { ...env, PATH: `${commands}:${env['PATH']}` },
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (data: string) => (text += data));
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { status, text: text.replaceAll(origin, 'ORIGIN') };
}

describe.skipIf(!GitServer.exists)(
  'git and a real server (passed over where there is no git-http-backend)',
  () => {
    it('clones: files, modes, tags, branch and upstream', async () => {
      const { status, text } = await ours(`git clone ${origin}/project.git clone`, '.');
      expect([status, text]).toEqual([0, expect.stringContaining("Cloning into 'clone'...")]);
      const clone = path.join(root, 'clone');
      expect(native('-C', clone, 'status', '-sb')).toBe('## master...origin/master\n');
      expect(native('-C', clone, 'tag')).toBe('v1\n');
      expect(fs.statSync(path.join(clone, 'folder/run.sh')).mode & 0o777).toBe(0o755);
      native('-C', clone, 'fsck', '--strict');
    });

    it('pushes a commit, and a new branch with its upstream', async () => {
      const pushed = await ours('echo second >> readme.txt && git commit -q -am second && git push');
      expect(pushed.status).toBe(0);
      expect(pushed.text).toMatch(/To ORIGIN\/project\.git\n {3}\w{7}\.\.\w{7} {2}master -> master\n/);
      const branched = await ours(
        'git checkout -q -b topic && git push -u origin topic && git checkout -q master',
      );
      expect(branched.text).toContain("branch 'topic' set up to track 'origin/topic'.");
      const bare = path.join(root, 'served/project.git');
      expect(native('-C', bare, 'log', '--format=%s', 'master')).toBe('second\nfirst\n');
      expect(native('-C', bare, 'branch')).toBe('* master\n  topic\n');
      native('-C', bare, 'fsck', '--strict');
      expect((await ours('git push')).text).toBe('Everything up-to-date\n');
    });

    it('fetches and pulls what another pushed', async () => {
      const seed = path.join(root, 'seed');
      native('-C', seed, 'pull', '-q', path.join(root, 'served/project.git'), 'master');
      fs.writeFileSync(path.join(seed, 'new.txt'), 'of another\n');
      native('-C', seed, 'add', '.');
      native('-C', seed, 'commit', '-q', '-m', 'third');
      native('-C', seed, 'push', '-q', path.join(root, 'served/project.git'), 'master');
      const fetched = await ours('git fetch && git status -sb && git log --format=%s -1');
      expect(fetched.text).toMatch(
        /From ORIGIN\/project\n {3}\w{7}\.\.\w{7} {2}master {5}-> origin\/master\n/,
      );
      expect(fetched.text).toContain('## master...origin/master [behind 1]\nsecond\n');
      const pulled = await ours('git pull && git log --format=%s -1 && cat new.txt');
      expect(pulled.text).toMatch(/Fast-forward[\s\S]*third\nof another\n$/);
    });

    it('is refused a push that would lose commits, and forces it when asked', async () => {
      const line = 'git commit -q --amend -m other';
      const refused = await ours(`${line} && git push; echo $?`);
      expect(refused.text).toMatch(/! \[rejected\] +master -> master \(non-fast-forward\)[\s\S]*\n1\n$/);
      const forced = await ours('git push -f && git push origin --delete topic');
      expect(forced.status).toBe(0);
      const bare = path.join(root, 'served/project.git');
      expect(native('-C', bare, 'log', '--format=%s', '-1', 'master')).toBe('other\n');
      expect(native('-C', bare, 'branch')).toBe('* master\n');
    });

    it('clones no deeper than asked', async () => {
      const { status } = await ours(`git clone -q --depth 1 ${origin}/project.git shallow`, '.');
      expect(status).toBe(0);
      expect(native('-C', path.join(root, 'shallow'), 'rev-list', '--count', 'HEAD')).toBe('1\n');
    });

    it('says what is wrong: no repository, no login; and logs in', async () => {
      const missing = await ours(`git clone ${origin}/nothing.git; echo $?`, '.');
      expect(missing.text).toContain("fatal: repository 'ORIGIN/nothing.git' not found\n128\n");
      const closed = await ours(`git clone ${origin}/private/project.git; echo $?`, '.');
      expect(closed.text).toContain("fatal: Authentication failed for 'ORIGIN/private/project.git'\n128\n");
      const url = `${origin.replace('//', '//ada:secret@')}/private/project.git`;
      const opened = await ours(`git clone -q ${url} opened && cat opened/readme.txt`, '.');
      expect(opened.text).toBe('first\n');
    });
  },
);
