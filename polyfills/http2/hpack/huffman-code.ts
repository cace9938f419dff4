/**
 * The Huffman code of RFC 7541, appendix B. It is canonical: codes of one length follow each other in the order of their
 * symbols, so that the lengths say it all.
 */

/** Bits of each byte's code; the last is the end of the string. */
const BITS: readonly number[] = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28,
  28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7,
  8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19,
  13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13,
  28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21,
  22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23,
  22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
  19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25,
  25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
];
export const END_OF_STRING = 256;
const LONGEST_BITS = 30;

export interface HuffmanCode {
  readonly bits: Uint8Array;
  readonly codes: Uint32Array;
}

function createCode(): HuffmanCode {
  const codes = new Uint32Array(BITS.length);
  let code = 0;
  for (let bits = 1; bits <= LONGEST_BITS; bits++) {
    code *= 2;
    for (let symbol = 0; symbol < BITS.length; symbol++) {
      if (BITS[symbol] === bits) codes[symbol] = code++;
    }
  }
  return { bits: Uint8Array.from(BITS), codes };
}

let code: HuffmanCode | undefined;
export const huffmanCode = (): HuffmanCode => (code ??= createCode());
