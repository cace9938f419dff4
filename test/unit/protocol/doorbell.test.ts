import { expect, test } from 'vitest';
import { PIPES_GROWTH, PIPES_MAX } from '../../../src/base/limits.ts';
import { Gate } from '../../../src/process/gate.ts';
import { Readiness } from '../../../src/process/streams/readiness.ts';
import { doorbellWord, ringDoorbell, takeRings } from '../../../src/protocol/doorbell.ts';
import { IpcMemory, KERNEL_OWNER, pipeByteOffset, PipeWord } from '../../../src/protocol/ipc-layout.ts';
import { PipeRing } from '../../../src/protocol/pipe.ts';

const SLOT = 3;

function setUp(slot = SLOT, memory = IpcMemory.create()) {
  const queue: (() => void)[] = [];
  const readiness = new Readiness(
    new Gate(memory, slot, () => undefined),
    (callback) => void queue.push(callback),
  );
  const turn = (): void => {
    readiness.collect();
    for (const callback of queue.splice(0)) callback();
  };
  return { memory, readiness, turn, ring: new PipeRing(memory, 0, KERNEL_OWNER) };
}

const one = new Uint8Array(1);

test('each ring has a bit of its own in its process, which is taken once', () => {
  const { words } = IpcMemory.create();
  const taken: number[] = [];
  const rungAt = pipeByteOffset(0) / 4 + PipeWord.readRungAt;
  for (const ring of [0, 31, 32, PIPES_MAX - 1]) ringDoorbell(words, SLOT, ring, rungAt);
  ringDoorbell(words, SLOT + 1, 5, rungAt);
  ringDoorbell(words, SLOT, 31, rungAt);
  takeRings(words, SLOT, (ring) => taken.push(ring));
  expect(taken).toEqual([0, 31, 32, PIPES_MAX - 1]);
  takeRings(words, SLOT, (ring) => taken.push(ring));
  expect(taken).toHaveLength(4);
});

test('rings are told in the order in which they rang, whatever their numbers, also as the count wraps round', () => {
  const { memory, readiness, turn } = setUp();
  memory.ensurePipe(PIPES_GROWTH);
  const rings = [2, 0, PIPES_GROWTH, 1].map((id) => new PipeRing(memory, id, KERNEL_OWNER));
  for (const count of [0, 0x7fff_ffff, -2]) {
    Atomics.store(memory.words, doorbellWord(SLOT), count);
    const said: number[] = [];
    for (const ring of [...rings].reverse()) readiness.watch(ring, 'read', () => said.push(ring.id));
    turn();
    for (const ring of [...rings, ...rings]) ring.tryWrite(one);
    turn();
    expect(said).toEqual([2, 0, PIPES_GROWTH, 1]);
    for (const ring of rings) ring.tryRead(new Uint8Array(8));
  }
});

test('a write rings the doorbell of the process that waits to read, a read of the one that waits to write', () => {
  const { memory, readiness, turn, ring } = setUp();
  const said: string[] = [];
  const rung = () => Atomics.load(memory.words, doorbellWord(SLOT));
  readiness.watch(ring, 'read', () => said.push('readable'));
  turn();
  const before = rung();
  ring.tryWrite(one);
  expect(rung()).not.toBe(before);
  turn();
  turn();
  expect(said).toEqual(['readable']);
  ring.setWord(PipeWord.head, ring.word(PipeWord.tail) + 64 * 1024);
  readiness.watch(ring, 'write', () => said.push('writable'));
  turn();
  expect(said).toEqual(['readable']);
  while (ring.tryRead(new Uint8Array(8192)) > 0);
  turn();
  expect(said).toEqual(['readable', 'writable']);
});

test('a watch that is closed says nothing, and leaves the ring to another process', () => {
  const first = setUp();
  const second = setUp(SLOT + 1, first.memory);
  const said: string[] = [];
  const watch = first.readiness.watch(first.ring, 'read', () => said.push('first'));
  first.turn();
  watch.close();
  second.readiness.watch(second.ring, 'read', () => said.push('second'));
  second.turn();
  expect(second.ring.word(PipeWord.readWatcher)).toBe(SLOT + 2);
  first.ring.tryWrite(one);
  first.turn();
  second.turn();
  expect(said).toEqual(['second']);
});

test('two processes that watch one ring are both told', () => {
  const first = setUp();
  const second = setUp(SLOT + 1, first.memory);
  const said: string[] = [];
  for (const [name, { readiness, turn, ring }] of Object.entries({ first, second })) {
    readiness.watch(ring, 'read', () => said.push(name));
    turn();
  }
  first.ring.tryWrite(one);
  first.turn();
  second.turn();
  expect(said).toEqual(['first', 'second']);
});

test('two watches of one ring, and one that is renewed as it is told', () => {
  const { readiness, turn, ring } = setUp();
  const said: string[] = [];
  readiness.watch(ring, 'read', () => {
    said.push('a');
    readiness.watch(ring, 'read', () => said.push('again'));
  });
  readiness.watch(ring, 'read', () => said.push('b'));
  turn();
  ring.tryWrite(one);
  turn();
  expect(said.sort()).toEqual(['a', 'b']);
  turn();
  expect(said).toContain('again');
});
