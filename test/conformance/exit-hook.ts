/**
 * The proof that a test's exit handlers ran, which is when `common.mustCall` checks its counts: a preload that makes a
 * mark in the file system from an `exit` listener of its own. It takes its traces back (execArgv, the module cache), so
 * that a test sees the process as it would be without it, and goes along where the test becomes another program
 * (process.execve). An exit code of 0 without the mark is no pass.
 */
export const EXIT_HOOK_SOURCE = `'use strict';
const { closeSync, openSync } = require('fs');
const mark = __filename + '.ran';
const at = process.execArgv.indexOf(__filename);
process.execArgv.splice(at - 1, 2);
delete require.cache[__filename];
require('diagnostics_channel').subscribe('process.execve', ({ execPath, args }) => {
  if (execPath === process.execPath) args.splice(1, 0, '--require', __filename);
});
process.on('exit', () => { closeSync(openSync(mark, 'w')); });
`;

export const markOf = (hook: string): string => `${hook}.ran`;
