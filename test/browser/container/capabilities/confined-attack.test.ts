import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { startServer } from '../../../../src/cli/server.ts';
import { type InPage, usePage } from '../../harness.ts';

const testPage = usePage();

/**
 * Put before the script of program workers: a program that has every memory that its worker was ever given or has made,
 * and the way of its calls to the kernel.
 */
const LOOT = `(() => {
  const memories = new Set();
  const post = globalThis.postMessage.bind(globalThis);
  const take = (value, depth) => {
    if (typeof value !== 'object' || value === null || depth > 6) return;
    if (value instanceof WebAssembly.Memory || value instanceof SharedArrayBuffer) memories.add(value);
    else if (ArrayBuffer.isView(value)) take(value.buffer, depth);
    else for (const key of Object.keys(value)) take(value[key], depth + 1);
  };
  addEventListener('message', ({ data }) => take(data, 0));
  for (const [holder, name] of [[WebAssembly, 'Memory'], [globalThis, 'SharedArrayBuffer']]) {
    holder[name] = new Proxy(holder[name], {
      construct(target, words, made) {
        const value = Reflect.construct(target, words, made);
        memories.add(value);
        return value;
      },
    });
  }
  Reflect.loot = { memories, post };
})();
`;

/** Its needles are written backwards: their text is nowhere but where the page has put it. */
const PROGRAM = `
  const fs = require('fs');
  const { memories, post } = Reflect.loot;
  const needle = (name) => Buffer.from([...name].reverse().join(''));
  const buffers = () => [...memories].map((memory) => Buffer.from(memory.buffer ?? memory));
  const has = (name, among = buffers()) => among.some((buffer) => buffer.includes(needle(name)));
  // Answers of calls come into the smaller of the two.
  const answers = () => [buffers().filter(({ length }) => length > 1e6).sort((a, b) => a.length - b.length)[0]];
  const wait = () => new Promise((resolve) => setTimeout(resolve, 1));
  fs.writeFileSync('/tmp/own', needle('nwo-fo-elif'));
  (async () => {
    const found = { memories: memories.size, own: has('nwo-fo-elif'), file: has('terces-fo-elif'), pipe: has('terces-fo-epip') };
    if (found.file) return console.log(JSON.stringify(found));
    let sequence = -1e9;
    const call = async (request) => {
      post({ type: 'call', sequence: sequence++, request });
      await wait();
      const among = answers();
      found.file ||= has('terces-fo-elif', among);
      found.pipe ||= has('terces-fo-epip', among);
      found.granted ||= has('tnarg-fo-elif', among);
    };
    const open = { name: 'open', flags: 0 };
    for (const mount of [0, 1, 64, 65, 66, 67])
      for (const rest of ['/x/granted', '/secret', '/x/../../home/secret', '/x/link'])
        await call({ call: 'tree', mount, rest, follow: true, operation: open });
    for (let handle = 2 ** 30; handle < 2 ** 30 + 10; handle++)
      await call({ call: 'tree-read', handle, position: 0, length: 64 });
    await call({ call: 'tree-move', kind: 'rename', mount: 66, from: '/secret', to: '/x/out/secret' });
    for (let ofd = 0; ofd < 6; ofd++) {
      const descriptors = [{ kind: 'null' }, { kind: 'pipe', direction: 'out' }, { kind: 'null' }, { kind: 'file', ofd }];
      await call({ call: 'spawn', file: 'cat', args: ['cat', '/dev/fd/3'], env: [], cwd: '/', cwdIsGiven: false, descriptors, detached: false, umask: 0 });
      await call({ call: 'spawn', file: 'cat', args: ['cat'], env: [], cwd: '/', cwdIsGiven: false, descriptors: [{ kind: 'stream', input: ofd }, { kind: 'pipe', direction: 'out' }, { kind: 'null' }], detached: false, umask: 0 });
    }
    for (let count = 0; count < 100; count++) await wait();
    found.file ||= has('terces-fo-elif');
    found.pipe ||= has('terces-fo-epip');
    console.log(JSON.stringify(found));
    process.exit();
  })();`;

test('a confined program with every memory of its worker, and calls of its own making, finds no other file and no other pipe', async () => {
  const dist = path.resolve('dist');
  const script = await readFile(path.join(dist, 'assets/process-worker.js'), 'utf8');
  const server = await startServer(dist, {
    routes: [
      (_request, response, { pathname }) => {
        if (pathname !== '/assets/process-worker.js') return false;
        const headers = { 'Content-Type': 'text/javascript', 'Cross-Origin-Embedder-Policy': 'require-corp' };
        response.writeHead(200, headers).end(LOOT + script);
        return true;
      },
    ],
  });
  const page = await testPage.page.context().newPage();
  try {
    await page.goto(`${server.origin}/cli/empty.html`);
    const body = async (api: InPage, program: string) => {
      const container = await api.OpenAgentsContainer.boot();
      await container.fs.mkdir('/home/x/out', { recursive: true });
      await container.fs.writeFile('/home/secret', 'file-of-secret');
      await container.fs.writeFile('/home/x/granted', 'file-of-grant');
      await container.fs.symlink('/home/secret', '/home/x/link');
      await container.fs.writeFile('/home/x/main.js', program);
      const other = await container.spawn('sleep', ['1000']);
      const writer = other.input.getWriter();
      await writer.write('pipe-of-secret');
      const run = async (capabilities: { filesystem?: { read: string[]; write: string[] } }) => {
        const process = await container.spawn('node', ['main.js'], { cwd: '/home/x', capabilities });
        let output = '';
        for await (const text of process.output as unknown as AsyncIterable<string>) output += text;
        return output;
      };
      const confined = await run({ filesystem: { read: ['/home/x'], write: ['/home/x/out'] } });
      const out = await container.fs.readdir('/home/x/out');
      const free = await run({});
      other.kill();
      await container.teardown();
      return { confined, free, out };
    };
    const call = `import('/index.js').then((api) => (${body.toString()})(api, ${JSON.stringify(PROGRAM)}))`;
    const { confined, free, out } = await page.evaluate<Awaited<ReturnType<typeof body>>>(call);
    expect(JSON.parse(free)).toMatchObject({ own: true, file: true, pipe: true });
    expect(JSON.parse(confined)).toMatchObject({ own: true, file: false, pipe: false, granted: true });
    expect((JSON.parse(confined) as { memories: number }).memories).toBeGreaterThan(1);
    expect(out).toEqual([]);
  } finally {
    await page.close();
    await server.close();
  }
});
