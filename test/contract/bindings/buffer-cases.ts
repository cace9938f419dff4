import { type Binding, type Case, randomNumbers } from './cases.ts';

const SLICES = [
  'asciiSlice',
  'base64Slice',
  'base64urlSlice',
  'latin1Slice',
  'hexSlice',
  'ucs2Slice',
  'utf8Slice',
];
const WRITES = [
  'base64Write',
  'base64urlWrite',
  'hexWrite',
  'ucs2Write',
  'asciiWriteStatic',
  'latin1WriteStatic',
  'utf8WriteStatic',
];

/** Byte strings that have tripped decoders: cut, overlong, surrogate and lone sequences, long and odd runs. */
export function sampleBytes(): Uint8Array[] {
  const random = randomNumbers(1);
  const samples = [
    [],
    [0],
    [0xff],
    [0x80, 0x80],
    [0xc3, 0xa9],
    [0xc3],
    [0xe2, 0x82, 0xac],
    [0xe2, 0x82],
    [0xe2, 0x28, 0xa1],
    [0xf0, 0x9f, 0x98, 0x80],
    [0xf0, 0x9f, 0x98],
    [0xf0, 0x9f],
    [0xed, 0xa0, 0x80],
    [0xed, 0xa0, 0x80, 0xed, 0xb0, 0x80],
    [0xc0, 0xaf],
    [0xf5, 0x80, 0x80, 0x80],
    [0xef, 0xbb, 0xbf, 0x61],
    [0x3d, 0xd8, 0x00, 0xde],
    [0x3d, 0xd8],
    [0x00, 0xde, 0x61],
  ].map((bytes) => Uint8Array.from(bytes));
  for (const length of [7, 23, 24, 31, 33, 63, 65, 100, 1025]) {
    samples.push(Uint8Array.from({ length }, () => random(256)));
    samples.push(Uint8Array.from({ length }, () => 32 + random(95)));
    samples.push(new TextEncoder().encode('é€😀a'.repeat(length >> 2)));
  }
  return samples;
}

export const SAMPLE_TEXTS: readonly string[] = [
  '',
  'a',
  'hello world',
  'é',
  'ÿ€',
  '😀',
  '\ud83d',
  '\ude00x',
  'a\ud83db',
  '\ud83d\ud83d\ude00',
  'YWJj',
  'YWJjZA==',
  'YWJjZA',
  'YWJjZGU=',
  'YW Jj\nZA',
  'YW!Jj',
  'YWJj=ZGVm',
  'YWJjZ',
  '-_-_',
  '+/+/',
  '=',
  '====',
  'Y',
  'YŁWJj',
  'YWJj\u0159',
  '00ff',
  '00fF7',
  '0g11',
  'zz',
  '616\u0132',
  'deadbeef'.repeat(20),
  `${'deadbeef'.repeat(20)}x0`,
  `${'deadbeef'.repeat(20)}1`,
  'YWJjZGVmZ2hpamts'.repeat(8),
  `${'YWJjZGVmZ2hpamts'.repeat(8)}YQ==`,
  `${'YWJjZGVm-_hpamts'.repeat(8)}YQ`,
  `${'YWJj ZGVm\r\n'.repeat(12)}!!YWJj`,
  'the quick brown fox jumps over the lazy dog '.repeat(4),
  'naïve café '.repeat(12),
  'x'.repeat(63) + '€',
  'x'.repeat(70) + '\ud800',
  '日本語テキスト'.repeat(20),
];

function* sliceCases(binding: Binding): Generator<Case> {
  let index = 0;
  for (const bytes of sampleBytes()) {
    index++;
    for (const name of SLICES) {
      const slice = binding[name] as (view: Uint8Array, start?: unknown, end?: unknown) => string;
      yield [`${name} ${index}`, () => slice(bytes)];
      yield [`${name} ${index} 1…-1`, () => slice(bytes, 1, bytes.length - 1)];
      yield [`${name} ${index} odd offset`, () => slice(bytes.subarray(1), 0, bytes.length >> 1)];
    }
  }
  const slice = binding['utf8Slice'] as (...parameters: unknown[]) => string;
  const four = Uint8Array.of(97, 98, 99, 100);
  yield ['slice of no view', () => slice('abc', 0, 1)];
  yield ['slice with a negative start', () => slice(four, -1, 2)];
  yield ['slice past the end', () => slice(four, 0, 5)];
  yield ['slice reversed', () => slice(four, 3, 2)];
  yield ['slice with fractions', () => slice(four, 0.9, 2.9)];
  yield ['slice with NaN', () => slice(four, NaN, 2)];
  yield ['slice with strings', () => slice(four, '1', '3')];
  yield ['slice of a DataView', () => slice(new DataView(four.buffer, 1, 2))];
  yield ['slice of a Uint16Array', () => slice(new Uint16Array(four.buffer))];
}

function* writeCases(binding: Binding): Generator<Case> {
  for (const [index, text] of SAMPLE_TEXTS.entries()) {
    for (const name of WRITES) {
      const write = binding[name] as (...parameters: unknown[]) => number;
      for (const room of [0, 1, 2, 3, 5, 40, 700]) {
        const run = (): string => {
          const target = new Uint8Array(room + 3).fill(0xaa);
          const written = write(target, text, 1, room);
          // Past what it says it wrote, a decoder that gave up midway may leave anything within its room.
          return `${written} ${target.subarray(0, written + 1).join()} ${target.subarray(room + 1).join()}`;
        };
        yield [`${name} ${index} into ${room}`, run];
      }
    }
  }
  const write = binding['utf8WriteStatic'] as (...parameters: unknown[]) => number;
  const target = new Uint8Array(4);
  yield ['write to no view', () => write([], 'a', 0, 1)];
  yield ['write of no string', () => write(target, 1, 0, 1)];
  yield ['write behind the end', () => write(target, 'a', 5, 1)];
  yield ['write at the end', () => write(target, 'a', 4)];
  yield ['write at a negative offset', () => write(target, 'a', -1, 1)];
  yield ['write with a negative length', () => write(target, 'a', 0, -1)];
  yield ['write without offset', () => write(target, 'abcdef')];
}

function* searchCases(binding: Binding): Generator<Case> {
  const byString = binding['indexOfString'] as (...parameters: unknown[]) => number;
  const byBuffer = binding['indexOfBuffer'] as (...parameters: unknown[]) => number;
  const byNumber = binding['indexOfNumber'] as (...parameters: unknown[]) => number;
  const encoder = new TextEncoder();
  const long = encoder.encode(`${'abcabcabd'.repeat(120)}needle-in-hay${'xyz'.repeat(60)}é€`);
  const wide = Uint8Array.from('abcabdé€'.repeat(4).split(''), (c) => c.charCodeAt(0));
  const utf16 = new Uint8Array(Uint16Array.from('a€bca€b', (c) => c.charCodeAt(0)).buffer);
  const haystacks = [
    new Uint8Array(0),
    encoder.encode('abcdefabc'),
    long,
    wide,
    utf16,
    utf16.subarray(0, 13),
  ];
  const needles = ['', 'a', 'abc', 'bc', 'needle-in-hay', 'zz', 'é', '€', 'abcabcabdn', 'x'.repeat(300)];
  for (const [h, haystack] of haystacks.entries()) {
    for (const [n, needle] of needles.entries()) {
      for (const offset of [0, 1, 3, -1, -4, 1e6, -1e6]) {
        for (const forward of [true, false]) {
          for (const end of [1e7, haystack.length - 3, 0.5]) {
            const place = `${h} ${n} ${offset} ${forward} ${end}`;
            for (const encoding of [0, 1, 3, 4]) {
              const run = () => byString(haystack, needle, offset, encoding, forward, end);
              yield [`indexOfString ${place} ${encoding}`, run];
            }
            const bytes = encoder.encode(needle);
            yield [`indexOfBuffer ${place}`, () => byBuffer(haystack, bytes, offset, 1, forward, end)];
            yield [`indexOfBuffer ucs2 ${place}`, () => byBuffer(haystack, bytes, offset, 3, forward, end)];
          }
        }
      }
    }
    for (const byte of [0, 97, 99, 0xa9, 355]) {
      for (const offset of [0, 2, -1, -3, 1e6, -1e6]) {
        for (const forward of [true, false]) {
          const run = () => byNumber(haystack, byte, offset, forward, haystack.length);
          yield [`indexOfNumber ${h} ${byte} ${offset} ${forward}`, run];
          const half = () => byNumber(haystack, byte, offset, forward, haystack.length >> 1);
          yield [`indexOfNumber ${h} ${byte} ${offset} ${forward} half`, half];
        }
      }
    }
  }
}

function* fillCases(binding: Binding): Generator<Case> {
  const fill = binding['fill'] as (...parameters: unknown[]) => unknown;
  const patterns = [
    '',
    'a',
    'abc',
    'é€',
    '😀',
    '\ud800',
    'zz',
    '616',
    '6162',
    'YWJj',
    0,
    255,
    256,
    -1,
    3.7,
    null,
  ];
  const encodings = [
    undefined,
    'utf8',
    'UCS2',
    'latin1',
    'ascii',
    'hex',
    'base64',
    'base64url',
    'nonsense',
    4,
  ];
  for (const pattern of [
    ...patterns,
    Uint8Array.of(),
    Uint8Array.of(1, 2, 3),
    new Uint16Array([513, 1027]),
  ]) {
    for (const encoding of encodings) {
      for (const [start, end] of [
        [0, 11],
        [1, 4],
        [3, 3],
        [4, 3],
        [0, 12],
        [-1, 3],
      ]) {
        const run = (): string => {
          const target = new Uint8Array(11).fill(0xaa);
          return `${String(fill(target, pattern, start, end, encoding))} ${target.join()}`;
        };
        const name = ArrayBuffer.isView(pattern) ? `[${pattern.toString()}]` : JSON.stringify(pattern);
        const view = ArrayBuffer.isView(pattern) ? pattern.byteLength : '';
        yield [`fill ${name}${view} ${String(encoding)} ${start}…${end}`, run];
      }
    }
  }
}

function* otherCases(binding: Binding): Generator<Case> {
  const call = (name: string, ...parameters: unknown[]): unknown =>
    (binding[name] as (...all: unknown[]) => unknown)(...parameters);
  const samples = sampleBytes();
  for (const [a, first] of samples.entries()) {
    yield [`isUtf8 ${a}`, () => call('isUtf8', first)];
    yield [`isAscii ${a}`, () => call('isAscii', first)];
    for (const [b, second] of samples.entries()) {
      yield [`compare ${a} ${b}`, () => call('compare', first, second)];
    }
    yield [`compareOffset ${a}`, () => call('compareOffset', first, samples[8], 1, 0, 3, first.length)];
    for (const size of [2, 4, 8]) {
      for (const offset of [0, 1]) {
        const run = (): Uint8Array => {
          const copy = new Uint8Array(first.length + offset);
          copy.set(first, offset);
          const view = copy.subarray(offset, offset + first.length - (first.length % size));
          call(`swap${size * 8}`, view);
          return view;
        };
        yield [`swap${size * 8} ${a} at ${offset}`, run];
      }
    }
  }
  for (const [index, text] of SAMPLE_TEXTS.entries()) {
    yield [`byteLengthUtf8 ${index}`, () => call('byteLengthUtf8', text)];
    yield [`atob ${index}`, () => call('atob', text)];
    yield [`btoa ${index}`, () => call('btoa', text)];
  }
  for (const text of [
    'YQ=',
    'YQ===',
    ' Y Q = = ',
    'YQ==YQ==',
    'Y=Q=',
    'YQ\v',
    'ab=c',
    '=YQ=',
    'YWI',
    'YR==',
  ]) {
    yield [`atob ${JSON.stringify(text)}`, () => call('atob', text)];
  }
  const copied = (at: number, from: number, count: number) => (): Uint8Array => {
    const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    call('copy', bytes, bytes, at, from, count);
    return bytes;
  };
  yield ['copy forward over itself', copied(2, 0, 5)];
  yield ['copy backward over itself', copied(0, 3, 5)];
  yield ['compareOffset out of range', () => call('compareOffset', samples[4], samples[5], 0, 9, 1, 9)];
  yield ['compare with no view', () => call('compare', samples[4], 'abc')];
}

export function* bufferCases(binding: Binding): Generator<Case> {
  yield* sliceCases(binding);
  yield* writeCases(binding);
  yield* searchCases(binding);
  yield* fillCases(binding);
  yield* otherCases(binding);
}
