/** sock_*: sockets that the guest was given; it cannot make any. */
import type { System } from '../system.ts';
import { FdFlag, FileType, Rights, rightsOf, WasiErrno, wasiErrno } from './abi.ts';
import { must } from './descriptor-calls.ts';
import type { WasiDescriptors } from './descriptors.ts';
import type { GuestMemory } from './memory.ts';

const SHUT_WRITE = 2;
/** riflags: peek and wait for all are not had; nor are flags of what is sent. */
const NO_FLAGS = 0;

export function createSocketCalls(system: System, memory: GuestMemory, table: WasiDescriptors) {
  const { files, sockets, streams } = system;
  const socket = (fd: number, rights: bigint) => {
    const entry = table.get(fd, rights);
    return entry.type === FileType.socketStream ? entry : undefined;
  };
  return {
    sock_accept(fd: number, flags: number, out: number) {
      const entry = socket(fd, Rights.sockAccept);
      if (entry === undefined) return WasiErrno.NOTSOCK;
      if ((flags & ~FdFlag.nonblock) !== 0) return WasiErrno.INVAL;
      const blocking = (entry.flags & FdFlag.nonblock) === 0;
      if (blocking) streams.poll([{ fd: entry.fd, read: true, write: false }], null, null);
      const accepted = must(sockets.accept(entry.fd));
      streams.setNonBlocking(accepted, (flags & FdFlag.nonblock) !== 0);
      const type = FileType.socketStream;
      const number = table.add({ fd: accepted, type, ...rightsOf(type), flags, path: '', position: null });
      memory.setUint32(out, number);
      return WasiErrno.SUCCESS;
    },
    sock_recv(fd: number, vectors: number, count: number, flags: number, sizeOut: number, flagsOut: number) {
      const entry = socket(fd, Rights.fdRead);
      if (entry === undefined) return WasiErrno.NOTSOCK;
      if (flags !== NO_FLAGS) return WasiErrno.NOTSUP;
      const [first = new Uint8Array(0)] = memory.vectors(vectors, count).filter(({ length }) => length > 0);
      memory.setUint32(sizeOut, must(files.read(entry.fd, first, null)));
      memory.view(flagsOut, 2).setUint16(0, 0, true);
      return WasiErrno.SUCCESS;
    },
    sock_send(fd: number, vectors: number, count: number, flags: number, sizeOut: number) {
      const entry = socket(fd, Rights.fdWrite);
      if (entry === undefined) return WasiErrno.NOTSOCK;
      if (flags !== NO_FLAGS) return WasiErrno.NOTSUP;
      let total = 0;
      for (const piece of memory.vectors(vectors, count)) {
        if (piece.length > 0) total += must(files.write(entry.fd, piece, null));
      }
      memory.setUint32(sizeOut, total);
      return WasiErrno.SUCCESS;
    },
    sock_shutdown(fd: number, how: number) {
      const entry = socket(fd, Rights.sockShutdown);
      if (entry === undefined) return WasiErrno.NOTSOCK;
      if (how === 0 || how > 3) return WasiErrno.INVAL;
      return how & SHUT_WRITE ? wasiErrno(streams.shutdown(entry.fd)) : WasiErrno.SUCCESS;
    },
  };
}
