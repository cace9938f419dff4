/** Triple DES (FIPS 46-3, SP 800-67): old key files and PKCS#12 stores are encrypted with it. */
import type { BlockCipher } from './block.ts';

const columns = (heads: readonly number[]): number[] =>
  heads.flatMap((head) => Array.from({ length: 8 }, (_, i) => head - 8 * i));
const INITIAL = columns([58, 60, 62, 64, 57, 59, 61, 63]);
const FINAL = INITIAL.map((_, at) => INITIAL.indexOf(at + 1) + 1);
const P = [
  16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10, 2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22,
  11, 4, 25,
];
const PC1 = [
  57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60, 52, 44, 36,
  63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29, 21, 13, 5, 28, 20, 12, 4,
];
const PC2 = [
  14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2, 41, 52, 31, 37, 47,
  55, 30, 40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
];
const SHIFTS = [1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1];
/** The S-boxes: four rows of sixteen values each, a hexadecimal digit a value. */
const S = [
  'e4d12fb83a6c5907' + '0f74e2d1a6cb9538' + '41e8d62bfc973a50' + 'fc8249175b3ea06d',
  'f18e6b34972dc05a' + '3d47f28ec01a69b5' + '0e7ba4d158c6932f' + 'd8a13f42b67c05e9',
  'a09e63f51dc7b428' + 'd709346a285ecbf1' + 'd6498f30b12c5ae7' + '1ad069874fe3b52c',
  '7de3069a1285bc4f' + 'd8b56f03472c1ae9' + 'a690cb7df13e5284' + '3f06a1d8945bc72e',
  '2c417ab6853fd0e9' + 'eb2c47d150fa3986' + '421bad78f9c5630e' + 'b8c71e2d6f09a453',
  'c1af92680d34e75b' + 'af427c9561de0b38' + '9ef528c3704a1db6' + '432c95fabe17608d',
  '4b2ef08d3c975a61' + 'd0b7491ae35c2f86' + '14bdc37eaf680592' + '6bd814a7950fe23c',
  'd2846fb1a93e50c7' + '1fd8a374c56b0e92' + '7b419ce206adf358' + '21e74a8dfc90356b',
].map((rows) => Array.from(rows, (digit) => Number.parseInt(digit, 16)));

type Bits = number[];

function toBits(bytes: Uint8Array): Bits {
  return Array.from(bytes).flatMap((byte) => Array.from({ length: 8 }, (_, i) => (byte >> (7 - i)) & 1));
}

const pick = (bits: Bits, table: readonly number[]): Bits => table.map((at) => bits[at - 1] ?? 0);

/** For each of the sixteen rounds the eight numbers of six bits that the boxes take. */
function roundKeys(key: Uint8Array): Uint8Array {
  let bits = pick(toBits(key), PC1);
  const rounds = SHIFTS.flatMap((shift) => {
    const turn = (half: Bits): Bits => [...half.slice(shift), ...half.slice(0, shift)];
    bits = [...turn(bits.slice(0, 28)), ...turn(bits.slice(28))];
    const chosen = pick(bits, PC2);
    return Array.from({ length: 8 }, (_, box) => toNumber(chosen.slice(6 * box, 6 * box + 6)));
  });
  return Uint8Array.from(rounds);
}

const toNumber = (bits: Bits): number => bits.reduce((value, bit) => ((value << 1) | bit) >>> 0, 0);

interface Tables {
  /** What a byte of a block adds to its two halves: by place, value and half. */
  readonly initial: Uint32Array;
  readonly final: Uint32Array;
  /** What a box makes of six bits, at the places where the round has them. */
  readonly boxes: Uint32Array;
}
let made: Tables | undefined;

function tables(): Tables {
  return (made ??= { initial: spread(INITIAL), final: spread(FINAL), boxes: boxTable() });
}

function spread(permutation: readonly number[]): Uint32Array {
  const table = new Uint32Array(8 * 256 * 2);
  for (const [to, from] of permutation.entries()) {
    const place = (from - 1) >> 3;
    const mask = 0x80 >> ((from - 1) & 7);
    for (let value = 0; value < 256; value++) {
      const at = 2 * (256 * place + value) + (to >> 5);
      if ((value & mask) !== 0) table[at] = (table[at] ?? 0) | (0x8000_0000 >>> (to & 31));
    }
  }
  return table;
}

function boxTable(): Uint32Array {
  const table = new Uint32Array(8 * 64);
  for (let six = 0; six < 64; six++) {
    const column = 16 * (((six >> 5) << 1) | (six & 1)) + ((six >> 1) & 15);
    for (const [box, values] of S.entries()) {
      const bits = new Array<number>(32).fill(0);
      for (let i = 0; i < 4; i++) bits[4 * box + i] = ((values[column] ?? 0) >> (3 - i)) & 1;
      table[64 * box + six] = toNumber(pick(bits, P));
    }
  }
  return table;
}

/** One block through the sixteen rounds, whose keys are taken from the last to the first for decryption. */
function des(block: Uint8Array, keys: Uint8Array, backward: boolean): void {
  const { initial, final, boxes } = tables();
  let left = 0;
  let right = 0;
  for (let i = 0; i < 8; i++) {
    const at = 2 * (256 * i + (block[i] ?? 0));
    left |= initial[at] ?? 0;
    right |= initial[at + 1] ?? 0;
  }
  for (let round = 0; round < 16; round++) {
    const key = 8 * (backward ? 15 - round : round);
    // Box by box six bits, of which the outer two belong to the neighbours too.
    const turned = (right >>> 1) | (right << 31);
    let mixed = 0;
    for (let box = 0; box < 8; box++) {
      const bits = box < 7 ? turned >>> (26 - 4 * box) : (turned << 2) | (turned >>> 30);
      mixed |= boxes[64 * box + ((bits & 63) ^ (keys[key + box] ?? 0))] ?? 0;
    }
    [left, right] = [right, left ^ mixed];
  }
  let high = 0;
  let low = 0;
  for (let i = 0; i < 8; i++) {
    const byte = ((i < 4 ? right : left) >>> (24 - 8 * (i & 3))) & 255;
    const at = 2 * (256 * i + byte);
    high |= final[at] ?? 0;
    low |= final[at + 1] ?? 0;
  }
  for (let i = 0; i < 8; i++) block[i] = (i < 4 ? high : low) >>> (24 - 8 * (i & 3));
}

/** Of 24 bytes of key, or 16 whose first half is used twice. */
export function createTripleDes(key: Uint8Array): BlockCipher {
  const part = (at: number): Uint8Array => roundKeys(key.subarray(at, at + 8));
  const [first, second, third] = [part(0), part(8), part(key.length === 24 ? 16 : 0)];
  return {
    blockBytes: 8,
    encrypt(block) {
      des(block, first, false);
      des(block, second, true);
      des(block, third, false);
    },
    decrypt(block) {
      des(block, third, true);
      des(block, second, false);
      des(block, first, true);
    },
  };
}
