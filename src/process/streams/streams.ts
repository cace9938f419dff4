/** StreamCalls: readiness of pipes and terminals, and the terminal's modes. */
import { Errno } from '../../base/errno.ts';
import { atomicCompareExchange, atomicLoad } from '../../base/intrinsics.ts';
import type { HandleType, PollInterest, StreamCalls } from '../../../polyfills/system.ts';
import {
  controlBlock,
  ControlWord,
  PipeFlag,
  PipeWord,
  ProcessState,
  TtyFlag,
  TTY_COOKED,
} from '../../protocol/ipc-layout.ts';
import { readControls, writeControls } from '../../protocol/terminal-controls.ts';
import type { DescriptorGrant, PipeEnds } from '../../protocol/process.ts';
import type { PipeRing } from '../../protocol/pipe.ts';
import type { Children } from '../calls/children.ts';
import type { Descriptors, StreamDescription } from '../files/descriptors.ts';
import type { Gate } from '../gate.ts';
import type { Readiness } from './readiness.ts';

const { now } = { now: performance.now.bind(performance) };
/** How long a synchronous poll sleeps when another process polls the same ring and owns its wake-up. */
const SHARED_POLL_SLICE_MS = 1;

const SOCKET_TYPES = { tcp: 'TCP', udp: 'UDP', unix: 'PIPE' } as const;

export interface StreamsContext {
  gate: Gate;
  descriptors: Descriptors;
  children: Children;
  readiness: Readiness;
}

export function createStreamCalls(context: StreamsContext): StreamCalls {
  const { gate, descriptors, readiness } = context;
  const streamOf = (fd: number): StreamDescription | undefined => {
    const description = descriptors.get(fd);
    return description?.kind === 'stream' ? description : undefined;
  };
  /** The input's ring of a terminal; it holds what is set of it. */
  const terminalOf = (fd: number): PipeRing | number => {
    gate.enter();
    const stream = streamOf(fd);
    if (stream?.input !== undefined && stream.tty) return stream.input;
    return descriptors.get(fd) ? -Errno.ENOTTY : -Errno.EBADF;
  };
  const setTerminalModes = (fd: number, modes: number): number => {
    const ring = terminalOf(fd);
    if (typeof ring === 'number') return ring;
    ring.setWord(PipeWord.ttyFlags, modes);
    gate.post({ type: 'tty', input: ring.id, change: 'modes' });
    return 0;
  };
  return {
    type: (fd) => handleType(descriptors, fd),
    setNonBlocking(fd, on) {
      gate.enter();
      const description = descriptors.get(fd);
      if (description === undefined) return -Errno.EBADF;
      description.nonBlocking = on;
      return 0;
    },
    whenReadable(fd, ready) {
      gate.enter();
      return readiness.watch(streamOf(fd)?.input, 'read', ready);
    },
    whenWritable(fd, ready) {
      gate.enter();
      return readiness.watch(streamOf(fd)?.output, 'write', ready);
    },
    poll: (interests, child, timeoutMs) => poll(context, interests, child, timeoutMs),
    hungUp(fd) {
      gate.enter();
      const flags = streamOf(fd)?.input?.flags ?? 0;
      return (flags & (PipeFlag.noWriters | PipeFlag.hangup)) !== 0;
    },
    shutdown(fd) {
      gate.enter();
      const stream = streamOf(fd);
      if (stream === undefined) return descriptors.get(fd) ? -Errno.ENOTSOCK : -Errno.EBADF;
      if (stream.tty || stream.input === undefined || stream.output === undefined) return 0;
      const ends = { output: stream.output.id };
      // The stream is shut down for all who hold it, as shutdown(2) does; a close would wait for them.
      stream.output.raise(PipeFlag.noWriters);
      stream.output = undefined;
      delete stream.ends.output;
      gate.post({ type: 'close', ends });
      return 0;
    },
    writeWith(fd, from, sent) {
      gate.enter();
      const ring = streamOf(fd)?.output;
      const passed = streamOf(sent);
      if (ring === undefined || passed === undefined) return -Errno.EBADF;
      const { input, output, socket } = passed.ends;
      const ends: PipeEnds = {};
      if (input !== undefined) ends.input = input;
      if (output !== undefined) ends.output = output;
      if (socket !== undefined) ends.socket = socket;
      const result = gate.call({ call: 'pass-descriptor', ring: ring.id, ends });
      return result < 0 ? result : ring.tryWrite(from);
    },
    takeDescriptor(fd) {
      gate.enter();
      const ring = streamOf(fd)?.input;
      if (ring === undefined) return -Errno.EBADF;
      if (!ring.carriesDescriptor) return -Errno.EAGAIN;
      const result = gate.call({ call: 'take-descriptor', ring: ring.id });
      if (result < 0) return result;
      const description = descriptors.open(gate.payload() as DescriptorGrant);
      description.nonBlocking = true;
      return descriptors.add(description);
    },
    pipe() {
      const ring = gate.call({ call: 'pipe' });
      if (ring < 0) return ring;
      const reader = descriptors.add(descriptors.open({ kind: 'stream', input: ring }));
      const write = descriptors.open({ kind: 'stream', output: ring });
      if (reader < 0) {
        descriptors.release(write);
        return reader;
      }
      const writer = descriptors.add(write);
      if (writer < 0) descriptors.close(reader);
      return writer < 0 ? writer : [reader, writer];
    },
    windowSize(fd) {
      const ring = terminalOf(fd);
      return typeof ring === 'number' ? ring : [ring.word(PipeWord.columns), ring.word(PipeWord.rows)];
    },
    setWindowSize(fd, columns, rows) {
      const ring = terminalOf(fd);
      if (typeof ring === 'number') return ring;
      if (ring.word(PipeWord.columns) === columns && ring.word(PipeWord.rows) === rows) return 0;
      ring.setWord(PipeWord.columns, columns);
      ring.setWord(PipeWord.rows, rows);
      gate.post({ type: 'tty', input: ring.id, change: 'size' });
      return 0;
    },
    setRawMode(fd, mode) {
      // As uv_tty_set_mode: raw keeps the mapping of output, mode 2 (cfmakeraw) drops that too.
      return setTerminalModes(fd, mode === 0 ? TTY_COOKED : mode === 1 ? TtyFlag.mapOutput : 0);
    },
    terminalModes(fd) {
      const ring = terminalOf(fd);
      return typeof ring === 'number' ? ring : ring.word(PipeWord.ttyFlags);
    },
    terminalControls(fd) {
      const ring = terminalOf(fd);
      return typeof ring === 'number' ? ring : readControls(ring);
    },
    setTerminalControls(fd, controls) {
      const ring = terminalOf(fd);
      if (typeof ring === 'number') return ring;
      writeControls(ring, controls);
      return 0;
    },
    setTerminalModes,
  };
}

function handleType(descriptors: Descriptors, fd: number): HandleType {
  const description = descriptors.get(fd);
  switch (description?.kind) {
    case undefined:
      return 'INVALID';
    case 'file':
      return 'FILE';
    // As uv_guess_handle says of /dev/null and its kin.
    case 'device':
    case 'tree':
      return 'FILE';
    case 'stream':
      return description.tty ? 'TTY' : SOCKET_TYPES[description.ends.socket?.kind ?? 'unix'];
  }
}

/** Each ring wakes one poller's control block; a ring that has another poller already is looked at again and again. */
function poll(
  { gate, descriptors, children }: StreamsContext,
  interests: readonly PollInterest[],
  child: number | null,
  timeoutMs: number | null,
): 0 | 1 {
  gate.enter();
  const rings: { ring: PipeRing; reading: boolean; ours: boolean }[] = [];
  const watch = (ring: PipeRing | undefined, reading: boolean): void => {
    if (ring === undefined) return;
    const ours = atomicCompareExchange(ring.words, ring.base + PipeWord.poller, 0, gate.owner);
    rings[rings.length] = { ring, reading, ours: ours === 0 || ours === gate.owner };
  };
  for (let i = 0; i < interests.length; i++) {
    const interest = interests[i];
    const description = interest && descriptors.get(interest.fd);
    if (interest === undefined || description?.kind !== 'stream') continue;
    if (interest.read) watch(description.input, true);
    if (interest.write) watch(description.output, false);
  }
  const deadline = timeoutMs === null ? Infinity : now() + timeoutMs;
  const childState = child === null ? undefined : children.stateWord(child);
  const { words } = gate.memory;
  const wake = controlBlock(gate.slot) + ControlWord.wake;
  try {
    for (;;) {
      const seen = atomicLoad(words, wake);
      let shared = false;
      for (let i = 0; i < rings.length; i++) {
        const entry = rings[i];
        if (entry === undefined) continue;
        if (entry.reading ? entry.ring.readable : entry.ring.writable) return 1;
        if (!entry.ours) shared = true;
      }
      if (childState !== undefined && atomicLoad(words, childState) === ProcessState.exited) return 1;
      const left = deadline - now();
      if (left <= 0) return 0;
      gate.block(words, wake, seen, shared && left > SHARED_POLL_SLICE_MS ? SHARED_POLL_SLICE_MS : left);
    }
  } finally {
    for (let i = 0; i < rings.length; i++) {
      const ring = rings[i]?.ring;
      if (ring) atomicCompareExchange(ring.words, ring.base + PipeWord.poller, gate.owner, 0);
    }
  }
}
