/** publicEncrypt, privateDecrypt and their mirror images (src/crypto/crypto_cipher.cc, PublicKeyCipher). */
import type { NodeContext } from '../context.ts';
import type { RsaKey } from '../cryptography/keys/key.ts';
import { toBuffer } from '../node-buffer.ts';
import { bytesOf, copyBytes, lengthOf } from '../text/captured.ts';
import { type KeyArguments, keysOf } from './key-handle.ts';
import { cryptographyOf } from './library.ts';

type Bytes = Uint8Array<ArrayBuffer>;
export const RsaPadding = { pkcs1: 1, none: 3, oaep: 4 } as const;

const bytesFrom = (value: unknown): Bytes => {
  const bytes = bytesOf(value as ArrayBufferView);
  return copyBytes(bytes, 0, lengthOf(bytes));
};

export function createRsaCiphers(context: NodeContext) {
  const { rsa, digests, errors } = cryptographyOf(context);
  const keys = keysOf(context);
  const illegal = (): Error => errors.opensslError('PROV', 0xa5, 'illegal or unsupported padding mode');
  const dataLength = (): Error => errors.opensslError('RSA', 0x6b, 'data length too small');

  const rsaKey = (wantsPrivate: boolean, parameters: unknown[]): RsaKey => {
    const load = wantsPrivate ? keys.privateKey : keys.publicOrPrivateKey;
    const key = load(...(parameters.slice(0, 5) as KeyArguments));
    if (key.type === 'rsa') return key;
    throw errors.opensslError('EVP', 0x96, 'operation not supported for this keytype');
  };
  const oaepHash = (name: unknown): string => {
    const named = digests.findDigest(typeof name === 'string' ? name : 'sha1');
    if (named !== undefined) return named.name;
    throw context.errors.coded(TypeError, 'ERR_OSSL_EVP_INVALID_DIGEST', 'Invalid digest');
  };
  const labelOf = (label: unknown): Bytes => (label === undefined ? new Uint8Array(0) : bytesFrom(label));
  const whole = (key: RsaKey, data: Bytes): Bytes => {
    if (data.length > rsa.modulusBytes(key))
      throw errors.opensslError('RSA', 0x6e, 'data too large for key size');
    if (data.length < rsa.modulusBytes(key)) throw dataLength();
    return data;
  };

  return {
    publicEncrypt(...parameters: unknown[]): Bytes {
      const key = rsaKey(false, parameters);
      const [data, padding, hash, label] = parameters.slice(5);
      const bytes = bytesFrom(data);
      if (padding === RsaPadding.oaep)
        return toBuffer(rsa.oaepEncrypt(key, oaepHash(hash), labelOf(label), bytes));
      if (padding === RsaPadding.none) return toBuffer(rsa.rsaPublic(key, whole(key, bytes)));
      if (padding !== RsaPadding.pkcs1) throw illegal();
      return toBuffer(rsa.rsaPublic(key, rsa.padType2(bytes, rsa.modulusBytes(key))));
    },
    privateDecrypt(...parameters: unknown[]): Bytes {
      const key = rsaKey(true, parameters);
      const [data, padding, hash, label] = parameters.slice(5);
      const bytes = bytesFrom(data);
      if (padding === RsaPadding.oaep)
        return toBuffer(rsa.oaepDecrypt(key, oaepHash(hash), labelOf(label), bytes));
      const plain = rsa.rsaPrivate(key, bytes);
      if (padding === RsaPadding.none) return toBuffer(plain);
      if (padding !== RsaPadding.pkcs1) throw illegal();
      return toBuffer(implicitRejection(key, plain, bytes));
    },
    privateEncrypt(...parameters: unknown[]): Bytes {
      const key = rsaKey(true, parameters);
      const [data, padding] = parameters.slice(5);
      const bytes = bytesFrom(data);
      if (padding === RsaPadding.none) return toBuffer(rsa.rsaPrivate(key, whole(key, bytes)));
      if (padding !== RsaPadding.pkcs1) throw illegal();
      return toBuffer(rsa.rsaPrivate(key, rsa.padType1(bytes, rsa.modulusBytes(key))));
    },
    publicDecrypt(...parameters: unknown[]): Bytes {
      const key = rsaKey(false, parameters);
      const [data, padding] = parameters.slice(5);
      const plain = rsa.rsaPublic(key, bytesFrom(data));
      if (padding === RsaPadding.none) return toBuffer(plain);
      if (padding !== RsaPadding.pkcs1) throw illegal();
      const found = rsa.unpadType1(plain);
      if (found === undefined) throw errors.opensslError('RSA', 0x72, 'padding check failed');
      return toBuffer(found);
    },
  };

  /** What has no padding decrypts to bytes that look like any: an attacker learns nothing (as OpenSSL 3.2). */
  function implicitRejection(key: RsaKey, plain: Bytes, ciphertext: Bytes): Bytes {
    const found = rsa.unpadType2(plain);
    if (found !== undefined) return found;
    const secret = cryptographyOf(context).bytes.fromBigInt(key.private?.d ?? 0n);
    const { mac } = cryptographyOf(context);
    const seed = mac('sha256', secret, ciphertext);
    const length = (seed[0] ?? 0) % Math.max(1, rsa.modulusBytes(key) - 11);
    return rsa.mgf1('sha256', seed, length);
  }
}
