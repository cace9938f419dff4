import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import type { FileSystemTree } from '../../../../container-api/file-tree.ts';
import { usePage } from '../../harness.ts';

const { run } = usePage();

/** A package as it is installed here, for a container. */
async function sourcesOf(folder: string): Promise<FileSystemTree> {
  const tree: FileSystemTree = {};
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const name = path.join(folder, entry.name);
    tree[entry.name] = entry.isDirectory()
      ? { directory: await sourcesOf(name) }
      : { file: { contents: await readFile(name, 'utf8') } };
  }
  return tree;
}

test('a WebSocket to another host goes through the browser, both ways, as far as the capability says', async () => {
  const outside = new WebSocketServer({
    port: 0,
    handleProtocols: (offered) => (offered.has('second') ? 'second' : false),
  });
  await once(outside, 'listening');
  const { port } = outside.address() as AddressInfo;
  const closed = new Promise<[number, string]>((resolve) => {
    outside.on('connection', (socket) => {
      socket.on('message', (data, isBinary) => {
        const bytes = data as Buffer;
        if (!isBinary && bytes.toString() === 'bye') socket.close(4001, 'as you wish');
        else socket.send(bytes, { binary: isBinary });
      });
      socket.on('close', (code, reason) => code !== 4001 && resolve([code, reason.toString()]));
    });
  });
  try {
    const result = await run(
      async ({ OpenAgentsContainer }, { host, port, ws }) => {
        const container = await OpenAgentsContainer.boot({
          capabilities: { network: { fetch: false, websocket: [host] } },
        });
        const dropped: string[] = [];
        container.on('error', ({ message }) => dropped.push(message));
        await container.mount(ws, { mountPoint: '/app/node_modules/ws' });
        const program = `
          const WebSocket = require('ws');
          const { once } = require('events');
          const url = process.argv[2];
          (async () => {
            const socket = new WebSocket(url, ['first', 'second'], { headers: { 'x-token': '1' }, perMessageDeflate: false });
            await once(socket, 'open');
            console.log('protocol', socket.protocol);
            const next = async () => (await once(socket, 'message'))[0];
            socket.send('grüße');
            console.log(String(await next()));
            socket.send('in ', { fin: false });
            socket.send('parts', { fin: true });
            console.log(String(await next()));
            const large = Buffer.alloc(3_000_000, 7);
            socket.send(large);
            console.log((await next()).equals(large));
            socket.ping('are you there');
            console.log('pong', String((await once(socket, 'pong'))[0]));
            socket.send('bye');
            const [code, reason] = await once(socket, 'close');
            console.log('closed', code, String(reason));

            const own = new globalThis.WebSocket(url);
            await once(own, 'open');
            own.send('native');
            console.log((await once(own, 'message'))[0].data);
            own.close(4002, 'done');
            await once(own, 'close');

            const nobody = new WebSocket(url.replace(/:\\d+/, ':1'));
            console.log((await once(nobody, 'error'))[0].message);
            const [response] = await once(require('http').get(url.replace('ws', 'http')), 'response');
            console.log(response.statusCode, String((await once(response, 'data'))[0]).slice(0, 28));
            require('dns').lookup('elsewhere.org', (error) => console.log(error.code));
          })();`;
        await container.fs.writeFile('/app/main.js', program);
        const outcome = await container.exec(`node /app/main.js ws://${host}:${port}/`);
        await container.teardown();
        return { ...outcome, dropped };
      },
      { host: hostname(), port, ws: await sourcesOf('node_modules/ws') },
    );
    expect(result.stderr).toBe('');
    expect(result.stdout.split('\n')).toEqual([
      'protocol second',
      'grüße',
      'in parts',
      'true',
      'pong are you there',
      'closed 4001 as you wish',
      'native',
      'Unexpected server response: 502',
      '403 the capability network.fetch',
      'ERR_ACCESS_DENIED',
      '',
    ]);
    expect(await closed).toEqual([4002, 'done']);
    expect(result.dropped.some((message) => message.includes("'x-token'"))).toBe(true);
  } finally {
    outside.close();
  }
});
