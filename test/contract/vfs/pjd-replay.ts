/** Replays the calls that pjdfstest made on Linux and compares every answer. */
import { errnoName } from '../../../src/base/errno.ts';
import { type FileSystem, StatField } from '../../../vfs/file-system.ts';
import * as modes from '../../../vfs/mode.ts';

/** cwd below the test's folder, umask, arguments, what Linux answered, whether node:fs can make the call. */
type Operation = [cwd: string, umask: string, words: string[], wanted: string, counted: 0 | 1];
export interface Trace {
  tests: { t: string; ops: Operation[] }[];
}

export interface ReplayResult {
  /** Calls that node:fs can make too: the figure that others are measured by. */
  passed: number;
  /** Calls as another user, mknod, bind: beyond what node:fs can make. */
  passedBeyond: number;
  /** pathconf, connect and wild pointers: no calls of a file system. */
  skipped: number;
  failed: string[];
  /** Tests of which a call beyond was answered differently. */
  failedBeyond: Set<string>;
}

const FLAGS: Record<string, number> = {
  '': 0,
  O_RDONLY: 0,
  O_WRONLY: modes.O_WRONLY,
  O_RDWR: modes.O_RDWR,
  O_CREAT: modes.O_CREAT,
  O_EXCL: modes.O_EXCL,
  O_TRUNC: modes.O_TRUNC,
  O_NONBLOCK: modes.O_NONBLOCK,
  O_NOFOLLOW: modes.O_NOFOLLOW,
};
const TYPES: Record<number, string> = {
  [modes.S_IFREG]: 'regular',
  [modes.S_IFDIR]: 'dir',
  [modes.S_IFLNK]: 'symlink',
  [modes.S_IFIFO]: 'fifo',
  [modes.S_IFSOCK]: 'socket',
  [modes.S_IFBLK]: 'block',
  [modes.S_IFCHR]: 'char',
};
const NODE_TYPES: Record<string, number> = {
  f: modes.S_IFIFO,
  b: modes.S_IFBLK,
  c: modes.S_IFCHR,
};
/** Fields that name a moment or a number of the machine that was recorded. */
const UNSTABLE = new Set(['inode', 'ctime', 'atime_ns', 'mtime_ns', 'ctime_ns']);
const RECORDED_NOW = [1.6e9, 1.87e9] as const;
/** Tests that were recorded with another umask than they ran with. */
const RAN_WITH_UMASK_0 = new Set(['rename/21.t', 'open/02.t']);
const ANYTHING = '#';

const number = (text: string): number => (/^0\d/.test(text) ? parseInt(text, 8) : Number(text));
const flagsOf = (text: string): number =>
  text.split(',').reduce((flags, name) => flags | (FLAGS[name] ?? NaN), 0);

export function replay(fs: FileSystem, trace: Trace): ReplayResult {
  const result: ReplayResult = {
    passed: 0,
    passedBeyond: 0,
    skipped: 0,
    failed: [],
    failedBeyond: new Set(),
  };
  for (const test of trace.tests) {
    const root = `/${test.t.replaceAll('/', '_')}`;
    fs.mkdir(root, 0o777);
    for (const [index, operation] of test.ops.entries()) {
      if (RAN_WITH_UMASK_0.has(test.t)) operation[1] = '0';
      const verdict = replayOne(fs, root, operation);
      if (verdict === undefined) result.skipped++;
      else if (verdict !== '' && operation[4] === 1) result.failed.push(`${test.t} #${index}: ${verdict}`);
      else if (verdict !== '') result.failedBeyond.add(test.t);
      else if (operation[4] === 1) result.passed++;
      else result.passedBeyond++;
    }
    fs.chdir('/');
  }
  return result;
}

/** '' when equal, undefined when it is no call of a file system. */
function replayOne(fs: FileSystem, root: string, [cwd, umask, words, wanted]: Operation): string | undefined {
  const { calls, uid, gid, groups, mask } = parse(words, umask);
  if (wanted === 'EFAULT' || ['pathconf', 'connect'].includes(calls[0]?.[0] ?? '')) return undefined;
  fs.setCredentials({ uid: 0, gid: 0, groups: [] });
  fs.chdir(`${root}/${cwd}`);
  fs.setCredentials({ uid, gid, groups, umask: mask });
  const got = new Caller(fs).run(calls);
  fs.setCredentials({ uid: 0, gid: 0, groups: [], umask: 0o022 });
  const fields = /stat$/.test(calls.at(-1)?.[0] ?? '') ? calls.at(-1)?.at(-1)?.split(',') : undefined;
  const equal = fields && !/^E[A-Z]/.test(wanted) ? sameFields(fields, wanted, got) : wanted === got;
  return equal ? '' : `${words.join(' ').slice(0, 100)}: wanted ${wanted}, got ${got}`;
}

function parse(words: string[], umask: string) {
  const options: Record<string, string> = {};
  let at = 0;
  for (; /^-[ugU]$/.test(words[at] ?? ''); at += 2) options[words[at] as string] = words[at + 1] as string;
  if (words[at] === '--') at++;
  const calls: string[][] = [[]];
  for (const word of words.slice(at)) {
    if (word === ':') calls.push([]);
    else calls.at(-1)?.push(word);
  }
  const [gid = 0, ...groups] = (options['-g'] ?? '0').split(',').map(Number);
  return { calls, uid: Number(options['-u'] ?? 0), gid, groups, mask: parseInt(options['-U'] ?? umask, 8) };
}

function sameFields(fields: string[], wanted: string, got: string): boolean {
  const wantedFields = wanted.split(',');
  const gotFields = got.split(',');
  return fields.every((field, index) => {
    const value = wantedFields[index] ?? '';
    const seconds = Number(value);
    const then = /time$/.test(field) && seconds > RECORDED_NOW[0] && seconds < RECORDED_NOW[1];
    return UNSTABLE.has(field) || then || value === gotFields[index];
  });
}

class Caller {
  readonly fs: FileSystem;
  readonly opened: number[] = [];
  readonly stat = new Float64Array(StatField.count);

  constructor(fs: FileSystem) {
    this.fs = fs;
  }

  /** What the last call answers: a number, fields, or the name of the first failure. */
  run(calls: string[][]): string {
    let answer = '0';
    for (const [name = '', ...args] of calls) {
      const result = this.call(name, args as [string, string, string]);
      answer = typeof result === 'string' ? result : result < 0 ? (errnoName(result) ?? `${result}`) : '0';
      if (typeof result === 'number' && result < 0) break;
    }
    for (const ofd of this.opened) this.fs.close(ofd);
    return answer;
  }

  call(name: string, args: [string, string, string, ...string[]]): number | string {
    const { fs } = this;
    const [path, second, third] = args;
    switch (name) {
      case 'open':
        return this.open(path, flagsOf(second), third === undefined ? 0o666 : number(third));
      case 'create':
        return this.open(path, modes.O_CREAT | modes.O_EXCL, number(second));
      case 'unlink':
      case 'rmdir':
        return fs[name](path);
      case 'link':
      case 'symlink':
      case 'rename':
        return fs[name](path, second);
      case 'mkdir':
        return fs.mkdir(path, number(second));
      case 'mkfifo':
        return fs.mknod(path, modes.S_IFIFO | number(second), 0);
      case 'bind':
        return fs.mknod(path, modes.S_IFSOCK | 0o777, 0);
      case 'mknod':
        return fs.mknod(path, (NODE_TYPES[second] ?? 0) | number(third), rdevOf(args[3], args[4]));
      case 'chmod':
        return fs.chmod(path, number(second), true);
      case 'chown':
      case 'lchown':
        return fs.chown(path, Number(second), Number(third), name === 'chown');
      case 'truncate':
        return fs.truncate(path, Number(second));
      case 'stat':
      case 'lstat':
        return fs[name](path, this.stat, 0) || this.fields(second);
      case 'utimensat':
        return fs.utimes(second, timeOf(args[2], args[3]), timeOf(args[4], args[5]), true);
      default:
        return this.callOpened(name, this.opened[Number(path)] ?? -1, args);
    }
  }

  callOpened(name: string, ofd: number, [, second, third]: string[]): number | string {
    const { fs } = this;
    const bytes = new TextEncoder().encode(second);
    switch (name) {
      case 'write':
        return Math.min(fs.write(ofd, bytes, null), 0);
      case 'fchmod':
        return fs.fchmod(ofd, number(second ?? ''));
      case 'fchown':
        return fs.fchown(ofd, Number(second), Number(third));
      case 'ftruncate':
        return fs.ftruncate(ofd, Number(second));
      case 'fstat':
        return fs.fstat(ofd, this.stat, 0) || this.fields(second ?? '');
      case 'pread': {
        const into = new Uint8Array(Number(second));
        return new TextDecoder().decode(into.subarray(0, fs.read(ofd, into, Number(third))));
      }
      default:
        throw new Error(`unknown call ${name}`);
    }
  }

  open(path: string, flags: number, mode: number): number {
    const ofd = this.fs.open(path, flags, mode);
    if (ofd >= 0) this.opened.push(ofd);
    return ofd;
  }

  fields(names: string): string {
    return names
      .split(',')
      .map((name) => this.field(name))
      .join(',');
  }

  field(name: string): string {
    const mode = this.stat[StatField.mode] ?? 0;
    switch (name) {
      case 'type':
        return TYPES[mode & modes.S_IFMT] ?? ANYTHING;
      case 'mode':
        return `0${(mode & modes.MODE_BITS).toString(8).padStart(3, '0')}`;
      case 'nlink':
      case 'uid':
      case 'gid':
      case 'size':
        return String(this.stat[StatField[name]]);
      case 'atime':
      case 'mtime':
        return String(this.stat[StatField[`${name}Sec`]]);
      case 'major':
        return String((this.stat[StatField.rdev] ?? 0) >> 8);
      case 'minor':
        return String((this.stat[StatField.rdev] ?? 0) & 0xff);
      case 'flags':
        return 'none';
      default:
        if (UNSTABLE.has(name)) return ANYTHING;
        throw new Error(`unknown field ${name}`);
    }
  }
}

const rdevOf = (major = '0', minor = '0') => Number(major) * 256 + Number(minor);

const timeOf = (seconds = '0', nanoseconds = '0') => ({
  seconds: Number(seconds),
  nanoseconds: Number(nanoseconds),
});
