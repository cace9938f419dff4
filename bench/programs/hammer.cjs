// File operations of one process, and of four at one time. Usage: hammer.cjs folder
// Prints {one, four}: operations a second, of all processes together.
'use strict';
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const OPERATIONS = 4000;
const root = path.resolve(process.argv[2]);

/** Each line of input starts a round, which is answered with a line. */
function hammer() {
  const folder = path.join(root, String(process.pid));
  fs.mkdirSync(folder, { recursive: true });
  const data = Buffer.alloc(1024, 'h');
  process.stdin.on('data', () => {
    for (let i = 0; i < OPERATIONS; i++) {
      const file = path.join(folder, `f${i % 50}`);
      fs.writeFileSync(file, data);
      fs.readFileSync(file);
      fs.statSync(file);
      if (i % 10 === 9) fs.unlinkSync(file);
    }
    process.stdout.write('done\n');
  });
  process.stdin.on('end', () => process.exit(0));
  process.stdout.write('ready\n');
}

const answer = (child) => new Promise((resolve) => child.stdout.once('data', resolve));

async function round(children) {
  const begin = process.hrtime.bigint();
  await Promise.all(
    children.map((child) => {
      child.stdin.write('go\n');
      return answer(child);
    }),
  );
  return (children.length * OPERATIONS * 1e9) / Number(process.hrtime.bigint() - begin);
}

async function main() {
  const children = [];
  for (let i = 0; i < 4; i++) {
    const child = spawn(process.execPath, [__filename, root, 'child'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    children.push(child);
    await answer(child);
  }
  await round(children);
  const results = { one: await round(children.slice(0, 1)), four: await round(children) };
  for (const child of children) child.stdin.end();
  console.log(JSON.stringify(results));
  fs.rmSync(root, { recursive: true, force: true });
}

if (process.argv[3] === 'child') hammer();
else main();
