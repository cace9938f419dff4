/** Our TLS against the OpenSSL of the Node that runs the tests, over real sockets, both ways round. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectTo, contextFor, Endpoint, listen, type Wishes } from './endpoint.ts';
import { ecKey, edKey, type Identity, makeIdentity, rsaKey } from './identities.ts';

const HOST = 'server.test';
let authority: Identity;
const identities: Record<string, Identity> = {};

beforeAll(() => {
  authority = makeIdentity({ name: 'authority', key: ecKey(), authority: true });
  const keys = { rsa: rsaKey(), ec: ecKey(), ed: edKey() };
  for (const [kind, key] of Object.entries(keys))
    identities[kind] = makeIdentity({ name: HOST, key, issuer: authority });
  identities['client'] = makeIdentity({ name: 'client.test', key: ecKey(), issuer: authority });
});

const identity = (kind: string): Identity => {
  const found = identities[kind];
  if (found === undefined) throw new Error(kind);
  return found;
};

interface Case extends Partial<Wishes> {
  title: string;
  kind?: string;
  node?: tls.SecureContextOptions;
  protocol: string;
  cipher?: string;
  /** The first OpenSSL that can do it. */
  needs?: string;
}
const v12 = { min: 0x0303, max: 0x0303 };
const only12 = (cipher: string, kind = 'rsa'): Case => ({
  title: `1.2 ${cipher}`,
  kind,
  ...v12,
  ciphers: cipher,
  node: { ciphers: cipher, maxVersion: 'TLSv1.2' },
  protocol: 'TLSv1.2',
  cipher,
});
const only13 = (suite: string): Case => ({
  title: `1.3 ${suite}`,
  suites: suite,
  node: { ciphers: suite },
  protocol: 'TLSv1.3',
  cipher: suite,
});
const CASES: Case[] = [
  only13('TLS_AES_128_GCM_SHA256'),
  only13('TLS_AES_256_GCM_SHA384'),
  only13('TLS_CHACHA20_POLY1305_SHA256'),
  { title: '1.3 with an ECDSA key', kind: 'ec', protocol: 'TLSv1.3' },
  { title: '1.3 with an Ed25519 key', kind: 'ed', protocol: 'TLSv1.3' },
  { title: '1.3 on P-384', curves: 'P-384', node: { ecdhCurve: 'P-384' }, protocol: 'TLSv1.3' },
  ...['X25519MLKEM768', 'SecP256r1MLKEM768', 'MLKEM1024'].map((group) => ({
    title: `1.3 on ${group}`,
    curves: group,
    node: { ecdhCurve: group },
    protocol: 'TLSv1.3',
    needs: '3.5',
  })),
  { title: '1.3 after a retry', curves: 'X25519:P-521', node: { ecdhCurve: 'P-521' }, protocol: 'TLSv1.3' },
  only12('ECDHE-RSA-AES128-GCM-SHA256'),
  only12('ECDHE-RSA-AES256-GCM-SHA384'),
  only12('ECDHE-RSA-CHACHA20-POLY1305'),
  only12('ECDHE-ECDSA-AES256-GCM-SHA384', 'ec'),
  only12('ECDHE-RSA-AES256-SHA384'),
  only12('ECDHE-RSA-AES128-SHA'),
  only12('AES256-GCM-SHA384'),
  only12('AES128-SHA256'),
  { ...only12('DHE-RSA-AES128-GCM-SHA256'), dh: true },
];
const version = (text: string): number[] => text.split('.').map(Number);
function isKnown({ needs = '0.0' }: Case): boolean {
  const [major = 0, minor = 0] = version(process.versions['openssl'] ?? needs);
  const [neededMajor = 0, neededMinor = 0] = version(needs);
  return major > neededMajor || (major === neededMajor && minor >= neededMinor);
}
const KNOWN_CASES = CASES.filter(isKnown);
const ours = (one: Case): Omit<Wishes, 'isServer'> => one as Omit<Wishes, 'isServer'>;

/** More than one record, and no multiple of anything. */
const LONG = Buffer.alloc(70_001, 'x');

async function withNodeServer(
  options: tls.TlsOptions,
  serve: (socket: tls.TLSSocket) => void,
  use: (port: number) => Promise<void>,
): Promise<void> {
  const server = tls.createServer(options, serve);
  server.on('tlsClientError', () => undefined);
  const { port, close } = await listen(server);
  try {
    await use(port);
  } finally {
    await close();
  }
}

describe('our client, Node server', () => {
  test.each(KNOWN_CASES)('$title', async (one) => {
    const { kind = 'rsa', node = {} } = one;
    const { privateKey: key, certificate: cert } = identity(kind);
    const options = {
      key,
      cert,
      ALPNProtocols: ['h2', 'http/1.1'],
      dhparam: one.dh === true ? 'auto' : undefined,
    };
    const echo = (socket: tls.TLSSocket): void => {
      socket.on('error', () => undefined);
      socket.pipe(socket);
    };
    await withNodeServer({ ...options, ...node } as tls.TlsOptions, echo, async (port) => {
      const client = await connectTo(port, {
        ...ours(one),
        ca: authority.certificate,
        servername: HOST,
        alpn: ['http/1.1'],
      });
      await client.secure;
      const { negotiated } = client.connection;
      expect(Buffer.from(negotiated.alpn ?? []).toString()).toBe('http/1.1');
      if (one.cipher !== undefined) expect(negotiated.suite?.name).toBe(one.cipher);
      expect(client.connection.peerFailure).toBeUndefined();
      client.write(LONG);
      while (client.received.length < LONG.length) await once(client.socket, 'data');
      expect(client.received.equals(LONG)).toBe(true);
      client.close();
      await client.ended;
    });
  });

  test.each(['TLSv1.3', 'TLSv1.2'] as const)('a stapled OCSP response arrives (%s)', async (maxVersion) => {
    const { privateKey: key, certificate: cert } = identity('rsa');
    const serve = (socket: tls.TLSSocket): void => {
      socket.on('error', () => undefined);
      socket.end();
    };
    const server = tls.createServer({ key, cert, maxVersion }, serve);
    const response = Buffer.from('30030a0101', 'hex');
    server.on('OCSPRequest', (_own, _issuer, callback) => callback(null, response));
    const { port, close } = await listen(server);
    for (const asks of [true, false]) {
      const wishes = { ca: authority.certificate, servername: HOST, requestOcsp: asks };
      const client = await connectTo(port, wishes);
      await client.ended;
      expect(client.connection.failure).toBeUndefined();
      expect(Buffer.from(client.ocspResponse ?? []).equals(response)).toBe(asks);
    }
    await close();
  });

  test('a certificate of ours is taken, and a session of 1.3 and of 1.2 resumed', async () => {
    const { privateKey: key, certificate: cert } = identity('rsa');
    const own = identity('client');
    const seen: string[] = [];
    const options = { key, cert, ca: authority.certificate, requestCert: true, sessionIdContext: 'x' };
    const serve = (socket: tls.TLSSocket): void => {
      socket.on('error', () => undefined);
      seen.push(`${socket.authorized} ${socket.getPeerCertificate().subject.CN} ${socket.isSessionReused()}`);
      socket.end('bye');
    };
    await withNodeServer(options, serve, async (port) => {
      for (const versions of [{}, v12]) {
        const wishes = {
          ...versions,
          ca: authority.certificate,
          servername: HOST,
          key: own.privateKey,
          cert: own.certificate,
        };
        const first = await connectTo(port, wishes);
        await first.ended;
        const session = first.sessions.at(-1);
        if (session === undefined) throw new Error('no session');
        const second = await connectTo(port, { ...wishes, session });
        await second.ended;
        expect(second.connection.negotiated.resumed).toBe(true);
        expect(second.received.toString()).toBe('bye');
        expect(second.connection.peerFailure).toBeUndefined();
      }
      expect(seen).toEqual([
        'true client.test false',
        'true client.test true',
        'true client.test false',
        'true client.test true',
      ]);
    });
  });
});

describe('Node client, our server', () => {
  let context: { port: number; close(): Promise<void> } | undefined;
  afterAll(() => context?.close());

  test.each(KNOWN_CASES)('$title', async (one) => {
    const { kind = 'rsa', node = {} } = one;
    const { privateKey: key, certificate: cert } = identity(kind);
    const wishes: Wishes = { ...ours(one), isServer: true, key, cert, alpn: ['http/1.1'] };
    const server = net.createServer((socket) => {
      const endpoint = new Endpoint(socket, wishes);
      const data = endpoint.connection.options.application.data.bind(endpoint);
      endpoint.connection.options.application.data = (bytes) => {
        data(bytes);
        endpoint.write(bytes);
      };
      void endpoint.ended.then(() => endpoint.close());
    });
    const { port, close } = await listen(server);
    const client = tls.connect({
      port,
      host: '127.0.0.1',
      servername: HOST,
      ca: authority.certificate,
      ALPNProtocols: ['http/1.1'],
      ...node,
    });
    await once(client, 'secureConnect');
    expect(client.authorized).toBe(true);
    expect(client.getProtocol()).toBe(one.protocol);
    expect(client.alpnProtocol).toBe('http/1.1');
    if (one.cipher !== undefined) expect(client.getCipher().name).toBe(one.cipher);
    client.end(LONG);
    let length = 0;
    for await (const chunk of client) length += (chunk as Buffer).length;
    expect(length).toBe(LONG.length);
    await close();
  });

  test.each(['TLSv1.3', 'TLSv1.2'] as const)('staples an OCSP response (%s)', async (maxVersion) => {
    const { privateKey: key, certificate: cert } = identity('rsa');
    const response = Buffer.from('30030a0101', 'hex');
    const server = net.createServer((socket) => {
      const endpoint = new Endpoint(socket, { isServer: true, key, cert });
      endpoint.connection.ocspResponse = Uint8Array.from(response);
      void endpoint.secure.then(
        () => endpoint.close(),
        () => undefined,
      );
    });
    const { port, close } = await listen(server);
    const address = { port, host: '127.0.0.1', servername: HOST };
    const options = { ...address, ca: authority.certificate, maxVersion, requestOCSP: true };
    const client = tls.connect(options);
    const [stapled] = (await once(client, 'OCSPResponse')) as [Buffer];
    expect(stapled.equals(response)).toBe(true);
    client.resume();
    await once(client, 'close');
    await close();
  });

  test.each(['TLSv1.3', 'TLSv1.2'] as const)('gives a ticket anew when asked to (%s)', async (maxVersion) => {
    const { privateKey: key, certificate: cert } = identity('rsa');
    const wishes: Wishes = { isServer: true, key, cert };
    const shared = contextFor(wishes);
    const keys = { macKey: new Uint8Array(20).fill(1), cipherKey: new Uint8Array(16).fill(2) };
    let renew = false;
    shared.ticketKeySource = {
      toSeal: () => ({ ...keys, name: new Uint8Array(16).fill(3), iv: randomBytes(16) }),
      toOpen: () => ({ ...keys, renew }),
    };
    const server = net.createServer((socket) => {
      const endpoint = new Endpoint(socket, wishes, shared);
      void endpoint.secure.then(
        () => endpoint.close(),
        () => undefined,
      );
    });
    const { port, close } = await listen(server);
    const options = { port, host: '127.0.0.1', servername: HOST, ca: authority.certificate, maxVersion };
    let session: Buffer | undefined;
    let ticket: Buffer | undefined;
    /** Whether the session was resumed, and whether there is another ticket for it since. */
    async function visit(): Promise<{ reused: boolean; another: boolean }> {
      const before = ticket;
      const client = tls.connect({ ...options, session });
      client.on('session', (next: Buffer) => (session = next));
      let reused = false;
      client.on('secureConnect', () => (reused = client.isSessionReused()));
      client.on('end', () => (ticket = client.getTLSTicket()));
      client.resume();
      await once(client, 'close');
      return { reused, another: before !== undefined && ticket?.equals(before) !== true };
    }
    expect((await visit()).reused).toBe(false);
    expect(await visit()).toEqual({ reused: true, another: false });
    renew = true;
    expect(await visit()).toEqual({ reused: true, another: true });
    await close();
  });

  test('asks for a certificate, resumes sessions, exports the same keying material', async () => {
    const { privateKey: key, certificate: cert } = identity('rsa');
    const own = identity('client');
    const wishes: Wishes = { isServer: true, key, cert, ca: authority.certificate, requestCert: true };
    const shared = contextFor(wishes);
    const endpoints: Endpoint[] = [];
    const server = net.createServer((socket) => {
      const endpoint = new Endpoint(socket, wishes, shared);
      endpoints.push(endpoint);
      void endpoint.secure.then(() => endpoint.write('hello'));
      void endpoint.ended.then(() => endpoint.close());
    });
    const { port, close } = await listen(server);
    for (const maxVersion of ['TLSv1.3', 'TLSv1.2'] as const) {
      const options = {
        port,
        host: '127.0.0.1',
        servername: HOST,
        ca: authority.certificate,
        key: own.privateKey,
        cert: own.certificate,
        maxVersion,
      };
      let session: Buffer | undefined;
      for (const reused of [false, true]) {
        const client = tls.connect({ ...options, session });
        client.on('session', (next: Buffer) => (session = next));
        await once(client, 'data');
        expect(client.isSessionReused()).toBe(reused);
        const connection = endpoints.at(-1)?.connection;
        expect(connection?.peerFailure).toBeUndefined();
        expect(connection?.peerChain[0]?.subject.entries[0]?.text).toBe('client.test');
        const material = client.exportKeyingMaterial(32, 'label', Buffer.from('context'));
        expect(
          material.equals(connection?.exporter?.('label', Buffer.from('context'), 32) ?? Buffer.alloc(0)),
        ).toBe(true);
        client.end();
        await once(client, 'close');
      }
    }
    await close();
  });
});
