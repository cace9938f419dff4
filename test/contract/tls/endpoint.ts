/** Our engine at one end of a real loopback socket. */
import { once } from 'node:events';
import net from 'node:net';
import type { Bytes } from '../../../polyfills/cryptography/encoding/bytes.ts';
import { clientHandshake } from '../../../polyfills/tls/engine/client.ts';
import { Connection } from '../../../polyfills/tls/engine/connection.ts';
import { TlsContext } from '../../../polyfills/tls/engine/context.ts';
import { serverHandshake } from '../../../polyfills/tls/engine/server.ts';
import { Reader } from '../../../polyfills/tls/engine/codec.ts';
import type { Session } from '../../../polyfills/tls/engine/session.ts';

export const CIPHERS =
  'ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:DHE-RSA-AES128-GCM-SHA256:HIGH:!aNULL';

export interface Wishes {
  isServer: boolean;
  key?: string;
  cert?: string;
  ca?: string;
  min?: number;
  max?: number;
  ciphers?: string;
  suites?: string;
  curves?: string;
  servername?: string;
  alpn?: string[];
  requestCert?: boolean;
  requestOcsp?: boolean;
  session?: Session;
  psk?: { identity: string; key: Buffer };
  dh?: boolean;
}

export function contextFor(wishes: Wishes): TlsContext {
  const context = new TlsContext();
  context.init(undefined, wishes.min ?? 0x0303, wishes.max ?? 0x0304);
  context.setCiphers(wishes.ciphers ?? CIPHERS);
  if (wishes.suites !== undefined) context.setCipherSuites(wishes.suites);
  if (wishes.curves !== undefined) context.setCurves(wishes.curves);
  if (wishes.ca !== undefined) context.addAuthorities(Buffer.from(wishes.ca));
  if (wishes.cert !== undefined) context.setCertificate(Buffer.from(wishes.cert));
  if (wishes.key !== undefined) context.setKey(Buffer.from(wishes.key), undefined);
  if (wishes.dh === true) context.setDhParameters('auto');
  return context;
}

const protocols = (names: readonly string[]): Bytes =>
  Uint8Array.from(names.flatMap((name) => [name.length, ...Buffer.from(name)]));

interface Deferred {
  promise: Promise<void>;
  resolve(): void;
  reject(error: Error): void;
}
function deferred(): Deferred {
  let resolve: () => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

export class Endpoint {
  readonly connection: Connection;
  readonly socket: net.Socket;
  readonly sessions: Session[] = [];
  readonly keylog: string[] = [];
  ocspResponse: Bytes | undefined;
  received = Buffer.alloc(0);
  readonly secure: Promise<void>;
  readonly ended: Promise<void>;

  constructor(socket: net.Socket, wishes: Wishes, context = contextFor(wishes)) {
    this.socket = socket;
    const secure = deferred();
    const ended = deferred();
    this.secure = secure.promise;
    this.ended = ended.promise;
    secure.promise.catch(() => undefined);
    const offer = protocols(wishes.alpn ?? []);
    this.connection = new Connection({
      isServer: wishes.isServer,
      now: () => Date.now() / 1000,
      application: {
        handshakeStart() {},
        handshakeDone: () => secure.resolve(),
        data: (bytes) => (this.received = Buffer.concat([this.received, bytes])),
        end: () => ended.resolve(),
        session: (session) => this.sessions.push(session),
        ocspResponse: (response) => (this.ocspResponse = response),
        keylog: (line) => this.keylog.push(line),
        clientHello: () => false,
        certificateNeeded: () => false,
        settings: () => context.settings,
        selectAlpn(offered) {
          if (offer.length === 0) return undefined;
          for (const reader = new Reader(offer); !reader.done;) {
            const own = Buffer.from(reader.vector(1));
            const found = offered.find((one) => own.equals(one));
            if (found !== undefined) return found;
          }
          return 'refuse';
        },
        clientPsk: () =>
          wishes.psk && {
            identity: Uint8Array.from(Buffer.from(wishes.psk.identity)),
            key: Uint8Array.from(wishes.psk.key),
          },
        serverPsk: () => wishes.psk && Uint8Array.from(wishes.psk.key),
      },
    });
    const { connection } = this;
    connection.serverName = wishes.servername;
    connection.alpnOffer = offer;
    connection.requestsCertificate = wishes.requestCert === true;
    connection.requestsOcsp = wishes.requestOcsp === true;
    connection.offeredSession = wishes.session;
    connection.usesPsk = wishes.psk !== undefined;
    const flush = (): void => {
      for (const chunk of connection.takeOutput()) socket.write(chunk);
      if (connection.failure !== undefined) {
        secure.reject(connection.failure);
        ended.resolve();
        socket.end();
      }
    };
    this.flush = flush;
    socket.on('data', (chunk) => {
      connection.receive(chunk);
      flush();
    });
    socket.on('close', () => {
      secure.reject(new Error('closed'));
      ended.resolve();
    });
    socket.on('error', () => undefined);
    connection.begin(wishes.isServer ? serverHandshake(connection) : clientHandshake(connection));
    flush();
  }
  readonly flush: () => void;

  write(data: string | Uint8Array): void {
    this.connection.write(Buffer.from(data as string));
    this.flush();
  }
  close(): void {
    this.connection.close();
    this.flush();
    this.socket.end();
  }
}

export async function connectTo(port: number, wishes: Omit<Wishes, 'isServer'>): Promise<Endpoint> {
  const socket = net.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return new Endpoint(socket, { ...wishes, isServer: false });
}

export async function listen(server: net.Server): Promise<{ port: number; close(): Promise<void> }> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    async close() {
      server.close();
      if ('closeAllConnections' in server) (server as { closeAllConnections(): void }).closeAllConnections();
    },
  };
}
