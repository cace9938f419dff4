// Times file operations; the same program runs on native Node and in the container. Usage: files.cjs folder
// Prints {operation: nanoseconds}, the median of several rounds.
'use strict';
const fs = require('node:fs');
const path = require('node:path');

const root = path.resolve(process.argv[2]);
const ROUNDS = 5;
const KB = 1024;
const results = {};

function median(numbers) {
  return numbers.sort((a, b) => a - b)[numbers.length >> 1];
}

/** `count` operations a round; `prepare` and `clean` are not timed. */
function time(name, count, operation, { prepare, clean, rounds = ROUNDS } = {}) {
  const took = [];
  for (let round = 0; round < rounds; round++) {
    prepare?.(round);
    const begin = process.hrtime.bigint();
    for (let i = 0; i < count; i++) operation(i, round);
    took.push(Number(process.hrtime.bigint() - begin) / count);
    clean?.(round);
  }
  results[name] = Math.round(median(took));
}

const at = (...parts) => path.join(root, ...parts);
const remove = (name) => fs.rmSync(at(name), { recursive: true, force: true });

function writeTree(name, folders, filesEach) {
  const data = Buffer.alloc(KB, 'x');
  fs.mkdirSync(at(name));
  for (let d = 0; d < folders; d++) {
    fs.mkdirSync(at(name, `d${d}`));
    for (let f = 0; f < filesEach; f++) fs.writeFileSync(at(name, `d${d}`, `f${f}`), data);
  }
}

function walk(folder, visit) {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const file = `${folder}/${entry.name}`;
    if (entry.isDirectory()) walk(file, visit);
    else visit(file);
  }
}

fs.rmSync(root, { recursive: true, force: true });
fs.mkdirSync(root, { recursive: true });

time('write a tree of 5,000 files', 1, (_, round) => writeTree(`t${round}`, 50, 100), {
  clean: (round) => remove(`t${round}`),
  rounds: 3,
});

for (const [label, size, count] of [
  ['1 KB', KB, 2000],
  ['64 KB', 64 * KB, 400],
  ['10 MB', 10240 * KB, 6],
]) {
  const data = Buffer.alloc(size, 'y');
  time(`writeFile ${label}`, count, () => fs.writeFileSync(at('file'), data));
  time(`readFile ${label}`, count, () => fs.readFileSync(at('file')));
}
remove('file');

fs.writeFileSync(at('one'), 'x');
time('statSync', 5000, () => fs.statSync(at('one')));
time('existsSync, miss', 5000, () => fs.existsSync(at('none')));
time('open + close', 5000, () => fs.closeSync(fs.openSync(at('one'), 'r')));
time('create + unlink', 2000, () => {
  fs.closeSync(fs.openSync(at('new'), 'w'));
  fs.unlinkSync(at('new'));
});
time('rename', 2000, (i) => fs.renameSync(at(i % 2 ? 'two' : 'one'), at(i % 2 ? 'one' : 'two')));

writeTree('thousand', 1, 1000);
time('readdir of 1,000 with types', 20, () => fs.readdirSync(at('thousand', 'd0'), { withFileTypes: true }));
remove('thousand');

const BIG_BYTES = 100 * 1024 * KB;
const big = fs.openSync(at('big'), 'w+');
fs.ftruncateSync(big, BIG_BYTES);
for (let offset = 0; offset < BIG_BYTES; offset += 1024 * KB)
  fs.writeSync(big, Buffer.alloc(1024 * KB, 1), 0, 1024 * KB, offset);
const block = Buffer.alloc(4 * KB);
const somewhere = (i) => ((i * 7919) % (BIG_BYTES / block.length)) * block.length;
time('random 4 KB read in 100 MB', 5000, (i) => fs.readSync(big, block, 0, block.length, somewhere(i)));
time('random 4 KB write in 100 MB', 5000, (i) => fs.writeSync(big, block, 0, block.length, somewhere(i)));
fs.closeSync(big);
remove('big');

writeTree('walk', 200, 100);
time('walk of 20,000', 1, () => walk(at('walk'), () => {}), { rounds: 3 });
time('walk and stat of 20,000', 1, () => walk(at('walk'), (file) => fs.statSync(file)), { rounds: 3 });
fs.rmSync(root, { recursive: true, force: true });

console.log(JSON.stringify(results));
