/** General names (RFC 5280, 4.2.1.6) and the safe text that Node makes of them. */
import { type Bytes, toLatin1, toUtf8 } from '../encoding/bytes.ts';
import { contextTag, DerReader, implicitTag, oidOf, Tag } from '../encoding/der.ts';
import { print2253, readName } from './names.ts';

export type GeneralName =
  | { readonly kind: 'dns' | 'email' | 'uri'; readonly text: string }
  | { readonly kind: 'ip'; readonly bytes: Bytes }
  | { readonly kind: 'directory'; readonly text: string }
  | { readonly kind: 'id'; readonly oid: string }
  | { readonly kind: 'other'; readonly text: string }
  | { readonly kind: 'unsupported'; readonly label: string };

/** Types of other names that are shown, with the label and whether the value is UTF-8. */
const OTHER_NAMES: Readonly<Record<string, readonly [label: string, utf8: boolean]>> = {
  '1.3.6.1.5.5.7.8.9': ['SmtpUTF8Mailbox', true],
  '1.3.6.1.5.5.7.8.5': ['XmppAddr', true],
  '1.3.6.1.5.5.7.8.7': ['SRVName', false],
  '1.3.6.1.4.1.311.20.2.3': ['UPN', true],
  '1.3.6.1.5.5.7.8.8': ['NAIRealm', true],
};

export function readGeneralNames(reader: DerReader): GeneralName[] {
  const names: GeneralName[] = [];
  while (!reader.done) names.push(readGeneralName(reader));
  return names;
}

export function readGeneralName(reader: DerReader): GeneralName {
  const { tag, value } = reader.element();
  switch (tag) {
    case contextTag(0):
      return readOtherName(value);
    case implicitTag(1):
      return { kind: 'email', text: toLatin1(value) };
    case implicitTag(2):
      return { kind: 'dns', text: toLatin1(value) };
    case contextTag(3):
      return { kind: 'unsupported', label: 'X400Name' };
    case contextTag(4):
      return { kind: 'directory', text: print2253(readName(new DerReader(value).expect(Tag.sequence))) };
    case contextTag(5):
      return { kind: 'unsupported', label: 'EdiPartyName' };
    case implicitTag(6):
      return { kind: 'uri', text: toLatin1(value) };
    case implicitTag(7):
      return { kind: 'ip', bytes: value };
    default:
      return { kind: 'id', oid: oidOf(value) };
  }
}

function readOtherName(value: Bytes): GeneralName {
  const fields = new DerReader(value);
  const [label, utf8] = OTHER_NAMES[fields.oid()] ?? [];
  const inner = fields.next === contextTag(0) ? fields.sequence(contextTag(0)).element() : undefined;
  const fits = inner !== undefined && inner.tag === (utf8 === true ? Tag.utf8 : Tag.ia5);
  if (label === undefined || !fits) return { kind: 'unsupported', label: 'othername' };
  const text = utf8 === true ? toUtf8(inner.value) : toLatin1(inner.value);
  return { kind: 'other', text: printSafely(text, utf8 === true, label) };
}

export function printGeneralName(name: GeneralName): string {
  switch (name.kind) {
    case 'dns':
      return `DNS:${printSafely(name.text, false)}`;
    case 'email':
      return `email:${printSafely(name.text, false)}`;
    case 'uri':
      return `URI:${printSafely(name.text, false)}`;
    case 'ip':
      return `IP Address:${printIp(name.bytes)}`;
    case 'directory':
      return `DirName:${printSafely(name.text, true)}`;
    case 'id':
      return `Registered ID:${name.oid}`;
    case 'other':
      return `othername:${name.text}`;
    case 'unsupported':
      return `${name.label}:<unsupported>`;
  }
}

function printIp(bytes: Bytes): string {
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length !== 16) return `<invalid length=${bytes.length}>`;
  const pairs = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0));
  return pairs.map((pair) => pair.toString(16).toUpperCase()).join(':');
}

/** A name that could be taken for several is written as a JSON string. */
function printSafely(text: string, utf8: boolean, prefix?: string): string {
  const head = prefix === undefined ? '' : `${prefix}:`;

  const unsafe = utf8 ? /["\\,'\u0000-\u001f\u007f]/ : /["\\,']|[^ -~]/;
  if (!unsafe.test(text)) return head + text;
  let out = '';
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (character === '\\' || character === '"') out += `\\${character}`;
    else if ((code >= 0x20 && code <= 0x7e && character !== ',') || (utf8 && code > 0x7f)) out += character;
    else out += `\\u00${(code & 0xff).toString(16).padStart(2, '0')}`;
  }
  return `"${head}${out}"`;
}
