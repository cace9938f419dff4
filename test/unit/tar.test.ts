import { expect, test } from 'vitest';
import { decodeName, encodeName } from '../../src/base/path-text.ts';
import {
  readExtended,
  readTarHeader,
  TAR_BLOCK_BYTES,
  tarHeader,
  type TarEntry,
} from '../../src/base/tar.ts';

const plain: TarEntry = {
  name: 'a',
  type: '0',
  mode: 0o644,
  uid: 0,
  gid: 0,
  size: 3,
  mtime: { seconds: 1_700_000_000, nanoseconds: 0 },
  link: '',
  major: 0,
  minor: 0,
};

function roundTrip(entry: TarEntry): TarEntry | undefined {
  const bytes = tarHeader(entry);
  if (bytes.length === TAR_BLOCK_BYTES) return readTarHeader(bytes, {});
  const head = readTarHeader(bytes.subarray(0, TAR_BLOCK_BYTES), {});
  const fields = readExtended('x', bytes.subarray(TAR_BLOCK_BYTES, TAR_BLOCK_BYTES + (head?.size ?? 0)));
  return fields && readTarHeader(bytes.subarray(bytes.length - TAR_BLOCK_BYTES), fields);
}

test.each([
  ['plain', plain],
  ['a long name', { ...plain, name: `${'d'.repeat(200)}/${'n'.repeat(200)}` }],
  ['a name beyond ASCII', { ...plain, name: 'é/日本語' }],
  ['a name that is not UTF-8', { ...plain, name: decodeName(Uint8Array.of(0x61, 0xff, 0xc3, 0x28, 0x62)) }],
  ['a long link', { ...plain, type: '2', size: 0, link: '../'.repeat(60) }],
  ['nanoseconds', { ...plain, mtime: { seconds: 5, nanoseconds: 120_000_001 } }],
  ['a time before 1970', { ...plain, mtime: { seconds: -2, nanoseconds: 250_000_000 } }],
  ['a time of access', { ...plain, atime: { seconds: 9, nanoseconds: 7 } }],
  ['a large owner', { ...plain, uid: 4_000_000_000, gid: 3_000_000 }],
  ['a size above 8 GB', { ...plain, size: 2 ** 40 }],
] as const)('a header keeps %s', (_what, entry) => {
  expect(roundTrip(entry)).toEqual({ ...entry, user: '', group: '' });
});

test('a header whose checksum is wrong is none', () => {
  const bytes = tarHeader(plain);
  for (const at of [0, 100, 130, 150, 300]) {
    const flipped = Uint8Array.from(bytes);
    flipped[at] = (flipped[at] ?? 0) ^ 4;
    expect(readTarHeader(flipped, {})).toBeUndefined();
  }
});

test('records of pax that do not add up are refused', () => {
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  expect(readExtended('x', text('11 path=ab\n'))).toEqual({ path: 'ab' });
  expect(readExtended('x', text('99 path=ab\n'))).toBeUndefined();
  expect(readExtended('x', text('no record'))).toBeUndefined();
});

test('names keep their bytes, whatever they are', () => {
  for (const bytes of [[0xff], [0x61, 0x80, 0x62], [0xe2, 0x82], [0xc3, 0xa9, 0xc3], [0xed, 0xb2, 0x80]]) {
    expect([...encodeName(decodeName(Uint8Array.from(bytes)))]).toEqual(bytes);
  }
  expect(decodeName(encodeName('é𝄞'))).toBe('é𝄞');
});
