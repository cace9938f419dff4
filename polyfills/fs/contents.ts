/** Whole files in one call: the fast paths of readFileSync and writeFileSync for UTF-8 text. */
import { Errno } from '../../src/base/errno.ts';
import type { Path } from '../system.ts';
import type { FileBindingBase } from './shared.ts';
import { utf8Decode } from '../text/utf8.ts';
import { encodeBriefly, Encoding } from './text.ts';

const Bytes = Uint8Array;
const O_RDONLY = 0;

/** Files up to this size are read as text without a buffer of their own. */
const SCRATCH_BYTES = 256 * 1024;
const scratch = new Bytes(SCRATCH_BYTES);

const S_IFMT = 0o170000;
const S_IFREG = 0o100000;

/** First read from a descriptor whose size is not known (Node's), and how far the buffer grows at a time. */
const FIRST_READ_BYTES = 64 * 1024;
const GROWTH_BYTES_MAX = 8 * 1024 * 1024;

/** Failures of a whole-file write that arise after the file was opened. */
function isWriteFailure(errno: number): boolean {
  return errno === -Errno.ENOSPC || errno === -Errno.EFBIG || errno === -Errno.EIO || errno === -Errno.EDQUOT;
}

export function createContentCalls(base: FileBindingBase) {
  const { files, figures, failure } = base;

  /** Everything from the current position to the end; or -errno. */
  function readToEnd(fd: number): Uint8Array<ArrayBuffer> | number {
    let capacity = FIRST_READ_BYTES;
    const { statValues } = figures;
    if (files.fstat(fd, statValues, 0) >= 0 && ((statValues[1] as number) & S_IFMT) === S_IFREG) {
      capacity = (statValues[8] as number) + 1; // one more, so that the end is met without growing
    }
    let buffer = new Bytes(capacity);
    let length = 0;
    for (;;) {
      if (length === buffer.length) {
        const growth = length < GROWTH_BYTES_MAX ? length : GROWTH_BYTES_MAX;
        const larger = new Bytes(length + (growth > FIRST_READ_BYTES ? growth : FIRST_READ_BYTES));
        larger.set(buffer);
        buffer = larger;
      }
      const result = files.read(fd, new Bytes(buffer.buffer, length), null);
      if (result < 0) return result;
      if (result === 0) return new Bytes(buffer.buffer, 0, length);
      length += result;
    }
  }

  /**
   * The rest of a file as text. What fits is read into a buffer that is kept: in a browser making a fresh one of
   * 64 KB costs several times what the read does.
   */
  function readText(fd: number): string {
    let length = 0;
    while (length < scratch.length) {
      const into = length === 0 ? scratch : new Bytes(scratch.buffer, length);
      const result = files.read(fd, into, null);
      if (result < 0) throw failure(result, 'read');
      if (result === 0) return utf8Decode(scratch, 0, length);
      length += result;
    }
    const head = new Bytes(scratch);
    const rest = readToEnd(fd);
    if (typeof rest === 'number') throw failure(rest, 'read');
    const all = new Bytes(head.length + rest.length);
    all.set(head);
    all.set(rest, head.length);
    return utf8Decode(all, 0, all.length);
  }

  /** All of `bytes` at the current position; 0 or -errno. */
  function writeAll(fd: number, bytes: Uint8Array): number {
    for (let written = 0; written < bytes.length;) {
      const rest =
        written === 0 ? bytes : new Bytes(bytes.buffer, bytes.byteOffset + written, bytes.length - written);
      const result = files.write(fd, rest, null);
      if (result < 0) return result;
      written += result;
    }
    return 0;
  }

  return {
    readFileUtf8(file: Path | number, flags: number): string {
      if (typeof file === 'number') return readText(file);
      const fd = files.open(file, flags, 0o666);
      if (fd < 0) throw failure(fd, 'open', file);
      try {
        return readText(fd);
      } finally {
        files.close(fd);
      }
    },
    writeFileUtf8(file: Path | number, text: string, flags: number, mode: number): undefined {
      const bytes = encodeBriefly(text, Encoding.utf8);
      if (typeof file === 'number') {
        const result = writeAll(file, bytes);
        if (result < 0) throw failure(result, 'write');
        return undefined;
      }
      const result = files.writeFile(file, bytes, flags, mode);
      if (result < 0) {
        throw isWriteFailure(result) ? failure(result, 'write') : failure(result, 'open', file);
      }
      return undefined;
    },
    /** 1 when the file starts with WebAssembly's magic number, else 0 (JavaScript). */
    getFormatOfExtensionlessFile(path: Path): number {
      const fd = files.open(path, O_RDONLY, 0);
      if (fd < 0) return 0;
      const magic = new Bytes(4);
      const result = files.read(fd, magic, 0);
      files.close(fd);
      if (result < 4) return 0;
      return magic[0] === 0 && magic[1] === 0x61 && magic[2] === 0x73 && magic[3] === 0x6d ? 1 : 0;
    },
  };
}
