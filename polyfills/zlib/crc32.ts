import { lengthOf } from '../text/captured.ts';

const POLYNOMIAL = 0xedb88320;
/** Slicing by four: table n advances the checksum by n more bytes. */
const TABLES = [0, 1, 2, 3].map(() => new Uint32Array(256));
const [T0, T1, T2, T3] = TABLES as [Uint32Array, Uint32Array, Uint32Array, Uint32Array];
for (let byte = 0; byte < 256; byte++) {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
  T0[byte] = value;
}
for (let byte = 0; byte < 256; byte++) {
  for (let n = 1; n < 4; n++) {
    const before = (TABLES[n - 1] as Uint32Array)[byte] as number;
    (TABLES[n] as Uint32Array)[byte] = (T0[before & 255] as number) ^ (before >>> 8);
  }
}

/** CRC-32 of zlib and gzip (RFC 1952), going on from `value`. */
export function crc32(bytes: Uint8Array, value: number): number {
  let crc = ~value;
  const length = lengthOf(bytes);
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    crc ^=
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    crc =
      (T3[crc & 255] as number) ^
      (T2[(crc >>> 8) & 255] as number) ^
      (T1[(crc >>> 16) & 255] as number) ^
      (T0[crc >>> 24] as number);
  }
  for (; at < length; at++) crc = (T0[(crc ^ (bytes[at] as number)) & 255] as number) ^ (crc >>> 8);
  return ~crc >>> 0;
}
