import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeCommandFolder } from '../../support/node-command.ts';
import { HttpServer } from './http-server.ts';
import { CURL_CASES, WGET_CASES } from './http-cases.ts';

const has = (tool: string): boolean => spawnSync('which', [tool]).status === 0;

let root = '';
let commands = '';
const server = new HttpServer();

beforeAll(async () => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'http-commands-'));
  commands = await nodeCommandFolder('curl', 'wget');
  await server.listen();
});
afterAll(async () => {
  await server.close();
  for (const folder of [root, commands]) fs.rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  status: number | null;
  stdout: string;
  stderr: string;
  /** What was asked of the server. */
  requests: string[];
  files: Record<string, string>;
}

/** The line by the shell, in a folder of its own; the server's port reads the same in all answers. */
async function answer(line: string, who: 'ours' | 'real'): Promise<Answer> {
  const folder = fs.mkdtempSync(path.join(root, `${who}-`));
  fs.writeFileSync(path.join(folder, 'data.txt'), 'line one\nline two\n');
  fs.writeFileSync(path.join(folder, 'part'), '01234');
  server.forget();
  const child = spawn('sh', ['-c', line.replaceAll('SERVER', server.host)], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      PATH: `${who === 'ours' ? `${commands}:` : ''}${process.env['PATH'] ?? ''}`,
      HOME: folder,
      LC_ALL: 'C.UTF-8',
    },
  });
  child.stdin.end('from standard input\n');
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('latin1').on('data', (data: string) => (text[name] += data));
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  const plain = (given: string): string =>
    given
      .replaceAll(server.host, 'SERVER')
      .replaceAll(String(server.port), 'PORT')
      .replace(/-{20,}\w{16}/g, 'BOUNDARY')
      .replace(/^Date: .*$/gm, 'Date: then')
      .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'NOW')
      .replace(/after \d+ m(?:illisecond)?s/g, 'after a while')
      .replace(/[‘’]/g, "'")
      // A browser cannot wait for 100 Continue, and Brotli is not there.
      .replace(/^Expect: 100-continue\n/gm, '')
      .replace('deflate, gzip, br, zstd', 'deflate, gzip');
  const files = Object.fromEntries(
    (fs.readdirSync(folder, { recursive: true }) as string[])
      .filter((name) => fs.statSync(path.join(folder, name)).isFile())
      .sort()
      .map((name) => [plain(name), plain(fs.readFileSync(path.join(folder, name), 'latin1'))]),
  );
  return {
    status,
    stdout: plain(text.stdout),
    stderr: plain(Buffer.from(text.stderr, 'latin1').toString()),
    requests: server.requests.map((request) =>
      plain(request).replace(/(user-agent: )(?:curl|wget)\S*/gi, '$1it'),
    ),
    files,
  };
}

describe.skipIf(!has('curl'))('curl does as curl (passed over where there is no curl)', () => {
  it.each(CURL_CASES)('$line', async ({ line, stderr }) => {
    const [ours, real] = [await answer(line, 'ours'), await answer(line, 'real')];
    if (!stderr) ours.stderr = real.stderr;
    expect(ours).toEqual(real);
  });
});

describe.skipIf(!has('wget'))('wget does as wget (passed over where there is no wget)', () => {
  it.each(WGET_CASES)('$line', async ({ line, stderr }) => {
    const [ours, real] = [await answer(line, 'ours'), await answer(line, 'real')];
    if (!stderr) ours.stderr = real.stderr;
    expect(ours).toEqual(real);
  });
});
