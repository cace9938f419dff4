/** Sessions that can be resumed, as bytes. */
import { type Bytes, concat, fromUtf8, toUtf8 } from '../../cryptography/encoding/bytes.ts';
import { number, Reader, vector } from './codec.ts';
import { TlsFailure } from './failures.ts';

export interface Session {
  readonly version: number;
  readonly suite: number;
  /** The master secret of 1.2, the pre-shared key of 1.3. */
  readonly secret: Bytes;
  readonly id: Bytes;
  readonly ticket: Bytes;
  /** Seconds since the epoch, and how long it is good for. */
  readonly created: number;
  readonly lifetime: number;
  /** What hides the age of a 1.3 ticket. */
  readonly ageAdd: number;
  readonly extendedMaster: boolean;
  readonly serverName: string;
  readonly alpn: Bytes;
  /** The peer's certificates, its own first. */
  readonly peerChain: readonly Bytes[];
  /** What was wrong with them. */
  readonly peerFailure: string;
  /** SSL_CTX_set_session_id_context: sessions of another context are not taken. */
  readonly context: Bytes;
  readonly groupName: string;
}

const MAGIC = 0x6f616331;

export function packSession(session: Session): Bytes {
  return concat(
    number(MAGIC, 4),
    number(session.version, 2),
    number(session.suite, 2),
    vector(1, session.secret),
    vector(1, session.id),
    vector(2, session.ticket),
    number(Math.floor(session.created / 2 ** 16), 4),
    number(session.created % 2 ** 16, 2),
    number(session.lifetime, 4),
    number(session.ageAdd, 4),
    number(session.extendedMaster ? 1 : 0, 1),
    vector(2, fromUtf8(session.serverName)),
    vector(1, session.alpn),
    vector(3, ...session.peerChain.map((der) => vector(3, der))),
    vector(1, fromUtf8(session.peerFailure)),
    vector(1, session.context),
    vector(1, fromUtf8(session.groupName)),
  );
}

/** undefined for what is no session of ours. */
export function unpackSession(bytes: Uint8Array): Session | undefined {
  try {
    const reader = new Reader(bytes);
    if (reader.number(4) !== MAGIC) return undefined;
    return {
      version: reader.number(2),
      suite: reader.number(2),
      secret: reader.vector(1),
      id: reader.vector(1),
      ticket: reader.vector(2),
      created: reader.number(4) * 2 ** 16 + reader.number(2),
      lifetime: reader.number(4),
      ageAdd: reader.number(4),
      extendedMaster: reader.number(1) === 1,
      serverName: toUtf8(reader.vector(2)),
      alpn: reader.vector(1),
      peerChain: chainOf(reader.nested(3)),
      peerFailure: toUtf8(reader.vector(1)),
      context: reader.vector(1),
      groupName: toUtf8(reader.vector(1)),
    };
  } catch (error) {
    if (error instanceof TlsFailure) return undefined;
    throw error;
  }
}

function chainOf(list: Reader): Bytes[] {
  const chain: Bytes[] = [];
  while (!list.done) chain.push(list.vector(3));
  return chain;
}

export const isFresh = ({ created, lifetime }: Session, nowSeconds: number): boolean =>
  nowSeconds >= created && nowSeconds < created + lifetime;
