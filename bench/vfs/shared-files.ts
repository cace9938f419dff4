import { errnoName } from '../../src/base/errno.ts';
import { attach, type SharedFileSystem } from '../../vfs/attach.ts';
import { StatField } from '../../vfs/file-system.ts';
import { format, type FormatOptions } from '../../vfs/format.ts';
import { O_APPEND, O_CREAT, O_RDWR, O_TRUNC, O_WRONLY } from '../../vfs/mode.ts';
import type { BenchFiles } from './workload.ts';

const figures = new Float64Array(StatField.count);
const decoder = new TextDecoder();

function check(result: number): number {
  if (result < 0) throw new Error(errnoName(result) ?? String(result));
  return result;
}

function whole(result: Uint8Array | number): Uint8Array {
  if (typeof result === 'number') throw new Error(errnoName(result) ?? String(result));
  return result;
}

/** The contract's calls, with the least that turns errors into exceptions. */
export function sharedFiles(fs: SharedFileSystem): BenchFiles {
  return {
    stat: (path) => void check(fs.stat(path, figures, 0)),
    exists: (path) => fs.access(path, 0) === 0,
    readFile: (path) => whole(fs.readFile(path)),
    readText: (path) => decoder.decode(whole(fs.readFile(path))),
    writeFile: (path, data) => void check(fs.writeFile(path, data, O_WRONLY | O_CREAT | O_TRUNC, 0o666)),
    appendFile: (path, data) => void check(fs.writeFile(path, data, O_WRONLY | O_CREAT | O_APPEND, 0o666)),
    open: (path, writable) => check(fs.open(path, writable ? O_RDWR : 0, 0)),
    close: (file) => void check(fs.close(file)),
    read: (file, into, position) => check(fs.read(file, into, position)),
    write: (file, from, position) => check(fs.write(file, from, position)),
    fstat: (file) => void check(fs.fstat(file, figures, 0)),
    readdir(path) {
      const list = fs.readdir(path, false);
      if (typeof list === 'number') throw new Error(errnoName(list) ?? String(list));
      return { names: list.names, isDirectory: (index) => list.types[index] === 2 };
    },
    mkdir: (path) => void check(fs.mkdir(path, 0o777)),
    rmdir: (path) => void check(fs.rmdir(path)),
    unlink: (path) => void check(fs.unlink(path)),
    rename: (from, to) => void check(fs.rename(from, to)),
  };
}

export function makeSharedFiles(options: FormatOptions = {}): SharedFileSystem {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
  format(memory, options);
  return attach(memory);
}
