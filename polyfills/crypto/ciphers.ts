/** CipherBase and what is known of ciphers (src/crypto/crypto_cipher.cc). */
import type { NodeContext } from '../context.ts';
import type { AeadStream } from '../cryptography/cipher/aead.ts';
import type { CipherInfo } from '../cryptography/cipher/ciphers.ts';
import type { CipherStream } from '../cryptography/cipher/modes.ts';
import { toBuffer } from '../node-buffer.ts';
import { bytesOf, copyBytes, lengthOf } from '../text/captured.ts';
import { inputBytes } from './input.ts';
import { keysOf } from './key-handle.ts';
import { cryptographyOf } from './library.ts';

type Bytes = Uint8Array<ArrayBuffer>;
const TAG_BYTES = 16;
/** OpenSSL counts what it puts out in an int. */
const UPDATE_BYTES_MAX = 0x7fff_ffff;
const GCM_TAGS: readonly number[] = [4, 8, 12, 13, 14, 15, 16];

const bytesFrom = (value: unknown): Bytes => {
  const bytes = bytesOf(value as ArrayBufferView);
  return copyBytes(bytes, 0, lengthOf(bytes));
};

export function createCiphers(context: NodeContext) {
  const { ciphers } = cryptographyOf(context);
  return {
    CipherBase: createCipherBase(context),
    getCiphers: () => [...ciphers.CIPHER_NAMES],
    getCipherInfo(
      target: Record<string, unknown>,
      asked: string | number,
      keyLength?: number,
      ivLength?: number,
    ): unknown {
      const info = typeof asked === 'number' ? ciphers.cipherByNid(asked) : ciphers.findCipher(asked);
      if (info === undefined) return undefined;
      if (keyLength !== undefined && keyLength !== info.keyBytes) return undefined;
      if (ivLength !== undefined && !fitsIv(info, ivLength)) return undefined;
      target['mode'] = info.mode.replace(/^cfb.$/, 'cfb');
      target['name'] = info.name;
      target['nid'] = info.nid;
      if (info.mode !== 'stream') target['blockSize'] = info.blockBytes ?? 1;
      if (info.ivBytes !== 0) target['ivLength'] = ivLength ?? info.ivBytes;
      target['keyLength'] = info.keyBytes;
      return target;
    },
  };
}

function fitsIv(info: CipherInfo, length: number): boolean {
  if (info.mode === 'gcm') return length > 0;
  if (info.mode === 'ocb') return length > 0 && length <= 15;
  if (info.mode === 'ccm') return length >= 7 && length <= 13;
  if (info.family === 'chacha20-poly1305') return length > 0 && length <= 12;
  return length === info.ivBytes;
}

function createCipherBase(context: NodeContext) {
  const { ciphers } = cryptographyOf(context);
  const { keyBytes } = keysOf(context);
  const coded = (make: ErrorConstructor, code: string, message: string): Error =>
    context.errors.coded(make, code, message);
  const invalidTag = (length: number): Error =>
    coded(TypeError, 'ERR_CRYPTO_INVALID_AUTH_TAG', `Invalid authentication tag length: ${length}`);

  class CipherBase {
    readonly #encrypts: boolean;
    readonly #info: CipherInfo;
    readonly #aead: AeadStream | undefined;
    readonly #stream: CipherStream | undefined;
    readonly #ivBytes: number;
    #tagBytes: number | undefined;
    #givenTag: Bytes | undefined;
    #tag: Bytes | undefined;
    #failed = false;
    #done = false;

    constructor(encrypts: boolean, name: string, key: unknown, iv: unknown, tagBytes: number) {
      this.#encrypts = encrypts;
      const info = ciphers.findCipher(name);
      if (info === undefined) throw coded(Error, 'ERR_CRYPTO_UNKNOWN_CIPHER', 'Unknown cipher');
      this.#info = info;
      const secret = keyBytes(key);
      const vector = iv === null ? new Uint8Array(0) : bytesFrom(iv);
      this.#ivBytes = vector.length;
      const aead = ciphers.isAead(info);
      const missing = vector.length === 0 && info.ivBytes !== 0;
      if (missing || (vector.length > 0 && !fitsIv(info, vector.length))) {
        throw coded(TypeError, 'ERR_CRYPTO_INVALID_IV', 'Invalid initialization vector');
      }
      if (aead) this.#setTagBytes(name, tagBytes);
      if (secret.length !== info.keyBytes)
        throw coded(RangeError, 'ERR_CRYPTO_INVALID_KEYLEN', 'Invalid key length');
      if (aead) this.#aead = ciphers.createAead(info, encrypts, secret, vector, this.#tagBytes ?? TAG_BYTES);
      else this.#stream = ciphers.createCipherStream(info, encrypts, secret, vector);
    }

    #setTagBytes(name: string, given: number): void {
      const { mode } = this.#info;
      if (given === -1) {
        if (mode === 'ccm' || mode === 'ocb') {
          throw coded(TypeError, 'ERR_CRYPTO_INVALID_AUTH_TAG', `authTagLength required for ${name}`);
        }
        this.#tagBytes = mode === 'gcm' ? undefined : TAG_BYTES;
        return;
      }
      const fits =
        mode === 'gcm'
          ? GCM_TAGS.includes(given)
          : mode === 'ccm'
            ? given >= 4 && given <= 16 && given % 2 === 0
            : given >= 1 && given <= 16;
      if (!fits) throw invalidTag(given);
      this.#tagBytes = given;
    }

    update(data: unknown, encoding?: unknown): Bytes {
      const bytes = inputBytes(data, encoding);
      const { blockBytes = 1 } = this.#info;
      if (this.#done || bytes.length + blockBytes > UPDATE_BYTES_MAX) throw this.#unsupported();
      if (this.#info.mode === 'ccm') this.#checkLength(bytes.length);
      if (this.#aead === undefined) return toBuffer(this.#stream?.update(bytes) ?? new Uint8Array(0));
      if (this.#info.mode !== 'ccm') return toBuffer(this.#aead.update(bytes));
      return this.#updateCcm(this.#aead, bytes);
    }
    /** CCM has one message, and nothing of it is told before its tag is known to be right. */
    #updateCcm(aead: AeadStream, bytes: Bytes): Bytes {
      if (this.#tag !== undefined) throw this.#unsupported();
      if (!this.#encrypts && this.#givenTag === undefined) throw this.#unsupported();
      const out = aead.update(bytes);
      this.#tag = aead.tag();
      if (this.#encrypts || ciphersMatch(this.#tag, this.#givenTag)) return toBuffer(out);
      this.#failed = true;
      return toBuffer(new Uint8Array(0));
    }
    #unsupported(): Error {
      return coded(Error, 'ERR_CRYPTO_INVALID_STATE', 'Trying to add data in unsupported state');
    }
    #checkLength(length: number): void {
      const limit = this.#ivBytes === 12 ? 16_777_215 : this.#ivBytes === 13 ? 65_535 : 0x7fffffff;
      if (length > limit) throw coded(RangeError, 'ERR_CRYPTO_INVALID_MESSAGELEN', 'Invalid message length');
    }

    final(): Bytes {
      if (this.#done) throw coded(Error, 'ERR_CRYPTO_INVALID_STATE', 'Unsupported state');
      this.#done = true;
      if (this.#aead === undefined) return toBuffer(this.#stream?.final() ?? new Uint8Array(0));
      const rest = this.#aead.finish?.() ?? new Uint8Array(0);
      if (!this.#encrypts && (this.#failed || this.#isForged(this.#aead))) {
        throw new Error('Unsupported state or unable to authenticate data');
      }
      if (this.#encrypts) {
        this.#tagBytes ??= TAG_BYTES;
        this.#tag = (this.#tag ?? this.#aead.tag()).slice(0, this.#tagBytes);
      }
      return toBuffer(rest);
    }
    #isForged(aead: AeadStream): boolean {
      if (this.#givenTag === undefined) return true;
      return !ciphersMatch(this.#tag ?? aead.tag(), this.#givenTag);
    }

    setAutoPadding(on: boolean): boolean {
      if (this.#done) return false;
      if (this.#stream?.padding !== undefined) this.#stream.padding = on;
      return true;
    }
    getAuthTag(): Bytes | undefined {
      if (!this.#done || !this.#encrypts || this.#aead === undefined || this.#tag === undefined)
        return undefined;
      return toBuffer(copyBytes(this.#tag, 0, this.#tag.length));
    }
    setAuthTag(value: unknown): boolean {
      if (this.#done || this.#aead === undefined || this.#encrypts || this.#givenTag !== undefined)
        return false;
      const tag = bytesFrom(value);
      const { mode } = this.#info;
      const free = mode === 'gcm' && this.#tagBytes === undefined;
      const fits = free ? GCM_TAGS.includes(tag.length) : tag.length === this.#tagBytes;
      if (!fits) throw invalidTag(tag.length);
      if (free && tag.length !== TAG_BYTES) warnOfShortTag(context);
      this.#givenTag = tag;
      return true;
    }
    setAAD(data: unknown, length: number): boolean {
      if (this.#done || this.#aead === undefined) return false;
      if (this.#info.mode === 'ccm') {
        if (length < 0) {
          throw coded(
            TypeError,
            'ERR_MISSING_ARGS',
            'options.plaintextLength required for CCM mode with AAD',
          );
        }
        this.#checkLength(length);
      }
      this.#aead.addAdditional(bytesFrom(data), length);
      return true;
    }
  }
  const ciphersMatch = (tag: Bytes, given: Bytes | undefined): boolean =>
    given !== undefined && ciphers.sameTag(tag, given);
  return CipherBase;
}

const warned = new WeakSet<NodeContext>();

function warnOfShortTag(context: NodeContext): void {
  if (warned.has(context)) return;
  warned.add(context);
  const { emitWarning } = context.realm.process as { emitWarning?: (...parameters: string[]) => void };
  emitWarning?.(
    'Using AES-GCM authentication tags of less than 128 bits without ' +
      'specifying the authTagLength option when initializing decryption is deprecated.',
    'DeprecationWarning',
    'DEP0182',
  );
}
