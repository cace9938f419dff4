/** Block ciphers: one block at a time, in place. */
import { unsafe } from '@noble/ciphers/aes.js';
import { createTripleDes } from './des.ts';

export interface BlockCipher {
  readonly blockBytes: number;
  encrypt(block: Uint8Array): void;
  decrypt(block: Uint8Array): void;
}

const { expandKeyLE, expandKeyDecLE, encryptBlock, decryptBlock } = unsafe;

export function createAes(key: Uint8Array): BlockCipher {
  const encryption = expandKeyLE(key.slice());
  let decryption: Uint32Array<ArrayBuffer> | undefined;
  // The library works on words: a block of our own is aligned.
  const aligned = new Uint8Array(16);
  return {
    blockBytes: 16,
    encrypt(block) {
      aligned.set(block);
      block.set(encryptBlock(encryption, aligned));
    },
    decrypt(block) {
      decryption ??= expandKeyDecLE(key.slice()) as Uint32Array<ArrayBuffer>;
      aligned.set(block);
      block.set(decryptBlock(decryption, aligned));
    },
  };
}

/** By the name before the mode: aes-128, des-ede3. */
export function createBlockCipher(family: 'aes' | 'des3', key: Uint8Array): BlockCipher {
  return family === 'aes' ? createAes(key) : createTripleDes(key);
}
