/** What Node 24 has beyond the older algorithms of OpenSSL: the expected values were recorded from Node 24.21. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { library } from '../../../../polyfills/cryptography/library.ts';
import type { AsymmetricKey, PqType } from '../../../../polyfills/cryptography/keys/key.ts';

const { ciphers, encapsulation, keys, okp, ec, curves, postQuantum, sponges, derivation } = library;
const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');
const hex = (bytes: Uint8Array | undefined): string =>
  Buffer.from(bytes ?? new Uint8Array(0)).toString('hex');
const filled = (length: number, value: number): Uint8Array<ArrayBuffer> => new Uint8Array(length).fill(value);
const text = (value: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(value));

describe('post-quantum keys', () => {
  const recorded: [PqType, spki: string, pkcs8: string][] = [
    [
      'ml-dsa-44',
      '3dd001c79c2c44603705fe62265caea3905da0a1b84d400561492377835ddd12',
      '4520497ba4f0b5ae2394aab75b138abca451abeeebfb7d5803fcf085eddd6194',
    ],
    [
      'ml-dsa-87',
      '6673208f81a5373249759f13f5b1167930c2ae8f40cec84a5980027b5b7a315f',
      'bc7dc1495a863f03b5ee72b1c48578ad6b63fb5409b72d0f0f7797aa36c00b23',
    ],
    [
      'ml-kem-768',
      '88a3dd5a63216f7d9b4dbcf5947c5108c534e84b5488620b62e354f5cf00d95f',
      '65be2b49fb9ae2bb8c61d219bb82164283fc02598ee060c9b82e800b524faede',
    ],
  ];
  test.each(recorded)('%s from its seed is written as Node writes it', (type, spki, pkcs8) => {
    const key = postQuantum.pqFromSeed(type, filled(type.startsWith('ml-kem') ? 64 : 32, 7));
    expect(sha256(keys.exportPublic(key, { format: 'der', type: 'spki' }))).toBe(spki);
    expect(sha256(keys.exportPrivate(key, { format: 'der', type: 'pkcs8' }))).toBe(pkcs8);
  });

  test.each<PqType>(['ml-dsa-65', 'ml-kem-512', 'slh-dsa-sha2-128f'])(
    '%s comes back from each form',
    (type) => {
      const key = postQuantum.generatePq(type);
      const again: AsymmetricKey[] = [
        keys.importPrivate(keys.exportPrivate(key, { format: 'der', type: 'pkcs8' }) as Uint8Array, {
          format: 'der',
          type: 'pkcs8',
        }),
        keys.readJwk(keys.writeJwk(key, {})),
        postQuantum.pqFromPrivate(type, key.private?.bytes ?? filled(0, 0)),
      ];
      for (const one of again) expect(keys.equalKeys(one, key)).toBe(true);
    },
  );

  test.each<PqType>(['ml-dsa-44', 'slh-dsa-shake-128f'])('%s signs, with a context too', (type) => {
    const key = postQuantum.generatePq(type);
    const [message, context] = [text('a message'), text('here')];
    const signature = postQuantum.pqSign(key, message, context);
    expect(postQuantum.pqVerify(key, message, signature, context)).toBe(true);
    expect(postQuantum.pqVerify(key, message, signature)).toBe(false);
    expect(postQuantum.pqVerify(key, text('another'), signature, context)).toBe(false);
  });
});

describe('encapsulation', () => {
  const curve = curves.curveByName('prime256v1');
  const makers: [string, () => AsymmetricKey][] = [
    ['rsa', () => library.rsa.generateRsa(1024, 65537n)],
    ['x448', () => okp.generateOkp('x448')],
    ['ml-kem-1024', () => postQuantum.generatePq('ml-kem-1024')],
  ];
  test.each(makers)('%s: both sides get one secret', (_name, make) => {
    const key = make();
    const made = encapsulation.encapsulate(keys.publicOf(key));
    expect(hex(encapsulation.decapsulate(key, made?.ciphertext ?? filled(0, 0)))).toBe(hex(made?.shared));
  });
  test('the secrets of curves are those of RFC 9180, as Node has them', () => {
    const x = okp.okpFromPrivate('x25519', filled(32, 9));
    const peer = okp.okpFromPrivate('x25519', filled(32, 5)).public;
    expect(hex(encapsulation.decapsulate(x, peer))).toBe(
      '324685739bc39273afed836688d8cc67309d61ae212dc28d125d17401bb21d9a',
    );
    if (curve === undefined) throw new Error('no P-256');
    const scalar = (value: number): bigint => library.bytes.toBigInt(filled(32, value));
    const point = ec.ecKeyFromScalar(curve, scalar(5)).point;
    expect(hex(encapsulation.decapsulate(ec.ecKeyFromScalar(curve, scalar(9)), point))).toBe(
      '6ab36ddc10c485d0ca43719b7d47e7b51f41eccd69d1d291b2efe855700d34a2',
    );
  });
  test('keys of other kinds do not encapsulate, and a wrong key finds nothing', () => {
    expect(encapsulation.encapsulate(okp.generateOkp('ed25519'))).toBeUndefined();
    expect(encapsulation.decapsulate(okp.generateOkp('x25519'), filled(56, 1))).toBeUndefined();
  });
});

describe('ciphers', () => {
  const cipher = (name: string) => {
    const info = ciphers.findCipher(name);
    if (info === undefined) throw new Error(`no ${name}`);
    return info;
  };
  test('OCB seals and opens, in parts', () => {
    const aead = (encrypts: boolean) => {
      const stream = ciphers.createAead(cipher('aes-128-ocb'), encrypts, filled(16, 1), filled(12, 2), 16);
      stream.addAdditional(text('about'), undefined);
      return stream;
    };
    const message = text('a message of more than one block');
    const sealing = aead(true);
    const parts = [sealing.update(message.slice(0, 5)), sealing.update(message.slice(5))];
    const sealed = Buffer.concat([...parts, sealing.finish?.() ?? filled(0, 0)]);
    expect(sealed.toString('hex')).toBe('8662463f7cf777e857e28aafe0cdd90542be1c5295d1073dc4068476783d15b2');
    expect(hex(sealing.tag())).toBe('082a7954013e3ceec00be7eb3655fc96');
    const opening = aead(false);
    expect(Buffer.concat([opening.update(sealed), opening.finish?.() ?? filled(0, 0)]).equals(message)).toBe(
      true,
    );
    expect(hex(opening.tag())).toBe('082a7954013e3ceec00be7eb3655fc96');
  });
  test('key wrap takes any initial value, and one with padding any length', () => {
    const run = (name: string, encrypts: boolean, iv: Uint8Array, data: Uint8Array): string =>
      hex(ciphers.createCipherStream(cipher(name), encrypts, filled(16, 1), iv).update(data));
    const wrapped = '07a2708ef42699a64a8b821ddd7b5e519031dfeba704d134ca42ca09a662c505';
    expect(run('aes128-wrap', true, filled(8, 2), filled(24, 3))).toBe(wrapped);
    expect(run('aes128-wrap', false, filled(8, 2), Buffer.from(wrapped, 'hex'))).toBe('03'.repeat(24));
    expect(() => run('aes128-wrap', false, filled(8, 4), Buffer.from(wrapped, 'hex'))).toThrow();
    const short = 'e3169d069a9c215616626dc858eae4df';
    const long = 'dbb20c5ab940e0c29fd3e1f5029d5aa0283e9407238602159e2acb6816e5cc71';
    expect(run('aes128-wrap-pad', true, filled(4, 2), filled(5, 3))).toBe(short);
    expect(run('aes128-wrap-pad', true, filled(4, 2), filled(20, 3))).toBe(long);
    expect(run('aes128-wrap-pad', false, filled(4, 2), Buffer.from(long, 'hex'))).toBe('03'.repeat(20));
  });
});

test('sponges to the bit, as Node has them', () => {
  const input = { key: filled(32, 1), keyBits: 256, customization: text('own'), bits: 203 };
  expect(hex(sponges.kmac(128, text('data'), input))).toBe(
    'e183640527a964468941e07b021d3c668b2aa9af9961fae80f40',
  );
  const cshake = sponges.cshake(256, text('data'), text('KMAC'), text('own'), 128);
  expect(hex(cshake)).toBe('dd1a32b2f3fb198433f51289a565af20');
  expect(hex(sponges.turboshake(128, text('data'), 7, 16))).toBe('10618b9f04bd9d6a4a326ac5d73345ec');
  expect(hex(sponges.kangarooTwelve(128, filled(9000, 4), text('own'), 16))).toBe(
    '892d2d7b0d2f34961b7d43d906ee089a',
  );
});

test('Argon2', () => {
  const costs = { t: 3, m: 64, p: 2, dkLen: 32 };
  expect(hex(derivation.argon2id(text('password'), filled(16, 1), costs))).toBe(
    '364531081622c256840e27e3b9bd710b30f7b3279691e3eeff7173abf45544fb',
  );
});
