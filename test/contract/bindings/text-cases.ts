import { sampleBytes, SAMPLE_TEXTS } from './buffer-cases.ts';
import { type Binding, type Case, randomNumbers } from './cases.ts';

type Call = (...parameters: unknown[]) => unknown;

/** Every encoding, each sample cut into chunks at every place or at random ones. */
export function* stringDecoderCases(binding: Binding): Generator<Case> {
  const decode = binding['decode'] as Call;
  const flush = binding['flush'] as Call;
  const random = randomNumbers(7);
  const decodeChunks = (encoding: number, chunks: Uint8Array[]) => (): string => {
    const state = new Uint8Array(7);
    state[6] = encoding;
    const parts = chunks.map((chunk) => decode(state, chunk) as string);
    return JSON.stringify([...parts, state.join(), flush(state), state.join()]);
  };
  for (const [index, bytes] of sampleBytes().entries()) {
    for (const encoding of [0, 1, 2, 3, 4, 5, 7]) {
      for (let cut = 0; cut <= Math.min(bytes.length, 6); cut++) {
        const chunks = [bytes.subarray(0, cut), bytes.subarray(cut)];
        yield [`decode ${index} as ${encoding} cut at ${cut}`, decodeChunks(encoding, chunks)];
      }
      const chunks: Uint8Array[] = [];
      for (let at = 0; at < bytes.length;) {
        const length = 1 + random(5);
        chunks.push(bytes.subarray(at, at + length));
        at += length;
      }
      yield [`decode ${index} as ${encoding} in pieces`, decodeChunks(encoding, chunks)];
    }
  }
}

export function* encodingCases(binding: Binding): Generator<Case> {
  const call = (name: string, ...parameters: unknown[]): unknown => (binding[name] as Call)(...parameters);
  for (const [index, text] of SAMPLE_TEXTS.entries()) {
    yield [`encodeUtf8String ${index}`, () => call('encodeUtf8String', text)];
    for (const room of [0, 1, 2, 3, 10, 1000]) {
      const run = (): string => {
        const target = new Uint8Array(room);
        call('encodeInto', text, target);
        return `${String(binding['encodeIntoResults'])} ${target.join()}`;
      };
      yield [`encodeInto ${index} into ${room}`, run];
    }
  }
  for (const [index, bytes] of sampleBytes().entries()) {
    for (const ignoreBom of [true, false]) {
      for (const fatal of [true, false]) {
        const run = (): unknown => call('decodeUTF8', bytes, ignoreBom, fatal);
        yield [`decodeUTF8 ${index} ${ignoreBom} ${fatal}`, run];
      }
    }
  }
  yield ['decodeUTF8 of a string', () => call('decodeUTF8', 'abc', false, false)];
  yield ['decodeUTF8 of an ArrayBuffer', () => call('decodeUTF8', new ArrayBuffer(2), false, false)];
}

export function* icuCases(binding: Binding): Generator<Case> {
  const call = (name: string, ...parameters: unknown[]): unknown => (binding[name] as Call)(...parameters);
  const encodings = ['ascii', 'latin1', 'ucs2', 'utf8', 'hex'];
  for (const [index, bytes] of sampleBytes().entries()) {
    if (bytes.length === 0) continue; // lib/buffer.js answers this itself
    for (const from of encodings) {
      for (const to of encodings) {
        yield [`transcode ${index} ${from} ${to}`, () => call('transcode', bytes, from, to)];
      }
    }
  }
  for (const [index, text] of SAMPLE_TEXTS.entries()) {
    for (const wide of [true, false]) {
      for (const expand of [true, false]) {
        const run = (): unknown => call('getStringWidth', text, wide, expand);
        yield [`getStringWidth ${index} ${wide} ${expand}`, run];
      }
    }
  }
  for (const text of ['👩‍👩‍👧‍👦', '👍🏽', '\u200b', 'e\u0301', '한글', 'ﬀ', '\t\x1b', '🇩🇪', '①', '\u00ad']) {
    for (const expand of [true, false]) {
      yield [`getStringWidth ${text} ${expand}`, () => call('getStringWidth', text, false, expand)];
    }
  }
  yield ['icuErrName', () => `${String(call('icuErrName', 1))} ${String(call('icuErrName', 10))}`];
  // The other multi-byte tables differ between ICU and the WHATWG's in rare places: the browser's are the standard's.
  const labels = ['utf-16le', 'utf-16be', 'gb18030', 'shift_jis', 'iso-2022-jp'];
  for (const label of labels) {
    for (const flags of [0, 2, 4]) {
      const run = (): unknown => {
        const converter = call('getConverter', label, flags);
        const parts = [[0xff, 0xfe, 0x61], [0], [0x82, 0xa0, 0xb0, 0xa1]].map((bytes, index) =>
          call('decode', converter, Uint8Array.from(bytes), index === 2 ? 1 : 0, label),
        );
        return JSON.stringify(parts);
      };
      yield [`decode as ${label} ${flags}`, run];
    }
  }
}
