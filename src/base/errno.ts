/**
 * Linux error numbers (x86-64), the only errors that cross a thread: a call that fails returns `-E…`.
 * `Error` objects are made only at the two surfaces (Node's own library, the container API).
 * Source: asm-generic/errno.h, as `os.constants.errno` of Node on Linux lists them.
 */
export const Errno = {
  EPERM: 1, // operation not permitted
  ENOENT: 2, // no such file or directory
  ESRCH: 3, // no such process
  EINTR: 4, // interrupted system call
  EIO: 5, // i/o error
  ENXIO: 6, // no such device or address
  E2BIG: 7, // argument list too long
  ENOEXEC: 8, // exec format error
  EBADF: 9, // bad file descriptor
  ECHILD: 10,
  EAGAIN: 11, // resource temporarily unavailable
  EWOULDBLOCK: 11,
  ENOMEM: 12, // not enough memory
  EACCES: 13, // permission denied
  EFAULT: 14, // bad address in system call argument
  EBUSY: 16, // resource busy or locked
  EEXIST: 17, // file already exists
  EXDEV: 18, // cross-device link not permitted
  ENODEV: 19, // no such device
  ENOTDIR: 20, // not a directory
  EISDIR: 21, // illegal operation on a directory
  EINVAL: 22, // invalid argument
  ENFILE: 23, // file table overflow
  EMFILE: 24, // too many open files
  ENOTTY: 25, // inappropriate ioctl for device
  ETXTBSY: 26, // text file is busy
  EFBIG: 27, // file too large
  ENOSPC: 28, // no space left on device
  ESPIPE: 29, // invalid seek
  EROFS: 30, // read-only file system
  EMLINK: 31, // too many links
  EPIPE: 32, // broken pipe
  EDOM: 33,
  ERANGE: 34, // result too large
  EDEADLK: 35,
  ENAMETOOLONG: 36, // name too long
  ENOLCK: 37,
  ENOSYS: 38, // function not implemented
  ENOTEMPTY: 39, // directory not empty
  ELOOP: 40, // too many symbolic links encountered
  ENOMSG: 42,
  EIDRM: 43,
  ENOSTR: 60,
  ENODATA: 61, // no data available
  ETIME: 62,
  ENOSR: 63,
  ENOLINK: 67,
  EPROTO: 71, // protocol error
  EMULTIHOP: 72,
  EBADMSG: 74,
  EOVERFLOW: 75, // value too large for defined data type
  EILSEQ: 84, // illegal byte sequence
  ENOTSOCK: 88, // socket operation on non-socket
  EDESTADDRREQ: 89, // destination address required
  EMSGSIZE: 90, // message too long
  EPROTOTYPE: 91, // protocol wrong type for socket
  ENOPROTOOPT: 92, // protocol not available
  EPROTONOSUPPORT: 93, // protocol not supported
  ENOTSUP: 95, // operation not supported on socket
  EOPNOTSUPP: 95,
  EAFNOSUPPORT: 97, // address family not supported
  EADDRINUSE: 98, // address already in use
  EADDRNOTAVAIL: 99, // address not available
  ENETDOWN: 100, // network is down
  ENETUNREACH: 101, // network is unreachable
  ENETRESET: 102,
  ECONNABORTED: 103, // software caused connection abort
  ECONNRESET: 104, // connection reset by peer
  ENOBUFS: 105, // no buffer space available
  EISCONN: 106, // socket is already connected
  ENOTCONN: 107, // socket is not connected
  ETIMEDOUT: 110, // connection timed out
  ECONNREFUSED: 111, // connection refused
  EHOSTUNREACH: 113, // host is unreachable
  ETOOMANYREFS: 109, // too many references: cannot splice
  EALREADY: 114, // connection already in progress
  EINPROGRESS: 115,
  ESTALE: 116,
  EDQUOT: 122,
  ECANCELED: 125, // operation canceled
} as const;

export type ErrnoName = keyof typeof Errno;

const nameByNumber = new Map<number, ErrnoName>();
for (const [name, number] of Object.entries(Errno) as [ErrnoName, number][]) {
  if (!nameByNumber.has(number)) nameByNumber.set(number, name);
}

/** The name of an error number, positive or negative (`errnoName(-2) === 'ENOENT'`); undefined when there is none. */
export function errnoName(number: number): ErrnoName | undefined {
  return nameByNumber.get(Math.abs(number));
}
