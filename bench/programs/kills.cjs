// Times what a parent sees of a child that is killed in a busy loop. Prints {what: nanoseconds}, medians.
'use strict';
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const net = require('node:net');

const ROUNDS = 9;
/** Between two, so that the thread of the one before is gone. */
const PAUSE_MS = 2500;
const PORT = 4321;
const BUSY = `require('net').createServer().listen(${PORT}, () => { require('fs').writeSync(1, 'up'); for (;;); })`;
const times = { exit: [], close: [], port: [] };

const median = (numbers) => numbers.sort((a, b) => a - b)[numbers.length >> 1];

async function listening() {
  const server = net.createServer().listen(PORT);
  await once(server, 'listening');
  await new Promise((resolve) => server.close(resolve));
}

async function round() {
  const child = spawn(process.execPath, ['-e', BUSY], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  const begin = process.hrtime.bigint();
  const note = (what) => times[what].push(Number(process.hrtime.bigint() - begin));
  child.once('exit', () => note('exit'));
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
  note('close');
  await listening();
  note('port');
}

async function main() {
  for (let i = 0; i < ROUNDS; i++) {
    await round();
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  const results = {
    "kill of a busy loop to its parent's exit event": median(times.exit),
    'the same to its close event': median(times.close),
    'the same until its port is taken again': median(times.port),
  };
  console.log(JSON.stringify(results));
}
main();
