/** Points and scalars of elliptic-curve keys (SEC 1). */
import { type Bytes, concat, fromBigInt, toBigInt } from '../encoding/bytes.ts';
import { opensslError } from '../errors.ts';
import { randomBelow } from '../random.ts';
import type { Curve } from './curves.ts';
import type { EcKey } from './key.ts';

export type PointForm = 'compressed' | 'uncompressed' | 'hybrid';

/** Any form → uncompressed. Throws what is no point of the curve. */
export function decodePoint(curve: Curve, bytes: Uint8Array): Bytes {
  const form = bytes[0] ?? 0;
  const hybrid = form === 6 || form === 7;
  const plain = hybrid ? concat(Uint8Array.of(4), bytes.subarray(1)) : bytes;
  try {
    const point = curve.ecdsa.Point.fromBytes(plain);
    point.assertValidity();
    const all = point.toBytes(false) as Bytes;
    if (hybrid && ((all.at(-1) ?? 0) & 1) !== (form & 1)) throw new Error('parity');
    return all;
  } catch {
    throw opensslError('EC', 0x6b, 'point is not on curve');
  }
}

/** An uncompressed point → the form asked for. */
export function encodePoint(curve: Curve, point: Uint8Array, form: PointForm): Bytes {
  if (form === 'uncompressed') return point.slice() as Bytes;
  const parity = (point.at(-1) ?? 0) & 1;
  if (form === 'hybrid') return concat(Uint8Array.of(6 | parity), point.subarray(1));
  return concat(Uint8Array.of(2 | parity), point.subarray(1, 1 + curve.fieldBytes));
}

export function publicPoint(curve: Curve, d: bigint): Bytes {
  return curve.ecdsa.Point.BASE.multiply(d).toBytes(false) as Bytes;
}

export function isScalar(curve: Curve, d: bigint): boolean {
  return d > 0n && d < curve.parameters.n;
}

export function ecKeyFromScalar(curve: Curve, d: bigint): EcKey {
  if (!isScalar(curve, d)) throw opensslError('EC', 0x7b, 'invalid private key');
  return { type: 'ec', curve, point: publicPoint(curve, d), private: { d } };
}

export function generateEc(curve: Curve): EcKey {
  return ecKeyFromScalar(curve, randomBelow(curve.parameters.n - 1n) + 1n);
}

export function scalarBytes({ curve, private: secret }: EcKey): Bytes {
  return fromBigInt(secret?.d ?? 0n, curve.orderBytes);
}

/** The x coordinate of the shared point. */
export function ecdhSecret(curve: Curve, d: bigint, peer: Uint8Array): Bytes {
  const point = curve.ecdsa.Point.fromBytes(peer);
  return fromBigInt(point.multiply(d).toAffine().x, curve.fieldBytes);
}

export function pointCoordinates({ curve, point }: EcKey): { x: Bytes; y: Bytes } {
  return {
    x: point.slice(1, 1 + curve.fieldBytes) as Bytes,
    y: point.slice(1 + curve.fieldBytes) as Bytes,
  };
}

export function pointFromCoordinates(curve: Curve, x: Uint8Array, y: Uint8Array): Bytes {
  const padded = (bytes: Uint8Array): Bytes => fromBigInt(toBigInt(bytes), curve.fieldBytes);
  return decodePoint(curve, concat(Uint8Array.of(4), padded(x), padded(y)));
}
