/** Archives as other programs write them, and as attackers do. */
import { crc32 } from '../../../vfs/backends/crc32.ts';
import { deflateRawSync } from 'node:zlib';

export interface ArchiveEntry {
  name: string;
  content?: Uint8Array;
  /** Of a symbolic link. */
  target?: string;
  mode?: number;
  /** Store without compression. */
  stored?: boolean;
}

const S_IFREG = 0o100000;
const S_IFLNK = 0o120000;

export function zipOf(entries: readonly ArchiveEntry[], zip64 = false): Uint8Array {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, target, mode = 0o644, stored } of entries) {
    const data = Buffer.from(target ?? content ?? '');
    const method = stored || data.length === 0 ? 0 : 8;
    const packed = method === 0 ? data : deflateRawSync(data);
    const bytes = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(zip64 ? 45 : 20, 0);
    common.writeUInt16LE(0x800, 2);
    common.writeUInt16LE(method, 4);
    common.writeUInt16LE(0x5821, 8);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(bytes.length, 22);
    parts.push(Buffer.from('PK\x03\x04'), common, bytes, packed);
    const extra = Buffer.alloc(zip64 ? 12 : 0);
    if (zip64) {
      extra.writeUInt16LE(1, 0);
      extra.writeUInt16LE(8, 2);
      extra.writeBigUInt64LE(BigInt(offset), 4);
    }
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE((((target === undefined ? S_IFREG : S_IFLNK) | mode) << 16) >>> 0, 6);
    rest.writeUInt32LE(zip64 ? 0xffffffff : offset, 10);
    common.writeUInt16LE(extra.length, 24);
    directory.push(Buffer.from('PK\x01\x02'), Buffer.from([20, 3]), Buffer.from(common), rest, bytes, extra);
    common.writeUInt16LE(0, 24);
    offset += 30 + bytes.length + packed.length;
  }
  const list = Buffer.concat(directory);
  const tail: Buffer[] = [];
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(zip64 ? 0xffffffff : offset, 16);
  if (zip64) {
    const record = Buffer.alloc(56);
    record.write('PK\x06\x06', 'latin1');
    record.writeBigUInt64LE(44n, 4);
    record.writeBigUInt64LE(BigInt(entries.length), 32);
    record.writeBigUInt64LE(BigInt(list.length), 40);
    record.writeBigUInt64LE(BigInt(offset), 48);
    const locator = Buffer.alloc(20);
    locator.write('PK\x06\x07', 'latin1');
    locator.writeBigUInt64LE(BigInt(offset + list.length), 8);
    tail.push(record, locator);
  }
  return Buffer.concat([...parts, list, ...tail, end]);
}

export function tarOf(entries: readonly (ArchiveEntry & { hardLink?: string })[]): Uint8Array {
  const parts: Buffer[] = [];
  const add = (name: string, type: string, data: Buffer, mode: number, target = ''): void => {
    const header = Buffer.alloc(512);
    header.write(name, 0, 100);
    header.write(mode.toString(8).padStart(7, '0'), 100);
    header.write('0000000\x000000000\x00', 108, 'latin1');
    header.write(data.length.toString(8).padStart(11, '0'), 124);
    header.write((1_700_000_000).toString(8).padStart(11, '0'), 136);
    header.write('        ', 148);
    header.write(type, 156);
    header.write(target, 157, 100);
    header.write('ustar\x0000', 257, 'latin1');
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    parts.push(header, data, Buffer.alloc((512 - (data.length % 512)) % 512));
  };
  for (const { name, content, target, hardLink, mode = 0o644 } of entries) {
    const data = Buffer.from(content ?? '');
    if (Buffer.byteLength(name) > 100 || /[^\0-\x7f]/.test(name)) {
      const text = ` path=${name}\n`;
      let length = Buffer.byteLength(text) + 2;
      if (String(length).length + Buffer.byteLength(text) !== length) length++;
      add('pax', 'x', Buffer.from(`${length}${text}`), 0o644);
    }
    if (hardLink !== undefined) add(name, '1', Buffer.alloc(0), mode, hardLink);
    else if (target !== undefined) add(name, '2', Buffer.alloc(0), mode, target);
    else if (name.endsWith('/')) add(name, '5', Buffer.alloc(0), mode);
    else add(name, '0', data, mode);
  }
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}
