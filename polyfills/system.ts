/**
 * The system interface: what the Node layer stands on. `src/process` implements it over shared memory and the
 * kernel; tests may implement parts of it over plain objects. Every call returns ≥ 0 or `-errno`
 * (Linux numbers, src/base/errno.ts) unless it says otherwise; nothing here throws for what a program did.
 * The one exception: a call made after the process was killed or has exited throws `ProcessGone`, which no
 * binding catches (user code that swallows it meets it again at its next call).
 */
import type { TerminalControls } from '../src/base/terminal-controls.ts';

export type Path = string | Uint8Array;
export type Fd = number;

export interface System {
  readonly files: FileCalls;
  readonly streams: StreamCalls;
  readonly sockets: SocketCalls;
  readonly datagrams: DatagramCalls;
  readonly process: ProcessCalls;
  readonly clock: ClockCalls;
  readonly unix: UnixCalls;
  readonly threads: ThreadCalls;
  readonly namedLocks: NamedLockCalls;
}

/** Thrown to unwind a process that is over. Never shown to a program's handlers. */
export class ProcessGone extends Error {
  override readonly name = 'ProcessGone';
  readonly #brand = true;

  /** Asks no trap of `value`, which may be a program's own proxy. */
  static is(value: unknown): value is ProcessGone {
    return typeof value === 'object' && value !== null && #brand in value;
  }
}

/** Seconds and nanoseconds, or UTIME_NOW / UTIME_OMIT. */
export type TimeSpec = { seconds: number; nanoseconds: number } | 'now' | 'omit';

export interface DirectoryList {
  names: string[];
  rawNames?: Uint8Array[];
  /** UV_DIRENT_*: 1 file, 2 dir, 3 link, 4 fifo, 5 socket, 6 char, 7 block */
  types: number[];
  /** Where it is known: the entries stand in the order of their names. */
  sorted?: true;
}

/** Files by descriptor and path. Descriptors may be files, directories, devices, pipes, ttys or sockets. */
export interface FileCalls {
  /** Lowest free descriptor. */
  open(path: Path, flags: number, mode: number): Fd;
  /** As `open`, but does not wait for the other end of a named pipe: `met` is readable once it is there, and then to be closed. */
  openLater(path: Path, flags: number, mode: number): Fd | { fd: Fd; met: Fd };
  close(fd: Fd): number;
  dup(fd: Fd, atLeast: Fd): Fd;
  dup2(from: Fd, to: Fd): Fd;
  /** `position` null = current offset. Blocks on a blocking pipe or tty; -EAGAIN on a non-blocking one. */
  read(fd: Fd, into: Uint8Array, position: number | null): number;
  write(fd: Fd, from: Uint8Array, position: number | null): number;
  /** Fills `out[at…at+17]` in the order of Node's statValues. */
  stat(path: Path, out: Float64Array | BigInt64Array, at: number): number;
  lstat(path: Path, out: Float64Array | BigInt64Array, at: number): number;
  fstat(fd: Fd, out: Float64Array | BigInt64Array, at: number): number;
  /** 0 file, 1 directory, < 0 error: module loading's probe. */
  kind(path: Path): number;
  access(path: Path, mode: number): number;
  readFile(path: Path): Uint8Array<ArrayBuffer> | number;
  writeFile(path: Path, data: Uint8Array, flags: number, mode: number): number;
  readdir(path: Path, wantRaw: boolean): DirectoryList | number;
  readdirAt(
    fd: Fd,
    cookie: number,
    limit: number,
    wantRaw: boolean,
  ): (DirectoryList & { next: number }) | number;
  mkdir(path: Path, mode: number): number;
  /** A named pipe. */
  mkfifo(path: Path, mode: number): number;
  rmdir(path: Path): number;
  unlink(path: Path): number;
  rename(from: Path, to: Path): number;
  link(from: Path, to: Path): number;
  symlink(target: Path, path: Path): number;
  readlink(path: Path): Uint8Array<ArrayBuffer> | number;
  realpath(path: Path): Uint8Array<ArrayBuffer> | number;
  chmod(path: Path, mode: number, follow: boolean): number;
  fchmod(fd: Fd, mode: number): number;
  chown(path: Path, uid: number, gid: number, follow: boolean): number;
  fchown(fd: Fd, uid: number, gid: number): number;
  utimes(path: Path, atime: TimeSpec, mtime: TimeSpec, follow: boolean): number;
  futimes(fd: Fd, atime: TimeSpec, mtime: TimeSpec): number;
  truncate(path: Path, size: number): number;
  ftruncate(fd: Fd, size: number): number;
  fsync(fd: Fd, dataOnly: boolean): number;
  /**
   * Locks ranges of bytes for this descriptor, to be given back before it is closed; what is left ends with the thread.
   * All of `steps` or none; never waits: -EAGAIN when another descriptor holds what conflicts.
   */
  lock(fd: Fd, steps: readonly LockStep[]): number;
  /** type, bsize, blocks, bfree, bavail, files, ffree */
  statfs(path: Path, out: Float64Array | BigInt64Array): number;
  chdir(path: Path): number;
  cwd(): string | number;
  umask(mask?: number): number;
  watch(
    path: Path,
    recursive: boolean,
    listener: (kind: 'rename' | 'change', name: string) => void,
  ): Watch | number;
}

export interface LockStep {
  kind: 'shared' | 'exclusive' | 'none';
  start: number;
  length: number;
}

export interface Watch {
  close(): void;
}

/** What libuv's uv_guess_handle says of a descriptor. */
export type HandleType = 'FILE' | 'PIPE' | 'TTY' | 'TCP' | 'UDP' | 'UNKNOWN' | 'INVALID';

/** Readiness, as poll(2): waiting for a pipe, tty or socket without blocking. Callbacks run in the loop's poll phase. */
export interface StreamCalls {
  type(fd: Fd): HandleType;
  setNonBlocking(fd: Fd, on: boolean): number;
  /** Calls `ready` once, when a read would not return -EAGAIN (data, end or error). Does not keep the loop alive. */
  whenReadable(fd: Fd, ready: () => void): Watch;
  whenWritable(fd: Fd, ready: () => void): Watch;
  /**
   * poll(2), blocking the process: returns 1 as soon as one of `interests` may be ready or `child` has ended, 0 when
   * `timeoutMs` is up. Calls made ready then need non-blocking descriptors; the end of the child is asked of `waitSync`.
   */
  poll(interests: readonly PollInterest[], child: number | null, timeoutMs: number | null): 0 | 1;
  /** POLLHUP: nobody writes to the stream any more, though something may be left to read. */
  hungUp(fd: Fd): boolean;
  /** shutdown(2) of the writing side of a stream that goes both ways; 0 and nothing done for any other. */
  shutdown(fd: Fd): number;
  /**
   * Writes as `files.write` and sends `sent` along with the bytes (SCM_RIGHTS). -EAGAIN: nothing was written, but the
   * descriptor is on its way with what is written next.
   */
  writeWith(fd: Fd, from: Uint8Array, sent: Fd): number;
  /** Takes the descriptor that came with the next bytes; -EAGAIN when none did. */
  takeDescriptor(fd: Fd): Fd;
  /** pipe(2) → [read end, write end] or -errno */
  pipe(): [Fd, Fd] | number;
  /** TIOCGWINSZ → [columns, rows] or -errno */
  windowSize(fd: Fd): [number, number] | number;
  setRawMode(fd: Fd, mode: 0 | 1 | 2): number;
  /** tcgetattr(3), tcsetattr(3): the bits of TtyFlag (src/protocol/ipc-layout.ts), or -ENOTTY. */
  terminalModes(fd: Fd): number;
  setTerminalModes(fd: Fd, modes: number): number;
  /** Its control characters, in the order of DEFAULT_CONTROLS (src/base/terminal-controls.ts), or -ENOTTY. */
  terminalControls(fd: Fd): TerminalControls | number;
  setTerminalControls(fd: Fd, controls: TerminalControls): number;
  /** TIOCSWINSZ */
  setWindowSize(fd: Fd, columns: number, rows: number): number;
}

/** Where a socket is: an address of the container's network, or a path (abstract ones begin with NUL). */
export type SocketAddress = IpAddress | { path: string };
export interface IpAddress {
  family: 4 | 6;
  address: string;
  port: number;
}

/**
 * Stream sockets, never blocking. A listening descriptor is readable when a connection waits; a connected one is read,
 * written, shut down and closed as any stream. Addresses of other hosts go through the gateway.
 */
export interface SocketCalls {
  /**
   * Port 0 takes a free one. A path is made in the file system, and stays there when the socket is closed. `shared`:
   * others that ask for it too may be bound to the same address, and connections go to each in turn.
   */
  bind(address: SocketAddress, options: { ipv6Only: boolean; shared: boolean }): Fd;
  listen(fd: Fd, backlog: number): number;
  /** -EAGAIN when no connection waits. */
  accept(fd: Fd): Fd;
  /** The connection stands when this returns, unless `isConnecting` says otherwise. `bound`: a bound descriptor whose address it takes; the caller closes that. */
  connect(address: SocketAddress, bound: Fd | null): Fd;
  /** The attempt goes on: the descriptor is writable when it has ended, and `connected` tells how. */
  isConnecting(fd: Fd): boolean;
  connected(fd: Fd): { errno: number; reason?: string | undefined };
  localAddress(fd: Fd): SocketAddress | number;
  remoteAddress(fd: Fd): SocketAddress | number;
  /** Bytes reach the other host as they are written: it is not the gateway that answers. */
  isRelayed(fd: Fd): boolean;
  /** The other side will see ECONNRESET; to be followed by close. */
  reset(fd: Fd): number;
  /** A name of another host: the address by which the gateway will know it; or why there is none. */
  resolve(name: string): { address: string } | { denied: boolean; refusal?: string };
  /** The name behind an address that `resolve` gave. */
  nameOf(address: string): string | undefined;
}

/** UDP within the container: a bound descriptor is readable when a datagram waits. What finds no room is lost. */
export interface DatagramCalls {
  /** `shared`: others that ask for it too may be bound to the same address. */
  bind(address: IpAddress, options: { ipv6Only: boolean; shared: boolean }): Fd;
  /** → its length, or -EMSGSIZE. */
  send(fd: Fd, to: IpAddress, bytes: Uint8Array): number;
  receive(fd: Fd): { from: IpAddress; bytes: Uint8Array<ArrayBuffer> } | number;
  /** Joins or leaves a multicast group. */
  membership(fd: Fd, group: string, join: boolean): number;
}

export interface PollInterest {
  fd: Fd;
  read: boolean;
  write: boolean;
}

/**
 * A child's descriptor in terms of the parent's. A 'pipe' goes one way as descriptor 0, 1 or 2, and both ways above
 * or where `duplex` asks for it (an IPC channel).
 */
export type StdioSource = { kind: 'fd'; fd: Fd } | { kind: 'null' } | { kind: 'pipe'; duplex?: boolean };

export interface SpawnRequest {
  file: string;
  args: readonly string[];
  env: readonly string[];
  /** Undefined: the parent's. A property all the same: a program may have given every object one of the name. */
  cwd: string | undefined;
  /** Index = the child's descriptor. */
  stdio: readonly StdioSource[];
  detached: boolean;
  /** setpgid in the child before it runs: 0 = a group of its own, n = that group. Undefined: the parent's. */
  processGroup: number | undefined;
  /** Signals that the child begins with ignored; left out: those that this process ignores. */
  ignoredSignals?: readonly number[];
}

/** execve(2). */
export interface ReplaceRequest {
  file: string;
  args: readonly string[];
  env: readonly string[];
  /** Index = the program's descriptor, of this process's own; null: closed. All others are closed. */
  descriptors: readonly (Fd | null)[];
  /** As execvp(3): by PATH, and by the shell where a script names no interpreter. */
  search: boolean;
  /** Signals that the program begins with ignored; left out: those that this process ignores. */
  ignoredSignals?: readonly number[];
}

export interface ExitStatus {
  code: number;
  /** Signal number, 0 when it exited by itself. */
  signal: number;
}

export interface ProcessCalls {
  readonly pid: number;
  /** As it is now: 1 once the parent has ended. */
  readonly ppid: number;
  readonly uid: number;
  readonly gid: number;
  readonly hostname: string;
  readonly hardwareConcurrency: number;
  /** The parent sees the status at once; then unwinds by ProcessGone. */
  exit(code: number): never;
  /** abort(3): ends by SIGABRT. */
  abort(): never;
  kill(pid: number, signal: number): number;
  /**
   * Begins anew on the external runtime, under this number and with these descriptors, and does not return. Or
   * -EBUSY: the program has done something already; -ENOTCONN: there is no runtime; -EPERM: not allowed.
   */
  moveToRemote(reason: string): number;
  /** While a listener stands, that signal's default action does not happen. Callback in the poll phase. */
  onSignal(signal: number, listener: () => void): Watch;
  /**
   * A signal below 32 is asked for while a script runs, and reaches no listener if it is taken. A second one that comes
   * before the first is taken has its default action: so one always gets out of code that does not ask. One at a time.
   */
  interruptBy(signal: number): SignalInterrupt;
  /** → pid or -errno. `pipes` receives the parent's ends, index = the child's descriptor. `exited` in the poll phase. */
  spawn(request: SpawnRequest, pipes: Map<number, Fd>, exited: (status: ExitStatus) => void): number;
  /** This process runs another program from here on, and the call does not return. Or -errno. */
  replace(request: ReplaceRequest): number;
  /**
   * RLIMIT_CPU of this process and of what it starts from here on: lowered to `cpuMs` milliseconds, if that is given.
   * → the bound, Infinity for none; -EPERM when it is lower already
   */
  cpuLimit(cpuMs: number | null): number;
  /**
   * waitpid: blocks the process, not the kernel. -ETIMEDOUT after `timeoutMs` (0 = WNOHANG), -ECHILD when `pid` is no
   * child or its status was taken. A child waited for so is not reported to `exited`.
   */
  waitSync(pid: number, timeoutMs: number | null): ExitStatus | number;
  /** setpgid(2), 0 = this process. */
  setProcessGroup(pid: number, group: number): number;
  /** tcgetpgrp(3), tcsetpgrp(3) of a terminal. */
  foregroundGroup(fd: Fd): number;
  setForegroundGroup(fd: Fd, group: number): number;
  memory(): { rss: number; heapTotal: number; heapUsed: number; external: number; arrayBuffers: number };
  /** The title that others see in place of the command line. */
  setTitle(title: string): void;
  /**
   * µs of user and system time of this process: what its threads did not wait, all of it as user time. A browser tells no
   * more.
   */
  cpuTime(): { user: number; system: number };
  /** Of this thread. */
  threadCpuTime(): { user: number; system: number };
  /** Of children that have ended and were waited for, with theirs. */
  childrenCpuTime(): { user: number; system: number };
  totalMemory: number;
  freeMemory(): number;
  /** Seconds since the container was booted. */
  uptime(): number;
}

/** How a thread was started: `init` as its starter gave it. */
export interface ThreadStart {
  init: unknown;
}

/** Threads of the process: each runs a loop of its own in a worker of its own, with its own table of descriptors. */
export interface ThreadCalls {
  /** Names the process apart from every other, in this container or another; the same in each of its threads. */
  readonly processKey: string;
  /** What this thread was started with; undefined in the main thread. */
  readonly self: ThreadStart | undefined;
  /**
   * Starts one with this thread's descriptors 0–2 and directory. `init` is cloned, what `transfer` lists is moved.
   * → its handle or -errno. `exited` in the poll phase; a thread that was stopped ends by a signal.
   */
  start(init: unknown, transfer: readonly unknown[], exited: (status: ExitStatus) => void): number;
  /** Before this process or thread ends by its own call. */
  onEnd(callback: () => void): void;
  /** Ends it, wherever it is; `exited` is called. */
  stop(handle: number): void;
  /** µs, as ProcessCalls.cpuTime has them, of one that was started here: its own, and that of threads which it has ended. */
  cpuTime(handle: number): { user: number; system: number };
}

/** Locks by name, between the threads of the process (https://w3c.github.io/web-locks/). */
export interface NamedLockCalls {
  /**
   * Holds the lock from when `granted` is called until what it returns has settled. `granted(false)`: `ifAvailable`, and
   * it is not. Rejects when another request steals it. Calls nothing in the loop's phases, and keeps no loop alive.
   */
  request(
    name: string,
    options: { mode: 'shared' | 'exclusive'; steal: boolean; ifAvailable: boolean },
    granted: (available: boolean) => Promise<void>,
  ): Promise<void>;
}

export interface ClockCalls {
  /** Milliseconds, monotonic, since the process started; fractions as fine as the host gives. */
  now(): number;
  /** Milliseconds since the epoch at which `now()` was 0. */
  readonly timeOrigin: number;
}

export interface SignalInterrupt {
  has(): boolean;
  /** → whether there was one */
  take(): boolean;
  close(): void;
}

/** A child that has ended, or (where asked for) was stopped. */
export type ChildChange =
  | { pid: number; kind: 'exited'; status: ExitStatus }
  | { pid: number; kind: 'stopped' }
  | { pid: number; kind: 'continued' };

/**
 * For synchronous Unix programs (the shell, the commands of the userland): signals are taken between calls, not called
 * back, and once a signal is caught, blocking calls answer -EINTR when one has arrived. Node's layer does not use these.
 */
export interface UnixCalls {
  /** sigaction(2): what a signal does from now on. */
  signalAction(signal: number, action: 'default' | 'ignore' | 'catch'): number;
  /** Signals that are ignored now: at the start of a program those that its parent ignored. */
  ignoredSignals(): number[];
  /** Signals that were caught and have arrived since the last call, lowest first. */
  takeSignals(): number[];
  /** waitpid(2) of any of `pids`: the first that has ended, or with `stopped` has stopped. -ETIMEDOUT, -EINTR, -ECHILD. */
  waitChild(
    pids: readonly number[],
    options: { stopped: boolean; timeoutMs: number | null },
  ): ChildChange | number;
  /** Blocks this long. → 0 or -EINTR */
  sleep(milliseconds: number): number;
}
