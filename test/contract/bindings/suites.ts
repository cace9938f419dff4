import type { NodeContext } from '../../../polyfills/context.ts';
import { createBuffer } from '../../../polyfills/bindings/buffer.ts';
import { createEncodingBinding } from '../../../polyfills/bindings/encoding_binding.ts';
import { createIcu } from '../../../polyfills/bindings/icu.ts';
import { createStringDecoder } from '../../../polyfills/bindings/string_decoder.ts';
import { bufferCases } from './buffer-cases.ts';
import type { Binding, Case } from './cases.ts';
import { encodingCases, icuCases, stringDecoderCases } from './text-cases.ts';

export interface Suite {
  /** The name that internalBinding knows it by. */
  readonly binding: string;
  readonly create: (context: NodeContext) => object;
  readonly cases: (binding: Binding) => Iterable<Case>;
}

export const SUITES: readonly Suite[] = [
  { binding: 'buffer', create: createBuffer, cases: bufferCases },
  { binding: 'string_decoder', create: createStringDecoder, cases: stringDecoderCases },
  { binding: 'encoding_binding', create: createEncodingBinding, cases: encodingCases },
  { binding: 'icu', create: createIcu, cases: icuCases },
];
