import type { BindingFactory } from '../context.ts';
import { createBlob } from './blob.ts';
import { createBlockList } from './block_list.ts';
import { createBuffer } from './buffer.ts';
import { createEncodingBinding } from './encoding_binding.ts';
import { createIcu } from './icu.ts';
import { createStringDecoder } from './string_decoder.ts';
import { createUrl } from './url.ts';

/**
 * `internalBinding(name)` → what makes it. A name that is missing here but known to the pinned node still loads: its
 * data is there, and each of its functions throws when it is called, naming itself.
 */
export const BINDINGS: Readonly<Record<string, BindingFactory>> = {
  blob: createBlob,
  block_list: createBlockList,
  buffer: createBuffer,
  encoding_binding: createEncodingBinding,
  icu: createIcu,
  string_decoder: createStringDecoder,
  url: createUrl,
};
