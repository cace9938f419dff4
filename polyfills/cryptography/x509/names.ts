/** Distinguished names (RFC 5280, 4.1.2.4) and how OpenSSL prints them. */
import { type Bytes, fromUtf8, hex, toUtf8 } from '../encoding/bytes.ts';
import { DerReader, type Element, oidOf, Tag, textOf } from '../encoding/der.ts';

export interface NameEntry {
  readonly oid: string;
  /** OpenSSL's short name, or the number itself. */
  readonly label: string;
  readonly text: string;
  readonly value: Element;
  /** The relative distinguished name that it belongs to. */
  readonly set: number;
}
export interface Name {
  readonly entries: readonly NameEntry[];
  readonly der: Bytes;
}

const SHORT_NAMES: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.4': 'SN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'street',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.12': 'title',
  '2.5.4.13': 'description',
  '2.5.4.15': 'businessCategory',
  '2.5.4.17': 'postalCode',
  '2.5.4.41': 'name',
  '2.5.4.42': 'GN',
  '2.5.4.43': 'initials',
  '2.5.4.44': 'generationQualifier',
  '2.5.4.46': 'dnQualifier',
  '2.5.4.65': 'pseudonym',
  '2.5.4.97': 'organizationIdentifier',
  '1.2.840.113549.1.9.1': 'emailAddress',
  '1.2.840.113549.1.9.2': 'unstructuredName',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
  '1.3.6.1.4.1.311.60.2.1.1': 'jurisdictionL',
  '1.3.6.1.4.1.311.60.2.1.2': 'jurisdictionST',
  '1.3.6.1.4.1.311.60.2.1.3': 'jurisdictionC',
};

export function readName(element: Element): Name {
  const entries: NameEntry[] = [];
  const sets = new DerReader(element.value);
  for (let set = 0; !sets.done; set++) {
    const attributes = sets.sequence(Tag.set);
    while (!attributes.done) {
      const pair = attributes.sequence();
      const oid = oidOf(pair.expect(Tag.oid).value);
      const value = pair.element();
      const text = textOf(value) ?? `#${hex(value.whole).toUpperCase()}`;
      entries.push({ oid, label: SHORT_NAMES[oid] ?? oid, text, value, set });
    }
  }
  return { entries, der: element.whole };
}

/** One attribute a line, those of one set joined: X509_NAME_print_ex with the flags that Node gives. */
export function printLines(name: Name): string {
  return join(name, '\n', ' + ', (text) => escape2253(text, true));
}

/** In the order of RFC 2253, the last first. Control characters stay: who shows the text escapes them. */
export function print2253(name: Name): string {
  const reversed = { ...name, entries: groupsOf(name).reverse().flat() };
  return join(reversed, ',', '+', (text) => escape2253(text, false));
}

function groupsOf({ entries }: Name): NameEntry[][] {
  const groups: NameEntry[][] = [];
  for (const entry of entries) (groups[entry.set] ??= []).push(entry);
  return groups;
}

function join(
  { entries }: Pick<Name, 'entries'>,
  separator: string,
  plus: string,
  show: (text: string) => string,
): string {
  let text = '';
  let last: NameEntry | undefined;
  for (const entry of entries) {
    if (last !== undefined) text += last.set === entry.set ? plus : separator;
    text += `${entry.label}=${show(entry.text)}`;
    last = entry;
  }
  return text;
}

/** ASN1_STRFLGS_ESC_2253, and with `controls` ESC_CTRL. */
function escape2253(text: string, controls: boolean): string {
  let out = '';
  const characters = Array.from(text);
  characters.forEach((character, at) => {
    const code = character.codePointAt(0) ?? 0;
    const atEdge = at === 0 || at === characters.length - 1;
    const isControl = code < 0x20 || code === 0x7f;
    if (controls && isControl) out += `\\${code.toString(16).toUpperCase().padStart(2, '0')}`;
    else if (',+"\\<>;'.includes(character)) out += `\\${character}`;
    else if ((character === '#' && at === 0) || (character === ' ' && atEdge)) out += `\\${character}`;
    else out += character;
  });
  return out;
}

/** The form in which names are compared: case and runs of blanks do not count in text. */
export function canonical({ entries }: Name): string {
  return entries
    .map(({ set, oid, value }) => {
      const text = textOf(value);
      if (text === undefined) return `${set}:${oid}:#${hex(value.whole)}`;
      const plain = toUtf8(fromUtf8(text)).trim().replace(/\s+/g, ' ');
      return `${set}:${oid}:${plain.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())}`;
    })
    .join('\n');
}

export function sameName(a: Name, b: Name): boolean {
  return canonical(a) === canonical(b);
}
