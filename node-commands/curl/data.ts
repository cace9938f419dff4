/** What a request carries: -d and its kin, -F, -T. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { Body, Header } from '../http/exchange.ts';
import { readStandardInput } from '../standard-io.ts';
import { CurlFailure, CurlStatus } from './failure.ts';
import type { OptionName, Options } from './options.ts';

export interface Data {
  readonly body: Body;
  readonly headers: readonly Header[];
  readonly method: 'POST' | 'PUT';
}

const DATA: ReadonlySet<OptionName> = new Set([
  'data',
  'dataAscii',
  'dataBinary',
  'dataRaw',
  'dataUrlencode',
  'json',
]);
const FORM_TYPE = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';

export function readFileOrInput(name: string): Buffer {
  try {
    return name === '-' ? readStandardInput() : fs.readFileSync(name);
  } catch {
    throw new CurlFailure(CurlStatus.read, `Failed to open ${name}`);
  }
}

/** What the data options say, joined; undefined when there are none. */
export function postData(options: Options): Buffer | undefined {
  const given = options.occurrences.filter(({ name }) => DATA.has(name));
  if (given.length === 0) return undefined;
  const parts: Buffer[] = [];
  given.forEach(({ name, value = '' }, index) => {
    if (index > 0 && name !== 'json') parts.push(Buffer.from('&'));
    parts.push(onePart(name, value));
  });
  return Buffer.concat(parts);
}

function onePart(name: OptionName, value: string): Buffer {
  if (name === 'dataUrlencode') return Buffer.from(urlencoded(value));
  if (name === 'dataRaw' || !value.startsWith('@')) return Buffer.from(value);
  const bytes = readFileOrInput(value.slice(1));
  const isText = name === 'data' || name === 'dataAscii';
  return isText ? Buffer.from(bytes.filter((byte) => byte !== 10 && byte !== 13 && byte !== 0)) : bytes;
}

/** `content`, `=content`, `name=content`, `@file`, `name@file`. */
function urlencoded(value: string): string {
  const mark = /[=@]/.exec(value);
  const encode = (bytes: Buffer): string =>
    [...bytes]
      .map((byte) => {
        const character = String.fromCharCode(byte);
        if (character === ' ') return '+';
        return /[A-Za-z0-9._~-]/.test(character)
          ? character
          : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
      })
      .join('');
  if (mark === null) return encode(Buffer.from(value));
  const name = value.slice(0, mark.index);
  const rest = value.slice(mark.index + 1);
  const content = encode(mark[0] === '@' ? readFileOrInput(rest) : Buffer.from(rest));
  return name === '' ? content : `${name}=${content}`;
}

export function dataOf(options: Options): Data | undefined {
  const file = options.value('upload');
  if (file !== undefined) return uploaded(file);
  if (options.has('form') || options.has('formString')) return form(options);
  const body = postData(options);
  if (body === undefined || options.has('get')) return undefined;
  const json = options.has('json');
  return {
    body,
    method: 'POST',
    headers: [
      ...(json ? [['Content-Type', JSON_TYPE] as const, ['Accept', JSON_TYPE] as const] : []),
      ['Content-Length', String(body.length)],
      ...(json ? [] : [['Content-Type', FORM_TYPE] as const]),
    ],
  };
}

function uploaded(file: string): Data {
  if (file === '-' || file === '.')
    return { body: process.stdin, method: 'PUT', headers: [['Transfer-Encoding', 'chunked']] };
  if (!fs.existsSync(file)) throw new CurlFailure(CurlStatus.read, `Can't open '${file}'!`);
  const { size } = fs.statSync(file);
  return {
    body: fs.createReadStream(file),
    method: 'PUT',
    headers: [['Content-Length', String(size)]],
  };
}

/** curl's own short list. */
const TYPES: Readonly<Record<string, string>> = {
  '.gif': 'image/gif',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain',
  '.htm': 'text/html',
  '.html': 'text/html',
  '.pdf': 'application/pdf',
  '.xml': 'application/xml',
};

function form(options: Options): Data {
  const boundary = `------------------------${randomBytes(8).toString('hex')}`;
  const parts: Buffer[] = [];
  for (const { name, value = '' } of options.occurrences) {
    if (name !== 'form' && name !== 'formString') continue;
    const equals = value.indexOf('=');
    if (equals < 1) throw new CurlFailure(CurlStatus.usage, `Illegally formatted input field: '${value}'`);
    const field = value.slice(0, equals);
    const content = value.slice(equals + 1);
    const part = name === 'form' ? formPart(content) : { bytes: Buffer.from(content) };
    const filename = part.filename === undefined ? '' : `; filename="${quoted(part.filename)}"`;
    const type = part.type === undefined ? '' : `Content-Type: ${part.type}\r\n`;
    parts.push(
      Buffer.from(
        `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(field)}"${filename}\r\n${type}\r\n`,
      ),
      part.bytes,
      Buffer.from('\r\n'),
    );
  }
  const body = Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]);
  return {
    body,
    method: 'POST',
    headers: [
      ['Content-Length', String(body.length)],
      ['Content-Type', `multipart/form-data; boundary=${boundary}`],
    ],
  };
}

const quoted = (text: string): string =>
  text.replace(/"/g, '%22').replace(/\r/g, '%0D').replace(/\n/g, '%0A');

interface FormPart {
  bytes: Buffer;
  filename?: string | undefined;
  type?: string | undefined;
}

function formPart(content: string): FormPart {
  const [value = '', ...attributes] = content.split(';');
  const given = new Map(
    attributes.map((part) => {
      const [key = '', ...rest] = part.trim().split('=');
      return [key, rest.join('=').replace(/^"(.*)"$/, '$1')] as const;
    }),
  );
  const mark = value[0];
  const known = given.has('type') || given.has('filename');
  if (mark !== '@' && mark !== '<')
    return { bytes: Buffer.from(known ? value : content), type: given.get('type') };
  const file = value.slice(1);
  const bytes = readFileOrInput(file);
  if (mark === '<') return { bytes, type: given.get('type') };
  return {
    bytes,
    filename: given.get('filename') ?? path.basename(file),
    type: given.get('type') ?? TYPES[path.extname(file).toLowerCase()] ?? 'application/octet-stream',
  };
}
