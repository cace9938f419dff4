/**
 * A program that runs a watching command and edits files whenever it says that it is done: `node watch.cjs plan.json` with
 * { command, args, says, done, edits: [[file, text], …] }; `says` is the stream that is read, `done` are regular expressions, the last one for all rounds that come
 * after it. Prints what the command said.
 */
export const WATCH = `
  const { spawn } = require('child_process');
  const { readFileSync, writeFileSync } = require('fs');
  const { command, args, says = 'stdout', done, edits } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
  const child = spawn(command, args, {
    stdio: says === 'stdout' ? ['pipe', 'pipe', 'inherit'] : ['pipe', 'inherit', 'pipe'],
  });
  let round = '';
  child[says].setEncoding('utf8').on('data', (text) => {
    round += text;
    if (!new RegExp(done[0]).test(round)) return;
    if (done.length > 1) done.shift();
    process.stdout.write(round);
    round = '';
    const edit = edits.shift();
    if (edit === undefined) child.kill('SIGTERM');
    // Not within the same turn of the watcher's clock.
    else setTimeout(() => { console.log('edit', edit[0]); writeFileSync(...edit); }, 300);
  });
  child.on('exit', (code, signal) => { process.stdout.write(round); console.log('ended', code, signal); });
`;

export interface WatchPlan {
  command: string;
  args: readonly string[];
  /** Default: stdout. */
  says?: 'stdout' | 'stderr';
  done: readonly string[];
  edits: readonly (readonly [file: string, text: string])[];
}

/** The files of it: run it by `node watch.cjs plan.json`. */
export const watching = (plan: WatchPlan): Record<string, string> => ({
  'watch.cjs': WATCH,
  'plan.json': JSON.stringify(plan),
});
