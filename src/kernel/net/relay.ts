/**
 * Connections to other hosts that no browser can make: the external runtime makes them, and bytes pass as they are,
 * those of a TLS handshake too: the program sees the host's own certificate.
 */
import { Errno } from '../../base/errno.ts';
import { RELAY_OUTCOMES_MAX } from '../../base/limits.ts';
import { PipeFlag } from '../../protocol/ipc-layout.ts';
import type { PipeRing } from '../../protocol/pipe.ts';
import type { RemoteConnection } from '../../remote/connection.ts';
import { RemoteError } from '../../remote/errors.ts';
import { connectRelay, type RemoteStream } from '../../remote/streams.ts';
import type { RingStream } from './ring-stream.ts';

/** How a connection attempt ended: 0, or -errno and why. */
export interface Outcome {
  readonly result: number;
  readonly reason?: string;
}

/** Attempts whose program has not asked yet how they ended, by the ring that it writes. */
export class Attempts {
  readonly #outcomes = new Map<number, Outcome>();

  /** The ring takes nothing until the attempt has ended. */
  begin(ring: PipeRing): void {
    ring.raise(PipeFlag.connecting);
  }

  end(ring: PipeRing, outcome: Outcome): void {
    this.#outcomes.set(ring.id, outcome);
    // Of programs that ended without asking: the oldest goes.
    const [oldest] = this.#outcomes.keys();
    if (this.#outcomes.size > RELAY_OUTCOMES_MAX && oldest !== undefined) this.#outcomes.delete(oldest);
    ring.lower(PipeFlag.connecting);
  }

  take(ring: number): Outcome {
    const outcome = this.#outcomes.get(ring) ?? { result: 0 };
    this.#outcomes.delete(ring);
    return outcome;
  }
}

export interface RelayedConnection {
  readonly remote: RemoteConnection;
  readonly host: string;
  readonly port: number;
  /** The kernel's end. */
  readonly stream: RingStream;
  /** What the program writes to. */
  readonly ring: PipeRing;
  readonly attempts: Attempts;
}

/** Makes the connection and carries it until either side ends it. */
export async function relayConnection(to: RelayedConnection): Promise<void> {
  const { remote, host, port, stream, ring, attempts } = to;
  let far: RemoteStream;
  try {
    far = await connectRelay(remote, host, port);
  } catch (error) {
    attempts.end(ring, outcomeOf(error));
    stream.close();
    return;
  }
  attempts.end(ring, { result: 0 });
  await carry(to, far);
}

async function carry({ stream }: RelayedConnection, far: RemoteStream): Promise<void> {
  const reader = far.readable.getReader();
  const writer = far.writable.getWriter();
  void stream.whenAbandoned().then(() => reader.cancel().catch(() => undefined));
  const upward = async (): Promise<void> => {
    for (let part = await stream.read(); part !== undefined; part = await stream.read()) {
      await writer.write(part);
    }
    await writer.close();
  };
  const downward = async (): Promise<void> => {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      if (!(await stream.write(part.value))) return await reader.cancel();
    }
    stream.end();
  };
  try {
    await Promise.all([upward(), downward()]);
    stream.close();
  } catch {
    stream.reset();
  }
}

const ERRNO: Readonly<Record<string, number>> = {
  EACCES: Errno.EACCES,
  ECONNREFUSED: Errno.ECONNREFUSED,
  ECONNRESET: Errno.ECONNRESET,
  EHOSTUNREACH: Errno.EHOSTUNREACH,
  ENETUNREACH: Errno.ENETUNREACH,
  ETIMEDOUT: Errno.ETIMEDOUT,
  EAGAIN: Errno.EAGAIN,
};

function outcomeOf(error: unknown): Outcome {
  if (!(error instanceof RemoteError)) return { result: -Errno.EIO, reason: String(error) };
  // A name that the runtime cannot resolve was resolved to a stand-in here: there is no way to such a host.
  return { result: -(ERRNO[error.code] ?? Errno.EHOSTUNREACH), reason: error.message };
}
