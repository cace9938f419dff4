/** PEM (RFC 7468), with the encapsulated headers of RFC 1421 that OpenSSL's old encrypted keys have. */
import { type Bytes, fromBase64, toBase64, toLatin1 } from './bytes.ts';

export interface PemBlock {
  readonly label: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly bytes: Bytes;
}

const BLOCK = /-----BEGIN ([^\r\n]*?)-----[ \t]*\r?\n([\s\S]*?)-----END ([^\r\n]*?)-----/g;
const LINE = 64;

/** Every block of `text`, in order; one whose base64 is bad is undefined. */
export function pemBlocks(text: string): (PemBlock | undefined)[] {
  const blocks: (PemBlock | undefined)[] = [];
  for (const [, label = '', body = '', ending = ''] of text.matchAll(BLOCK)) {
    blocks.push(label === ending ? parseBody(label, body) : undefined);
  }
  return blocks;
}

export function pemBlocksOf(bytes: Uint8Array): (PemBlock | undefined)[] {
  return pemBlocks(toLatin1(bytes));
}

function parseBody(label: string, body: string): PemBlock | undefined {
  const headers = new Map<string, string>();
  let rest = body;
  if (/^[A-Za-z-]+:/.test(body)) {
    const [, head = '', tail = ''] = /^([\s\S]*?)\r?\n\r?\n([\s\S]*)$/.exec(body) ?? [];
    for (const line of head.split(/\r?\n/)) {
      const colon = line.indexOf(':');
      headers.set(line.slice(0, colon).trim(), line.slice(colon + 1).trim());
    }
    rest = tail;
  }
  const bytes = fromBase64(rest.replace(/\s+/g, ''));
  return bytes && { label, headers, bytes };
}

export function toPem(label: string, bytes: Uint8Array, headers: readonly string[] = []): string {
  const base64 = toBase64(bytes);
  const lines: string[] = [];
  for (let at = 0; at < base64.length; at += LINE) lines.push(base64.slice(at, at + LINE));
  const head = headers.length === 0 ? '' : `${headers.join('\n')}\n\n`;
  return `-----BEGIN ${label}-----\n${head}${lines.join('\n')}\n-----END ${label}-----\n`;
}
