import { errorText } from '../program/errors.ts';
import { lines } from '../program/input.ts';
import { parseOptions } from '../program/options.ts';
import { describeContent, type Described } from '../files/magic.ts';
import { type Program, type ProgramContext, UsageError } from '../program/program.ts';
import { FileType, type Status, status, typeOf } from '../files/stat.ts';
import { decodeText } from '../text/text.ts';
import { displayWidth } from '../text/width.ts';

const SPECS = {
  brief: { short: 'b', long: 'brief' },
  mime: { short: 'i', long: 'mime' },
  mimeType: { long: 'mime-type' },
  mimeEncoding: { long: 'mime-encoding' },
  follow: { short: 'L', long: 'dereference' },
  noFollow: { short: 'h', long: 'no-dereference' },
  filesFrom: { short: 'f', long: 'files-from', value: 'required' },
  separator: { short: 'F', long: 'separator', value: 'required' },
  noPad: { short: 'N', long: 'no-pad' },
} as const;

const HEAD_BYTES = 64 * 1024;

function describe(context: ProgramContext, path: string, follow: boolean): Described {
  const { files } = context.system;
  if (path === '-') return content(context, 0, undefined);
  const found = status(files, path, follow);
  if (typeof found === 'number')
    return { text: `cannot open \`${path}' (${errorText(found)})`, mime: 'cannot open', encoding: 'binary' };
  const special = describeSpecial(context, path, found);
  if (special) return special;
  const fd = files.open(path, 0, 0);
  if (fd < 0)
    return { text: `regular file, no read permission`, mime: 'application/octet-stream', encoding: 'binary' };
  const described = content(context, fd, found);
  files.close(fd);
  return described;
}

function describeSpecial(context: ProgramContext, path: string, found: Status): Described | undefined {
  const special = (text: string, mime: string): Described => ({
    text,
    mime: `inode/${mime}`,
    encoding: 'binary',
  });
  switch (typeOf(found)) {
    case FileType.directory:
      return special(found.mode & 0o1000 ? 'sticky, directory' : 'directory', 'directory');
    case FileType.link: {
      const target = context.system.files.readlink(path);
      const name = typeof target === 'number' ? '' : decodeText(target);
      const broken = typeof status(context.system.files, path, true) === 'number';
      return special(`${broken ? 'broken symbolic link' : 'symbolic link'} to ${name}`, 'symlink');
    }
    case FileType.fifo:
      return special('fifo (named pipe)', 'fifo');
    case FileType.socket:
      return special('socket', 'socket');
    case FileType.character:
      return special(`character special (${found.rdev >> 8}/${found.rdev & 255})`, 'chardevice');
    default:
      return found.size === 0 && found.mode !== 0 && !path.startsWith('/proc/')
        ? special('empty', 'x-empty')
        : undefined;
  }
}

function content(context: ProgramContext, fd: number, found: Status | undefined): Described {
  const head = new Uint8Array(HEAD_BYTES);
  let length = 0;
  while (length < head.length) {
    const count = context.system.files.read(fd, head.subarray(length), null);
    if (count <= 0) break;
    length += count;
  }
  return describeContent(head.slice(0, length), ((found?.mode ?? 0) & 0o111) !== 0);
}

export const file: Program = {
  name: 'file',
  usage: 'file [OPTION]... FILE...',
  help: `Say what kind of file each is.

  -b, --brief          without names
  -i, --mime           MIME types; --mime-type, --mime-encoding only that
  -L, --dereference    follow links
  -f, --files-from=FILE  names from a file
  -F, --separator=TEXT   after names (:)    -N, --no-pad`,
  usageStatus: 1,
  main(context) {
    const { has, value, operands } = parseOptions(context.args, SPECS);
    const from = value('filesFrom');
    const paths = [...operands];
    if (from !== undefined) {
      const fd = from === '-' ? 0 : context.system.files.open(from, 0, 0);
      if (fd < 0) throw new UsageError(`cannot open \`${from}'`);
      paths.push(...lines(context.system.files, fd, from));
    }
    if (paths.length === 0) throw new UsageError('missing file operand');
    const width = has('noPad') ? 0 : Math.max(...paths.map(displayWidth));
    const separator = value('separator') ?? ':';
    for (const path of paths) {
      const { text, mime, encoding } = describe(context, path, has('follow'));
      const shown = has('mimeType')
        ? mime
        : has('mimeEncoding')
          ? encoding
          : has('mime')
            ? `${mime}; charset=${encoding}`
            : text;
      const name = path === '-' ? '/dev/stdin' : path;
      context.stdout.write(
        has('brief')
          ? `${shown}\n`
          : `${name}${separator} ${' '.repeat(Math.max(0, width - displayWidth(path)))}${shown}\n`,
      );
    }
    return 0;
  },
};
