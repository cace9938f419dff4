/** A WebAssembly program for tests, assembled by hand: copies up to 1000 bytes of stdin to stdout and exits with 7. */
const name = (text: string): number[] => [text.length, ...new TextEncoder().encode(text)];
const list = (items: number[][]): number[] => [items.length, ...items.flat()];
const sized = (bytes: number[]): number[] =>
  bytes.length < 128 ? [bytes.length, ...bytes] : [(bytes.length & 0x7f) | 0x80, bytes.length >> 7, ...bytes];
const section = (id: number, items: number[][]): number[] => [id, ...sized(list(items))];

const I32 = 0x7f;
const Type = { transfer: 0, exit: 1, start: 2 };
const constant = (value: number): number[] => {
  const bytes: number[] = [0x41];
  for (let rest = value; ; rest >>= 7) {
    const last = rest < 64;
    bytes.push(last ? rest : (rest & 0x7f) | 0x80);
    if (last) return bytes;
  }
};
const call = (index: number): number[] => [0x10, index];
const DROP = [0x1a];
const LOAD = [0x28, 2, 0];
const STORE = [0x36, 2, 0];
const END = 0x0b;
/** Where in memory: the two iovec, the counts, the bytes. */
const At = { read: 0, written: 8, readCount: 16, writtenCount: 20, bytes: 64 };
const SIZE = 1000;

const transfer = (index: number, fd: number, vector: number, count: number): number[] => [
  ...[fd, vector, 1, count].flatMap(constant),
  ...call(index),
  ...DROP,
];
const store = (at: number, value: number[]): number[] => [...constant(at), ...value, ...STORE];

const body = [
  ...store(At.read, constant(At.bytes)),
  ...store(At.read + 4, constant(SIZE)),
  ...transfer(0, 0, At.read, At.readCount),
  ...store(At.written, constant(At.bytes)),
  ...store(At.written + 4, [...constant(At.readCount), ...LOAD]),
  ...transfer(1, 1, At.written, At.writtenCount),
  ...constant(7),
  ...call(2),
];
const wasi = (field: string, type: number): number[] => [
  ...name('wasi_snapshot_preview1'),
  ...name(field),
  0,
  type,
];

export const COPY_PROGRAM: readonly number[] = [
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...section(1, [
    [0x60, 4, I32, I32, I32, I32, 1, I32],
    [0x60, 1, I32, 0],
    [0x60, 0, 0],
  ]),
  ...section(2, [
    wasi('fd_read', Type.transfer),
    wasi('fd_write', Type.transfer),
    wasi('proc_exit', Type.exit),
  ]),
  ...section(3, [[Type.start]]),
  ...section(5, [[0, 1]]),
  ...section(7, [
    [...name('memory'), 2, 0],
    [...name('_start'), 0, 3],
  ]),
  ...section(10, [sized([0, ...body, END])]),
];
