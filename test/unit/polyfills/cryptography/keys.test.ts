import * as crypto from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createCipherStream, findCipher } from '../../../../polyfills/cryptography/cipher/ciphers.ts';
import { curveByName } from '../../../../polyfills/cryptography/keys/curves.ts';
import { generateEc } from '../../../../polyfills/cryptography/keys/ec.ts';
import { exportPrivate } from '../../../../polyfills/cryptography/keys/export.ts';
import { generateDsa } from '../../../../polyfills/cryptography/keys/generate.ts';
import { importPrivate } from '../../../../polyfills/cryptography/keys/import.ts';
import { equalKeys } from '../../../../polyfills/cryptography/keys/key.ts';
import { readJwk, writeJwk } from '../../../../polyfills/cryptography/keys/jwk.ts';
import { generateRsa } from '../../../../polyfills/cryptography/keys/rsa.ts';

describe('a private key that was written and read again equals itself', () => {
  const curve = curveByName('prime256v1');
  if (curve === undefined) throw new Error('no curve');
  const pss = { hash: 'sha256', mgf1Hash: 'sha256', saltLength: 32 };
  test.each([
    ['ec', { ...generateEc(curve), explicit: false }],
    ['rsa-pss', { ...generateRsa(512, 65537n), type: 'rsa-pss' as const, pss }],
  ])('%s', (_kind, key) => {
    const der = exportPrivate(key, { format: 'der', type: 'pkcs8' }) as Uint8Array;
    expect(equalKeys(key, importPrivate(der, { format: 'der', type: 'pkcs8' }))).toBe(true);
  });
  test('an elliptic key as a JWK', () => {
    const key = generateEc(curve);
    expect(equalKeys(key, readJwk(writeJwk(key, {}) as never))).toBe(true);
    expect(equalKeys(key, generateEc(curve))).toBe(false);
  });
});

test('DSA has divisors of the sizes of FIPS 186 only', () => {
  expect(() => generateDsa(1024, 1)).toThrow('provider keymgmt failure');
});

test.each([true, false])('triple DES is what OpenSSL does (encrypts: %s)', (encrypts) => {
  const info = findCipher('des-ede3-cbc');
  if (info === undefined) throw new Error('no cipher');
  for (let round = 0; round < 8; round++) {
    const [key, iv, data] = [crypto.randomBytes(24), crypto.randomBytes(8), crypto.randomBytes(64)];
    const stream = createCipherStream(info, encrypts, key, iv);
    stream.padding = false;
    const make = encrypts ? crypto.createCipheriv : crypto.createDecipheriv;
    const expected = make('des-ede3-cbc', key, iv).setAutoPadding(false).update(data);
    expect(Buffer.from(stream.update(new Uint8Array(data))).equals(expected)).toBe(true);
  }
});
