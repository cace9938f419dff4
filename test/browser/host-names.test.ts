import { spawn } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';
import { nameServer } from '../support/name-server.ts';

const OAC = path.resolve('bin/oac.js');

const ASK = `
  const dns = require('dns').promises;
  const show = (promise) => promise.then((value) => console.log(JSON.stringify(value)), ({ code }) => console.log(code));
  (async () => {
    await show(dns.resolve4('www.example.org'));
    await show(dns.resolveTxt('www.example.org').then(([parts]) => parts.join('').length));
    await show(dns.reverse('93.184.215.14'));
    await show(dns.resolve4('db.inside'));
    await show(dns.reverse('10.0.0.7'));
  })();`;

/** Runs in this process's loop, in which the name server answers. */
async function asked(port: number, ...options: string[]): Promise<{ lines: string[]; stderr: string }> {
  const env = { ...process.env, OAC_NAME_SERVERS: `127.0.0.1:${port}` };
  const child = spawn(process.execPath, [OAC, ...options, '--', 'node', '-e', ASK], { env, stdio: 'pipe' });
  child.stdin.end();
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => (said[name] += text));
  await new Promise((resolve) => child.once('close', resolve));
  return { lines: said.stdout.trim().split('\n'), stderr: said.stderr };
}

it("oac gives its machine's name server to the container, but for what it tells of private networks", async () => {
  const server = await nameServer();
  try {
    expect(await asked(server.port)).toEqual({
      lines: ['["93.184.215.14"]', '1020', '["host.example.org"]', 'EREFUSED', 'EREFUSED'],
      stderr: '',
    });
    const { lines } = await asked(server.port, '--allow', 'fetch=other.example.org');
    expect(lines).toEqual(Array(5).fill('EREFUSED'));
  } finally {
    server.close();
  }
});

it('a name server that does not answer is told as one', async () => {
  const server = await nameServer();
  server.close();
  const { lines } = await asked(server.port);
  expect(new Set(lines)).toEqual(new Set(['ESERVFAIL', 'EREFUSED']));
});
