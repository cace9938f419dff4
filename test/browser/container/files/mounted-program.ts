/**
 * A program that makes every call of Node's fs once in the folder it is given, and says of each what can be seen of it
 * afterwards, or its error's code. Nothing may say that it is done and have left no trace.
 */
export const EVERY_CALL = `
const fs = require('node:fs');
const net = require('node:net');
const { spawnSync } = require('node:child_process');
const [, , folder, fill] = process.argv;
process.chdir(folder);
if (fill === 'fill') {
  fs.mkdirSync('directory');
  for (const name of ['hello.txt', 'directory/inner.txt']) fs.writeFileSync(name, name);
}
const out = {};
const code = (error) => error.code ?? String(error);
const call = (name, action) => {
  try { out[name] = action() ?? 'done'; } catch (error) { out[name] = code(error); }
};
const later = async (name, action) => {
  try { out[name] = (await action()) ?? 'done'; } catch (error) { out[name] = code(error); }
};
const text = (path) => fs.readFileSync(path, 'utf8');
const withFd = (flags, action, path = 'hello.txt') => {
  const fd = fs.openSync(path, flags);
  try { return action(fd); } finally { fs.closeSync(fd); }
};
const mode = ({ mode }) => (mode & 0o777).toString(8);
const times = ({ atimeMs, mtimeMs }) => [atimeMs, mtimeMs];
const temporary = '/tmp/' + process.pid;
fs.mkdirSync(temporary);

call('stat', () => [fs.statSync('hello.txt').isFile(), fs.statSync('directory').isDirectory(), fs.statSync('hello.txt').size]);
call('bigint stat', () => String(fs.statSync('hello.txt', { bigint: true }).size));
call('readdir', () => fs.readdirSync('.').filter((name) => name !== 'link').sort().join());
call('readdir with types', () => fs.readdirSync('.', { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name).join());
call('readdir, all below', () => fs.readdirSync('.', { recursive: true }).includes('directory/inner.txt'));
call('opendir', () => { const dir = fs.opendirSync('directory'); const { name } = dir.readSync(); dir.closeSync(); return name; });
call('glob', () => fs.globSync('**/*.txt').sort().join());
call('access', () => fs.accessSync('hello.txt', fs.constants.R_OK));
call('access to write', () => fs.accessSync('hello.txt', fs.constants.W_OK));
call('exists', () => [fs.existsSync('hello.txt'), fs.existsSync('none')]);
call('realpath', () => fs.realpathSync('directory/../hello.txt') === folder + '/hello.txt' && fs.realpathSync.native('directory') === folder + '/directory');
call('readlink of a file', () => fs.readlinkSync('hello.txt'));
call('statfs', () => fs.statfsSync('.').bsize > 0);
call('chdir', () => { process.chdir('directory'); const at = [process.cwd() === folder + '/directory', text('inner.txt')]; process.chdir('..'); return at; });
call('read at a position', () => withFd('r', (fd) => { const into = Buffer.alloc(3); return fs.readSync(fd, into, 0, 3, 1) + String(into); }));
call('readv', () => withFd('r', (fd) => { const into = [Buffer.alloc(2), Buffer.alloc(3)]; return fs.readvSync(fd, into, 0) + into.join('|'); }));
call('write to a file open for reading', () => withFd('r', (fd) => fs.writeSync(fd, 'x')));
call('ftruncate of a file open for reading', () => withFd('r', (fd) => fs.ftruncateSync(fd, 1)));
call('fsync', () => withFd('r', (fd) => { fs.fsyncSync(fd); fs.fdatasyncSync(fd); }));
call('copyFile out', () => { fs.copyFileSync('hello.txt', temporary + '/out'); return text(temporary + '/out'); });
call('cp out', () => { fs.cpSync('directory', temporary + '/all', { recursive: true }); return text(temporary + '/all/inner.txt'); });
call('rename out', () => { fs.renameSync('hello.txt', temporary + '/renamed'); fs.renameSync(temporary + '/renamed', 'hello.txt'); });
call('link out', () => { fs.linkSync('hello.txt', temporary + '/linked'); fs.unlinkSync(temporary + '/linked'); });
call('link in', () => { fs.linkSync(temporary + '/out', 'linked'); fs.unlinkSync('linked'); });

call('open to write', () => withFd('r+', () => undefined));
call('open to append', () => withFd('a', () => undefined));
call('writeFile', () => { fs.writeFileSync('new', 'made'); return text('new'); });
call('appendFile', () => { fs.appendFileSync('new', ' longer'); return text('new'); });
call('write at a position', () => { withFd('r+', (fd) => fs.writeSync(fd, 'MA', 0), fill === '' ? 'hello.txt' : 'new'); return text('new'); });
call('writev', () => { withFd('w', (fd) => fs.writevSync(fd, [Buffer.from('a'), Buffer.from('b')]), 'vector'); return text('vector'); });
call('truncate', () => { fs.truncateSync(fill === '' ? 'hello.txt' : 'new', 2); return text('new'); });
call('ftruncate', () => { withFd('r+', (fd) => fs.ftruncateSync(fd, 4), fill === '' ? 'hello.txt' : 'new'); return text('new'); });
call('mkdir', () => { fs.mkdirSync('made'); return fs.statSync('made').isDirectory(); });
call('mkdir, with those above', () => { fs.mkdirSync('deep/er/folder', { recursive: true }); return fs.existsSync('deep/er/folder'); });
call('mkdtemp', () => fs.existsSync(fs.mkdtempSync('temporary-')));
call('copyFile in', () => { fs.copyFileSync(temporary + '/out', 'copied'); return text('copied'); });
call('copyFile', () => { fs.copyFileSync('hello.txt', 'copied too'); return text('copied too'); });
call('cp in', () => { fs.cpSync(temporary + '/all', 'all', { recursive: true }); return text('all/inner.txt'); });
call('rename', () => { fs.renameSync('directory/inner.txt', 'moved'); const at = [text('moved'), fs.existsSync('directory/inner.txt')]; fs.renameSync('moved', 'directory/inner.txt'); return at; });
call('rename over', () => { fs.writeFileSync('over', '1'); fs.writeFileSync('under', '2'); fs.renameSync('over', 'under'); return [text('under'), fs.existsSync('over')]; });
call('link', () => { fs.linkSync('hello.txt', 'linked'); const { nlink } = fs.statSync('hello.txt'); fs.unlinkSync('linked'); return nlink; });
call('symlink', () => { fs.symlinkSync('hello.txt', 'soft'); return [fs.readlinkSync('soft'), text('soft')]; });
call('lutimes', () => {
  const before = fs.statSync('hello.txt').mtimeMs;
  fs.lutimesSync(fs.existsSync('soft') ? 'soft' : 'hello.txt', 100, 200);
  return [times(fs.lstatSync('soft')), fs.statSync('hello.txt').mtimeMs === before];
});
call('chmod', () => { fs.chmodSync('hello.txt', 0o666); return mode(fs.statSync('hello.txt')); });
call('chown', () => { fs.chownSync('hello.txt', process.getuid(), process.getgid()); return fs.statSync('hello.txt').uid === process.getuid(); });
call('lchown', () => fs.lchownSync('hello.txt', process.getuid(), process.getgid()));
call('utimes', () => { fs.utimesSync('hello.txt', 1000, 2000.5); return times(fs.statSync('hello.txt')); });
call('fchmod', () => withFd('r', (fd) => { fs.fchmodSync(fd, 0o606); return [mode(fs.fstatSync(fd)), mode(fs.statSync('hello.txt'))]; }));
call('fchown', () => withFd('r', (fd) => fs.fchownSync(fd, process.getuid(), process.getgid())));
call('futimes', () => withFd('r', (fd) => { fs.futimesSync(fd, 3000, 4000); return [times(fs.fstatSync(fd)), times(fs.statSync('hello.txt'))]; }));
call('chmod of a folder', () => { fs.chmodSync('directory', 0o750); return mode(fs.statSync('directory')); });
call('fchmod of a folder', () => withFd('r', (fd) => { fs.fchmodSync(fd, 0o755); return mode(fs.statSync('directory')); }, 'directory'));
call('mkfifo', () => String(spawnSync('mkfifo', ['pipe']).stderr).trim().split(': ').at(-1) || fs.statSync('pipe').isFIFO());
call('rmdir of a full folder', () => fs.rmdirSync('directory'));
call('rmdir', () => { fs.rmdirSync(fill === '' ? 'directory' : 'made'); return fs.existsSync('made'); });
call('unlink', () => { fs.unlinkSync(fill === '' ? 'hello.txt' : 'new'); return fs.existsSync('new'); });
call('rm', () => { fs.rmSync(fill === '' ? 'directory' : 'deep', { recursive: true }); return fs.existsSync('deep'); });
call('watch', () => { fs.watch('.', { recursive: true }).close(); fs.watch('hello.txt').close(); });

(async () => {
  const { promises } = fs;
  const open = async (flags, action) => {
    const file = await promises.open('hello.txt', flags);
    try { return await action(file); } finally { await file.close(); }
  };
  await later('FileHandle.readFile', () => open('r', (file) => file.readFile('utf8')));
  await later('FileHandle.sync', () => open('r', async (file) => { await file.sync(); await file.datasync(); }));
  await later('FileHandle.chmod', () => open('r', async (file) => { await file.chmod(0o666); return mode(await file.stat()); }));
  await later('FileHandle.chown', () => open('r', (file) => file.chown(process.getuid(), process.getgid())));
  await later('FileHandle.utimes', () => open('r', async (file) => { await file.utimes(5000, 6000); return times(await file.stat()); }));
  await later('FileHandle.write', () => open('r+', async (file) => { await file.write('HE', 0); return text('hello.txt'); }));
  await later('FileHandle.truncate', () => open('r+', async (file) => { await file.truncate(5); return (await file.stat()).size; }));
  await later('promises.rm', async () => { await promises.rm('all', { recursive: true, force: fill === '' }); return fs.existsSync('all'); });
  await later('createReadStream', async () => { let all = ''; for await (const part of fs.createReadStream('directory/inner.txt')) all += part; return all; });
  await later('createWriteStream', () => new Promise((resolve, reject) => {
    fs.createWriteStream('streamed').on('error', reject).on('finish', () => resolve(text('streamed'))).end('streamed');
  }));
  await later('a socket', () => new Promise((resolve, reject) => {
    const server = net.createServer().on('error', reject).listen('socket', () => { const made = fs.statSync('socket').isSocket(); server.close(() => resolve(made)); });
  }));
  console.log(JSON.stringify(out));
})();
`;

export type Answers = Record<string, unknown>;

const READ: Answers = {
  stat: [true, true, 9],
  'bigint stat': '9',
  readdir: 'directory,hello.txt',
  'readdir with types': 'directory',
  'readdir, all below': true,
  opendir: 'inner.txt',
  glob: 'directory/inner.txt,hello.txt',
  access: 'done',
  exists: [true, false],
  realpath: true,
  'readlink of a file': 'EINVAL',
  statfs: true,
  chdir: [true, 'directory/inner.txt'],
  'read at a position': '3ell',
  readv: '5he|llo',
  'write to a file open for reading': 'EBADF',
  'ftruncate of a file open for reading': 'EINVAL',
  fsync: 'done',
  'copyFile out': 'hello.txt',
  'cp out': 'directory/inner.txt',
  'rename out': 'EXDEV',
  'link out': 'EXDEV',
  'link in': 'EXDEV',
  watch: 'done',
  'FileHandle.sync': 'done',
  createReadStream: 'directory/inner.txt',
};

const WRITTEN: Answers = {
  'access to write': 'done',
  'open to write': 'done',
  'open to append': 'done',
  writeFile: 'made',
  appendFile: 'made longer',
  'write at a position': 'MAde longer',
  writev: 'ab',
  truncate: 'MA',
  ftruncate: 'MA\0\0',
  mkdir: true,
  'mkdir, with those above': true,
  mkdtemp: true,
  'copyFile in': 'hello.txt',
  copyFile: 'hello.txt',
  'cp in': 'directory/inner.txt',
  rename: ['directory/inner.txt', false],
  'rename over': ['1', false],
  'rmdir of a full folder': 'ENOTEMPTY',
  rmdir: false,
  unlink: false,
  rm: false,
  'FileHandle.readFile': 'hello.txt',
  'FileHandle.write': 'HEllo.txt',
  'FileHandle.truncate': 5,
  'promises.rm': false,
  createWriteStream: 'streamed',
  mkfifo: 'Operation not supported',
  'a socket': 'ENOTSUP',
};

const LINKS: Answers = { link: 2, symlink: ['hello.txt', 'hello.txt'] };
const ATTRIBUTES: Answers = {
  lutimes: [[100_000, 200_000], true],
  chmod: '666',
  chown: true,
  lchown: 'done',
  utimes: [1_000_000, 2_000_500],
  fchmod: ['606', '606'],
  fchown: 'done',
  futimes: [
    [3_000_000, 4_000_000],
    [3_000_000, 4_000_000],
  ],
  'chmod of a folder': '750',
  'fchmod of a folder': '755',
  'FileHandle.chmod': '666',
  'FileHandle.chown': 'done',
  'FileHandle.utimes': [5_000_000, 6_000_000],
};

const all = (answers: Answers, value: string): Answers =>
  Object.fromEntries(Object.keys(answers).map((name) => [name, value]));

/** Everything works, but making what is no file. */
export const ABLE: Answers = { ...READ, ...WRITTEN, ...LINKS, ...ATTRIBUTES };
/** Files and folders, without links, permissions, owners and settable times. */
export const PLAIN: Answers = { ...ABLE, ...all(LINKS, 'ENOTSUP'), ...all(ATTRIBUTES, 'ENOTSUP') };
/** Nothing can be changed. */
export const READ_ONLY: Answers = {
  ...all({ ...WRITTEN, ...LINKS, ...ATTRIBUTES }, 'EROFS'),
  ...READ,
  'FileHandle.readFile': 'hello.txt',
  mkfifo: 'Read-only file system',
  // As Node: what stat says of the first folder that could not be made.
  'mkdir, with those above': 'ENOENT',
  // There is nothing to remove, and it was told to be content with that.
  'promises.rm': false,
};
