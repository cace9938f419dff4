import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import { usePage } from '../../harness.ts';

const { run } = usePage();

test('a server of one process answers another, and its port is told exactly', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    const ports: string[] = [];
    const opened = new Promise<void>((resolve) => {
      container.on('port', (port, type) => {
        ports.push(`${type} ${port}`);
        if (type === 'open') resolve();
      });
    });
    const server = await container.spawn('node', [
      '-e',
      `require('http').createServer((request, response) => {
        let body = '';
        request.on('data', (part) => (body += part)).on('end', () => response.end(request.method + request.url + body));
      }).listen(3000)`,
    ]);
    await opened;
    const client = await container.exec('node', {
      input: `const http = require('http');
        const agent = new http.Agent({ keepAlive: true });
        const ask = (path, body) => new Promise((resolve) => {
          const request = http.request({ host: 'localhost', port: 3000, path, agent, method: 'POST' }, (response) => {
            let text = '';
            response.on('data', (part) => (text += part)).on('end', () => resolve([text, request.reusedSocket]));
          });
          request.end(body);
        });
        (async () => {
          const first = await ask('/a', 'x'.repeat(300000));
          const second = await ask('/b', 'y');
          console.log(JSON.stringify([first[0].length, first[1], ...second]));
          agent.destroy();
        })();`,
    });
    server.kill('SIGKILL');
    await server.exit;
    const refused = await container.exec('node', {
      input: `require('net').connect(3000, '127.0.0.1').on('error', ({ code }) => console.log(code));`,
    });
    await container.teardown();
    return { ports, client: client.stdout + client.stderr, refused: refused.stdout };
  });
  expect(result.client).toBe('[300006,false,"POST/by",true]\n');
  expect(result.refused).toBe('ECONNREFUSED\n');
  expect(result.ports).toEqual(['open 3000', 'close 3000']);
});

test('half-close, reset, a taken port, Unix domain sockets and datagrams', async () => {
  const result = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    const outcome = await container.exec('node', {
      input: `const net = require('net');
        const dgram = require('dgram');
        const { once } = require('events');
        (async () => {
          const server = net.createServer({ allowHalfOpen: true }, (socket) => {
            let text = '';
            socket.on('data', (part) => (text += part)).on('end', () => socket.end('got ' + text));
          }).listen(0, '127.0.0.1');
          await once(server, 'listening');
          const { port } = server.address();
          const client = net.connect(port, '127.0.0.1').end('all');
          console.log(String((await once(client, 'data'))[0]));
          const second = net.createServer().listen(port, '127.0.0.1');
          console.log((await once(second, 'error'))[0].code);
          server.close();

          const resetting = net.createServer((socket) => socket.resetAndDestroy()).listen(0);
          await once(resetting, 'listening');
          const reset = net.connect(resetting.address().port);
          console.log((await once(reset, 'error'))[0].code);
          resetting.close();

          const path = '/tmp/socket';
          const local = net.createServer((socket) => socket.end('local')).listen(path);
          await once(local, 'listening');
          console.log(require('fs').statSync(path).isSocket(), String((await once(net.connect(path), 'data'))[0]));
          local.close();
          console.log(require('fs').existsSync(path));

          const receiver = dgram.createSocket('udp4').bind(0);
          await once(receiver, 'listening');
          const sender = dgram.createSocket('udp4');
          sender.send('hello', receiver.address().port, '127.0.0.1', () => sender.close());
          const [message, from] = await once(receiver, 'message');
          console.log(String(message), from.address, from.size);
          receiver.close();
        })();`,
    });
    await container.teardown();
    return outcome;
  });
  expect(result.stderr).toBe('');
  expect(result.stdout.split('\n')).toEqual([
    'got all',
    'EADDRINUSE',
    'ECONNRESET',
    'true local',
    'false',
    'hello 127.0.0.1 5',
    '',
  ]);
});

test('requests to other hosts go through the gateway, and no further than the capability says', async () => {
  const outside = createServer((request, response) => {
    let length = 0;
    request
      .on('data', (part: Buffer) => (length += part.length))
      .on('end', () => {
        const shared = request.url === '/shared';
        const allowed = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': '*' };
        response.writeHead(request.method === 'OPTIONS' ? 204 : 201, shared ? allowed : {});
        response.end(request.method === 'OPTIONS' ? undefined : `${request.method} ${length}`);
      });
  });
  await new Promise<void>((resolve) => outside.listen(0, resolve));
  const { port } = outside.address() as AddressInfo;
  try {
    const result = await run(
      async ({ OpenAgentsContainer }, { host, port }) => {
        const program = `const { request } = require('http');
        const { lookup } = require('dns');
        lookup('other.org', (error) => console.log(error ? error.code + / .*network.fetch/.test(error.message) : 'found'));
        const ask = (path, method, body) => new Promise((resolve) => {
          const options = { host: process.argv[2], port: ${port}, path, method };
          request(options, (response) => {
            let text = '';
            response.on('data', (part) => (text += part)).on('end', () => resolve([response.statusCode, text]));
          }).on('error', (error) => resolve([error.code])).end(body);
        });
        (async () => {
          console.log(await ask('/shared', 'POST', 'x'.repeat(100000)));
          const [status, text] = await ask('/private', 'GET');
          console.log(status, /CORS.*corsProxy/.test(text));
        })();`;
        const boot = async (fetch: boolean | string[]) => {
          const container = await OpenAgentsContainer.boot({ capabilities: { network: { fetch } } });
          await container.fs.writeFile('main.js', program);
          const result = await container.exec(`node main.js ${host}`);
          await container.teardown();
          return result.stdout.split('\n').filter(Boolean).sort();
        };
        return { allowed: await boot([host, '*.org']), denied: await boot(false) };
      },
      { host: hostname(), port },
    );
    expect(result.denied).toContain('ERR_ACCESS_DENIEDtrue');
    expect(result.allowed).toEqual(['502 true', "[ 201, 'POST 100000' ]", 'found']);
  } finally {
    outside.close();
  }
});

test('handles that close are told in libuv’s order, the last first, and the end of a write side before immediates', async () => {
  const told = await run(async ({ OpenAgentsContainer }) => {
    const container = await OpenAgentsContainer.boot();
    const { stdout, stderr } = await container.exec('node', {
      input: `const net = require('net');
        const server = net.createServer({ allowHalfOpen: true }, (socket) => {
          socket.resume().on('error', () => {}).on('end', () => {
            setImmediate(() => console.log('immediate'));
            socket.end(() => console.log('shut down'));
          });
        });
        const connect = (then) => net.connect(server.address().port, '127.0.0.1', then);
        server.listen(0, () => {
          let open = 0;
          const three = ['a', 'b', 'c'].map((name) => {
            const socket = connect(() => ++open === 3 && setTimeout(destroy));
            return socket.on('close', () => {
              console.log(name);
              if (--open === 0) connect(function () { this.resume().end(); }).on('close', () => server.close());
            });
          });
          const destroy = () => three.forEach((socket) => socket.resetAndDestroy());
        });`,
    });
    await container.teardown();
    return stdout + stderr;
  });
  expect(told).toBe('c\nb\na\nshut down\nimmediate\n');
});
