/** Node's names of encodings, for text that goes into files and comes out of them. */
export type BufferEncoding =
  'utf8' | 'utf-8' | 'latin1' | 'binary' | 'ascii' | 'base64' | 'base64url' | 'hex' | 'utf16le' | 'ucs2';

export function decode(bytes: Uint8Array, encoding: BufferEncoding): string {
  switch (encoding) {
    case 'utf8':
    case 'utf-8':
      return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
    case 'utf16le':
    case 'ucs2':
      return new TextDecoder('utf-16le', { ignoreBOM: true }).decode(bytes);
    case 'hex':
      return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    case 'ascii':
      return binaryString(bytes.map((byte) => byte & 0x7f));
    case 'latin1':
    case 'binary':
      return binaryString(bytes);
    case 'base64':
      return btoa(binaryString(bytes));
    case 'base64url':
      return btoa(binaryString(bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
    default:
      throw new TypeError(`Unknown encoding: ${String(encoding)}`);
  }
}

function binaryString(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 8192)
    parts.push(String.fromCharCode(...bytes.subarray(at, at + 8192)));
  return parts.join('');
}

export function encode(text: string, encoding: BufferEncoding): Uint8Array {
  switch (encoding) {
    case 'utf8':
    case 'utf-8':
      return new TextEncoder().encode(text);
    case 'utf16le':
    case 'ucs2':
      return new Uint8Array(Uint16Array.from(text, (unit) => unit.charCodeAt(0)).buffer);
    case 'hex':
      return Uint8Array.from(text.match(/[0-9a-f]{2}/gi) ?? [], (pair) => parseInt(pair, 16));
    case 'ascii':
    case 'latin1':
    case 'binary':
      return Uint8Array.from(text, (unit) => unit.charCodeAt(0));
    case 'base64':
    case 'base64url':
      return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (unit) =>
        unit.charCodeAt(0),
      );
    default:
      throw new TypeError(`Unknown encoding: ${String(encoding)}`);
  }
}
