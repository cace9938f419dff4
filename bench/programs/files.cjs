// Times file operations; the same program runs on native Node and in the container. Usage: files.cjs folder [passes]
// Prints {cold: {operation: ns}, warm: {operation: ns}}. Cold: the first calls of the process, each row's in turn, as code
// that has never run and is compiled on the way. Warm: all rows again and again; the median of the later passes.
'use strict';
const fs = require('node:fs');
const path = require('node:path');

const root = path.resolve(process.argv[2]);
const PASSES = Number(process.argv[3] ?? 20);
/** Of the passes, those that count as warm: the engine's compilers need the time before. */
const COUNTED = Math.ceil(PASSES / 2);
/** Calls of a row's cold figure, where a single one is short. */
const COLD_CALLS = 100;
/** Before the warm passes and between rows, in ms: what a store has gathered reaches the disk, and is no burden of the next row. */
const SETTLE_MS = 2000;
const PAUSE_MS = 300;
const KB = 1024;
const rows = [];

/** `count` operations a pass; `prepare` runs once and `clean` after each pass, untimed. */
function row(name, count, operation, { prepare, clean } = {}) {
  rows.push({ name, count, operation, prepare, clean });
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

// Paths are made beforehand: joining one takes as long as a short call.
const one = at('one');
const none = at('none');
const fresh = at('new');
const ends = [at('here'), at('there')];
row('statSync', 5000, () => fs.statSync(one), { prepare: () => fs.writeFileSync(one, 'x') });
row('existsSync, miss', 5000, () => fs.existsSync(none));
row('open + close', 5000, () => fs.closeSync(fs.openSync(one, 'r')));
row('create + unlink', 2000, () => {
  fs.closeSync(fs.openSync(fresh, 'w'));
  fs.unlinkSync(fresh);
});
row('rename', 2000, (i) => fs.renameSync(ends[i % 2], ends[(i + 1) % 2]), {
  prepare: () => fs.writeFileSync(ends[0], 'x'),
});

for (const [label, size, count] of [
  ['1 KB', KB, 2000],
  ['64 KB', 64 * KB, 400],
  ['10 MB', 10240 * KB, 3],
]) {
  const file = at(`file of ${label}`);
  const data = Buffer.alloc(size, 'y');
  row(`writeFile ${label}`, count, () => fs.writeFileSync(file, data));
  row(`readFile ${label}`, count, () => fs.readFileSync(file));
}

const BIG_BYTES = 100 * 1024 * KB;
const block = Buffer.alloc(4 * KB);
let big;
const makeBig = () => {
  big = fs.openSync(at('big'), 'w+');
  fs.ftruncateSync(big, BIG_BYTES);
  for (let offset = 0; offset < BIG_BYTES; offset += 1024 * KB)
    fs.writeSync(big, Buffer.alloc(1024 * KB, 1), 0, 1024 * KB, offset);
};
const somewhere = (i) => ((i * 7919) % (BIG_BYTES / block.length)) * block.length;
row('random 4 KB read in 100 MB', 1000, (i) => fs.readSync(big, block, 0, block.length, somewhere(i)), {
  prepare: makeBig,
});
row('random 4 KB write in 100 MB', 1000, (i) => fs.writeSync(big, block, 0, block.length, somewhere(i)));

const thousand = at('thousand', 'd0');
row('readdir of 1,000 with types', 20, () => fs.readdirSync(thousand, { withFileTypes: true }), {
  prepare: () => writeTree('thousand', 1, 1000),
});
row('write a tree of 5,000 files', 1, () => writeTree('tree', 50, 100), { clean: () => remove('tree') });
const tall = at('walk');
row('walk of 20,000', 1, () => walk(tall, () => {}), { prepare: () => writeTree('walk', 200, 100) });
row('walk and stat of 20,000', 1, () => walk(tall, (file) => fs.statSync(file)));

const idle = new Int32Array(new SharedArrayBuffer(4));
const pause = (ms) => Atomics.wait(idle, 0, 0, ms);

/** Nanoseconds an operation. */
function time({ operation, clean }, count) {
  const begin = process.hrtime.bigint();
  for (let i = 0; i < count; i++) operation(i);
  const took = Number(process.hrtime.bigint() - begin) / count;
  clean?.();
  return took;
}

fs.rmSync(root, { recursive: true, force: true });
fs.mkdirSync(root, { recursive: true });
const cold = {};
const taken = Object.fromEntries(rows.map(({ name }) => [name, []]));
for (const each of rows) {
  each.prepare?.();
  cold[each.name] = Math.round(
    time(each, Math.min(each.count === 1 ? 1 : COLD_CALLS, Math.ceil(each.count / 20))),
  );
}
pause(SETTLE_MS);
for (const each of rows) {
  for (let pass = 0; pass < PASSES; pass++) taken[each.name].push(time(each, each.count));
  pause(PAUSE_MS);
}
fs.closeSync(big);
fs.rmSync(root, { recursive: true, force: true });

const warm = {};
for (const [name, times] of Object.entries(taken)) {
  const counted = times.slice(-COUNTED).sort((a, b) => a - b);
  warm[name] = Math.round(counted[counted.length >> 1]);
}
console.log(JSON.stringify({ cold, warm }));
