// Times HTTP and TCP between two processes on the loopback. Prints {operation: nanoseconds}.
// `network.cjs serve` is the other process: it prints its ports.
'use strict';
const { spawn } = require('node:child_process');
const http = require('node:http');
const net = require('node:net');

/** Passes of so many requests: the first is that of a fresh process, the median of the later half that of one that is warm. */
const PASSES = 40;
const REQUESTS = 2000;
/** The passes until then are those in which the compilers are still at work: the median of their later half is told too. */
const WARMING = 10;
const CLIENTS = 8;
const CONNECTIONS = 1000;
const CHUNK = Buffer.alloc(64 * 1024, 'b');
const CHUNKS = 1600;

function serve() {
  const server = http.createServer((request, response) => {
    if (request.url !== '/body') return void response.end('hello, world');
    let left = CHUNKS;
    const more = () => {
      while (left-- > 0) if (!response.write(CHUNK)) return void response.once('drain', more);
      response.end();
    };
    more();
  });
  const echo = net.createServer((socket) => socket.pipe(socket));
  server.listen(0, '127.0.0.1', () =>
    echo.listen(0, '127.0.0.1', () =>
      console.log(JSON.stringify([server.address().port, echo.address().port])),
    ),
  );
}

const get = (port, path, agent) =>
  new Promise((resolve, reject) => {
    const request = http.get({ port, path, agent, host: '127.0.0.1' }, (response) => {
      let bytes = 0;
      response.on('data', (chunk) => (bytes += chunk.length));
      response.on('end', () => resolve(bytes));
    });
    request.once('error', reject);
  });

async function requests(port, agent, count) {
  let left = count;
  const client = async () => {
    while (left-- > 0) if ((await get(port, '/', agent)) !== 12) throw new Error('another answer');
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
}

/** Opens all, has each say something and hear it back while all are open, and ends them. */
async function connections(port) {
  const sockets = await Promise.all(
    Array.from(
      { length: CONNECTIONS },
      () =>
        new Promise((resolve, reject) => {
          const socket = net.connect(port, '127.0.0.1', () => resolve(socket));
          socket.once('error', reject);
        }),
    ),
  );
  await Promise.all(
    sockets.map((socket) => {
      socket.write('x');
      return new Promise((resolve) => socket.once('data', resolve));
    }),
  );
  await Promise.all(
    sockets.map((socket) => {
      socket.end();
      return new Promise((resolve) => socket.resume().once('close', resolve));
    }),
  );
}

async function main() {
  const server = spawn(process.execPath, [__filename, 'serve'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port, echoPort] = JSON.parse(await new Promise((resolve) => server.stdout.once('data', resolve)));
  const agent = new http.Agent({ keepAlive: true, maxSockets: CLIENTS });
  const results = {};
  const took = async (operation) => {
    const begin = process.hrtime.bigint();
    await operation();
    return Number(process.hrtime.bigint() - begin);
  };
  const time = async (name, count, operation) => {
    results[name] = (await took(operation)) / count;
  };
  const passes = [];
  for (let pass = 0; pass < PASSES; pass++)
    passes.push((await took(() => requests(port, agent, REQUESTS))) / REQUESTS);
  results[`request on a kept-alive connection, the first ${REQUESTS}`] = passes[0];
  const laterHalf = (some) => some.slice(some.length / 2).sort((a, b) => a - b)[some.length >> 2];
  results[`the same, the first ${WARMING * REQUESTS}`] = laterHalf(passes.slice(0, WARMING));
  results['request on a kept-alive connection'] = laterHalf(passes);
  await time('HTTP body of 100 MB', 1, async () => {
    if ((await get(port, '/body', agent)) !== CHUNKS * CHUNK.length) throw new Error('another body');
  });
  agent.destroy();
  await time('1,000 connections at one time, and an echo on each', 1, () => connections(echoPort));
  server.kill();
  console.log(JSON.stringify(results));
}

if (process.argv[2] === 'serve') serve();
else main();
