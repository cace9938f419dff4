/** Strings in Huffman code (RFC 7541, section 5.2), four bits a step. */
import { END_OF_STRING, huffmanCode } from './huffman-code.ts';

const NIBBLES = 16;
/** What a step of the decoder is: the next node, and whether a symbol ended, which may end the string here or is wrong. */
const EMITS = 1 << 31;
const WRONG = 1 << 30;
const SYMBOL_SHIFT = 16;
const NODE_MASK = 0xffff;
/** Padding is at most seven bits, all of them ones (the beginning of the end-of-string code). */
const PADDING_BITS_MAX = 7;

interface Decoder {
  readonly steps: Int32Array;
  /** Nodes at which a string may end. */
  readonly mayEnd: Uint8Array;
}
/** Inner nodes of the code's tree: [0-branch, 1-branch] each; a leaf is -1 - symbol. */
type Tree = [number, number][];

function createTree(): Tree {
  const { bits, codes } = huffmanCode();
  const tree: Tree = [[0, 0]];
  for (let symbol = 0; symbol <= END_OF_STRING; symbol++) {
    const length = bits[symbol] ?? 0;
    let node = 0;
    for (let at = length - 1; at >= 0; at--) {
      const branch = (((codes[symbol] ?? 0) >>> at) & 1) as 0 | 1;
      const pair = tree[node] as [number, number];
      if (at === 0) pair[branch] = -1 - symbol;
      else if (pair[branch] === 0) pair[branch] = node = tree.push([0, 0]) - 1;
      else node = pair[branch];
    }
  }
  return tree;
}

function stepOf(tree: Tree, from: number, nibble: number): number {
  let node = from;
  let emitted = 0;
  for (let at = 3; at >= 0; at--) {
    const next = (tree[node] as [number, number])[((nibble >> at) & 1) as 0 | 1];
    if (next >= 0) node = next;
    else if (-1 - next === END_OF_STRING) return WRONG;
    else {
      emitted = EMITS | ((-1 - next) << SYMBOL_SHIFT);
      node = 0;
    }
  }
  return emitted | node;
}

function createDecoder(): Decoder {
  const tree = createTree();
  const steps = new Int32Array(tree.length * NIBBLES);
  for (let node = 0; node < tree.length; node++) {
    for (let nibble = 0; nibble < NIBBLES; nibble++)
      steps[node * NIBBLES + nibble] = stepOf(tree, node, nibble);
  }
  const mayEnd = new Uint8Array(tree.length);
  for (let node = 0, bits = 0; bits <= PADDING_BITS_MAX; bits++) {
    mayEnd[node] = 1;
    node = (tree[node] as [number, number])[1];
  }
  return { steps, mayEnd };
}
let decoder: Decoder | undefined;

/** → undefined for what is no such string. */
export function decodeHuffman(bytes: Uint8Array, from: number, to: number): string | undefined {
  decoder ??= createDecoder();
  const { steps, mayEnd } = decoder;
  let text = '';
  let node = 0;
  for (let i = from; i < to; i++) {
    const byte = bytes[i] as number;
    for (let shift = 4; shift >= 0; shift -= 4) {
      const step = steps[node * NIBBLES + ((byte >> shift) & 15)] as number;
      if ((step & WRONG) !== 0) return undefined;
      if (step < 0) text += String.fromCharCode((step >> SYMBOL_SHIFT) & 0xff);
      node = step & NODE_MASK;
    }
  }
  return mayEnd[node] === 1 ? text : undefined;
}

/** Bytes of a text of single bytes in this code. */
export function huffmanLength(text: string): number {
  const { bits } = huffmanCode();
  let total = 0;
  for (let i = 0; i < text.length; i++) total += bits[text.charCodeAt(i) & 0xff] as number;
  return (total + 7) >> 3;
}

/** Writes the code of `text` → where it ends. */
export function encodeHuffman(text: string, into: Uint8Array, at: number): number {
  const { bits, codes } = huffmanCode();
  let position = at;
  // At most 7 bits are kept between two symbols: with a code's 30 they fit a double.
  let kept = 0;
  let held = 0;
  for (let i = 0; i < text.length; i++) {
    const symbol = text.charCodeAt(i) & 0xff;
    const length = bits[symbol] as number;
    kept = kept * 2 ** length + (codes[symbol] as number);
    held += length;
    while (held >= 8) {
      held -= 8;
      const byte = Math.floor(kept / 2 ** held);
      into[position++] = byte;
      kept -= byte * 2 ** held;
    }
  }
  if (held > 0) into[position++] = (kept << (8 - held)) | (0xff >> held);
  return position;
}
