/** Signing and verifying whole messages by a scheme: what certificates and TLS use. */
import { hash } from '../digest.ts';
import type { Bytes } from '../encoding/bytes.ts';
import type { AsymmetricKey, DsaKey, EcKey, OkpKey, RsaKey } from './key.ts';
import { pssSign, pssVerify } from './padding.ts';
import {
  dsaVerify,
  ecdsaSign,
  ecdsaVerify,
  eddsaSign,
  eddsaVerify,
  pairFromDer,
  pairToDer,
  pkcs1Sign,
  pkcs1Verify,
} from './signature.ts';

export type MessageScheme =
  | { readonly scheme: 'pkcs1' | 'ecdsa' | 'dsa'; readonly hash: string }
  | { readonly scheme: 'pss'; readonly hash: string; readonly mgf1Hash: string; readonly saltLength: number }
  | { readonly scheme: 'eddsa' };

/** The key must be of the scheme's kind. */
export function verifyMessage(
  key: AsymmetricKey,
  how: MessageScheme,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  switch (how.scheme) {
    case 'pkcs1':
      return pkcs1Verify(key as RsaKey, how.hash, hash(how.hash, message), signature);
    case 'pss':
      return pssVerify(key as RsaKey, hash(how.hash, message), signature, how);
    case 'ecdsa': {
      const pair = pairFromDer(signature);
      return pair !== undefined && ecdsaVerify(key as EcKey, hash(how.hash, message), pair);
    }
    case 'dsa': {
      const pair = pairFromDer(signature);
      return pair !== undefined && dsaVerify(key as DsaKey, hash(how.hash, message), pair);
    }
    case 'eddsa':
      return eddsaVerify(key as OkpKey, message, signature);
  }
}

export function signMessage(key: AsymmetricKey, how: MessageScheme, message: Uint8Array): Bytes {
  switch (how.scheme) {
    case 'pkcs1':
      return pkcs1Sign(key as RsaKey, how.hash, hash(how.hash, message));
    case 'pss':
      return pssSign(key as RsaKey, hash(how.hash, message), how);
    case 'ecdsa':
      return pairToDer(ecdsaSign(key as EcKey, hash(how.hash, message)));
    case 'eddsa':
      return eddsaSign(key as OkpKey, message);
    case 'dsa':
      throw new TypeError('TLS has no DSA');
  }
}
