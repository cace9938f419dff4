import { expect, test } from 'vitest';
import { Errno } from '../../../src/base/errno.ts';
import { FileLocks } from '../../../src/kernel/files/file-locks.ts';
import type { Process } from '../../../src/kernel/process/process.ts';
import type { FileLockStep } from '../../../src/protocol/file-locks.ts';

const [one, two] = [{ pid: 1 }, { pid: 2 }] as unknown as [Process, Process];
const step = (kind: FileLockStep['kind'], start = 0, length = 10): FileLockStep => ({ kind, start, length });

function locks() {
  const table = new FileLocks();
  const apply = (owner: Process, fd: number, ...steps: FileLockStep[]): number =>
    table.apply(owner, { call: 'file-lock', dev: 1, ino: 7, fd, steps });
  return { table, apply };
}

test('shared locks stand beside each other, an exclusive one alone', () => {
  const { apply } = locks();
  expect(apply(one, 3, step('shared'))).toBe(0);
  expect(apply(two, 3, step('shared'))).toBe(0);
  expect(apply(two, 3, step('exclusive'))).toBe(-Errno.EAGAIN);
  expect(apply(one, 3, step('none'))).toBe(0);
  expect(apply(two, 3, step('exclusive'))).toBe(0);
  expect(apply(one, 3, step('shared'))).toBe(-Errno.EAGAIN);
});

test('two descriptors of one process are two owners; ranges that do not meet do not conflict', () => {
  const { apply } = locks();
  expect(apply(one, 3, step('exclusive', 0, 10))).toBe(0);
  expect(apply(one, 4, step('exclusive', 9, 2))).toBe(-Errno.EAGAIN);
  expect(apply(one, 4, step('exclusive', 10, 2))).toBe(0);
});

test('a range is given back from the middle of a lock', () => {
  const { apply } = locks();
  expect(apply(one, 3, step('exclusive', 0, 10))).toBe(0);
  expect(apply(one, 3, step('none', 4, 2))).toBe(0);
  expect(apply(two, 3, step('exclusive', 4, 2))).toBe(0);
  expect(apply(two, 3, step('shared', 3, 1))).toBe(-Errno.EAGAIN);
  expect(apply(two, 3, step('shared', 6, 1))).toBe(-Errno.EAGAIN);
});

test('of several steps all are taken or none', () => {
  const { apply } = locks();
  expect(apply(one, 3, step('exclusive', 5, 1))).toBe(0);
  expect(apply(two, 3, step('shared', 0, 1), step('shared', 5, 1))).toBe(-Errno.EAGAIN);
  expect(apply(one, 4, step('exclusive', 0, 1))).toBe(0);
});

test('the locks of a thread end with it', () => {
  const { table, apply } = locks();
  expect(apply(one, 3, step('exclusive'))).toBe(0);
  table.release(one);
  expect(apply(two, 3, step('exclusive'))).toBe(0);
});
