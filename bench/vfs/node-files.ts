import fs from 'node:fs';
import type { BenchFiles } from './workload.ts';

/** node:fs as programs call it. */
export const nodeFiles: BenchFiles = {
  stat: (path) => void fs.statSync(path),
  exists: (path) => fs.existsSync(path),
  readFile: (path) => fs.readFileSync(path),
  readText: (path) => fs.readFileSync(path, 'utf8'),
  writeFile: (path, data) => fs.writeFileSync(path, data),
  appendFile: (path, data) => fs.appendFileSync(path, data),
  open: (path, writable) => fs.openSync(path, writable ? 'r+' : 'r'),
  close: (file) => fs.closeSync(file),
  read: (file, into, position) => fs.readSync(file, into, 0, into.length, position),
  write: (file, from, position) => fs.writeSync(file, from, 0, from.length, position),
  fstat: (file) => void fs.fstatSync(file),
  readdir(path) {
    const entries = fs.readdirSync(path, { withFileTypes: true });
    return {
      names: entries.map((entry) => entry.name),
      isDirectory: (index) => (entries[index] as fs.Dirent).isDirectory(),
    };
  },
  mkdir: (path) => void fs.mkdirSync(path),
  rmdir: (path) => fs.rmdirSync(path),
  unlink: (path) => fs.unlinkSync(path),
  rename: (from, to) => fs.renameSync(from, to),
};
