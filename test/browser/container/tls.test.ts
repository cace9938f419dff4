import { expect, test } from 'vitest';
import { ecKey, makeIdentity, rsaKey } from '../../contract/tls/identities.ts';
import { usePage } from '../harness.ts';

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
          request.on('error', ({ code }) => resolve(code));
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
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'CERT_HAS_EXPIRED',
  ]);
});
