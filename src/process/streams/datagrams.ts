/** DatagramCalls: UDP sockets as rings of records. */
import { Errno } from '../../base/errno.ts';
import { bytesAllocate, bytesCopy, bytesLength } from '../../base/intrinsics.ts';
import { DATAGRAM_MAX_BYTES } from '../../base/limits.ts';
import type { DatagramCalls } from '../../../polyfills/system.ts';
import { DATAGRAM_HEAD_BYTES, decodeDatagramHead } from '../../protocol/datagrams.ts';
import type { SocketAnswer } from '../../protocol/sockets.ts';
import type { Descriptors, StreamDescription } from '../files/descriptors.ts';
import type { Gate } from '../gate.ts';

const lengthOf = (head: Uint8Array): number => decodeDatagramHead(head).length;

export function createDatagramCalls(gate: Gate, descriptors: Descriptors): DatagramCalls {
  const socketOf = (fd: number): StreamDescription | number => {
    gate.enter();
    const description = descriptors.get(fd);
    if (description === undefined) return -Errno.EBADF;
    return description.kind === 'stream' && description.ends.socket?.kind === 'udp'
      ? description
      : -Errno.ENOTSOCK;
  };
  return {
    bind(address, { ipv6Only, shared }) {
      const result = gate.call({ call: 'bind-datagram', address, ipv6Only, shared });
      if (result < 0) return result;
      const description = descriptors.open({ kind: 'stream', ...(gate.payload() as SocketAnswer) });
      description.nonBlocking = true;
      return descriptors.add(description);
    },
    send(fd, to, bytes) {
      const socket = socketOf(fd);
      if (typeof socket === 'number') return socket;
      const length = bytesLength(bytes);
      if (length > DATAGRAM_MAX_BYTES) return -Errno.EMSGSIZE;
      gate.post({ type: 'datagram', ring: socket.ends.input ?? -1, to, bytes: bytesCopy(bytes, 0, length) });
      return length;
    },
    receive(fd) {
      const socket = socketOf(fd);
      if (typeof socket === 'number') return socket;
      const ring = socket.input;
      if (ring === undefined) return -Errno.EBADF;
      const head = bytesAllocate(DATAGRAM_HEAD_BYTES);
      const bytes = ring.tryReadRecord(head, lengthOf);
      if (typeof bytes === 'number') return bytes === 0 ? -Errno.EBADF : bytes;
      return { from: decodeDatagramHead(head).from, bytes };
    },
    membership(fd, group, join) {
      const socket = socketOf(fd);
      if (typeof socket === 'number') return socket;
      return gate.call({ call: 'membership', ring: socket.ends.input ?? -1, group, join });
    },
  };
}
