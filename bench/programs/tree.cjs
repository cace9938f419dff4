// Writes a tree of files of 1 KB. Usage: tree.cjs folder files
// Prints {grown}: bytes by which the memory of the process grew, beyond the files' contents.
'use strict';
const fs = require('node:fs');
const [root, count] = [process.argv[2], Number(process.argv[3])];
const FILES_A_FOLDER = 100;
const data = Buffer.alloc(1024, 't');
const before = process.memoryUsage().rss;
for (let i = 0; i < count; i++) {
  const folder = `${root}/d${Math.floor(i / FILES_A_FOLDER)}`;
  if (i % FILES_A_FOLDER === 0) fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(`${folder}/f${i}`, data);
}
console.log(JSON.stringify({ grown: process.memoryUsage().rss - before - count * data.length }));
