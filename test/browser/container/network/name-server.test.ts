import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { usePage } from '../../harness.ts';

const { run } = usePage();

const TYPE = { a: 1, txt: 16 } as const;

/** The query as an answer with one record, the name being that of the question. */
function answerTo(query: Buffer): Buffer {
  const end = query.indexOf(0, 12) + 1;
  const type = query.readUInt16BE(end);
  const data = type === TYPE.a ? Buffer.from([192, 0, 2, 7]) : Buffer.from('\x05hello');
  const record = Buffer.alloc(12);
  record.writeUInt16BE(0xc00c, 0);
  record.writeUInt16BE(type, 2);
  record.writeUInt16BE(1, 4);
  record.writeUInt32BE(60, 6);
  record.writeUInt16BE(data.length, 10);
  const head = Buffer.from(query.subarray(0, 12));
  head.writeUInt16BE(0x8180, 2);
  head.writeUInt16BE(1, 6);
  head.writeUInt16BE(0, 10);
  return Buffer.concat([head, query.subarray(12, end + 4), record, data]);
}

test('DNS over HTTPS: whom boot names is asked, for the names that the capabilities allow', async () => {
  const asked: string[] = [];
  const outside = createServer((request, response) => {
    const allowed = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': '*' };
    const parts: Buffer[] = [];
    request
      .on('data', (part: Buffer) => parts.push(part))
      .on('end', () => {
        if (request.method === 'OPTIONS') return response.writeHead(204, allowed).end();
        asked.push(`${request.method} ${request.headers['content-type']}`);
        const query = Buffer.concat(parts);
        const failing = query.includes('broken');
        response.writeHead(failing ? 500 : 200, { ...allowed, 'Content-Type': 'application/dns-message' });
        return response.end(failing ? undefined : answerTo(query));
      });
  });
  await new Promise<void>((resolve) => outside.listen(0, resolve));
  const { port } = outside.address() as AddressInfo;
  try {
    const result = await run(async ({ OpenAgentsContainer }, nameServer) => {
      const container = await OpenAgentsContainer.boot({
        nameServer,
        capabilities: { network: { fetch: ['*.example.net'] } },
      });
      const outcome = await container.exec('node', {
        input: `const dns = require('dns').promises;
          const show = (promise) => promise.then((value) => console.log(JSON.stringify(value)), ({ code }) => console.log(code));
          (async () => {
            await show(dns.resolve4('www.example.net'));
            await show(dns.resolveTxt('www.example.net'));
            await show(dns.resolve4('elsewhere.org'));
            await show(dns.resolve4('broken.example.net'));
            require('dgram').createSocket('udp4').bind(53).on('error', ({ code }) => console.log(code));
          })();`,
      });
      await container.teardown();
      return outcome;
    }, `http://127.0.0.1:${port}/dns-query`);
    expect(result).toMatchObject({ stderr: '', exitCode: 0 });
    expect(result.stdout.trim().split('\n')).toEqual([
      '["192.0.2.7"]',
      '[["hello"]]',
      'EREFUSED',
      'ESERVFAIL',
      'EADDRINUSE',
    ]);
    expect(asked).toEqual(Array(3).fill('POST application/dns-message'));
  } finally {
    outside.close();
  }
});
