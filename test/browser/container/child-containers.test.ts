/** Containers that programs make through /web/container: what they run, listen on and may do, by files alone. */
import { expect, test } from 'vitest';
import { usePage } from '../harness.ts';

const { run } = usePage();

/** Waits for the other kernels without a shell: files are all it has. */
const PROGRAM = `
const fs = require('node:fs');
const { setTimeout: sleep } = require('node:timers/promises');
const read = (path) => fs.readFileSync(path, 'utf8').trim();
const code = (action) => { try { return action() ?? 'done'; } catch (error) { return error.code; } };
const until = async (action) => {
  for (let tries = 0; tries < 1000; tries++) {
    const value = code(action);
    if (value !== false && value !== 'ENOENT' && value !== '') return value;
    await sleep(10);
  }
  return 'never';
};
(async () => {
  const out = {};
  const id = read('/web/container/new');
  const folder = '/web/container/' + id;
  out.listed = fs.readdirSync('/web/container').includes(id);
  fs.writeFileSync(folder + '/workdir/server.js', "require('net').createServer().listen(4000, '127.0.0.1', () => require('fs').writeFileSync('up', String(process.pid)))");
  fs.writeFileSync(folder + '/ctl', 'start node server.js');
  const pid = await until(() => read(folder + '/workdir/up'));
  out.port = (await until(() => read(folder + '/ports/4000'))) === pid;
  out.ports = fs.readdirSync(folder + '/ports').join();
  out.ownPorts = fs.readdirSync('/web/container/self/ports').join();
  out.processes = fs.readdirSync(folder + '/processes').includes(pid);
  out.argv = read(folder + '/processes/' + pid + '/argv');
  out.status = /^running [1-9]/.test(read(folder + '/status'));
  fs.writeFileSync(folder + '/processes/' + pid + '/ctl', 'stop');
  out.stopped = await until(() => read(folder + '/processes/' + pid + '/status') === 'stopped');
  fs.writeFileSync(folder + '/processes/' + pid + '/ctl', 'cont');
  fs.writeFileSync(folder + '/processes/' + pid + '/ctl', 'kill SIGTERM');
  out.closedPort = await until(() => fs.readdirSync(folder + '/ports').length === 0);
  out.dead = await until(() => code(() => fs.writeFileSync(folder + '/processes/' + pid + '/ctl', 'kill')) !== 'done');

  // It has the limits and the grants of this one.
  fs.writeFileSync(folder + '/workdir/bounded.js', \`
    const { spawn } = require('child_process');
    const fs = require('fs');
    const out = { env: Object.keys(process.env).includes('SECRET'), limits: fs.readFileSync('/task/self/limits', 'utf8'), capabilities: fs.readFileSync('/task/self/capabilities', 'utf8') };
    try { fs.readFileSync('/web/container/new'); } catch (error) { out.nested = error.code; }
    const children = [];
    for (let count = 0; count < 8; count++) children.push(spawn('node', ['-e', 'setInterval(() => {}, 1000)']));
    let left = children.length;
    const over = (child) => { if (--left === 0) { out.refused = refused; children.forEach((child) => child.kill('SIGKILL')); fs.writeFileSync('out.tmp', JSON.stringify(out)); fs.renameSync('out.tmp', 'out.json'); } };
    const refused = [];
    for (const child of children) child.on('error', ({ code }) => { refused.push(code); over(); }).on('spawn', over);
  \`);
  fs.writeFileSync(folder + '/ctl', 'start node bounded.js');
  const bounded = JSON.parse(await until(() => read(folder + '/workdir/out.json')));
  out.env = bounded.env;
  out.nested = bounded.nested;
  out.refused = [...new Set(bounded.refused)];
  out.limits = bounded.limits === fs.readFileSync('/task/self/limits', 'utf8');
  out.capabilities = bounded.capabilities.includes('network.fetch none');

  const more = [read('/web/container/new'), read('/web/container/new'), read('/web/container/new')];
  out.fifth = code(() => fs.readFileSync('/web/container/new'));
  for (const one of [id, ...more]) fs.writeFileSync('/web/container/' + one + '/ctl', 'close');
  out.gone = await until(() => fs.readdirSync('/web/container').filter((name) => [id, ...more].includes(name)).length === 0);
  out.after = code(() => fs.readdirSync(folder));
  const again = read('/web/container/new');
  out.room = fs.existsSync('/web/container/' + again + '/workdir/');
  console.log(JSON.stringify(out));
})();
`;

test('its files, processes, signals, ports, limits and grants', async () => {
  const { stdout, stderr } = await run(async ({ OpenAgentsContainer }, program) => {
    const container = await OpenAgentsContainer.boot({
      limits: { processes: 6 },
      capabilities: { network: { fetch: false } },
    });
    await container.fs.writeFile('main.cjs', program);
    const outcome = await container.exec('SECRET=1 node main.cjs', { timeoutMs: 120_000 });
    await container.teardown();
    return outcome;
  }, PROGRAM);
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual({
    listed: true,
    port: true,
    ports: '4000',
    ownPorts: '',
    processes: true,
    argv: 'node\nserver.js',
    status: true,
    stopped: true,
    closedPort: true,
    dead: true,
    env: false,
    nested: 'EPERM',
    refused: ['EAGAIN'],
    limits: true,
    capabilities: true,
    fifth: 'EAGAIN',
    gone: true,
    after: 'ENOENT',
    room: true,
  });
});
