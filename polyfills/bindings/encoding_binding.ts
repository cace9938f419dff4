import type { NodeContext } from '../context.ts';
import { ArgumentChecks } from '../text/arguments.ts';
import { bytesOf, isArrayBuffer, isView, lengthOf } from '../text/captured.ts';
import { unitsRead, utf8Decode, utf8DecodeStrict, utf8Encode, utf8Write } from '../text/utf8.ts';
import { domainToAscii, domainToUnicode } from '../url/idna.ts';

/** `internalBinding('encoding_binding')`: TextEncoder, TextDecoder's UTF-8 path and IDNA (src/encoding_binding.cc). */
export function createEncodingBinding(context: NodeContext): object {
  const checks = new ArgumentChecks(context.errors);
  const encodeIntoResults = new Uint32Array(2);
  return {
    encodeIntoResults,
    encodeInto(text: string, target: Uint8Array): void {
      const written = utf8Write(target, 0, lengthOf(target), text);
      encodeIntoResults[0] = unitsRead;
      encodeIntoResults[1] = written;
    },
    encodeUtf8String: utf8Encode,
    decodeUTF8(input: unknown, ignoreBom: unknown, fatal: unknown): string {
      if (!isView(input) && !isArrayBuffer(input) && !isShared(input)) {
        const expected = 'an instance of SharedArrayBuffer, ArrayBuffer or ArrayBufferView';
        throw checks.type(`The "list" argument must be ${expected}.`);
      }
      const bytes = bytesOf(input);
      const end = lengthOf(bytes);
      const start = ignoreBom !== true && beginsWithBom(bytes) ? 3 : 0;
      if (fatal !== true) return end === start ? '' : utf8Decode(bytes, start, end);
      const text = utf8DecodeStrict(bytes, start, end);
      if (text !== undefined) return text;
      const message = 'The encoded data was not valid for encoding utf-8';
      throw checks.error(TypeError, 'ERR_ENCODING_INVALID_ENCODED_DATA', message);
    },
    toASCII: domainToAscii,
    toUnicode: domainToUnicode,
  };
}

function beginsWithBom(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

function isShared(value: unknown): value is SharedArrayBuffer {
  return typeof SharedArrayBuffer === 'function' && value instanceof SharedArrayBuffer;
}
