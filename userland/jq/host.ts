/**
 * What jq's WebAssembly asks of the system it runs on: Emscripten's system calls (their structures are musl's for wasm32,
 * their error numbers WASI's) over ours. Files, pipes and terminals are the process's own descriptors, so input streams.
 */
import { Errno } from '../../src/base/errno.ts';
import { decodeText, encodeText } from '../text/text.ts';
import { zoneOf } from '../text/time.ts';
import type { System } from '../../polyfills/system.ts';
import { FileType, wasiErrno } from '../../polyfills/wasi/abi.ts';
import { type Status, status, statusOfDescriptor } from '../files/stat.ts';
import { calendarCalls } from './calendar.ts';
import { Guest } from './guest.ts';

/** Unwinds the program to its status. */
class Ended extends Error {
  override readonly name = 'Ended';
  readonly status: number;
  constructor(code: number) {
    super(`ended with ${code}`);
    this.status = code;
  }
}

const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
const F_GETFL = 3;
const F_SETFL = 4;
const F_GETFD = 1;
const F_SETFD = 2;
const PAGE_BYTES = 65_536;
/** The heap grows by a fifth at least: a step a page would copy it each time. */
const HEAP_GROWTH = 1.2;
const HEAP_MAX_BYTES = 2 * 1024 ** 3 - PAGE_BYTES;
const LINUX_CLOEXEC = 0o2000000;

export interface HostStart {
  readonly system: System;
  readonly env: Readonly<Record<string, string>>;
  readonly argv: readonly string[];
}

interface Exports {
  memory: WebAssembly.Memory;
  __wasm_call_ctors(): void;
  __main_argc_argv(count: number, vector: number): number;
  _emscripten_stack_alloc(bytes: number): number;
}

/** Runs the program to its status. */
export function runGuest(module: WebAssembly.Module, { system, env, argv }: HostStart): number {
  const guest = new Guest();
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const { exports } = new WebAssembly.Instance(module, {
    env: {
      ...programCalls(guest),
      ...fileCalls(guest, system),
      ...calendarCalls(guest, zoneOf(env)),
    },
    wasi_snapshot_preview1: { ...descriptorCalls(guest, system), ...environmentCalls(guest, variables) },
  });
  const program = exports as unknown as Exports;
  guest.memory = program.memory;
  try {
    program.__wasm_call_ctors();
    const bytes = argv.reduce((sum, word) => sum + encodeText(word).length + 1, 0);
    const places = guest.placeStrings(program._emscripten_stack_alloc(bytes), argv);
    const vector = program._emscripten_stack_alloc((argv.length + 1) * 4);
    [...places, 0].forEach((place, index) => guest.setWord(vector + index * 4, place));
    return program.__main_argc_argv(argv.length, vector);
  } catch (error) {
    if (error instanceof Ended) return error.status;
    throw error;
  }
}

function programCalls(guest: Guest) {
  const exit = (code: number): never => {
    throw new Ended(code);
  };
  return {
    exit,
    __assert_fail: (condition: number, file: number, line: number) => {
      const where = `${decodeText(guest.string(file))}:${line}`;
      throw new Error(`assertion failed: ${decodeText(guest.string(condition))} at ${where}`);
    },
    _abort_js: () => {
      throw new Error('aborted');
    },
    __call_sighandler: () => undefined,
    _emscripten_runtime_keepalive_clear: () => undefined,
    emscripten_date_now: () => Date.now(),
    emscripten_resize_heap: (wanted: number) => {
      const { memory } = guest;
      const size = wanted >>> 0;
      if (memory === undefined || size > HEAP_MAX_BYTES) return 0;
      const now = memory.buffer.byteLength;
      const goal = Math.min(HEAP_MAX_BYTES, Math.max(size, now * HEAP_GROWTH));
      try {
        memory.grow(Math.ceil((goal - now) / PAGE_BYTES));
        return 1;
      } catch {
        return 0;
      }
    },
  };
}

function environmentCalls(guest: Guest, variables: readonly string[]) {
  return {
    proc_exit: (code: number) => {
      throw new Ended(code);
    },
    environ_sizes_get: (count: number, bytes: number) => {
      guest.setWord(count, variables.length);
      guest.setWord(
        bytes,
        variables.reduce((sum, entry) => sum + encodeText(entry).length + 1, 0),
      );
      return 0;
    },
    environ_get: (vector: number, bytes: number) => {
      guest
        .placeStrings(bytes, variables)
        .forEach((place, index) => guest.setWord(vector + index * 4, place));
      return 0;
    },
  };
}

function descriptorCalls(guest: Guest, { files, streams }: System) {
  /** All of the vectors, until one is not filled; nothing but the first may fail. */
  const each = (at: number, count: number, moved: number, one: (part: Uint8Array) => number): number => {
    let sum = 0;
    for (const part of guest.vectors(at, count)) {
      if (part.length === 0) continue;
      const result = one(part);
      if (result < 0 && sum === 0) return wasiErrno(result);
      sum += Math.max(result, 0);
      if (result < part.length) break;
    }
    guest.setWord(moved, sum);
    return 0;
  };
  return {
    fd_close: (fd: number) => wasiErrno(files.close(fd)),
    fd_read: (fd: number, at: number, count: number, moved: number) =>
      each(at, count, moved, (part) => files.read(fd, part, null)),
    fd_write: (fd: number, at: number, count: number, moved: number) =>
      each(at, count, moved, (part) => files.write(fd, part, null)),
    // What was read ahead stays read, as on a pipe.
    fd_seek: () => wasiErrno(-Errno.ESPIPE),
    fd_fdstat_get: (fd: number, at: number) => {
      const type = streams.type(fd);
      if (type === 'INVALID') return wasiErrno(-Errno.EBADF);
      guest.bytes(at, 24).fill(0);
      guest.bytes(at, 1)[0] = type === 'TTY' ? FileType.characterDevice : FileType.regularFile;
      return 0;
    },
  };
}

function fileCalls(guest: Guest, { files, streams }: System) {
  const failed = (result: number): number => -wasiErrno(result);
  const putStatus = (at: number, found: Status | number): number => {
    if (typeof found === 'number') return failed(found);
    writeStatus(guest, at, found);
    return 0;
  };
  const at = (folder: number, path: number): string | number =>
    folder === AT_FDCWD || guest.string(path)[0] === 0x2f ? decodeText(guest.string(path)) : -Errno.ENOTSUP;
  return {
    __syscall_fcntl64: (_fd: number, command: number) =>
      [F_GETFL, F_SETFL, F_GETFD, F_SETFD].includes(command) ? 0 : failed(-Errno.EINVAL),
    __syscall_ioctl: (fd: number) => (streams.type(fd) === 'TTY' ? 0 : failed(-Errno.ENOTTY)),
    __syscall_openat: (folder: number, path: number, flags: number, varargs: number) => {
      const name = at(folder, path);
      if (typeof name === 'number') return failed(name);
      const fd = files.open(name, flags & ~LINUX_CLOEXEC, varargs === 0 ? 0 : guest.word(varargs));
      return fd < 0 ? failed(fd) : fd;
    },
    __syscall_fstat64: (fd: number, into: number) => putStatus(into, statusOfDescriptor(files, fd)),
    __syscall_stat64: (path: number, into: number) =>
      putStatus(into, status(files, decodeText(guest.string(path)), true)),
    __syscall_lstat64: (path: number, into: number) =>
      putStatus(into, status(files, decodeText(guest.string(path)), false)),
    __syscall_newfstatat: (folder: number, path: number, into: number, flags: number) => {
      const name = at(folder, path);
      if (typeof name === 'number') return failed(name);
      return putStatus(into, status(files, name, (flags & AT_SYMLINK_NOFOLLOW) === 0));
    },
    __syscall_getcwd: (into: number, size: number) => {
      const cwd = files.cwd();
      if (typeof cwd === 'number') return failed(cwd);
      const length = encodeText(cwd).length + 1;
      if (length > size) return failed(-Errno.ERANGE);
      guest.placeStrings(into, [cwd]);
      return length;
    },
    __syscall_readlinkat: (folder: number, path: number, into: number, size: number) => {
      const name = at(folder, path);
      if (typeof name === 'number') return failed(name);
      const target = files.readlink(name);
      if (typeof target === 'number') return failed(target);
      const part = target.subarray(0, size);
      guest.bytes(into, part.length).set(part);
      return part.length;
    },
  };
}

/** musl's `struct stat` of wasm32. */
function writeStatus(guest: Guest, at: number, found: Status): void {
  guest.bytes(at, 96).fill(0);
  const { dev, mode, nlink, uid, gid, rdev } = found;
  [dev, mode, nlink, uid, gid, rdev].forEach((value, index) => guest.setWord(at + index * 4, value));
  guest.setLong(at + 24, found.size);
  guest.setWord(at + 32, found.blockSize);
  guest.setWord(at + 36, found.blocks);
  [found.atime, found.mtime, found.ctime].forEach(({ seconds, nanoseconds }, index) => {
    guest.setLong(at + 40 + index * 16, seconds);
    guest.setWord(at + 48 + index * 16, nanoseconds);
  });
  guest.setLong(at + 88, found.ino);
}
