/**
 * What every mounted file system must do, run over each of them in Node and in the browser. A check is given a backend
 * that holds `fixture` and may change it if its capabilities allow. What they do not allow must be refused.
 */
import { Errno } from '../../../src/base/errno.ts';
import {
  type Backend,
  type BackendFile,
  type Capabilities,
  type OpenMode,
  READ,
} from '../../../vfs/backends/backend.ts';
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '../../../vfs/mode.ts';

const BIG_BYTES = 300_000;
const WRITE: OpenMode = { write: true, create: true, exclusive: false, truncate: true, mode: 0o644 };

export const bigContent = Uint8Array.from(
  { length: BIG_BYTES },
  (_, index) => (index * 31 + (index >> 8)) & 255,
);
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Files of the fixture by path; `link` is a symbolic link where there are some. */
export const fixture: Record<string, Uint8Array> = {
  'hello.txt': bytesOf('hello, world\n'),
  'empty.txt': new Uint8Array(0),
  'directory/inner.txt': bytesOf('inner'),
  'directory/deep/big.bin': bigContent,
  'directory/nämé with spaces.txt': bytesOf('ünïcode'),
};
export const LINK = { path: 'directory/link', target: 'deep/big.bin' };

export interface Check {
  name: string;
  run(backend: Backend, can: Capabilities): Promise<void>;
}

function same(actual: unknown, expected: unknown, what: string): void {
  const [a, b] = [actual, expected].map((value) => JSON.stringify(value));
  if (a !== b) throw new Error(`${what}: ${a} instead of ${b}`);
}

function value<Value>(answer: Value | number, what: string): Value {
  if (typeof answer === 'number') throw new Error(`${what}: ${answer}`);
  return answer;
}

async function opened(backend: Backend, path: string, mode = READ): Promise<BackendFile> {
  return value(await backend.open(path, mode), `open ${path}`);
}

async function contentOf(backend: Backend, path: string): Promise<Uint8Array> {
  const file = await opened(backend, path);
  const { size } = value(await file.attributes(), 'attributes');
  const into = new Uint8Array(size + 10);
  let length = 0;
  for (let count = 1; count > 0; length += count) {
    count = await file.read(into.subarray(length), length);
    if (count < 0) throw new Error(`read ${path}: ${count}`);
  }
  await file.close();
  return into.slice(0, length);
}

const sameBytes = (actual: Uint8Array, expected: Uint8Array, what: string): void => {
  same(actual.length, expected.length, `${what}, length`);
  same(
    actual.findIndex((byte, index) => byte !== expected[index]),
    -1,
    `${what}, first byte that differs`,
  );
};

async function write(backend: Backend, path: string, content: Uint8Array): Promise<void> {
  const file = await opened(backend, path, WRITE);
  for (let done = 0; done < content.length;) {
    const count = await file.write(content.subarray(done), done);
    if (count <= 0) throw new Error(`write ${path}: ${count}`);
    done += count;
  }
  same(await file.close(), 0, 'close');
}

const names = async (backend: Backend, path: string): Promise<string[]> =>
  value(await backend.list(path), `list ${path || '/'}`)
    .map(({ name }) => name)
    .sort();

const reading: Check[] = [
  {
    name: 'files are found with their type and size, and read whole',
    async run(backend) {
      for (const [path, content] of Object.entries(fixture)) {
        const found = value(await backend.lookup(path), path);
        same(found.mode & S_IFMT, S_IFREG, `type of ${path}`);
        same(found.size, content.length, `size of ${path}`);
        sameBytes(await contentOf(backend, path), content, path);
      }
    },
  },
  {
    name: 'reads at any position, at the end and beyond it',
    async run(backend) {
      const file = await opened(backend, 'directory/deep/big.bin');
      const into = new Uint8Array(1000);
      for (const position of [0, 1, 65_535, 299_500, 7, BIG_BYTES - 1]) {
        const expected = bigContent.subarray(position, position + into.length);
        const count = await file.read(into, position);
        sameBytes(into.subarray(0, count), expected, `at ${position}`);
      }
      same(await file.read(into, BIG_BYTES), 0, 'at the end');
      same(await file.read(into, BIG_BYTES + 100_000), 0, 'beyond the end');
      same(await file.close(), 0, 'close');
    },
  },
  {
    name: 'a path that is not there is ENOENT, through a file ENOTDIR, a directory opened EISDIR',
    async run(backend, can) {
      same(await backend.lookup('none'), -Errno.ENOENT, 'lookup');
      same(await backend.open('none', READ), -Errno.ENOENT, 'open');
      if (!can.listing) return; // such a backend knows nothing of directories
      same(await backend.lookup('directory/none/none'), -Errno.ENOENT, 'lookup below nothing');
      same(await backend.lookup('hello.txt/below'), -Errno.ENOTDIR, 'lookup through a file');
      same(await backend.open('directory', READ), -Errno.EISDIR, 'open of a directory');
      same(await backend.list('hello.txt'), -Errno.ENOTDIR, 'list of a file');
      same(await backend.list('none'), -Errno.ENOENT, 'list of nothing');
    },
  },
  {
    name: 'directories list each name once, with its type',
    async run(backend, can) {
      if (!can.listing) {
        same(await backend.list(''), -Errno.ENOTSUP, 'list');
        return;
      }
      same(await names(backend, ''), ['directory', 'empty.txt', 'hello.txt'], 'root');
      const links = can.symlinks ? ['link'] : [];
      same(
        await names(backend, 'directory'),
        ['deep', 'inner.txt', ...links, 'nämé with spaces.txt'],
        'directory',
      );
      const types = new Map(
        value(await backend.list('directory'), 'list').map((entry) => [entry.name, entry.type]),
      );
      same([types.get('deep'), types.get('inner.txt')], [2, 1], 'types');
      same(value(await backend.lookup('directory'), 'lookup').mode & S_IFMT, S_IFDIR, 'type');
    },
  },
  {
    name: 'links are themselves and tell their target',
    async run(backend, can) {
      same(await backend.readlink('hello.txt'), -Errno.EINVAL, 'readlink of a file');
      if (!can.symlinks) return;
      same(value(await backend.lookup(LINK.path), 'lookup').mode & S_IFMT, S_IFLNK, 'type');
      same(await backend.readlink(LINK.path), LINK.target, 'target');
    },
  },
];

/** Every change, each of which a read-only backend refuses. */
const changes: [string, (backend: Backend) => Promise<unknown>][] = [
  ['open for writing', (backend) => backend.open('hello.txt', { ...WRITE, create: false })],
  ['create', (backend) => backend.open('new', WRITE)],
  ['mkdir', (backend) => backend.mkdir('new', 0o755)],
  ['rmdir', (backend) => backend.rmdir('directory')],
  ['unlink', (backend) => backend.unlink('hello.txt')],
  ['rename', (backend) => backend.rename('hello.txt', 'new')],
  ['link', (backend) => backend.link('hello.txt', 'new')],
  ['symlink', (backend) => backend.symlink('hello.txt', 'new')],
  ['chmod', (backend) => backend.chmod('hello.txt', 0o600)],
  ['chown', (backend) => backend.chown('hello.txt', 1, 1)],
  ['utimes', (backend) => backend.utimes('hello.txt', 0, 0)],
];

const refusing: Check[] = [
  {
    name: 'what cannot be done is refused: EROFS where nothing can be changed, else ENOTSUP',
    async run(backend, can) {
      if (!can.writable) {
        for (const [what, change] of changes) same(await change(backend), -Errno.EROFS, what);
        return;
      }
      const able: Record<string, boolean> = {
        link: can.hardLinks,
        symlink: can.symlinks,
        chmod: can.modes,
        chown: can.owners,
        utimes: can.times,
      };
      for (const [what, change] of changes) {
        if (able[what] === false) same(await change(backend), -Errno.ENOTSUP, what);
      }
    },
  },
];

refusing.push(
  {
    name: 'what cannot be done to an open file is refused alike',
    async run(backend, can) {
      const file = await opened(backend, 'hello.txt', can.writable ? { ...WRITE, truncate: false } : READ);
      const changes: [string, boolean, () => Promise<number>][] = [
        ['fchmod', can.modes, () => file.chmod(0o600)],
        ['fchown', can.owners, () => file.chown(1, 1)],
        ['futimes', can.times, () => file.utimes(0, 0)],
      ];
      for (const [what, possible, change] of changes) {
        if (!can.writable) same(await change(), -Errno.EROFS, what);
        else if (!possible) same(await change(), -Errno.ENOTSUP, what);
      }
      if (!can.writable) {
        same(await file.write(bytesOf('x'), 0), -Errno.EBADF, 'write');
        same(await file.truncate(0), -Errno.EINVAL, 'ftruncate');
      }
      same(await file.sync(), 0, 'fsync');
      same(await file.close(), 0, 'close');
      sameBytes(await contentOf(backend, 'hello.txt'), bytesOf('hello, world\n'), 'contents');
    },
  },
  {
    name: 'space is told, or not known: no blocks',
    async run(backend) {
      const { blockBytes, blocks, free } = value(await backend.space(), 'space');
      same([blockBytes > 0, free <= blocks], [true, true], 'figures');
    },
  },
);

/** Only where the backend can be written to. */
const writing: Check[] = [
  {
    name: 'files are made, written over, extended with a hole and cut',
    async run(backend) {
      await write(backend, 'new', bigContent);
      sameBytes(await contentOf(backend, 'new'), bigContent, 'new');
      const file = await opened(backend, 'new', { ...WRITE, truncate: false });
      same(await file.write(bytesOf('xyz'), 1000), 3, 'write in the middle');
      const into = new Uint8Array(5);
      await file.read(into, 999);
      same([...into], [bigContent[999], 120, 121, 122, bigContent[1003]], 'read of what was written');
      same(await file.truncate(1002), 0, 'cut');
      same(value(await backend.lookup('new'), 'lookup').size, 1002, 'size');
      same(await file.write(bytesOf('!'), 2000), 1, 'write beyond the end');
      same(await file.sync(), 0, 'sync');
      same(await file.close(), 0, 'close');
      const expected = new Uint8Array(2001);
      expected.set(bigContent.subarray(0, 1000));
      expected.set(bytesOf('xy'), 1000);
      expected[2000] = 33;
      sameBytes(await contentOf(backend, 'new'), expected, 'after all');
    },
  },
  {
    name: 'O_EXCL and O_TRUNC on what is there',
    async run(backend) {
      same(await backend.open('hello.txt', { ...WRITE, exclusive: true }), -Errno.EEXIST, 'exclusive');
      await (await opened(backend, 'hello.txt', WRITE)).close();
      same(value(await backend.lookup('hello.txt'), 'lookup').size, 0, 'size after truncation');
      same(await backend.open('none/new', WRITE), -Errno.ENOENT, 'create below nothing');
      same(await backend.open('empty.txt/new', WRITE), -Errno.ENOTDIR, 'create below a file');
    },
  },
  {
    name: 'directories are made and removed, full ones not',
    async run(backend) {
      same(await backend.mkdir('made', 0o755), 0, 'mkdir');
      same(await backend.mkdir('made', 0o755), -Errno.EEXIST, 'mkdir again');
      same(await backend.mkdir('none/made', 0o755), -Errno.ENOENT, 'mkdir below nothing');
      await write(backend, 'made/file', bytesOf('1'));
      same(await backend.rmdir('made'), -Errno.ENOTEMPTY, 'rmdir of a full one');
      same(await backend.rmdir('made/file'), -Errno.ENOTDIR, 'rmdir of a file');
      same(await backend.unlink('made'), -Errno.EISDIR, 'unlink of a directory');
      same(await backend.unlink('made/file'), 0, 'unlink');
      same(await backend.rmdir('made'), 0, 'rmdir');
      same(await backend.lookup('made'), -Errno.ENOENT, 'lookup');
    },
  },
  {
    name: 'files that were there are removed, and stay away',
    async run(backend) {
      same(await backend.unlink('directory/inner.txt'), 0, 'unlink');
      same(await backend.unlink('directory/inner.txt'), -Errno.ENOENT, 'again');
      same(await backend.lookup('directory/inner.txt'), -Errno.ENOENT, 'lookup');
      same((await names(backend, 'directory')).includes('inner.txt'), false, 'listed');
      same(await backend.unlink('directory/deep/big.bin'), 0, 'the other');
      same(await backend.rmdir('directory/deep'), 0, 'rmdir');
      same(await backend.mkdir('directory/deep', 0o755), 0, 'mkdir');
      same(await names(backend, 'directory/deep'), [], 'nothing has come back');
      await write(backend, 'directory/inner.txt', bytesOf('again'));
      sameBytes(await contentOf(backend, 'directory/inner.txt'), bytesOf('again'), 'made anew');
    },
  },
  {
    name: 'files are renamed, also over another',
    async run(backend) {
      same(await backend.rename('hello.txt', 'directory/moved'), 0, 'rename');
      same(await backend.lookup('hello.txt'), -Errno.ENOENT, 'old name');
      sameBytes(await contentOf(backend, 'directory/moved'), bytesOf('hello, world\n'), 'new name');
      same(await backend.rename('directory/moved', 'directory/inner.txt'), 0, 'over another');
      sameBytes(await contentOf(backend, 'directory/inner.txt'), bytesOf('hello, world\n'), 'over another');
      same(await backend.rename('none', 'x'), -Errno.ENOENT, 'of nothing');
    },
  },
  {
    name: 'directories are renamed with all below them',
    async run(backend) {
      same(await backend.rename('directory', 'directory/deep/itself'), -Errno.EINVAL, 'into itself');
      same(await backend.unlink('directory/inner.txt'), 0, 'unlink');
      same(await backend.rename('directory', 'moved'), 0, 'rename');
      same(await names(backend, ''), ['empty.txt', 'hello.txt', 'moved'], 'names');
      sameBytes(await contentOf(backend, 'moved/deep/big.bin'), bigContent, 'below');
      same((await names(backend, 'moved')).includes('inner.txt'), false, 'what had gone');
    },
  },
  {
    name: 'permissions, owners and times are kept',
    async run(backend, can) {
      if (can.modes) {
        same(await backend.chmod('hello.txt', 0o755), 0, 'chmod');
        same(value(await backend.lookup('hello.txt'), 'lookup').mode & 0o777, 0o755, 'mode');
      }
      if (can.times) {
        same(await backend.utimes('hello.txt', 1_000_000, 2_000_000), 0, 'utimes');
        same(value(await backend.lookup('hello.txt'), 'lookup').mtimeMs, 2_000_000, 'mtime');
      }
      if (can.owners) {
        same(await backend.chown('hello.txt', 12, 34), 0, 'chown');
        const { uid, gid } = value(await backend.lookup('hello.txt'), 'lookup');
        same([uid, gid], [12, 34], 'owner');
      }
      sameBytes(await contentOf(backend, 'hello.txt'), bytesOf('hello, world\n'), 'contents');
    },
  },
  {
    name: 'permissions, owners and times of an open file are kept, and a link has times of its own',
    async run(backend, can) {
      const file = await opened(backend, 'hello.txt', { ...WRITE, truncate: false });
      const now = async () => value(await file.attributes(), 'attributes');
      if (can.modes) {
        same(await file.chmod(0o604), 0, 'fchmod');
        same(
          [(await now()).mode & 0o777, value(await backend.lookup('hello.txt'), 'mode').mode & 0o777],
          [0o604, 0o604],
          'mode',
        );
      }
      if (can.owners) {
        same(await file.chown(12, 34), 0, 'fchown');
        same([(await now()).uid, (await now()).gid], [12, 34], 'owner');
      }
      if (can.times) {
        same(await file.utimes(3_000_000, 4_000_500), 0, 'futimes');
        same([(await now()).atimeMs, (await now()).mtimeMs], [3_000_000, 4_000_500], 'times');
      }
      same(await file.close(), 0, 'close');
      if (!can.times || !can.symlinks) return;
      same(await backend.symlink('hello.txt', 'soft'), 0, 'symlink');
      same(await backend.utimes('soft', 5_000_000, 6_000_000), 0, 'lutimes');
      same(value(await backend.lookup('soft'), 'link').mtimeMs, 6_000_000, 'the link');
      same(value(await backend.lookup('hello.txt'), 'file').mtimeMs, 4_000_500, 'the file');
    },
  },
  {
    name: 'links are made',
    async run(backend, can) {
      if (can.symlinks) {
        same(await backend.symlink('hello.txt', 'soft'), 0, 'symlink');
        same(await backend.readlink('soft'), 'hello.txt', 'readlink');
        same(await backend.symlink('x', 'hello.txt'), -Errno.EEXIST, 'symlink over a file');
      }
      if (can.hardLinks) {
        same(await backend.link('hello.txt', 'hard'), 0, 'link');
        await write(backend, 'hello.txt', bytesOf('both'));
        sameBytes(await contentOf(backend, 'hard'), bytesOf('both'), 'by the other name');
        same(value(await backend.lookup('hard'), 'lookup').nlink, 2, 'nlink');
      }
    },
  },
  {
    name: 'a file that is open outlives its name',
    async run(backend, can) {
      if (!can.openUnlinked) return;
      const file = await opened(backend, 'hello.txt', { ...WRITE, truncate: false });
      same(await backend.unlink('hello.txt'), 0, 'unlink');
      const into = new Uint8Array(5);
      same(await file.read(into, 0), 5, 'read');
      same(await file.write(bytesOf('J'), 0), 1, 'write');
      await file.read(into, 0);
      sameBytes(into, bytesOf('Jello'), 'contents');
      await file.close();
    },
  },
];

export const checks: Check[] = [...reading, ...refusing];
export const writingChecks: Check[] = writing;

/** Puts the fixture into an empty backend that can be written to. */
export async function fill(backend: Backend): Promise<void> {
  for (const path of ['directory', 'directory/deep']) same(await backend.mkdir(path, 0o755), 0, path);
  for (const [path, content] of Object.entries(fixture)) await write(backend, path, content);
  if (backend.capabilities.symlinks) same(await backend.symlink(LINK.target, LINK.path), 0, 'link');
}
