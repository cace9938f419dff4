/** HTTP/1.1 messages (RFC 9112): the head of a request written, the head and the body of a response read. */
import { PREVIEW_HEAD_MAX_BYTES } from '../../base/limits.ts';
import type { HeaderList } from '../../protocol/preview.ts';
import { ClosedEarly, type Incoming, latin1Bytes, ProtocolError } from './incoming.ts';

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// Visible characters, space, tab and bytes from 0x80.
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const TARGET = /^\/[\x21-\x7e]*$/;
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: (.*))?$/;
const DIGITS = /^\d{1,15}$/;
const CHUNK_SIZE = /^([0-9A-Fa-f]{1,13})[\t ]*(?:;.*)?$/;

/** How a body ends. */
export type Framing =
  { kind: 'none' } | { kind: 'length'; bytes: number } | { kind: 'chunked' } | { kind: 'close' };

export interface WireHead {
  status: number;
  statusText: string;
  headers: HeaderList;
  /** HTTP/1.0 answers close the connection unless they say otherwise. */
  minor: 0 | 1;
}

/** Throws a ProtocolError when the request cannot be written as HTTP: nothing may smuggle a line of its own. */
export function requestBytes(method: string, target: string, headers: HeaderList): Uint8Array<ArrayBuffer> {
  if (!TOKEN.test(method)) throw new ProtocolError('the method is malformed');
  if (!TARGET.test(target)) throw new ProtocolError('the request target is malformed');
  let text = `${method} ${target} HTTP/1.1\r\n`;
  for (const [name, value] of headers) {
    if (!TOKEN.test(name) || !FIELD_VALUE.test(value))
      throw new ProtocolError(`the header ${name} is malformed`);
    text += `${name}: ${value}\r\n`;
  }
  return latin1Bytes(`${text}\r\n`);
}

/** The next head, whatever its status; undefined when the connection ends before its first byte. */
export async function readHead(input: Incoming): Promise<WireHead | undefined> {
  const line = await input.line(PREVIEW_HEAD_MAX_BYTES);
  if (line === undefined) return undefined;
  const [, minor, status, statusText = ''] = STATUS_LINE.exec(line) ?? [];
  if (status === undefined) throw new ProtocolError('the server does not answer in HTTP/1');
  return {
    minor: minor === '0' ? 0 : 1,
    status: Number(status),
    statusText,
    headers: await readFields(input, PREVIEW_HEAD_MAX_BYTES - line.length),
  };
}

async function readFields(input: Incoming, limit: number): Promise<HeaderList> {
  const fields: HeaderList = [];
  for (let left = limit; ;) {
    const line = await input.line(left);
    if (line === undefined)
      throw new ClosedEarly('the server closed the connection in the middle of the head');
    if (line === '') return fields;
    left -= line.length + 2;
    if (left <= 0) throw new ProtocolError('the head of the response is too long');
    const last = fields.at(-1);
    if (/^[ \t]/.test(line) && last) {
      last[1] += ` ${line.trim()}`;
      continue;
    }
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon));
    const value = trimmed(line.slice(colon + 1));
    if (!TOKEN.test(name) || !FIELD_VALUE.test(value)) {
      throw new ProtocolError('a header of the response is malformed');
    }
    fields.push([name, value]);
  }
}

/** Without the white space of HTTP at both ends: other blanks belong to the value. */
function trimmed(value: string): string {
  return value.replace(/^[\t ]+/, '').replace(/[\t ]+$/, '');
}

export function fieldValues(headers: HeaderList, wanted: string): string[] {
  return headers.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value);
}

/** The members of a comma-separated field, in lower case. */
export function fieldMembers(headers: HeaderList, wanted: string): string[] {
  return fieldValues(headers, wanted).flatMap((value) =>
    value
      .split(',')
      .map((member) => member.trim().toLowerCase())
      .filter((member) => member !== ''),
  );
}

/** RFC 9112, section 6.3. */
export function framingOf(method: string, { status, headers }: WireHead): Framing {
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return { kind: 'none' };
  const codings = fieldMembers(headers, 'transfer-encoding');
  if (codings.length > 0) {
    if (codings.length > 1) throw new ProtocolError(`the transfer coding ${codings.join(', ')} is not known`);
    if (codings[0] !== 'chunked') throw new ProtocolError(`the transfer coding ${codings[0]} is not known`);
    return { kind: 'chunked' };
  }
  const lengths = new Set(fieldMembers(headers, 'content-length'));
  if (lengths.size === 0) return { kind: 'close' };
  const [length = ''] = lengths;
  if (lengths.size > 1 || !DIGITS.test(length)) throw new ProtocolError('Content-Length is malformed');
  return { kind: 'length', bytes: Number(length) };
}

/** Whether the connection may carry another request after this response. */
export function keepsAlive({ minor, headers }: WireHead, framing: Framing): boolean {
  const options = fieldMembers(headers, 'connection');
  if (framing.kind === 'close' || options.includes('close')) return false;
  // Two ways to find the end of one message: what follows is not to be trusted (RFC 9112, section 6.3).
  if (framing.kind === 'chunked' && fieldValues(headers, 'content-length').length > 0) return false;
  return minor === 1 || options.includes('keep-alive');
}

export async function* readBody(input: Incoming, framing: Framing): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  switch (framing.kind) {
    case 'none':
      return;
    case 'length':
      yield* readCounted(input, framing.bytes);
      return;
    case 'close':
      for (let part = await input.some(); part !== undefined; part = await input.some()) yield part;
      return;
    case 'chunked':
      yield* readChunked(input);
  }
}

async function* readCounted(input: Incoming, bytes: number): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let left = bytes; left > 0;) {
    const part = await input.some(left);
    if (part === undefined)
      throw new ClosedEarly('the server closed the connection in the middle of its answer');
    left -= part.length;
    yield part;
  }
}

async function* readChunked(input: Incoming): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (;;) {
    const line = await input.line(PREVIEW_HEAD_MAX_BYTES);
    if (line === undefined)
      throw new ClosedEarly('the server closed the connection in the middle of its answer');
    const size = CHUNK_SIZE.exec(line)?.[1];
    if (size === undefined) throw new ProtocolError('a chunk of the response is malformed');
    const bytes = parseInt(size, 16);
    if (bytes === 0) break;
    yield* readCounted(input, bytes);
    if ((await input.line(1)) !== '')
      throw new ProtocolError('a chunk of the response is longer than it says');
  }
  await readFields(input, PREVIEW_HEAD_MAX_BYTES);
}
