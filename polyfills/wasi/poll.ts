/** poll_oneoff: waits, blocking the process, until a descriptor is ready or a time has come. */
import type { PollInterest, System } from '../system.ts';
import { EventType, FileType, Rights, WasiErrno, wasiErrno } from './abi.ts';
import { Stat, type WasiDescriptor, type WasiDescriptors } from './descriptors.ts';
import { type GuestMemory, WasiFailure } from './memory.ts';
import { clockTime } from './system-calls.ts';

const SUBSCRIPTION_BYTES = 48;
const EVENT_BYTES = 32;
const ABSOLUTE_TIME = 1;
/** eventrwflags */
const HANGUP = 1;
const NANOSECONDS_PER_MS = 1_000_000;

interface Subscription {
  userdata: bigint;
  type: number;
  /** Of a clock: when it is up, in nanoseconds from now. */
  delay: bigint;
  fd: number;
}

interface Event {
  userdata: bigint;
  errno: number;
  type: number;
  bytes: bigint;
  hungUp: boolean;
}

export function createPollCalls(system: System, memory: GuestMemory, table: WasiDescriptors) {
  return {
    poll_oneoff(subscriptions: number, events: number, count: number, out: number) {
      if (count === 0) return WasiErrno.INVAL;
      const wanted = Array.from({ length: count }, (_, i) =>
        subscriptionOf(system, memory.view(subscriptions + i * SUBSCRIPTION_BYTES, SUBSCRIPTION_BYTES)),
      );
      const happened = wait(system, table, wanted);
      happened.forEach((event, i) => {
        writeEvent(memory.view(events + i * EVENT_BYTES, EVENT_BYTES), event);
      });
      memory.setUint32(out, happened.length);
      return WasiErrno.SUCCESS;
    },
  };
}

function subscriptionOf(system: System, view: DataView): Subscription {
  const userdata = view.getBigUint64(0, true);
  const type = view.getUint8(8);
  if (type > EventType.fdWrite) throw new WasiFailure(WasiErrno.INVAL);
  if (type !== EventType.clock) return { userdata, type, delay: 0n, fd: view.getUint32(16, true) };
  const timeout = view.getBigUint64(24, true);
  const absolute = (view.getUint16(40, true) & ABSOLUTE_TIME) !== 0;
  const delay = absolute ? timeout - clockTime(system, view.getUint32(16, true)) : timeout;
  return { userdata, type, delay: delay < 0n ? 0n : delay, fd: -1 };
}

function wait(system: System, table: WasiDescriptors, wanted: readonly Subscription[]): Event[] {
  const clocks = wanted.filter(({ type }) => type === EventType.clock);
  const delay = clocks.reduce<bigint | null>(
    (least, clock) => (least === null || clock.delay < least ? clock.delay : least),
    null,
  );
  const started = system.clock.now();
  const delayMs = delay === null ? Infinity : Number(delay) / NANOSECONDS_PER_MS;
  for (;;) {
    const interests: PollInterest[] = [];
    const ready = wanted.flatMap((one) => readiness(system, table, one, interests));
    if (ready.length > 0) return ready;
    const left = started + delayMs - system.clock.now();
    if (left <= 0) {
      const up = clocks.filter((clock) => clock.delay === delay);
      return up.map(({ userdata, type }) => ({ userdata, errno: 0, type, bytes: 0n, hungUp: false }));
    }
    system.streams.poll(interests, null, left === Infinity ? null : left);
  }
}

/** The event of a descriptor that is ready; else what to wait for is added to `interests`. */
function readiness(
  system: System,
  table: WasiDescriptors,
  { userdata, type, fd }: Subscription,
  interests: PollInterest[],
): Event[] {
  if (type === EventType.clock) return [];
  const event = { userdata, errno: WasiErrno.SUCCESS as number, type, bytes: 0n, hungUp: false };
  try {
    const entry = table.get(fd, Rights.pollFdReadwrite);
    const isRead = type === EventType.fdRead;
    if (isStream(system, entry)) {
      const interest = { fd: entry.fd, read: isRead, write: !isRead };
      if (system.streams.poll([interest], null, 0) === 0) {
        interests.push(interest);
        return [];
      }
      event.hungUp = isRead && system.streams.hungUp(entry.fd);
    } else if (isRead && entry.type === FileType.regularFile) event.bytes = unread(system, entry);
  } catch (error) {
    if (!(error instanceof WasiFailure)) throw error;
    event.errno = error.errno;
  }
  return [event];
}

/** Files and devices are always ready. */
function isStream({ streams }: System, { fd }: WasiDescriptor): boolean {
  return streams.type(fd) !== 'FILE';
}

function unread({ files }: System, entry: WasiDescriptor): bigint {
  const stat = new BigInt64Array(Stat.count);
  const result = files.fstat(entry.fd, stat, 0);
  if (result < 0) throw new WasiFailure(wasiErrno(result));
  const rest = (stat[Stat.size] ?? 0n) - (entry.position ?? 0n);
  return rest > 0n ? rest : 0n;
}

function writeEvent(view: DataView, { userdata, errno, type, bytes, hungUp }: Event): void {
  view.setBigUint64(0, userdata, true);
  view.setUint16(8, errno, true);
  view.setUint8(10, type);
  view.setBigUint64(16, bytes, true);
  view.setUint16(24, hungUp ? HANGUP : 0, true);
}
