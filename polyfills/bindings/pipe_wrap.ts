import { Errno } from '../../src/base/errno.ts';
import type { AsyncWrapInstance, NodeContext } from '../context.ts';
import { libuvStreamsOf } from '../stream/libuv-stream.ts';

const Kind = { socket: 0, server: 1, ipc: 2 } as const;

/** `internalBinding('pipe_wrap')`: streams over pipe descriptors (src/pipe_wrap.cc). */
export function createPipeWrap(context: NodeContext): object {
  const { async: asyncCalls, errors, loop } = context;
  const { LibuvStreamWrap, attach } = libuvStreamsOf(context);
  const { files, streams } = context.system;

  const unavailable = (): Error =>
    errors.coded(
      Error,
      'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM',
      'Unix domain sockets cannot be listened on in this container; listen on a TCP port instead',
    );

  class PipeConnectWrap extends asyncCalls.AsyncWrap {}

  class Pipe extends LibuvStreamWrap {
    constructor(kind: number) {
      super(kind === Kind.server ? 'PIPESERVERWRAP' : 'PIPEWRAP', 'PipeWrap');
    }
    /** → 0 or -errno. The descriptor is the pipe's from now on and is not blocked on. */
    open(fd: number): number {
      const errno = streams.setNonBlocking(fd, true);
      if (errno < 0) return errno;
      attach(this, fd);
      return 0;
    }
    /** No socket can be bound here, so a path either is missing or has nobody listening. */
    connect(request: AsyncWrapInstance & { oncomplete?: unknown }, path: string): number {
      asyncCalls.init(request, 'PIPECONNECTWRAP');
      const end = loop.beginRequest('PipeConnectWrap');
      loop.enqueueUnref(() => {
        end();
        const found = files.access(path, 0);
        const status = found < 0 ? found : -Errno.ECONNREFUSED;
        asyncCalls.makeCallback(request, request.oncomplete, status, this, request, false, false);
        asyncCalls.destroy(request);
      });
      return 0;
    }
    bind(): never {
      throw unavailable();
    }
    listen(): never {
      throw unavailable();
    }
    fchmod(): number {
      return -Errno.EBADF;
    }
  }

  return {
    Pipe,
    PipeConnectWrap,
    constants: { SOCKET: Kind.socket, SERVER: Kind.server, IPC: Kind.ipc, UV_READABLE: 1, UV_WRITABLE: 2 },
  };
}
