import { describe, expect, test } from 'vitest';
import { clientHandshake } from '../../../polyfills/tls/engine/client.ts';
import { Connection } from '../../../polyfills/tls/engine/connection.ts';
import { TlsContext } from '../../../polyfills/tls/engine/context.ts';
import { serverHandshake } from '../../../polyfills/tls/engine/server.ts';
import { ecKey, makeIdentity } from '../../contract/tls/identities.ts';

const authority = makeIdentity({ name: 'authority', key: ecKey(), authority: true });
const own = makeIdentity({ name: 'a.test', key: ecKey(), issuer: authority });
const expired = makeIdentity({ name: 'a.test', key: ecKey(), issuer: authority, years: [2000, 2001] });

interface Side {
  connection: Connection;
  data: number[];
}

function side(isServer: boolean, set: (context: TlsContext) => void): Side {
  const context = new TlsContext();
  context.setCiphers('HIGH');
  set(context);
  const data: number[] = [];
  const connection: Connection = new Connection({
    isServer,
    now: () => 1_800_000_000,
    application: {
      handshakeStart() {},
      handshakeDone() {},
      data: (bytes) => data.push(...bytes),
      end() {},
      session() {},
      ocspResponse() {},
      keylog() {},
      clientHello: () => false,
      certificateNeeded: () => false,
      settings: () => context.settings,
      selectAlpn: () => undefined,
      clientPsk: () => undefined,
      serverPsk: () => undefined,
    },
  });
  return { connection, data };
}

type Damage = (record: Uint8Array, from: 'client' | 'server', index: number) => Uint8Array | undefined;
const none: Damage = (record) => record;

interface Pair {
  client: Side;
  server: Side;
}

/** Carries records between the two until neither has more to say. */
function pump({ client, server }: Pair, damage: Damage = none): void {
  const count = { client: 0, server: 0 };
  const carry = (from: Side, to: Side, name: 'client' | 'server'): void => {
    for (const record of from.connection.takeOutput()) {
      const sent = damage(record, name, count[name]++);
      if (sent !== undefined) to.connection.receive(sent);
    }
  };
  while (client.connection.hasOutput || server.connection.hasOutput) {
    carry(client, server, 'client');
    carry(server, client, 'server');
  }
}

function pair(version: number, identity = own, damage: Damage = none): Pair {
  const range = (context: TlsContext): void => context.init(undefined, version, version);
  const client = side(false, (context) => {
    range(context);
    context.addAuthorities(Buffer.from(authority.certificate));
  });
  const server = side(true, (context) => {
    range(context);
    context.setCertificate(Buffer.from(identity.certificate));
    context.setKey(Buffer.from(identity.privateKey), undefined);
  });
  server.connection.begin(serverHandshake(server.connection));
  client.connection.begin(clientHandshake(client.connection));
  const both = { client, server };
  pump(both, damage);
  return both;
}

const VERSIONS = [0x0303, 0x0304];

describe.each(VERSIONS)('version %i', (version) => {
  test('goes through, and data goes both ways', () => {
    const both = pair(version);
    expect(both.client.connection.established && both.server.connection.established).toBe(true);
    both.client.connection.write(Uint8Array.of(1, 2));
    both.server.connection.write(Uint8Array.of(3));
    pump(both);
    expect([both.server.data, both.client.data]).toEqual([[1, 2], [3]]);
    expect(both.client.connection.peerFailure).toBeUndefined();
  });

  test('works byte by byte', () => {
    const { client, server } = pair(version);
    client.connection.write(new Uint8Array(300).fill(7));
    for (const record of client.connection.takeOutput()) {
      for (const byte of record) server.connection.receive(Uint8Array.of(byte));
    }
    expect(server.data.length).toBe(300);
  });

  test('a record that was touched ends the connection, and nothing of it is delivered', () => {
    const both = pair(version);
    both.client.connection.write(Uint8Array.of(1, 2, 3));
    pump(both, (record, from) => {
      if (from === 'client') record[record.length - 1] = (record.at(-1) ?? 0) ^ 1;
      return record;
    });
    expect(both.server.data).toEqual([]);
    expect(both.server.connection.failure?.reason).toBe('decryption failed or bad record mac');
    expect(both.client.connection.failure?.reason).toBe('ssl/tls alert bad record mac');
  });

  test('a record that is sent twice is not taken twice', () => {
    const { client, server } = pair(version);
    client.connection.write(Uint8Array.of(1));
    const [record = new Uint8Array(0)] = client.connection.takeOutput();
    server.connection.receive(record);
    server.connection.receive(record);
    expect(server.data).toEqual([1]);
    expect(server.connection.failure).toBeDefined();
  });

  test('no damage to a handshake is survived', () => {
    const whole = pair(version, own, none);
    expect(whole.client.connection.established).toBe(true);
    for (let index = 0; index < 6; index++) {
      for (const name of ['client', 'server'] as const) {
        let touched = false;
        const both = pair(version, own, (record, from, at) => {
          // Not the ChangeCipherSpec of 1.3, which means nothing, and not the version of a record, which nobody reads.
          if (from !== name || at !== index || record[0] === 20) return record;
          touched = true;
          record[record.length - 2] = (record.at(-2) ?? 0) ^ 0x40;
          return record;
        });
        if (!touched) continue;
        const { client, server } = both;
        const failed = client.connection.failure ?? server.connection.failure;
        const done = client.connection.established && server.connection.established;
        expect(failed !== undefined || !done, `${name} ${index}`).toBe(true);
      }
    }
  });

  test('a dropped handshake record leaves nobody secure', () => {
    const both = pair(version, own, (record, from, at) =>
      from === 'server' && at === 0 ? undefined : record,
    );
    expect(both.client.connection.established).toBe(false);
  });

  test('an expired certificate is told', () => {
    const { client } = pair(version, expired);
    expect(client.connection.established).toBe(true);
    expect(client.connection.peerFailure).toBe('CERT_HAS_EXPIRED');
  });
});

test('a peer that could do better and is made to do worse says so', () => {
  const client = side(false, (context) => context.init(undefined, 0x0303, 0x0304));
  const server = side(true, (context) => {
    context.init(undefined, 0x0303, 0x0304);
    context.setCertificate(Buffer.from(own.certificate));
    context.setKey(Buffer.from(own.privateKey), undefined);
  });
  server.connection.begin(serverHandshake(server.connection));
  client.connection.begin(clientHandshake(client.connection));
  // Somebody between them renames the extension that says which versions there are.
  pump({ client, server }, (record, from, at) => {
    if (from !== 'client' || at !== 0) return record;
    const text = Buffer.from(record);
    const found = text.indexOf(Buffer.from([0, 43, 0, 5, 4, 3, 4, 3, 3]));
    expect(found).toBeGreaterThan(0);
    record[found] = 0x7a;
    return record;
  });
  expect(client.connection.failure?.reason).toBe('inappropriate fallback');
  expect(client.connection.established).toBe(false);
});

test('what is no TLS is refused by its first bytes', () => {
  const server = (bytes: Uint8Array): string | undefined => {
    const { connection } = side(true, () => undefined);
    connection.begin(serverHandshake(connection));
    connection.receive(bytes);
    return connection.failure?.reason;
  };
  expect(server(Buffer.from('GET / HTTP/1.1\r\n\r\n'))).toBe('http request');
  expect(server(Uint8Array.of(1, 2, 3, 4, 5, 6))).toBe('wrong version number');
  expect(server(Uint8Array.of(22, 3, 1, 0xff, 0xff, 0))).toBe('packet length too long');
  expect(server(Uint8Array.of(23, 3, 3, 0, 1, 0))).toBe('unexpected message');
  expect(server(Uint8Array.of(22, 3, 1, 0, 4, 1, 0xff, 0xff, 0xff))).toBe('excessive message size');
  expect(server(Uint8Array.of(22, 3, 1, 0, 5, 1, 0, 0, 1, 3))).toBe('length mismatch');
});
