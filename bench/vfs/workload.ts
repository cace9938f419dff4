/** What is measured, over the few calls that both node:fs and the VFS are reduced to. */

export interface BenchFiles {
  stat(path: string): void;
  exists(path: string): boolean;
  readFile(path: string): Uint8Array;
  readText(path: string): string;
  writeFile(path: string, data: Uint8Array): void;
  appendFile(path: string, data: Uint8Array): void;
  open(path: string, writable: boolean): number;
  close(file: number): void;
  read(file: number, into: Uint8Array, position: number): number;
  write(file: number, from: Uint8Array, position: number): number;
  fstat(file: number): void;
  readdir(path: string): { names: string[]; isDirectory(index: number): boolean };
  mkdir(path: string): void;
  rmdir(path: string): void;
  unlink(path: string): void;
  rename(from: string, to: string): void;
}

export interface Row {
  name: string;
  /** Prepares and returns one step; `per` operations are done by each. */
  prepare(files: BenchFiles, root: string): (index: number) => void;
  per: number;
  /** Steps a batch at most: some rows have a cost a step. */
  stepsMax?: number;
}

const TREE_FILES = 5000;
const WALK_FILES = 20_000;
const BIG_BYTES = 100 * 2 ** 20;
const PAGE = 4096;

const text = Uint8Array.from({ length: 70_000 }, (_, index) => 97 + (index % 26));

/** Sizes like those of an npm tree: most of them small, some long. */
const treeSizes = ((): number[] => {
  let seed = 12345;
  return Array.from({ length: TREE_FILES }, () => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    const fraction = (seed >>> 8) / 2 ** 23;
    return Math.max(40, Math.min(60_000, Math.round(300 * Math.exp(fraction * 4))));
  });
})();

function treeFile(base: string, index: number): string {
  const folder = `${base}/pkg-${Math.floor(index / 20)}`;
  const place = index % 20;
  if (place === 0) return `${folder}/package.json`;
  return place < 12 ? `${folder}/lib/file-${place}.js` : `${folder}/lib/util/helper-${place}.js`;
}

function writeTree(files: BenchFiles, base: string): void {
  files.mkdir(base);
  for (const [index, size] of treeSizes.entries()) {
    if (index % 20 === 0) {
      const folder = `${base}/pkg-${index / 20}`;
      files.mkdir(folder);
      files.mkdir(`${folder}/lib`);
      files.mkdir(`${folder}/lib/util`);
    }
    files.writeFile(treeFile(base, index), text.subarray(0, size));
  }
}

function walk(files: BenchFiles, path: string, withStat: boolean): number {
  const list = files.readdir(path);
  let count = 0;
  for (let index = 0; index < list.names.length; index++) {
    const below = `${path}/${list.names[index]}`;
    if (list.isDirectory(index)) count += walk(files, below, withStat);
    else {
      if (withStat) files.stat(below);
      count++;
    }
  }
  return count;
}

function writeWalkTree(files: BenchFiles, root: string): void {
  for (let index = 0; index < WALK_FILES; index += 20) {
    const above = `${root}/dir-${Math.floor(index / 200)}`;
    if (index % 200 === 0) files.mkdir(above);
    const folder = `${above}/sub-${(index / 20) % 10}`;
    files.mkdir(folder);
    for (let file = 0; file < 20; file++) files.writeFile(`${folder}/file-${file}.txt`, text.subarray(0, 1));
  }
}

const wholeFile = (name: string, bytes: number, reads: boolean): Row => ({
  name: `${reads ? 'readFile' : 'writeFile'} ${name}`,
  per: 1,
  prepare(files, root) {
    const data = bytes > text.length ? new Uint8Array(bytes).fill(120) : text.subarray(0, bytes);
    const paths = Array.from({ length: bytes > 2 ** 20 ? 1 : 50 }, (_, index) => `${root}/file-${index}`);
    for (const path of paths) files.writeFile(path, data);
    const pathOf = (index: number): string => paths[index % paths.length] as string;
    if (reads) return (index) => void files.readFile(pathOf(index));
    return (index) => files.writeFile(pathOf(index), data);
  },
});

const treePaths = (files: BenchFiles, root: string, name: (path: string) => string): string[] => {
  writeTree(files, `${root}/t`);
  return Array.from({ length: 750 }, (_, index) => name(treeFile(`${root}/t`, index * 6)));
};

const randomPages = (name: string, writes: boolean): Row => ({
  name,
  per: 1,
  prepare(files, root) {
    const path = `${root}/big`;
    files.writeFile(path, new Uint8Array(0));
    const file = files.open(path, true);
    const part = new Uint8Array(2 ** 20).fill(1);
    for (let at = 0; at < BIG_BYTES; at += part.length) files.write(file, part, at);
    const page = new Uint8Array(PAGE);
    let seed = 1;
    return () => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      const position = (seed % (BIG_BYTES / PAGE)) * PAGE;
      if (writes) files.write(file, page, position);
      else files.read(file, page, position);
    };
  },
});

export const rows: Row[] = [
  {
    name: 'write a tree of 5,000 files',
    per: TREE_FILES,
    stepsMax: 2,
    prepare: (files, root) => (index) => writeTree(files, `${root}/tree-${index}`),
  },
  {
    name: 'statSync',
    per: 1,
    prepare(files, root) {
      const paths = treePaths(files, root, (path) => path);
      return (index) => files.stat(paths[index % paths.length] as string);
    },
  },
  {
    name: 'existsSync, miss',
    per: 1,
    prepare(files, root) {
      const paths = treePaths(files, root, (path) => `${path}.missing`);
      return (index) => void files.exists(paths[index % paths.length] as string);
    },
  },
  wholeFile('1 KB', 1024, true),
  wholeFile('64 KB', 65_536, true),
  wholeFile('10 MB', 10 * 2 ** 20, true),
  {
    name: 'readFile 1 KB, utf8',
    per: 1,
    prepare(files, root) {
      files.writeFile(`${root}/text`, text.subarray(0, 1024));
      return () => void files.readText(`${root}/text`);
    },
  },
  wholeFile('1 KB', 1024, false),
  wholeFile('64 KB', 65_536, false),
  wholeFile('10 MB', 10 * 2 ** 20, false),
  {
    name: 'open + close',
    per: 1,
    prepare(files, root) {
      files.writeFile(`${root}/file`, text.subarray(0, 1024));
      return () => files.close(files.open(`${root}/file`, false));
    },
  },
  {
    name: 'fstat',
    per: 1,
    prepare(files, root) {
      files.writeFile(`${root}/file`, text.subarray(0, 1024));
      const file = files.open(`${root}/file`, false);
      return () => files.fstat(file);
    },
  },
  {
    name: 'readdir 1,000 with types',
    per: 1,
    prepare(files, root) {
      for (let index = 0; index < 1000; index++) {
        files.writeFile(`${root}/entry-number-${index}.js`, new Uint8Array(0));
      }
      return () => void files.readdir(root);
    },
  },
  {
    name: 'rename',
    per: 1,
    prepare(files, root) {
      files.writeFile(`${root}/0`, text.subarray(0, 10));
      return (index) => files.rename(`${root}/${index & 1}`, `${root}/${(index + 1) & 1}`);
    },
  },
  {
    name: 'create + unlink',
    per: 1,
    prepare: (files, root) => (index) => {
      const path = `${root}/u${index % 100}`;
      files.writeFile(path, text.subarray(0, 1024));
      files.unlink(path);
    },
  },
  {
    name: 'mkdir + rmdir',
    per: 1,
    prepare: (files, root) => (index) => {
      const path = `${root}/d${index & 63}`;
      files.mkdir(path);
      files.rmdir(path);
    },
  },
  {
    name: 'append 64 B',
    per: 1,
    prepare: (files, root) => (index) => {
      if (index % 4000 === 0) files.writeFile(`${root}/log`, new Uint8Array(0));
      files.appendFile(`${root}/log`, text.subarray(0, 64));
    },
  },
  randomPages('random 4 KB read in 100 MB', false),
  randomPages('random 4 KB write in 100 MB', true),
  ...[false, true].map((withStat) => ({
    name: withStat ? 'walk + stat 20,000' : 'walk 20,000',
    per: WALK_FILES,
    stepsMax: 5,
    prepare(files: BenchFiles, root: string) {
      writeWalkTree(files, root);
      return () => void walk(files, root, withStat);
    },
  })),
];
