/**
 * Names as text without loss: a name is bytes that need not be UTF-8. Bytes that are not become lone surrogates
 * U+DC80…U+DCFF (as Python's surrogateescape has it), which no UTF-8 text holds, and come back as the bytes they were.
 */
const ESCAPE = 0xdc00;
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

export function decodeName(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return escaped(bytes);
  }
}

/** Whether the text stands for bytes that are not UTF-8. */
export const isEscaped = (text: string): boolean => /[\udc80-\udcff]/.test(text) && ESCAPED.test(text);
const ESCAPED = /(?:^|[^\ud800-\udbff])[\udc80-\udcff]/;

export function encodeName(text: string): Uint8Array<ArrayBuffer> {
  if (!isEscaped(text)) return encoder.encode(text);
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code >= ESCAPE + 0x80 && code <= ESCAPE + 0xff) bytes.push(code - ESCAPE);
    else bytes.push(...encoder.encode(character));
  }
  return Uint8Array.from(bytes);
}

function escaped(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes, at);
    if (length === 0) text += String.fromCharCode(ESCAPE + (bytes[at++] ?? 0));
    else text += strict.decode(bytes.subarray(at, (at += length)));
  }
  return text;
}

/** Bytes of the UTF-8 sequence that starts here; 0 where none does. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  for (let length = 1; length <= 4 && at + length <= bytes.length; length++) {
    try {
      strict.decode(bytes.subarray(at, at + length));
      return length;
    } catch {
      // not yet whole, or none
    }
  }
  return 0;
}
