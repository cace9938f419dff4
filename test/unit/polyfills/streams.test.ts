import { describe, expect, test } from 'vitest';
import { createPipeWrap } from '../../../polyfills/bindings/pipe_wrap.ts';
import { createStreamWrap } from '../../../polyfills/bindings/stream_wrap.ts';
import { createTtyWrap } from '../../../polyfills/bindings/tty_wrap.ts';
import { Errno } from '../../../src/base/errno.ts';
import { PIPE_BUFFER_BYTES } from '../../../src/base/limits.ts';
import { Children } from '../../../src/process/calls/children.ts';
import { Descriptors } from '../../../src/process/files/descriptors.ts';
import { createFileCalls } from '../../../src/process/files/files.ts';
import { Gate } from '../../../src/process/gate.ts';
import { Readiness } from '../../../src/process/streams/readiness.ts';
import { createStreamCalls } from '../../../src/process/streams/streams.ts';
import { IpcMemory, KERNEL_OWNER, PipeFlag, PipeWord, TtyFlag } from '../../../src/protocol/ipc-layout.ts';
import { PipeRing } from '../../../src/protocol/pipe.ts';
import { attach } from '../../../vfs/attach.ts';
import { format } from '../../../vfs/format.ts';
import { createTestContext } from '../../support/node-context.ts';

const UV_EOF = -4095;
const SLOT = 0;

interface Stream {
  open(fd: number): number;
  readStart(): number;
  readStop(): number;
  shutdown(request: object): number;
  writeUtf8String(request: object, text: string): number;
  writeLatin1String(request: object, text: string): number;
  writeBuffer(request: object, bytes: Uint8Array): number;
  writev(request: object, chunks: unknown[], allBuffers: boolean): number;
  useUserBuffer(bytes: Uint8Array): number;
  close(callback?: () => void): void;
  hasRef(): boolean;
  unref(): void;
  onread: (data: ArrayBuffer | undefined) => unknown;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly writeQueueSize: number;
  readonly fd: number;
}

/** A process without a kernel: descriptor 3 and the test hold the two ends of a socket pair of real pipe rings. */
function setUp() {
  const ipc = IpcMemory.create();
  const fsMemory = new WebAssembly.Memory({ initial: 16, maximum: 4096, shared: true });
  format(fsMemory, { capacityBytes: 128 * 1024 * 1024, metadataBytes: 8 * 1024 * 1024 });
  const fileSystem = attach(fsMemory as never);
  const posted: unknown[] = [];
  const gate = new Gate(ipc, SLOT, (message) => void posted.push(message));
  const descriptors = new Descriptors(gate, fileSystem, 64);
  const system = { files: undefined, streams: undefined } as Record<string, unknown>;
  const host = createTestContext(system as never, () => void readiness.collect());
  const enqueue = (callback: () => void): void => host.context.loop.enqueueUnref(callback);
  const readiness = new Readiness(gate, enqueue);
  const children = new Children(gate, readiness, enqueue);
  system['files'] = createFileCalls({ gate, descriptors, files: fileSystem, enqueue } as never).calls;
  system['streams'] = createStreamCalls({ gate, descriptors, children, readiness });
  const toProcess = new PipeRing(ipc, 0, KERNEL_OWNER);
  const fromProcess = new PipeRing(ipc, 1, KERNEL_OWNER);
  descriptors.install([null, null, null, { kind: 'stream', input: 0, output: 1 }]);
  return { host, posted, descriptors, toProcess, fromProcess, state: streamState(host.context) };
}

function streamState(context: never | object): Int32Array {
  return (createStreamWrap(context as never) as { streamBaseState: Int32Array }).streamBaseState;
}

function openPipe(host: ReturnType<typeof setUp>['host']): Stream {
  const { Pipe } = createPipeWrap(host.context) as { Pipe: new (kind: number) => Stream };
  const pipe = new Pipe(0);
  expect(pipe.open(3)).toBe(0);
  expect(pipe.fd).toBe(3);
  return pipe;
}

const bytes = (text: string) => new TextEncoder().encode(text);
function drainRing(ring: PipeRing): string {
  const into = new Uint8Array(PIPE_BUFFER_BYTES);
  const count = ring.tryRead(into);
  return count < 0 ? '' : Buffer.from(into.subarray(0, count)).toString();
}

describe('reading', () => {
  test('data arrives in the order of its writing, then the end', async () => {
    const { host, toProcess, state } = setUp();
    const pipe = openPipe(host);
    const seen: string[] = [];
    pipe.onread = (data) => {
      seen.push(data === undefined ? `end ${state[0]}` : Buffer.from(data, state[1], state[0]).toString());
      if (data !== undefined && seen.length === 2) toProcess.raise(PipeFlag.noWriters);
    };
    toProcess.tryWrite(bytes('one'));
    expect(pipe.readStart()).toBe(0);
    setTimeout(() => toProcess.tryWrite(bytes('two')), 5);
    await host.drain();
    expect(seen).toEqual(['one', 'two', `end ${UV_EOF}`]);
    expect(pipe.bytesRead).toBe(6);
  });

  test('stops when told, and keeps what is unread', async () => {
    const { host, toProcess } = setUp();
    const pipe = openPipe(host);
    const seen: number[] = [];
    pipe.onread = (data) => {
      seen.push(data?.byteLength ?? -1);
      pipe.readStop();
    };
    toProcess.tryWrite(bytes('one'));
    pipe.readStart();
    await host.drain();
    toProcess.tryWrite(bytes('four'));
    await host.drain();
    expect(seen).toEqual([3]);
    pipe.readStart();
    await host.drain();
    expect(seen).toEqual([3, 4]);
  });

  test('goes into the buffer that the reader gave', async () => {
    const { host, toProcess, state } = setUp();
    const pipe = openPipe(host);
    const own = new Uint8Array(4);
    pipe.useUserBuffer(own);
    const seen: string[] = [];
    pipe.onread = (data) => {
      expect(data).toBeUndefined();
      seen.push(Buffer.from(own.subarray(0, state[0])).toString());
      if (seen.length === 2) pipe.readStop();
    };
    toProcess.tryWrite(bytes('sixsix'));
    pipe.readStart();
    await host.drain();
    expect(seen).toEqual(['sixs', 'ix']);
  });
});

describe('writing', () => {
  test('what fits is taken at once', () => {
    const { host, fromProcess, state } = setUp();
    const pipe = openPipe(host);
    expect(pipe.writeUtf8String({}, 'héllo')).toBe(0);
    expect([state[2], state[3]]).toEqual([6, 0]);
    expect(pipe.writeLatin1String({}, 'é')).toBe(0);
    expect(pipe.writev({}, ['a', 'utf8', bytes('b'), 'buffer'], false)).toBe(0);
    expect(pipe.writev({}, [bytes('c'), bytes('d')], true)).toBe(0);
    const into = new Uint8Array(20);
    expect(fromProcess.tryRead(into)).toBe(11);
    expect(Buffer.from(into.subarray(0, 11))).toEqual(
      Buffer.concat([Buffer.from('héllo'), Buffer.from([0xe9]), Buffer.from('abcd')]),
    );
  });

  test('the rest waits for its reader', async () => {
    const { host, fromProcess, state } = setUp();
    const pipe = openPipe(host);
    const big = new Uint8Array(3 * PIPE_BUFFER_BYTES).fill(7);
    const done: number[] = [];
    const request = { oncomplete: (status: number) => void done.push(status) };
    expect(pipe.writeBuffer(request, big)).toBe(0);
    expect([state[2], state[3]]).toEqual([big.length, 1]);
    expect(pipe.writeQueueSize).toBe(2 * PIPE_BUFFER_BYTES);
    const second = { oncomplete: (status: number) => void done.push(status + 100) };
    pipe.writeUtf8String(second, 'after');
    let received = 0;
    const timer = setInterval(() => (received += drainRing(fromProcess).length), 1);
    await host.drain();
    clearInterval(timer);
    received += drainRing(fromProcess).length;
    expect(done).toEqual([0, 100]);
    expect(received).toBe(big.length + 5);
    expect(pipe.writeQueueSize).toBe(0);
  });

  test('text that waits is its own, whatever is written after it', async () => {
    const { host, fromProcess } = setUp();
    const pipe = openPipe(host);
    const texts = ['a', 'b', 'c', 'd', 'e'].map((letter) => letter.repeat(20_000));
    for (const text of texts) {
      expect(pipe.writeLatin1String({}, text)).toBe(0);
      expect(pipe.writeUtf8String({}, text)).toBe(0);
    }
    let received = '';
    const take = (): void => void (received += Buffer.from(drainRing(fromProcess)).toString());
    const timer = setInterval(take, 1);
    await host.drain();
    clearInterval(timer);
    take();
    expect(received).toBe(texts.map((text) => text + text).join(''));
  });

  test('a pipe without readers is broken', () => {
    const { host, fromProcess } = setUp();
    const pipe = openPipe(host);
    fromProcess.raise(PipeFlag.noReaders);
    expect(pipe.writeUtf8String({}, 'x')).toBe(-Errno.EPIPE);
  });

  test('shutdown ends the writing side only', async () => {
    const { host, posted } = setUp();
    const pipe = openPipe(host);
    const done: number[] = [];
    expect(pipe.shutdown({ oncomplete: (status: number) => void done.push(status) })).toBe(0);
    await host.drain();
    expect(done).toEqual([0]);
    expect(posted).toContainEqual({ type: 'close', ends: { output: 1 } });
  });
});

describe('closing', () => {
  test('gives the descriptor back, cancels what waits, then calls back', async () => {
    const { host, posted, descriptors } = setUp();
    const pipe = openPipe(host);
    const order: string[] = [];
    pipe.writeBuffer(
      { oncomplete: (status: number) => void order.push(`write ${status}`) },
      new Uint8Array(2 * PIPE_BUFFER_BYTES),
    );
    pipe.close(() => order.push('closed'));
    expect(descriptors.get(3)).toBeUndefined();
    expect(posted).toContainEqual({ type: 'close', ends: { input: 0, output: 1 } });
    await host.drain();
    expect(order).toEqual([`write ${-Errno.ECANCELED}`, 'closed']);
    expect(pipe.hasRef()).toBe(undefined);
    expect(pipe.readStart()).toBe(-Errno.EINVAL);
  });
});

describe('terminals', () => {
  test('only a terminal is one', () => {
    const { host } = setUp();
    const binding = createTtyWrap(host.context) as {
      TTY: new (fd: number, context: object) => Stream;
      isTTY(fd: number): boolean;
    };
    expect(binding.isTTY(3)).toBe(false);
    const context = {};
    void new binding.TTY(3, context);
    expect(context).toMatchObject({ code: 'EINVAL', syscall: 'uv_tty_init' });
  });

  test('tells its size and takes its modes', () => {
    const { host, descriptors, toProcess } = setUp();
    descriptors.install([{ kind: 'stream', input: 0, output: 1, tty: true }]);
    toProcess.setWord(PipeWord.columns, 80);
    toProcess.setWord(PipeWord.rows, 24);
    const { TTY } = createTtyWrap(host.context) as {
      TTY: new (fd: number) => {
        getWindowSize(size: number[]): number;
        setRawMode(mode: number): number;
      };
    };
    const terminal = new TTY(0);
    const size: number[] = [];
    expect(terminal.getWindowSize(size)).toBe(0);
    expect(size).toEqual([80, 24]);
    expect(terminal.setRawMode(3)).toBe(0);
    expect(toProcess.word(PipeWord.ttyFlags)).toBe(TtyFlag.mapOutput);
  });
});
