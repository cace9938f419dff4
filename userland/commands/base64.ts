import { chunks, closeInput, openInput } from '../program/input.ts';
import { parseCount } from '../text/numbers.ts';
import { parseOptions } from '../program/options.ts';
import { Failure, type Program, type ProgramContext, UsageError } from '../program/program.ts';

const SPECS = {
  decode: { short: 'd', long: 'decode' },
  ignoreGarbage: { short: 'i', long: 'ignore-garbage' },
  wrap: { short: 'w', long: 'wrap', value: 'required' },
} as const;
const DEFAULT_WRAP = '76';
const BYTE_BITS = 8;

interface Code {
  alphabet: string;
  bits: number;
  /** Characters that a group of whole bytes makes. */
  group: number;
}

const BASE64: Code = {
  alphabet: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
  bits: 6,
  group: 4,
};
const BASE32: Code = { alphabet: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', bits: 5, group: 8 };

/** Bits come in as bytes and leave as characters. */
class Encoder {
  readonly #code: Code;
  #held = 0;
  #bits = 0;
  #length = 0;

  constructor(code: Code) {
    this.#code = code;
  }

  push(chunk: Uint8Array): string {
    const { alphabet, bits } = this.#code;
    let text = '';
    for (const byte of chunk) {
      this.#held = (this.#held << BYTE_BITS) | byte;
      this.#bits += BYTE_BITS;
      while (this.#bits >= bits) {
        this.#bits -= bits;
        text += alphabet[(this.#held >> this.#bits) & (2 ** bits - 1)];
        this.#length++;
      }
      this.#held &= 2 ** this.#bits - 1;
    }
    return text;
  }

  finish(): string {
    const { alphabet, bits, group } = this.#code;
    let text = '';
    if (this.#bits > 0) {
      text = alphabet[(this.#held << (bits - this.#bits)) & (2 ** bits - 1)] ?? '';
      this.#length++;
    }
    return text + '='.repeat((group - (this.#length % group)) % group);
  }
}

function encode(context: ProgramContext, fd: number, path: string, code: Code, width: number): void {
  const encoder = new Encoder(code);
  let column = 0;
  const emit = (text: string): void => {
    if (width === 0) return context.stdout.write(text);
    for (let at = 0; at < text.length;) {
      const piece = text.slice(at, at + width - column);
      at += piece.length;
      column += piece.length;
      context.stdout.write(piece + (column === width ? '\n' : ''));
      if (column === width) column = 0;
    }
  };
  for (const chunk of chunks(context.system.files, fd, path)) emit(encoder.push(chunk));
  emit(encoder.finish());
  if (column > 0) context.stdout.write('\n');
}

function decode(context: ProgramContext, fd: number, path: string, code: Code, ignoreGarbage: boolean): void {
  const values = new Map([...code.alphabet].map((character, value) => [character.charCodeAt(0), value]));
  let held = 0;
  let bits = 0;
  let count = 0;
  let padded = 0;
  const invalid = (): never => {
    context.stdout.flush();
    throw new Failure('invalid input');
  };
  for (const chunk of chunks(context.system.files, fd, path)) {
    const out = new Uint8Array(chunk.length);
    let length = 0;
    const partial = (): void => context.stdout.write(out.slice(0, length));
    for (const byte of chunk) {
      if (byte === 10) continue;
      const value = values.get(byte);
      if (byte === 61) padded++;
      else if (value === undefined || padded > 0) {
        if (ignoreGarbage && value === undefined) continue;
        partial();
        invalid();
      } else {
        count++;
        held = (held << code.bits) | value;
        bits += code.bits;
        if (bits >= BYTE_BITS) {
          bits -= BYTE_BITS;
          out[length++] = held >> bits;
          held &= 2 ** bits - 1;
        }
      }
    }
    partial();
  }
  if ((count + padded) % code.group !== 0) invalid();
}

function baseProgram(name: string, code: Code): Program {
  return {
    name,
    usage: `${name} [OPTION]... [FILE]`,
    help: `Encode or decode a file (- or none: standard input) in ${name}.

  -d, --decode           decode
  -i, --ignore-garbage   when decoding, pass over other characters
  -w, --wrap=COLS        break lines after COLS characters (76; 0: never)`,
    usageStatus: 1,
    main(context) {
      const { has, value, operands } = parseOptions(context.args, SPECS);
      const [path = '-', extra] = operands;
      if (extra !== undefined) throw new UsageError(`extra operand '${extra}'`);
      const width = parseCount(value('wrap') ?? DEFAULT_WRAP, 'wrap size');
      const fd = openInput(context.system.files, path);
      if (has('decode')) decode(context, fd, path, code, has('ignoreGarbage'));
      else encode(context, fd, path, code, width);
      closeInput(context.system.files, fd);
      return 0;
    },
  };
}

export const base64: Program = baseProgram('base64', BASE64);
export const base32: Program = baseProgram('base32', BASE32);
