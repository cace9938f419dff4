import { expect, test } from 'vitest';
import { usePage } from '../harness.ts';

const { run } = usePage();

test('a server that crashes in the middle of an answer: aborted in the frame, the reason on the terminal', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    await container.fs.writeFile(
      'server.cjs',
      `require('http').createServer((request, response) => {
         if (request.url === '/') return response.setHeader('Content-Type', 'text/html').end('<title>up</title>');
         response.writeHead(200, { 'Content-Length': '1000' });
         response.write('half of it', () => setTimeout(() => { throw new RangeError('the reason'); }));
       }).listen(3000);`,
    );
    const ready = new Promise<string>((resolve) =>
      container.on('server-ready', (_port, url) => resolve(url)),
    );
    const server = await container.spawn('node', ['server.cjs'], { terminal: { cols: 80, rows: 24 } });
    let terminal = '';
    const told = server.output.pipeTo(new WritableStream({ write: (text) => void (terminal += text) }));
    const frame = document.createElement('iframe');
    const shown = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }));
    frame.src = await ready;
    document.body.append(frame);
    await shown;
    const response = await frame.contentWindow?.fetch('/half');
    const reader = response?.body?.getReader();
    const first = new TextDecoder().decode((await reader?.read())?.value);
    const rest = await reader?.read().then(
      ({ done }) => (done ? 'ended' : 'more'),
      ({ name }: Error) => name,
    );
    const exit = await server.exit;
    await told;
    await container.teardown();
    return { status: response?.status, first, rest, exit, terminal };
  });
  expect(result).toMatchObject({ status: 200, first: 'half of it', rest: 'TypeError', exit: 1 });
  expect(result.terminal).toMatch(/server\.cjs:4\r\n.*throw new RangeError\('the reason'\)/);
  expect(result.terminal).toContain('RangeError: the reason\r\n    at ');
  expect(result.terminal).toContain('Node.js v24');
});

test('a port that is taken, and one that the capabilities do not include, fail in Node’s own words', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const program = `
      const net = require('net');
      const show = ({ message, code, errno, syscall, address, port }) => console.log(JSON.stringify([message, code, errno, syscall, address, port]));
      const taken = () => net.createServer().on('error', show).listen(3000, '127.0.0.1');
      net.createServer().on('error', show).listen(3000, function () { taken(); setTimeout(() => this.close(), 50); });
      net.createServer().on('error', show).listen(3001, '127.0.0.1', function () { this.close(); });`;
    const open = await OpenAgentsContainer.boot();
    const first = await open.exec('node', { input: program });
    await open.teardown();
    const closed = await OpenAgentsContainer.boot({ capabilities: { network: { listen: false } } });
    const reasons: string[] = [];
    closed.on('error', ({ message }) => reasons.push(message));
    const second = await closed.exec('node', { input: program });
    const uncaught = await closed.exec(`node -e "require('http').createServer().listen(80)"`);
    await closed.teardown();
    const lines = (text: string) =>
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown);
    return { first: lines(first.stdout), second: lines(second.stdout), reasons, uncaught };
  });
  expect(result.first).toEqual([
    [
      'listen EADDRINUSE: address already in use 127.0.0.1:3000',
      ...['EADDRINUSE', -98, 'listen', '127.0.0.1', 3000],
    ],
  ]);
  expect(result.second).toEqual([
    ['listen EACCES: permission denied :::3000', 'EACCES', -13, 'listen', '::', 3000],
    ['listen EACCES: permission denied 127.0.0.1:3001', 'EACCES', -13, 'listen', '127.0.0.1', 3001],
  ]);
  expect(result.reasons).toContain(
    'A program may not listen on port 3000: the capability network.listen is off.',
  );
  expect(result.uncaught).toMatchObject({ exitCode: 1, stdout: '' });
  expect(result.uncaught.stderr).toContain('Error: listen EACCES: permission denied :::80');
});
