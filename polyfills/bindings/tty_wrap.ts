import { Errno, errnoName } from '../../src/base/errno.ts';
import type { NodeContext } from '../context.ts';
import { libuvStreamsOf } from '../stream/libuv-stream.ts';

const Mode = { normal: 0, raw: 1, io: 2, rawVt: 3 } as const;

interface ErrorContext {
  errno?: number;
  code?: string;
  message?: string;
  syscall?: string;
}

/** `internalBinding('tty_wrap')`: terminals (src/tty_wrap.cc). Writes to a terminal block, as Node asks for. */
export function createTtyWrap(context: NodeContext): object {
  const { LibuvStreamWrap, attach, handles } = libuvStreamsOf(context);
  const { streams } = context.system;

  class TTY extends LibuvStreamWrap {
    constructor(fd: number, errorContext?: ErrorContext) {
      super('TTYWRAP', 'TTYWrap');
      if (streams.type(fd) === 'TTY') {
        attach(this, fd);
        return;
      }
      handles.markClosed(this);
      if (errorContext !== undefined) describeFailure(context, errorContext);
    }
    getWindowSize(size: number[]): number {
      const found = streams.windowSize(this.#fd());
      if (typeof found === 'number') return found;
      size[0] = found[0];
      size[1] = found[1];
      return 0;
    }
    /** UV_TTY_MODE_RAW_VT is raw mode on every POSIX terminal. */
    setRawMode(mode: number): number {
      return streams.setRawMode(this.#fd(), mode === Mode.rawVt ? Mode.raw : (mode as 0 | 1 | 2));
    }
    #fd(): number {
      return (this as unknown as { fd: number }).fd;
    }
  }

  return {
    TTY,
    isTTY: (fd: number): boolean => streams.type(fd | 0) === 'TTY',
    UV_TTY_MODE_NORMAL: Mode.normal,
    UV_TTY_MODE_IO: Mode.io,
    UV_TTY_MODE_RAW_VT: Mode.rawVt,
  };
}

function describeFailure(context: NodeContext, out: ErrorContext): void {
  const errno = -Errno.EINVAL;
  out.errno = errno;
  out.code = errnoName(errno) ?? 'EINVAL';
  out.message = context.facts.uvErrors.get(errno)?.[1] ?? 'invalid argument';
  out.syscall = 'uv_tty_init';
}
