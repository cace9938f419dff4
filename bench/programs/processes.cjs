// Times programs that a program starts. Prints {operation: nanoseconds}, medians.
'use strict';
const { spawn, spawnSync } = require('node:child_process');

const PIPELINE_MB = 64;
/** Between two starts, so that what a system keeps ready for the next one is ready. */
const PAUSE_MS = 400;
const results = {};

const median = (numbers) => numbers.sort((a, b) => a - b)[numbers.length >> 1];
const pause = () => new Promise((resolve) => setTimeout(resolve, PAUSE_MS));

/** `rounds` times, each after a pause. */
async function time(name, rounds, operation) {
  const took = [];
  for (let round = 0; round < rounds; round++) {
    await pause();
    const begin = process.hrtime.bigint();
    await operation();
    took.push(Number(process.hrtime.bigint() - begin));
  }
  results[name] = median(took);
}

function check({ status, error, stderr }) {
  if (status !== 0) throw error ?? new Error(`status ${status}: ${stderr}`);
}

async function main() {
  await time('spawn and end of true', 15, () => {
    const child = spawn('true', { stdio: 'ignore' });
    return new Promise((resolve, reject) =>
      child
        .once('error', reject)
        .once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`exit ${code}`)))),
    );
  });
  await time("spawnSync('node', ['-e', ''])", 9, () => check(spawnSync(process.execPath, ['-e', ''])));
  const line = `head -c ${PIPELINE_MB * 1024 * 1024} /dev/zero | cat | wc -c`;
  await time(`pipeline of three, ${PIPELINE_MB} MB`, 3, () => {
    const done = spawnSync('sh', ['-c', line], { encoding: 'utf8' });
    check(done);
    if (Number(done.stdout) !== PIPELINE_MB * 1024 * 1024) throw new Error(`counted ${done.stdout}`);
  });
  console.log(JSON.stringify(results));
}
main();
