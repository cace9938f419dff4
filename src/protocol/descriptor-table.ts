/**
 * What a process has open, for others to see: it writes an entry whenever a descriptor comes or goes, and the kernel
 * reads them for /proc/N/fd and /task/N/fd. Nothing depends on it: the kernel's own books say who holds what.
 */
import { DESCRIPTORS_SHOWN } from '../base/limits.ts';
import { descriptorTable, type IpcMemory } from './ipc-layout.ts';

export type ShownDescriptor =
  | { kind: 'file'; ofd: number }
  | { kind: 'stream'; input?: number; output?: number; tty: boolean; isSocket: boolean }
  | { kind: 'device'; rdev: number }
  | { kind: 'tree'; handle: number };

/** The first word: a kind; of a stream also whether it is a terminal or a socket, and its input ring + 1. The second: the rest. */
const FILE = 1;
const STREAM = 2;
const DEVICE = 3;
const TREE = 4;
const KIND_MASK = 7;
const TTY = 8;
const SOCKET = 16;
const RING_SHIFT = 5;

/** By the process itself. undefined: closed. */
export function showDescriptor(
  memory: IpcMemory,
  slot: number,
  fd: number,
  shown: ShownDescriptor | undefined,
): void {
  if (fd >= DESCRIPTORS_SHOWN) return;
  const { words } = memory;
  const at = descriptorTable(slot) + 2 * fd;
  switch (shown?.kind) {
    case undefined:
      words[at] = 0;
      return;
    case 'file':
      words[at + 1] = shown.ofd;
      words[at] = FILE;
      return;
    case 'stream':
      words[at + 1] = (shown.output ?? -1) + 1;
      words[at] =
        STREAM |
        (shown.tty ? TTY : 0) |
        (shown.isSocket ? SOCKET : 0) |
        (((shown.input ?? -1) + 1) << RING_SHIFT);
      return;
    case 'device':
      words[at + 1] = shown.rdev;
      words[at] = DEVICE;
      return;
    case 'tree':
      words[at + 1] = shown.handle;
      words[at] = TREE;
  }
}

function shownAt({ words }: IpcMemory, slot: number, fd: number): ShownDescriptor | undefined {
  const at = descriptorTable(slot) + 2 * fd;
  const first = Atomics.load(words, at);
  const second = Atomics.load(words, at + 1);
  switch (first & KIND_MASK) {
    case FILE:
      return { kind: 'file', ofd: second };
    case STREAM: {
      const input = first >>> RING_SHIFT;
      return {
        kind: 'stream',
        tty: (first & TTY) !== 0,
        isSocket: (first & SOCKET) !== 0,
        ...(input === 0 ? {} : { input: input - 1 }),
        ...(second === 0 ? {} : { output: second - 1 }),
      };
    }
    case DEVICE:
      return { kind: 'device', rdev: second };
    case TREE:
      return { kind: 'tree', handle: second };
    default:
      return undefined;
  }
}

/** By the kernel: what is open, by descriptor. */
export function shownDescriptors(memory: IpcMemory, slot: number): Map<number, ShownDescriptor> {
  const open = new Map<number, ShownDescriptor>();
  for (let fd = 0; fd < DESCRIPTORS_SHOWN; fd++) {
    const shown = shownAt(memory, slot, fd);
    if (shown !== undefined) open.set(fd, shown);
  }
  return open;
}

/** A slot that another process is going to have. */
export function forgetDescriptors({ words }: IpcMemory, slot: number): void {
  const at = descriptorTable(slot);
  words.fill(0, at, at + 2 * DESCRIPTORS_SHOWN);
}
