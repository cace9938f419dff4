/** Ciphers by OpenSSL's names. */
import { chacha20 } from '@noble/ciphers/chacha.js';
import { type Bytes, concat } from '../encoding/bytes.ts';
import { type AeadStream, createCcm, createChaChaPoly, createGcm } from './aead.ts';
import { createAes, createBlockCipher } from './block.ts';
import { PADDED_WRAP_IV, unwrap, unwrapPadded, wrap, WRAP_IV, wrapPadded } from './key-wrap.ts';
import {
  type BlockMode,
  type CipherStream,
  createBlockStream,
  createKeystream,
  type KeystreamMode,
} from './modes.ts';
import { createOcb } from './ocb.ts';

export type CipherMode = BlockMode | KeystreamMode | 'gcm' | 'ccm' | 'ocb' | 'stream' | 'wrap';
export interface CipherInfo {
  /** As crypto.getCipherInfo shows it. */
  readonly name: string;
  readonly nid: number;
  readonly mode: CipherMode;
  readonly family: 'aes' | 'des3' | 'chacha20' | 'chacha20-poly1305';
  readonly keyBytes: number;
  readonly ivBytes: number;
  /** undefined: a stream. */
  readonly blockBytes: number | undefined;
}

const AES_NIDS: Readonly<Record<string, readonly [number, number, number]>> = {
  ecb: [418, 422, 426],
  cbc: [419, 423, 427],
  ofb: [420, 424, 428],
  cfb: [421, 425, 429],
  cfb1: [650, 651, 652],
  cfb8: [653, 654, 655],
  ctr: [904, 905, 906],
  gcm: [895, 898, 901],
  ccm: [896, 899, 902],
  wrap: [788, 789, 790],
  'wrap-pad': [897, 900, 903],
  ocb: [958, 959, 960],
};
/** Those that have none of the block's size. */
const AES_IV_BYTES: Readonly<Record<string, number>> = {
  ecb: 0,
  gcm: 12,
  ccm: 12,
  ocb: 12,
  wrap: 8,
  'wrap-pad': 4,
};

function aesCiphers(): CipherInfo[] {
  return [16, 24, 32].flatMap((keyBytes, size) =>
    Object.entries(AES_NIDS).map(([mode, nids]): CipherInfo => {
      const bits = 8 * keyBytes;
      const names: Record<string, string> = {
        gcm: `id-aes${bits}-GCM`,
        ccm: `id-aes${bits}-CCM`,
        wrap: `id-aes${bits}-wrap`,
        'wrap-pad': `id-aes${bits}-wrap-pad`,
      };
      return {
        name: (names[mode] ?? `aes-${bits}-${mode}`).toLowerCase(),
        nid: nids[size] ?? 0,
        mode: (mode === 'wrap-pad' ? 'wrap' : mode) as CipherMode,
        family: 'aes',
        keyBytes,
        ivBytes: AES_IV_BYTES[mode] ?? 16,
        blockBytes: ['ecb', 'cbc', 'ocb'].includes(mode) ? 16 : mode.startsWith('wrap') ? 8 : undefined,
      };
    }),
  );
}

const des3 = (name: string, nid: number, mode: CipherMode, ivBytes: number): CipherInfo => ({
  name,
  nid,
  mode,
  family: 'des3',
  keyBytes: 24,
  ivBytes,
  blockBytes: mode === 'ecb' || mode === 'cbc' ? 8 : undefined,
});

const CIPHERS: readonly CipherInfo[] = [
  ...aesCiphers(),
  des3('des-ede3', 33, 'ecb', 0),
  des3('des-ede3-cbc', 44, 'cbc', 8),
  des3('des-ede3-cfb', 61, 'cfb', 8),
  des3('des-ede3-ofb', 63, 'ofb', 8),
  {
    name: 'chacha20',
    nid: 1019,
    mode: 'stream',
    family: 'chacha20',
    keyBytes: 32,
    ivBytes: 16,
    blockBytes: undefined,
  },
  {
    name: 'chacha20-poly1305',
    nid: 1018,
    mode: 'stream',
    family: 'chacha20-poly1305',
    keyBytes: 32,
    ivBytes: 12,
    blockBytes: undefined,
  },
];

const ALIASES: Readonly<Record<string, string>> = {
  aes128: 'aes-128-cbc',
  aes192: 'aes-192-cbc',
  aes256: 'aes-256-cbc',
  des3: 'des-ede3-cbc',
  'des-ede3-ecb': 'des-ede3',
  ...Object.fromEntries(
    [128, 192, 256].flatMap((bits) => [
      [`aes-${bits}-gcm`, `id-aes${bits}-gcm`],
      [`aes-${bits}-ccm`, `id-aes${bits}-ccm`],
      [`aes${bits}-wrap`, `id-aes${bits}-wrap`],
      [`aes-${bits}-wrap`, `id-aes${bits}-wrap`],
      [`aes${bits}-wrap-pad`, `id-aes${bits}-wrap-pad`],
      [`aes-${bits}-wrap-pad`, `id-aes${bits}-wrap-pad`],
    ]),
  ),
};

export const CIPHER_NAMES: readonly string[] = [
  ...CIPHERS.map(({ name }) => name),
  ...Object.keys(ALIASES).filter((name) => !name.startsWith('aes-128-wrap')),
].sort();

export function findCipher(asked: string): CipherInfo | undefined {
  const lower = asked.toLowerCase();
  const name = ALIASES[lower] ?? lower;
  return CIPHERS.find((cipher) => cipher.name === name);
}
export const cipherByNid = (nid: number): CipherInfo | undefined =>
  CIPHERS.find((cipher) => cipher.nid === nid);

export const isAead = ({ mode, family }: CipherInfo): boolean =>
  mode === 'gcm' || mode === 'ccm' || mode === 'ocb' || family === 'chacha20-poly1305';

export function createCipherStream(
  info: CipherInfo,
  encrypts: boolean,
  key: Uint8Array,
  iv: Uint8Array,
): CipherStream {
  if (info.mode === 'wrap') return createWrap(info, encrypts, key, iv);
  if (info.family === 'chacha20') return createChaCha(key, iv);
  const block = createBlockCipher(info.family === 'des3' ? 'des3' : 'aes', key);
  if (info.mode === 'ecb' || info.mode === 'cbc') return createBlockStream(block, info.mode, encrypts, iv);
  return createKeystream(block, info.mode as KeystreamMode, encrypts, iv);
}

export function createAead(
  info: CipherInfo,
  encrypts: boolean,
  key: Uint8Array,
  iv: Uint8Array,
  tagBytes: number,
): AeadStream {
  if (info.family === 'chacha20-poly1305') return createChaChaPoly(key, encrypts, iv);
  const block = createBlockCipher('aes', key);
  if (info.mode === 'ocb') return createOcb(block, encrypts, iv, tagBytes);
  return info.mode === 'gcm' ? createGcm(block, encrypts, iv) : createCcm(block, encrypts, iv, tagBytes);
}

/** OpenSSL's: the first four bytes of the IV are the counter, little-endian. */
function createChaCha(key: Uint8Array, iv: Uint8Array): CipherStream {
  const [a = 0, b = 0, c = 0, d = 0] = iv;
  const start = (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
  const nonce = iv.slice(4);
  let offset = 0;
  return {
    update(data) {
      const skip = offset % 64;
      const padded = concat(new Uint8Array(skip), data);
      const out = chacha20(key, nonce, padded, undefined, start + Math.floor(offset / 64)).slice(skip);
      offset += data.length;
      return out as Bytes;
    },
    final: () => new Uint8Array(0),
  };
}

function createWrap(
  { ivBytes }: CipherInfo,
  encrypts: boolean,
  key: Uint8Array,
  iv: Uint8Array,
): CipherStream {
  const padded = ivBytes === PADDED_WRAP_IV.length;
  const cipher = createAes(key);
  const run = encrypts ? (padded ? wrapPadded : wrap) : padded ? unwrapPadded : unwrap;
  return {
    update: (data) => run(cipher, iv, data),
    final: () => new Uint8Array(0),
  };
}

/** RFC 3394 with its own initial value. */
export function wrapKey(encrypts: boolean, key: Uint8Array, data: Uint8Array): Bytes {
  return (encrypts ? wrap : unwrap)(createAes(key), WRAP_IV, data);
}
