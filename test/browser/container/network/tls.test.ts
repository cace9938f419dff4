import { expect, test } from 'vitest';
import { ecKey, makeIdentity, rsaKey } from '../../../contract/tls/identities.ts';
import { usePage } from '../../harness.ts';

const { run } = usePage();

test('https between two processes: the certificate counts, and its errors are real', async () => {
  const authority = makeIdentity({ name: 'authority', key: ecKey(), authority: true });
  const good = makeIdentity({ name: 'localhost', key: rsaKey(), issuer: authority });
  const expired = makeIdentity({ name: 'localhost', key: ecKey(), issuer: authority, years: [2000, 2001] });
  const files = {
    'ca.pem': authority.certificate,
    'good.pem': good.certificate,
    'good.key': good.privateKey,
    'expired.pem': expired.certificate,
    'expired.key': expired.privateKey,
  };
  const result = await run(async ({ OpenAgentsContainer }, given: Record<string, string>) => {
    const container = await OpenAgentsContainer.boot();
    for (const [name, text] of Object.entries(given)) await container.fs.writeFile(name, text);
    let open = 0;
    const opened = new Promise<void>((resolve) => {
      container.on('port', (_port, type) => {
        if (type === 'open' && ++open === 2) resolve();
      });
    });
    const server = await container.spawn('node', [
      '-e',
      `const { readFileSync: read } = require('fs');
      const serve = (name, port) => require('https').createServer(
        { key: read(name + '.key'), cert: read(name + '.pem') },
        (request, response) => request.pipe(response),
      ).listen(port);
      serve('good', 8443);
      serve('expired', 8444);`,
    ]);
    const said: string[] = [];
    void server.output
      .pipeTo(new WritableStream({ write: (part) => void said.push(`${part}`) }))
      .catch(() => undefined);
    const ended = await Promise.race([opened, server.exit.then((code) => `${code} ${said.join('')}`)]);
    if (ended !== undefined) return ended;
    const client = await container.exec('node', {
      input: `const https = require('https'), { readFileSync: read } = require('fs');
        const ask = (options) => new Promise((resolve) => {
          const request = https.request({ host: 'localhost', port: 8443, method: 'POST', ...options }, (response) => {
            let length = 0;
            const { socket } = response;
            response.on('data', (part) => (length += part.length));
            response.on('end', () => resolve([length, socket.authorized, socket.getProtocol(), socket.getCipher().name]));
          });
          request.on('error', ({ code, message }) => resolve([code, message.includes('try running Node.js with --use-system-ca')]));
          request.end(Buffer.alloc(50000, 'x'));
        });
        (async () => {
          const ca = read('ca.pem');
          console.log(JSON.stringify([
            await ask({ ca }),
            await ask({ ca, maxVersion: 'TLSv1.2' }),
            await ask({}),
            await ask({ ca, servername: 'other.test' }),
            await ask({ ca, port: 8444 }),
          ]));
        })();`,
    });
    server.kill('SIGKILL');
    await container.teardown();
    return client.stdout + client.stderr;
  }, files);
  if (!result.startsWith('[')) throw new Error(result);
  expect(JSON.parse(result)).toEqual([
    [50_000, true, 'TLSv1.3', 'TLS_AES_256_GCM_SHA384'],
    [50_000, true, 'TLSv1.2', 'ECDHE-RSA-AES128-GCM-SHA256'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', true],
    ['ERR_TLS_CERT_ALTNAME_INVALID', false],
    ['CERT_HAS_EXPIRED', false],
  ]);
});

test('the end of a write is told in the check phase, before the immediates of the program, as natively', async () => {
  const { certificate, privateKey } = makeIdentity({ name: 'localhost', key: ecKey() });
  const said = await run(
    async ({ OpenAgentsContainer }, given: Record<string, string>) => {
      const container = await OpenAgentsContainer.boot();
      for (const [name, text] of Object.entries(given)) await container.fs.writeFile(name, text);
      const { stdout, stderr } = await container.exec('node', {
        input: `const cert = require('fs').readFileSync('cert.pem'), key = require('fs').readFileSync('key.pem');
          const said = [];
          const server = require('tls').createServer({ key, cert }, (socket) => socket.on('data', () => socket.end()));
          server.listen(0, () => {
            const { port } = server.address();
            const socket = require('tls').connect({ port, ca: cert, host: 'localhost' }, () => setTimeout(() => {
              socket.write('x', () => said.push('written'));
              setImmediate(() => said.push('immediate'));
            }, 20));
            socket.resume().on('close', () => { server.close(); overHttp2(); });
          });
          // What a native immediate asks for runs in the same phase.
          function overHttp2() {
            const server = require('http2').createServer();
            server.on('stream', (stream) => {
              stream.respond();
              stream.resume().on('end', () => stream.end());
            });
            server.listen(0, () => {
              const client = require('http2').connect('http://localhost:' + server.address().port);
              const stream = client.request({ ':method': 'POST' });
              stream.on('response', () => setTimeout(() => {
                stream.write('a', () => {
                  said.push('a');
                  process.nextTick(() => said.push('tick'));
                  stream.write('b', () => said.push('b'));
                });
                setImmediate(() => { said.push('immediate'); stream.end(); });
              }, 20));
              stream.resume().on('close', () => { client.close(); server.close(); console.log(said.join(' ')); });
            });
          }`,
      });
      await container.teardown();
      return stdout + stderr;
    },
    { 'cert.pem': certificate, 'key.pem': privateKey },
  );
  expect(said).toBe('written immediate a tick b immediate\n');
});
