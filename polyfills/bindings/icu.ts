import type { NodeContext } from '../context.ts';
import { toBuffer } from '../node-buffer.ts';
import { ArgumentChecks } from '../text/arguments.ts';
import { bytesOf, isArrayBuffer, isView, lengthOf, plainRange, uncurry } from '../text/captured.ts';
import { Encoding, parseEncoding } from '../text/encodings.ts';
import { IcuError, transcode } from '../text/transcode.ts';
import { stringWidth } from '../text/width.ts';

const FLAG_FLUSH = 1;
const FLAG_FATAL = 2;
const FLAG_IGNORE_BOM = 4;

const PlatformDecoder = TextDecoder;
const decode = uncurry<TextDecoder, [Uint8Array<ArrayBuffer>, { stream: boolean }], string>(
  TextDecoder.prototype.decode,
);

/** What getConverter returns: an opaque object to JavaScript. */
class Converter {
  readonly #decoder: TextDecoder;

  constructor(decoder: TextDecoder) {
    this.#decoder = decoder;
  }

  static decode(converter: Converter, bytes: Uint8Array, flush: boolean): string {
    return decode(converter.#decoder, plainRange(bytes, 0, lengthOf(bytes)), { stream: !flush });
  }
}

function openDecoder(label: string, flags: number): TextDecoder | undefined {
  try {
    const fatal = (flags & FLAG_FATAL) !== 0;
    return new PlatformDecoder(label, { fatal, ignoreBOM: (flags & FLAG_IGNORE_BOM) !== 0 });
  } catch {
    return undefined;
  }
}

/** `internalBinding('icu')` over the host's own decoders (src/node_i18n.cc). */
export function createIcu(context: NodeContext): object {
  const checks = new ArgumentChecks(context.errors);
  return {
    getStringWidth: (text: string, ambiguousWide?: boolean, expandEmoji?: boolean): number =>
      stringWidth(text, ambiguousWide === true, expandEmoji !== false),
    icuErrName(error: number): string {
      for (const [name, value] of Object.entries(IcuError)) if (value === error) return name;
      return '[BOGUS UErrorCode]';
    },
    transcode(source: ArrayBufferView, from: unknown, to: unknown): Uint8Array | number {
      const fromEncoding = parseEncoding(from, Encoding.buffer);
      const result = transcode(bytesOf(source), fromEncoding, parseEncoding(to, Encoding.buffer));
      return typeof result === 'number' ? result : toBuffer(result);
    },
    hasConverter: (label: string): boolean => openDecoder(label, 0) !== undefined,
    getConverter(label: string, flags: number): Converter | undefined {
      const decoder = openDecoder(label, flags);
      return decoder === undefined ? undefined : new Converter(decoder);
    },
    decode(converter: Converter, input: unknown, flags: number, encodingName: string): string {
      if (!isView(input) && !isArrayBuffer(input) && !isSharedBuffer(input)) {
        const expected = 'an instance of SharedArrayBuffer, ArrayBuffer or ArrayBufferView';
        throw checks.type(`The "input" argument must be ${expected}.`);
      }
      try {
        return Converter.decode(converter, bytesOf(input), (flags & FLAG_FLUSH) !== 0);
      } catch {
        const message = `The encoded data was not valid for encoding ${encodingName}`;
        throw checks.error(TypeError, 'ERR_ENCODING_INVALID_ENCODED_DATA', message);
      }
    },
  };
}

function isSharedBuffer(value: unknown): value is SharedArrayBuffer {
  return typeof SharedArrayBuffer === 'function' && value instanceof SharedArrayBuffer;
}
